"""`gitops-master state`."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import anyio
import typer

from gitops_master.cli.console import print_json, print_report
from gitops_master.cli.options import Format, FormatOption, Place, ProjectOption, looks
from gitops_master.model.errors import UsageError
from gitops_master.ports.sources import Sources
from gitops_master.usecases.get_stage_state import StateRequest, exit_code, get_state
from gitops_master.usecases.watch_state import Until, watch
from gitops_master.usecases.watch_state import exit_code as exit_code_of_watching

StageArgument = Annotated[
    str, typer.Argument(metavar="[STAGE]", help="Stage to show. Default: the pipeline.", show_default=False)
]
WatchOption = Annotated[bool, typer.Option("--watch", "-w", help="Follow it until interrupted.")]
IntervalOption = Annotated[
    float, typer.Option("--interval", metavar="SECONDS", min=1, max=3600, help="Between two reads; with --watch.")
]
UntilOption = Annotated[
    Until | None,
    typer.Option("--until", help="Follow the Stage until it is healthy, or nothing moves.", show_default=False),
]


@looks
def state_command(
    place: Place,
    stage: StageArgument = "",
    project: ProjectOption = "",
    output: FormatOption = Format.TEXT,
    is_followed: WatchOption = False,
    interval: IntervalOption = 5.0,
    until: UntilOption = None,
) -> int:
    """What a Stage holds, tried, runs and waits for; without a Stage the whole pipeline."""
    if output is Format.MERMAID and stage:
        raise UsageError("the diagram shows the whole pipeline", "leave the Stage out: gitops-master state -o mermaid")
    if until is not None and not stage:
        raise UsageError("--until is about a Stage", "name the Stage to wait for")
    request = StateRequest(project=project or place.settings.project, stage=stage, deadline_s=place.deadline_s)
    if is_followed or until is not None:
        return _follow(place, request, output, interval, until)
    answer = place.ask("Reading", lambda reader: get_state(reader, request))
    if output is Format.JSON:
        print_json(answer)
    elif output is Format.MERMAID and answer.pipeline is not None:
        sys.stdout.write(answer.pipeline.mermaid + "\n")
    else:
        print_report(answer.report)
    return exit_code(answer)


def _follow(place: Place, request: StateRequest, output: Format, interval: float, until: Until | None) -> int:
    """Interrupting is the way to end it. Whoever waits for something must not take that for its coming."""
    from gitops_master.cli.watching import showing  # what follows needs more of rich than what prints

    if output is Format.MERMAID:
        raise UsageError("a diagram cannot be followed", "gitops-master state --watch shows the pipeline as text")

    def clock() -> datetime:
        return datetime.now(UTC)

    async def work(sources: Sources) -> int:
        with showing(as_json=output is Format.JSON, clock=clock) as show:
            standing = await watch(
                lambda: get_state(sources.reader(), request),
                show,
                until=until,
                interval_s=interval,
                clock=clock,
                sleep=anyio.sleep,
            )
        return exit_code_of_watching(standing)

    try:
        return place.follow(work)
    except KeyboardInterrupt:
        if until is not None:
            raise
        return 0
