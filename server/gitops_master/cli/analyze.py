"""`gitops-master analyze`."""

from typing import Annotated

import typer

from gitops_master.cli.console import print_json, print_report, working
from gitops_master.cli.options import (
    Format,
    FormatOption,
    NowOption,
    ProjectOption,
    SnapshotOption,
    VerboseOption,
    reader_of,
)
from gitops_master.model.errors import UsageError
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from gitops_master.usecases.diagnosis import exit_code

StageArgument = Annotated[
    str, typer.Argument(metavar="[STAGE]", help="Stage to analyse. Default: the whole project.", show_default=False)
]
AppOption = Annotated[
    str, typer.Option("--app", metavar="NAME", help="An Argo CD Application instead of a Stage.", show_default=False)
]
WarehouseOption = Annotated[
    str,
    typer.Option("--warehouse", metavar="NAME", help="A Warehouse: why does it make no Freight?", show_default=False),
]
FreightOption = Annotated[
    str,
    typer.Option(
        "--freight", metavar="WHAT", help="Why is this Freight, commit or tag not in the Stage?", show_default=False
    ),
]
SymptomOption = Annotated[
    str,
    typer.Option(
        "--symptom",
        metavar="TEXT",
        help="What was reported. Orders findings; Freight named in it is asked about.",
        show_default=False,
    ),
]


def analyze_command(
    context: typer.Context,
    stage: StageArgument = "",
    project: ProjectOption = "",
    app: AppOption = "",
    warehouse: WarehouseOption = "",
    freight: FreightOption = "",
    symptom: SymptomOption = "",
    snapshot: SnapshotOption = None,
    now: NowOption = "",
    output: FormatOption = Format.TEXT,
    verbose: VerboseOption = False,
) -> int:
    """Why is it stuck? One root cause with evidence, and the least invasive fix."""
    if output is Format.MERMAID:
        raise UsageError("analyze has no diagram", "gitops-master state -o mermaid draws the pipeline")
    source = reader_of(context, snapshot, now)
    request = AnalyzeRequest(
        project=project, stage=stage, app=app, warehouse=warehouse, freight=freight, symptom=symptom
    )
    answer = working("Analysing", lambda: analyze(source, request), verbose=verbose)
    if output is Format.JSON:
        print_json(answer)
    else:
        print_report(answer.report)
    return exit_code(answer.verdict)
