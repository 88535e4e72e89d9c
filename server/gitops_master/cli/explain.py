"""`gitops-master explain`."""

import sys
from typing import Annotated

import typer

from gitops_master.cli.console import print_json, print_report
from gitops_master.cli.options import Format, FormatOption
from gitops_master.model.errors import UsageError
from gitops_master.model.explanation import Explanation
from gitops_master.usecases.explain import MOST_CHARACTERS, explain_message, explain_rule, list_causes

NO_MATCH = 3
"""Unknown, as everywhere: no known cause prints the message."""

IdArgument = Annotated[
    str,
    typer.Argument(metavar="[ID]", help="A cause, as in [crd-not-installed]. Default: lists all.", show_default=False),
]
MessageOption = Annotated[
    str | None,
    typer.Option(
        "--message",
        metavar="TEXT",
        help="Which known causes print this text? - reads it from standard input.",
        show_default=False,
    ),
]


def explain_command(id_: IdArgument = "", message: MessageOption = None, output: FormatOption = Format.TEXT) -> int:
    """What is known about a cause, or about an error message. Needs no snapshot."""
    if output is Format.MERMAID:
        raise UsageError("explain has no diagram", "-o text or -o json")
    if id_ and message is not None:
        raise UsageError("an id and --message cannot be asked about together", "leave one of them out")
    answer = _answer(id_, message)
    if output is Format.JSON:
        print_json(answer)
    else:
        print_report(answer.report)
    return NO_MATCH if message is not None and not answer.candidates else 0


def _answer(id_: str, message: str | None) -> Explanation:
    if message is not None:
        return explain_message(_stdin() if message == "-" else message)
    return explain_rule(id_) if id_ else list_causes()


def _stdin() -> str:
    """Standard input, never more of it than a message may have (and one more, by which that is noticed)."""
    return sys.stdin.buffer.read(4 * MOST_CHARACTERS + 4).decode(errors="replace")
