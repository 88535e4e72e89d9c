"""`gitops-master promote`."""

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
    followed,
    following,
)
from gitops_master.cli.options import Place, ProjectOption, looks
from gitops_master.model.errors import UsageError
from gitops_master.model.operating import Operation
from gitops_master.usecases.operating.planned import OperationRequest

StageArgument = Annotated[
    str, typer.Argument(metavar="[STAGE]", help="Stage to promote to; not needed with --watch.", show_default=False)
]
FreightOption = Annotated[
    str,
    typer.Option(
        "--freight",
        metavar="FREIGHT",
        help="Name, alias, commit (7+), image tag, digest or chart version; candidate; last verified (to go back).",
        show_default=False,
    ),
]
DownstreamOption = Annotated[
    bool, typer.Option("--downstream", help="To all Stages that take Freight from STAGE, instead of itself.")
]
RollbackOption = Annotated[bool, typer.Option("--rollback", help="Older Freight than what is there is meant.")]
VerifyOption = Annotated[bool, typer.Option("--verify", help="At the end also the levels of gitops-master verify.")]
WatchOption = Annotated[
    str,
    typer.Option(
        "--watch", metavar="PROMOTION", help="Only follow this one, which is there already.", show_default=False
    ),
]


@looks
def promote_command(
    place: Place,
    stage: StageArgument = "",
    freight: FreightOption = "",
    project: ProjectOption = "",
    is_downstream: DownstreamOption = False,
    is_rollback: RollbackOption = False,
    verify: VerifyOption = False,
    promotion: WatchOption = "",
    wait: FollowOption = "10m",
    interval: EveryOption = 5.0,
    yes: YesOption = False,
    allow_writes: AllowWritesOption = False,
    protect: ProtectOption = None,
    output: ActFormatOption = ActFormat.TEXT,
) -> int:
    """Promote Freight: every gate and what changes, then consent, then to the end, live and verified."""
    terms = Terms(
        yes=yes,
        allow_writes=allow_writes,
        protect=protect,
        following=following(wait, interval, verify=verify),
        output=output,
    )
    project = project or place.settings.project
    if promotion:
        if stage or freight:
            raise UsageError("--watch follows a Promotion that is there", "leave STAGE and --freight out")
        return followed(place, project, promotion, terms)
    request = OperationRequest(
        operation=Operation.PROMOTE,
        project=project,
        stage=stage,
        freight=freight,
        downstream=is_downstream,
        rollback=is_rollback,
    )
    return acted(place, request, terms)
