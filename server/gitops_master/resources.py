"""MCP resources: the references and the rules' pages. Texts are read when a host asks for them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from mcp.server import MCPServer
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp.server.mcpserver.resources import FunctionResource
from mcp.types import Annotations

from gitops_master.model.errors import GitOpsError
from gitops_master.usecases.reference_pages import INDEX, REFERENCES, RULE, RULE_LISTS, Listed, page, resolve

MARKDOWN = "text/markdown"
_INDEX = Listed(INDEX, "References", "What there is to read: three documents and one page for each rule.")
_PRIORITY = {INDEX: 0.9, **dict.fromkeys((one.uri for one in REFERENCES), 0.7)}
_OTHERS = 0.4
"""Pages of rules: whoever needs one has its URI from a finding."""


def register(server: MCPServer[Any]) -> None:
    """Adds the index, the references and the lists of rules as resources, one template for references and one for rules."""
    for one in (_INDEX, *REFERENCES, *RULE_LISTS):
        server.add_resource(_resource(one))
    server.resource(
        f"{INDEX}/{{name}}",
        name="reference",
        title="A reference",
        description=f"One of {', '.join(one.name for one in REFERENCES)}.",
        mime_type=MARKDOWN,
        annotations=_annotations(REFERENCES[0].uri),
    )(_reference)
    server.resource(
        f"{RULE}{{id}}",
        name="rule",
        title="A rule's page",
        description="A known cause, symptom or wait: why, how to tell, what to do, which messages. A finding's reference is "
        "such an URI; index and messages list all.",
        mime_type=MARKDOWN,
        annotations=_annotations(RULE),
    )(_rule)
    server.middleware.append(_with_sizes)


def _resource(one: Listed) -> FunctionResource:
    return FunctionResource(
        uri=one.uri,
        name=one.name,
        title=one.title,
        description=one.about,
        mime_type=MARKDOWN,
        annotations=_annotations(one.uri),
        fn=partial(_text, page, one.uri),
    )


def _annotations(uri: str) -> Annotations:
    return Annotations(audience=["user", "assistant"], priority=_PRIORITY.get(uri, _OTHERS))


def _reference(name: str) -> str:
    return _text(lambda given: page(resolve(given)), f"{INDEX}/{name}")


def _rule(id: str) -> str:
    return _text(lambda given: page(resolve(given)), f"{RULE}{id}")


def _text(read: Callable[[str], str], uri: str) -> str:
    try:
        return read(uri)
    except GitOpsError as error:
        raise ResourceNotFoundError(str(error)) from error


async def _with_sizes(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Lists say how long a text is, so that a host can tell what it costs to read; the SDK leaves that out."""
    result = await call_next(ctx)
    if ctx.method != "resources/list" or not isinstance(result, dict):
        return result
    return {**result, "resources": [_sized(one) for one in result["resources"]]}


def _sized(listed: dict[str, Any]) -> dict[str, Any]:
    try:
        return {**listed, "size": len(page(listed["uri"]).encode())}
    except GitOpsError:
        return listed
