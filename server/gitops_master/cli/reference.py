"""`gitops-master reference`."""

from typing import Annotated

import typer

from gitops_master.cli.console import print_json, print_report
from gitops_master.cli.options import Format, FormatOption
from gitops_master.model.errors import UsageError
from gitops_master.usecases.read_reference import ReadRequest, read_reference

NameArgument = Annotated[
    str,
    typer.Argument(
        metavar="[NAME]", help="A reference, a rule's id, or a gitops:// URI. Default: lists all.", show_default=False
    ),
]
SectionOption = Annotated[
    str, typer.Option("--section", metavar="HEADING", help="Only this section of it.", show_default=False)
]


def reference_command(name: NameArgument = "", section: SectionOption = "", output: FormatOption = Format.TEXT) -> int:
    """The references: how Kargo, Argo CD and verification work. Needs no snapshot and no cluster."""
    if output is Format.MERMAID:
        raise UsageError("a reference has no diagram of its own", "-o text or -o json")
    answer = read_reference(ReadRequest(name=name, section=section, part=0))
    if output is Format.JSON:
        print_json(answer)
    else:
        print_report(answer.report)
    return 0
