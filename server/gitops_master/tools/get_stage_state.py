"""MCP tool get_stage_state."""

from collections.abc import Callable
from typing import Annotated

from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult
from pydantic import Field

from gitops_master.model.state import StateAnswer
from gitops_master.ports.cluster import ClusterReader
from gitops_master.tools.analyze_stage import NAME, Project
from gitops_master.tools.answers import answered, reading_tool
from gitops_master.usecases.get_stage_state import StateRequest, get_state

Stage = Annotated[
    str,
    Field(
        description="Stage to show. Leave out for the project's whole pipeline.", pattern=f"^$|{NAME}", max_length=253
    ),
]


def tool(open_reader: Callable[[], ClusterReader]) -> Tool:
    async def get_stage_state(project: Project = "", stage: Stage = "") -> Annotated[CallToolResult, StateAnswer]:
        """Use to see where things are: what a Stage holds and since when, what it last tried, what runs or waits, what Freight
        could come next and which gate holds it (with soak ETA); without a Stage the project's pipeline as a graph, problems
        first. Never changes anything and does not judge causes: for why something is stuck use analyze_stage.
        """
        return await answered(get_state(open_reader(), StateRequest(project=project, stage=stage)))

    return reading_tool(get_stage_state, title="Show a Stage or the pipeline")
