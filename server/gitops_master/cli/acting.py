"""What commands that write share: their options, consent at the terminal, progress on stderr."""

import sys
from enum import StrEnum
from typing import Annotated

import msgspec
import typer

from gitops_master.cli.console import print_json, print_report, stderr
from gitops_master.cli.options import Place
from gitops_master.facts.durations import parse_duration
from gitops_master.model.errors import UsageError
from gitops_master.model.operating import Operated, Plan
from gitops_master.ports.sources import Sources
from gitops_master.settings import ALLOW_WRITES
from gitops_master.usecases.operating.desk import Desk
from gitops_master.usecases.operating.means import Following
from gitops_master.usecases.operating.operate import Agree, exit_code, operate, watched_only
from gitops_master.usecases.operating.operation_report import plan_lines
from gitops_master.usecases.operating.planned import OperationRequest


class ActFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


ActFormatOption = Annotated[ActFormat, typer.Option("-o", "--output", help="text or json.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Agree beforehand to what would be asked.")]
AllowWritesOption = Annotated[
    bool, typer.Option("--allow-writes", help=f"Let this command write to the cluster; also {ALLOW_WRITES}.")
]
ProtectOption = Annotated[
    list[str] | None,
    typer.Option("--protect", metavar="GLOB", help="Stages that are left alone all the same.", show_default=False),
]
FollowOption = Annotated[
    str,
    typer.Option("--wait", metavar="DURATION", help="Follow what comes of it, such as 10m; 0s: one look."),
]
EveryOption = Annotated[
    float, typer.Option("--interval", metavar="SECONDS", min=1, max=3600, help="Between two looks; with --wait.")
]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a command may act, as its options say."""

    yes: bool
    allow_writes: bool
    protect: list[str] | None
    following: Following
    output: ActFormat


def may_write(place: Place, *, allow_writes: bool, protect: list[str] | None) -> Place:
    """The place, with what the command's own options add to the environment's."""
    settings = place.settings
    changed = msgspec.structs.replace(
        settings,
        allow_writes=settings.allow_writes or allow_writes,
        protect=(*settings.protect, *(protect or ())),
    )
    return msgspec.structs.replace(place, settings=changed)


def following(wait: str, interval: float, *, verify: bool = False) -> Following:
    """Raises UsageError where `wait` is no duration."""
    return Following(wait_s=wait_seconds(wait), interval_s=interval, verify=verify)


def wait_seconds(wait: str) -> float:
    """Of `--wait`. Raises UsageError where it is no duration."""
    span = parse_duration(wait)
    if span is None:
        raise UsageError(f"--wait {wait!r} is not a duration", "write it as 90s, 10m or 1h30m")
    return span.total_seconds()


def acted(place: Place, request: OperationRequest, terms: Terms) -> int:
    """Plans, asks, acts and follows; the exit code."""
    place = may_write(place, allow_writes=terms.allow_writes, protect=terms.protect)

    async def work(sources: Sources) -> Operated:
        means = Desk(sources).means(tell=tell, deadline_s=place.deadline_s)
        return await operate(request, means, agree=agreed(yes=terms.yes), following=terms.following, insists=terms.yes)

    return shown(place.follow(work), terms.output)


def followed(place: Place, project: str, promotion: str, terms: Terms) -> int:
    """Follows a Promotion that is there; writes nothing."""

    async def work(sources: Sources) -> Operated:
        means = Desk(sources).means(tell=tell, deadline_s=place.deadline_s)
        return await watched_only(project, promotion, means, terms.following)

    return shown(place.follow(work), terms.output)


async def tell(line: str) -> None:
    """Progress, which is no part of the answer."""
    stderr().print(line, soft_wrap=True)


def shown(answer: Operated, output: ActFormat) -> int:
    if output is ActFormat.JSON:
        print_json(answer)
    else:
        print_report(answer.report)
    return exit_code(answer)


def agreed(*, yes: bool) -> Agree:
    """Consent at the terminal, the plan on screen. Nobody there is no consent: the answer is then the plan."""

    async def agree(plan: Plan) -> bool | None:
        if yes:
            return True
        if not sys.stdin.isatty():
            return None
        for line in plan_lines(plan):
            stderr().print(line, soft_wrap=True)
        return typer.confirm(plan.question, err=True)

    return agree
