"""`gitops-master operate`."""

from enum import StrEnum
from typing import Annotated

import typer

from gitops_master.cli.acting import (
    ActFormat,
    ActFormatOption,
    AllowWritesOption,
    EveryOption,
    FollowOption,
    ProtectOption,
    Terms,
    YesOption,
    acted,
    following,
)
from gitops_master.cli.options import Place, ProjectOption, looks
from gitops_master.model.operating import Operation
from gitops_master.usecases.operating.planned import OperationRequest


class Neighbour(StrEnum):
    """The operations, as words of a command line."""

    REPROMOTE = "repromote"
    ABORT_PROMOTION = "abort-promotion"
    APPROVE_FREIGHT = "approve-freight"
    REFRESH_STAGE = "refresh-stage"
    REFRESH_WAREHOUSE = "refresh-warehouse"
    REVERIFY = "reverify"
    ABORT_VERIFICATION = "abort-verification"
    REFRESH_APP = "refresh-app"
    HARD_REFRESH_APP = "hard-refresh-app"
    TERMINATE_APP_OPERATION = "terminate-app-operation"
    SYNC_APP = "sync-app"


WhatArgument = Annotated[Neighbour, typer.Argument(metavar="OPERATION", help=", ".join(Neighbour))]


def _named(flag: str, what: str) -> object:
    return typer.Option(flag, metavar="NAME", help=what, show_default=False)


StageOption = Annotated[str, _named("--stage", "The Stage it is about.")]
PromotionOption = Annotated[str, _named("--promotion", "The Promotion to abort; else the running one of the Stage.")]
FreightOption = Annotated[str, _named("--freight", "Freight to approve, as in gitops-master promote.")]
WarehouseOption = Annotated[str, _named("--warehouse", "The Warehouse to refresh.")]
AppOption = Annotated[str, _named("--app", "Argo CD Application: name or namespace/name.")]


@looks
def operate_command(
    place: Place,
    what: WhatArgument,
    stage: StageOption = "",
    promotion: PromotionOption = "",
    freight: FreightOption = "",
    warehouse: WarehouseOption = "",
    app: AppOption = "",
    project: ProjectOption = "",
    wait: FollowOption = "2m",
    interval: EveryOption = 5.0,
    yes: YesOption = False,
    allow_writes: AllowWritesOption = False,
    protect: ProtectOption = None,
    output: ActFormatOption = ActFormat.TEXT,
) -> int:
    """Abort, retry, approve, refresh, verify again; refresh, sync and terminate of Argo CD. A plan and consent first."""
    request = OperationRequest(
        operation=Operation(what.value.replace("-", "_")),
        project=project or place.settings.project,
        stage=stage,
        promotion=promotion,
        freight=freight,
        warehouse=warehouse,
        app=app,
    )
    terms = Terms(
        yes=yes, allow_writes=allow_writes, protect=protect, following=following(wait, interval), output=output
    )
    return acted(place, request, terms)
