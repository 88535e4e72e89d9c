"""MCP tool operate: the neighbours of a promotion."""

from typing import TYPE_CHECKING, Annotated, Literal

from mcp.server.mcpserver.tools import Tool
from pydantic import Field

from gitops_master.model.operating import Operation
from gitops_master.tools.analyze_stage import NAME, Project
from gitops_master.tools.operating import Asked, PlanId, Wait, operating_tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitops_master.ports.sources import Sources
    from gitops_master.usecases.operating.desk import Desk

Stage = Annotated[str, Field(description="The Stage it is about.", pattern=f"^$|{NAME}", max_length=253)]
PromotionName = Annotated[
    str, Field(description="To abort; else the running one of the Stage.", pattern=f"^$|{NAME}", max_length=253)
]
Warehouse = Annotated[str, Field(description="To refresh.", pattern=f"^$|{NAME}", max_length=253)]
What = Annotated[
    Literal[
        "repromote",
        "abort_promotion",
        "approve_freight",
        "refresh_stage",
        "refresh_warehouse",
        "reverify",
        "abort_verification",
        "refresh_app",
        "hard_refresh_app",
        "terminate_app_operation",
        "sync_app",
    ],
    Field(
        description="repromote: the Freight that failed, again; approve_freight (with stage): bypasses its gates; reverify, "
        "abort_verification: Kargo's; *_app: Argo CD's.",
    ),
]
Freight = Annotated[str, Field(description="As in promote_freight.", max_length=300)]
App = Annotated[
    str, Field(description="Application, name or namespace/name.", pattern=r"^$|^[a-z0-9][-a-z0-9./]*$", max_length=320)
]


def operate(
    operation: What,
    project: Project = "",
    stage: Stage = "",
    promotion: PromotionName = "",
    freight: Freight = "",
    warehouse: Warehouse = "",
    app: App = "",
    wait_seconds: Wait = 0,
    plan_id: PlanId = "",
) -> Asked:
    """Use for the other things an operator does to a pipeline: abort, retry, approve, refresh, verify again, and Argo CD's
    refresh, sync and terminate; mostly as a remedy of analyze_stage says. Shows a plan with its side effects first; writes only
    where the server allows it and the user agreed to that plan. Never deletes or edits anything else.
    """
    from gitops_master.usecases.operating.means import Following
    from gitops_master.usecases.operating.planned import OperationRequest

    request = OperationRequest(
        operation=Operation(operation),
        project=project,
        stage=stage,
        promotion=promotion,
        freight=freight,
        warehouse=warehouse,
        app=app,
    )
    return Asked(request, plan_id, Following(wait_s=wait_seconds))


def tool(sources: "Sources", desk: "Callable[[], Desk]") -> Tool:
    return operating_tool(operate, sources, desk, title="Operate a pipeline")
