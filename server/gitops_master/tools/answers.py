"""How every tool answers: the structured answer carries the report, the text is the report, errors are words."""

from collections.abc import Awaitable, Callable
from typing import Any

from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, TextContent, ToolAnnotations

from gitops_master.model.errors import GitOpsError
from gitops_master.model.finding import Answer

READS_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def reading_tool(function: Callable[..., Any], *, title: str) -> Tool:
    """A tool that only reads, named and described by its function; its schema says that there are no further arguments."""
    made = Tool.from_function(function, title=title, annotations=READS_ONLY)
    made.parameters["additionalProperties"] = False
    return made


async def answered(work: Awaitable[Answer], report: str = "report") -> CallToolResult:
    """The use case's answer. What went wrong is told to the model as it is told to people."""
    try:
        answer = await work
    except GitOpsError as error:
        raise ToolError(str(error)) from error
    return CallToolResult(
        content=[TextContent(text=str(getattr(answer, report)))],
        structured_content=answer.dump(),
    )
