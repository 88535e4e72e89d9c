"""`gitops-master route`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from gitops_master.cli.console import print_report
from gitops_master.cli.options import Format, FormatOption, Place, ProjectOption, looks
from gitops_master.model.errors import UnreadableInput, UsageError
from gitops_master.model.routing import Known, Route
from gitops_master.routing import route
from gitops_master.usecases.known import known as names_there

MOST_TEXT = 1_000_000
MOST_KNOWN = 10_000_000
"""Bytes. Longer files are no lists of names."""

TextArgument = Annotated[
    str, typer.Argument(metavar="TEXT", help="The request in plain words. - reads it from standard input.")
]
KnownOption = Annotated[
    Path | None,
    typer.Option(
        "--known",
        metavar="FILE",
        help="JSON with project, stages, apps and freight. Default: what the snapshot or the cluster has.",
        show_default=False,
    ),
]


@looks
def route_command(
    place: Place,
    text: TextArgument,
    known: KnownOption = None,
    project: ProjectOption = "",
    output: FormatOption = Format.TEXT,
) -> int:
    """What a request wants: diagnose, verify, promote or set up, and of which Stage, Application and Freight."""
    if output is Format.MERMAID:
        raise UsageError("route has no diagram", "-o text or -o json")
    request = sys.stdin.buffer.read(MOST_TEXT).decode(errors="replace") if text == "-" else text
    if known is not None:
        names = read_known(known)
    else:
        named = project or place.settings.project
        names = place.ask("Reading", lambda reader: names_there(reader, named))
    answer = route(request, names)
    if output is Format.JSON:
        sys.stdout.write(json.dumps(answer.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n")
    else:
        print_report(_report(answer))
    return 0


def read_known(path: Path) -> Known:
    """The names in a file. Raises UnreadableInput where it cannot be read or is no such file."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_KNOWN + 1)
    except OSError as error:
        raise UnreadableInput(f"{path} cannot be read: {error.strerror}", "name a JSON file with --known") from None
    if len(content) > MOST_KNOWN:
        raise UnreadableInput(f"{path} is larger than {MOST_KNOWN // 1_000_000} MB", "keep to the names of one project")
    try:
        return Known.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        what = f"{where}: {first['msg']}" if where else first["msg"]
        raise UnreadableInput(
            f"{path} is not a list of known names: {what}",
            'as in {"project": "shop", "stages": ["test"], "apps": [], "freight": [{"name": "…", "alias": "…", "images": [], "commits": []}]}',
        ) from None


def _report(answer: Route) -> str:
    nothing = "not clear" if answer.ask else "nothing that is done here"
    lines = [f"Wanted: {', then '.join(answer.modes) or nothing}"]
    for label, value in (
        ("Project", answer.project),
        ("Stage", answer.stage),
        ("Application", answer.app),
        ("Freight", answer.freight),
    ):
        if value:
            lines.append(f"{label}: {value}")
    return "\n".join([*lines, *([answer.question] if answer.question else [])])
