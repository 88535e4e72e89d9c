"""What the SDK takes and we do not: arguments that a tool does not have are refused, naming the nearest one it has, instead of
ignored in silence; and names without end, which it would send back whole.
"""

from typing import Any

from mcp.server import MCPServer
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, CallToolResult, TextContent

from gitops_master.model.near import no_such_arguments

MOST_NAME = 2000
"""Characters of what a request names. Ours are below 100; a URI may hold a rule's id."""
_NAMED_IN = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri", "resources/subscribe": "uri"}


async def refuse_endless_names(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware. Raises MCPError: the SDK's own refusal repeats the name, however long it is."""
    key = _NAMED_IN.get(ctx.method, "")
    name = (ctx.params or {}).get(key)
    if isinstance(name, str) and len(name) > MOST_NAME:
        words = f"{ctx.method}: {key} is longer than {MOST_NAME} characters, and this has {len(name)}"
        raise MCPError(code=INVALID_PARAMS, message=words)
    return await call_next(ctx)


def refuse_unknown_arguments(server: MCPServer[Any]) -> ServerMiddleware[Any]:
    """Middleware for tools/call. The answer is an error that the model can read, not a protocol error."""

    async def middleware(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if ctx.method != "tools/call" or ctx.params is None:
            return await call_next(ctx)
        name, given = ctx.params.get("name"), ctx.params.get("arguments")
        if not isinstance(name, str) or not isinstance(given, dict):
            return await call_next(ctx)  # this comes before the SDK's own check, which tells what is wrong with it
        schemas = {tool.name: tool.input_schema for tool in await server.list_tools()}
        known = sorted(schemas.get(name, {}).get("properties", {}))
        unknown = [one for one in given if one not in known]
        if name not in schemas or not unknown:
            return await call_next(ctx)
        return CallToolResult(is_error=True, content=[TextContent(text=no_such_arguments(name, unknown, known))])

    return middleware
