"""`gitops-master verify`."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gitops_master import verify_file
from gitops_master.cli.acting import AllowWritesOption, ProtectOption, YesOption, may_write, wait_seconds
from gitops_master.cli.console import print_json, print_report, stderr, stdout
from gitops_master.cli.options import Place, ProjectOption, looks
from gitops_master.cli.rerun import WAIT_S, rerun
from gitops_master.model.errors import UsageError
from gitops_master.model.verification import Verdict, Verification
from gitops_master.ports.sources import Sources
from gitops_master.usecases.await_verification import INTERVAL_S, await_verification
from gitops_master.usecases.junit import junit
from gitops_master.usecases.operating.means import Following
from gitops_master.usecases.run_verification import VerifyRequest, run_verification

EXIT_CODES = {Verdict.PASS: 0, Verdict.WARN: 0, Verdict.FAIL: 1, Verdict.UNKNOWN: 3, Verdict.SKIPPED: 3}


class VerifyFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


StageArgument = Annotated[
    str, typer.Argument(metavar="[STAGE]", help="Stage to verify. Default: sweep the project.", show_default=False)
]
VerifyFormatOption = Annotated[VerifyFormat, typer.Option("-o", "--output", help="text, json or junit.")]
AllLevelsOption = Annotated[bool, typer.Option("--all-levels", help="Go on behind a level that failed.")]
HttpOption = Annotated[
    bool | None,
    typer.Option("--http/--no-http", help="Also ask the hosts from here: DNS, TLS, GET.", show_default=False),
]
ProxyOption = Annotated[
    bool | None,
    typer.Option(
        "--proxy/--no-proxy", help="Also ask health URLs through the API server's service proxy.", show_default=False
    ),
]
WaitOption = Annotated[
    str,
    typer.Option("--wait", metavar="DURATION", help="Check again until it passes, such as 10m.", show_default=False),
]
RerunOption = Annotated[
    bool, typer.Option("--rerun", help="First ask Kargo to verify the Stage again, and wait; needs --allow-writes.")
]
ExpectOption = Annotated[
    Path | None,
    typer.Option(
        "--expect", metavar="PATH", help=f"What to expect. Default: the nearest {verify_file.NAME}.", show_default=False
    ),
]
SchemaOption = Annotated[bool, typer.Option("--schema", help=f"Print the JSON schema of {verify_file.NAME}.")]
IntervalOption = Annotated[
    float, typer.Option("--interval", metavar="SECONDS", min=1, max=3600, help="Between two checks; with --wait.")
]


@looks
def verify_command(
    place: Place,
    stage: StageArgument = "",
    project: ProjectOption = "",
    all_levels: AllLevelsOption = False,
    http: HttpOption = None,
    proxy: ProxyOption = None,
    wait: WaitOption = "",
    interval: IntervalOption = INTERVAL_S,
    expect: ExpectOption = None,
    is_rerun: RerunOption = False,
    yes: YesOption = False,
    allow_writes: AllowWritesOption = False,
    protect: ProtectOption = None,
    output: VerifyFormatOption = VerifyFormat.TEXT,
    schema: SchemaOption = False,
) -> int:
    """Does it really work? Four levels of checks, stopping at the first that fails."""
    if schema:
        sys.stdout.write(json.dumps(verify_file.schema(), indent=2, ensure_ascii=False) + "\n")
        return 0
    wait_s = wait_seconds(wait) if wait else 0.0
    place = may_write(place, allow_writes=allow_writes, protect=protect)
    place = msgspec.structs.replace(place, settings=msgspec.structs.replace(place.settings, expect=expect))
    request = VerifyRequest(
        project=project or place.settings.project,
        stage=stage,
        all_levels=all_levels,
        http=http,
        proxy=proxy,
        deadline_s=place.deadline_s,
    )

    async def work(sources: Sources) -> Verification:
        if is_rerun:
            follow = Following(wait_s=wait_s or WAIT_S, interval_s=interval)
            await rerun(sources, place, stage, request.project, follow, is_agreed=yes)
        return await _asked(sources, request, wait_s, interval)

    if is_rerun and not stage:
        raise UsageError("--rerun is about a Stage", "name the Stage whose verification is to run again")
    answer = place.follow(work)
    _show(answer, output)
    return EXIT_CODES[answer.verdict]


async def _asked(sources: Sources, request: VerifyRequest, wait_s: float, interval_s: float) -> Verification:
    reader, means = sources.reader(), sources.means()
    console = stderr()
    with console.status("Verifying") as status:

        async def tell(now: str) -> None:
            status.update(now)  # nothing where there is no terminal

        async def wait(what: str) -> None:
            if console.is_terminal:
                status.update(what)
            else:
                console.print(what)

        return await await_verification(
            lambda: run_verification(reader, request, means, tell), wait, wait_s=wait_s, interval_s=interval_s
        )


def _show(answer: Verification, output: VerifyFormat) -> None:
    if output is VerifyFormat.JSON:
        print_json(answer)
    elif output is VerifyFormat.JUNIT:
        sys.stdout.write(junit(answer))
    elif stdout().is_terminal:
        from gitops_master.cli.verify_table import print_table  # tables need more of rich than lines

        print_table(answer, stdout())
    else:
        print_report(answer.report)
