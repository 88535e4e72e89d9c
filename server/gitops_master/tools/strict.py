"""Arguments that a tool does not have are refused, naming the nearest one it has: the SDK would ignore them in silence."""

from typing import Any

from mcp.server import MCPServer
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.types import CallToolResult, TextContent

from gitops_master.model.near import no_such_arguments


def refuse_unknown_arguments(server: MCPServer[Any]) -> ServerMiddleware[Any]:
    """Middleware for tools/call. The answer is an error that the model can read, not a protocol error."""

    async def middleware(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if ctx.method != "tools/call" or ctx.params is None:
            return await call_next(ctx)
        name = ctx.params.get("name")
        schemas = {tool.name: tool.input_schema for tool in await server.list_tools()}
        known = sorted(schemas.get(str(name), {}).get("properties", {}))
        given = ctx.params.get("arguments") or {}
        unknown = [one for one in given if one not in known]
        if name not in schemas or not unknown:
            return await call_next(ctx)
        return CallToolResult(is_error=True, content=[TextContent(text=no_such_arguments(str(name), unknown, known))])

    return middleware
