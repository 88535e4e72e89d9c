"""`gitops-master capture`."""

from pathlib import Path
from typing import Annotated

import typer

from gitops_master.cli.analyze import AppOption, FreightOption, StageArgument, SymptomOption, WarehouseOption, asked
from gitops_master.cli.console import print_report
from gitops_master.cli.options import Place, ProjectOption, looks
from gitops_master.usecases.capture import capture
from gitops_master.usecases.capture_report import capture_report

OutOption = Annotated[
    Path, typer.Option("-o", "--out", metavar="PATH", help="The archive to write: a .tar.gz.", show_default=False)
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")]


@looks
def capture_command(
    place: Place,
    out: OutOption,
    stage: StageArgument = "",
    project: ProjectOption = "",
    app: AppOption = "",
    warehouse: WarehouseOption = "",
    freight: FreightOption = "",
    symptom: SymptomOption = "",
    force: ForceOption = False,
) -> int:
    """Keep what an analysis reads as a snapshot, redacted: for later, for others, for a bug report."""
    from gitops_master.adapters.capture import Archive  # only this command writes archives, and start-up counts

    request = asked(place, project=project, stage=stage, app=app, warehouse=warehouse, freight=freight, symptom=symptom)
    store = Archive(out, force=force)
    captured = place.ask("Capturing", lambda reader: capture(reader, request, store))
    print_report(capture_report(captured, request))
    return 0
