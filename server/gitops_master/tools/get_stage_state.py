"""MCP tool get_stage_state."""

from typing import TYPE_CHECKING, Annotated

from mcp.server.mcpserver.tools import Tool
from pydantic import Field

from gitops_master.model.state import StateAnswer
from gitops_master.tools.analyze_stage import NAME, Project
from gitops_master.tools.answers import reading_tool

if TYPE_CHECKING:
    from gitops_master.ports.cluster import ClusterReader
    from gitops_master.ports.sources import Sources

Stage = Annotated[
    str,
    Field(
        description="Stage to show. Leave out for the project's whole pipeline.", pattern=f"^$|{NAME}", max_length=253
    ),
]


async def get_stage_state(reader: "ClusterReader", project: Project = "", stage: Stage = "") -> StateAnswer:
    """Use to see where things are: what a Stage holds and since when, what it last tried, what runs or waits, what Freight
    could come next and which gate holds it (with soak ETA); without a Stage the project's pipeline as a graph, problems
    first. Never changes anything and does not judge causes: for why something is stuck use analyze_stage.
    """
    from gitops_master.usecases.get_stage_state import StateRequest, get_state  # at the first call, not at the start

    return await get_state(reader, StateRequest(project=project, stage=stage))


def tool(sources: "Sources") -> Tool:
    return reading_tool(get_stage_state, sources, title="Show a Stage or the pipeline", answer=StateAnswer)
