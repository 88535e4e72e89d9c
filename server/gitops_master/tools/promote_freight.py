"""MCP tool promote_freight."""

from typing import TYPE_CHECKING, Annotated

from mcp.server.mcpserver.tools import Tool
from pydantic import Field

from gitops_master.model.operating import Operation
from gitops_master.tools.analyze_stage import NAME, Project
from gitops_master.tools.operating import Asked, PlanId, Wait, operating_tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitops_master.ports.sources import Sources
    from gitops_master.usecases.operating.desk import Desk

Stage = Annotated[str, Field(description="Stage to promote to.", pattern=f"^$|{NAME}", max_length=253)]
Freight = Annotated[
    str,
    Field(
        description="Name, alias, commit (7+), image tag, digest or chart version; `candidate`; `last verified` (to go back).",
        max_length=300,
    ),
]
Downstream = Annotated[bool, Field(description="To all Stages that take Freight from `stage`, instead of itself.")]
Rollback = Annotated[bool, Field(description="Older Freight than what is there is meant.")]
Verify = Annotated[bool, Field(description="At the end also the levels of run_verification.")]
PromotionName = Annotated[
    str, Field(description="Only follow this Promotion, which is there already.", pattern=f"^$|{NAME}", max_length=253)
]


def promote_freight(
    project: Project = "",
    stage: Stage = "",
    freight: Freight = "",
    downstream: Downstream = False,
    rollback: Rollback = False,
    verify: Verify = False,
    wait_seconds: Wait = 0,
    plan_id: PlanId = "",
    promotion: PromotionName = "",
) -> Asked:
    """Use to promote Freight to a Stage, to go back to earlier Freight, or to follow a Promotion until it is live and verified.
    Shows every gate and what changes first; writes only where the server allows it and the user agreed to that plan. Never
    overrides a gate, never promotes twice.
    """
    from gitops_master.usecases.operating.means import Following
    from gitops_master.usecases.operating.planned import OperationRequest

    request = OperationRequest(
        operation=Operation.PROMOTE,
        project=project,
        stage=stage,
        freight=freight,
        downstream=downstream,
        rollback=rollback,
    )
    return Asked(request, plan_id, Following(wait_s=wait_seconds, verify=verify), promotion)


def tool(sources: "Sources", desk: "Callable[[], Desk]") -> Tool:
    return operating_tool(promote_freight, sources, desk, title="Promote Freight")
