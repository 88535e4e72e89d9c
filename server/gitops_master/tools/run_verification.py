"""MCP tool run_verification."""

from itertools import count
from typing import TYPE_CHECKING, Annotated, NamedTuple

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp.types import ToolAnnotations
from pydantic import Field

from gitops_master.model.verification import Verification
from gitops_master.tools.analyze_stage import NAME, Project
from gitops_master.tools.answers import asking_tool

if TYPE_CHECKING:
    from gitops_master.ports.cluster import ClusterReader
    from gitops_master.ports.outside import Means
    from gitops_master.ports.sources import Sources

MOST_WAIT_S = 600
Stage = Annotated[
    str,
    Field(
        description="Stage to verify. Leave out to sweep the project, unhealthy pods and Applications first.",
        pattern=f"^$|{NAME}",
        max_length=253,
    ),
]
AllLevels = Annotated[bool, Field(description="Go on behind a level that failed.")]
Http = Annotated[
    bool,
    Field(description="Also ask the hosts themselves from here (DNS, TLS, GET without credentials)."),
]
Proxy = Annotated[bool, Field(description="Also ask health URLs and metrics through the API server's service proxy.")]
Wait = Annotated[int, Field(description="Seconds to check again until it passes; 0: once.", ge=0, le=MOST_WAIT_S)]
LOOKS_OUT = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=True)
"""Only reads; with `http` it asks hosts that are none of the cluster's own."""


class Opened(NamedTuple):
    """What a call works with, for its context."""

    reader: "ClusterReader"
    means: "Means"
    project: str


async def run_verification(
    opened: Opened,
    told: Context,
    project: Project = "",
    stage: Stage = "",
    all_levels: AllLevels = False,
    http: Http = False,
    proxy: Proxy = False,
    wait_seconds: Wait = 0,
) -> Verification:
    """Use after a promotion, or when asked whether something is up, really works or is reachable: checks four levels
    (infrastructure, service health, ingress and auth, functional), each with what was expected and seen, and stops at the
    first that fails. Never changes anything. For why something failed use analyze_stage.
    """
    # All probes come with it: the first call waits for them, the first message of the protocol does not.
    from gitops_master.usecases.await_verification import await_verification
    from gitops_master.usecases.run_verification import VerifyRequest
    from gitops_master.usecases.run_verification import run_verification as run

    steps = count(1)  # of progress the protocol wants that it grows, also where checking begins again

    async def tell(now: str) -> None:
        await told.report_progress(next(steps), message=now)

    # Not asked for here leaves it to what the Stage is expected to be.
    request = VerifyRequest(
        project=project or opened.project, stage=stage, all_levels=all_levels, http=http or None, proxy=proxy or None
    )
    return await await_verification(lambda: run(opened.reader, request, opened.means, tell), tell, wait_s=wait_seconds)


def tool(sources: "Sources") -> Tool:
    return asking_tool(
        run_verification,
        lambda context: Opened(sources.reader(context), sources.means(context), sources.project),
        sources,
        title="Verify a Stage",
        answer=Verification,
        annotations=LOOKS_OUT,
    )
