"""`gitops-master analyze`."""

from typing import Annotated

import typer

from gitops_master.cli.console import print_json, print_report
from gitops_master.cli.options import Format, FormatOption, Place, ProjectOption, looks
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


@looks
def analyze_command(
    place: Place,
    stage: StageArgument = "",
    project: ProjectOption = "",
    app: AppOption = "",
    warehouse: WarehouseOption = "",
    freight: FreightOption = "",
    symptom: SymptomOption = "",
    output: FormatOption = Format.TEXT,
) -> int:
    """Why is it stuck? One root cause with evidence, and the least invasive fix."""
    if output is Format.MERMAID:
        raise UsageError("analyze has no diagram", "gitops-master state -o mermaid draws the pipeline")
    request = asked(place, project=project, stage=stage, app=app, warehouse=warehouse, freight=freight, symptom=symptom)
    answer = place.ask("Analysing", lambda reader: analyze(reader, request))
    if output is Format.JSON:
        print_json(answer)
    else:
        print_report(answer.report)
    return exit_code(answer.verdict)


def asked(place: Place, *, project: str, app: str, **given: str) -> AnalyzeRequest:
    """What the options of an analysis ask. Where no project is named, the one is meant that the configuration names."""
    meant = project or ("" if app else place.settings.project)  # an Application is of no project
    return AnalyzeRequest(project=meant, app=app, deadline_s=place.deadline_s, **given)
