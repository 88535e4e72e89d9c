"""MCP tool discover_env."""

from typing import TYPE_CHECKING, Annotated

from mcp.server.mcpserver.tools import Tool
from pydantic import Field

from gitops_master.model.environment import EnvironmentAnswer
from gitops_master.tools.answers import asking_tool

if TYPE_CHECKING:
    from gitops_master.ports.environment import Environment
    from gitops_master.ports.sources import Sources

AllContexts = Annotated[
    bool,
    Field(description="Also try to reach the kubeconfig's other contexts. Default: only the one that is looked at."),
]


async def discover_env(environment: "Environment", all_contexts: AllContexts = False) -> EnvironmentAnswer:
    """Use first in an unknown environment, or when something cannot be reached or read: which cluster is looked at and as whom,
    which Kargo projects, Stages, Warehouses and controllers there are, which versions, namespaces and domain, what each tool
    may read, and what only the user can say (questions). Never changes anything, and never switches a context.
    """
    from gitops_master.usecases.discover_env import DiscoverRequest, discover

    return await discover(environment, DiscoverRequest(all_contexts=all_contexts))


def tool(sources: "Sources") -> Tool:
    return asking_tool(
        discover_env, sources.environment, sources, title="Discover the environment", answer=EnvironmentAnswer
    )
