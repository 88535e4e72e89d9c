"""`gitops-master verify STAGE --rerun`: consent at the terminal, and the way to ask Kargo."""

import sys
from datetime import UTC, datetime

import anyio
import msgspec
import typer

from gitops_master.cli.console import stderr
from gitops_master.cli.options import Place
from gitops_master.model.errors import Forbidden
from gitops_master.ports.sources import Sources
from gitops_master.usecases.audit import log_audit
from gitops_master.usecases.rerun_checks import Plan, WritePolicy
from gitops_master.usecases.rerun_verification import Means, RerunRequest, rerun_verification

WAIT_S = 600.0
"""For the verification to end, where nobody says how long."""


def may_write(place: Place, *, allow_writes: bool, protect: list[str] | None) -> Place:
    """The place, with what the command's own options add to the environment's."""
    settings = place.settings
    changed = msgspec.structs.replace(
        settings,
        allow_writes=settings.allow_writes or allow_writes,
        protect=(*settings.protect, *(protect or ())),
    )
    return msgspec.structs.replace(place, settings=changed)


async def rerun(sources: Sources, place: Place, request: RerunRequest, *, is_agreed: bool) -> None:
    """Asks, and follows what comes of it on stderr. Raises as `rerun_verification` does."""
    console = stderr()

    async def consent(plan: Plan) -> bool:
        if is_agreed:
            return True
        if not sys.stdin.isatty():
            raise Forbidden(f"nobody is there to agree: {plan.question}", "agree beforehand with --yes")
        return typer.confirm(plan.question, err=True)

    settings = place.settings
    answer = await rerun_verification(
        request,
        Means(
            reader=sources.reader(),
            writer=sources.writer,
            policy=WritePolicy(settings.allow_writes, settings.protect),
            consent=consent,
            audit=log_audit,
            clock=lambda: datetime.now(UTC),
            sleep=anyio.sleep,
            tell=console.print,
            who=settings.as_user,
        ),
    )
    console.print(f"Kargo's verification of Stage {answer.stage}: {answer.message}")
