"""`gitops-master state`."""

import sys
from typing import Annotated

import typer

from gitops_master.cli.console import print_json, print_report
from gitops_master.cli.options import Format, FormatOption, Place, ProjectOption, looks
from gitops_master.model.errors import UsageError
from gitops_master.usecases.get_stage_state import StateRequest, exit_code, get_state

StageArgument = Annotated[
    str, typer.Argument(metavar="[STAGE]", help="Stage to show. Default: the pipeline.", show_default=False)
]


@looks
def state_command(
    place: Place,
    stage: StageArgument = "",
    project: ProjectOption = "",
    output: FormatOption = Format.TEXT,
) -> int:
    """What a Stage holds, tried, runs and waits for; without a Stage the whole pipeline."""
    if output is Format.MERMAID and stage:
        raise UsageError("the diagram shows the whole pipeline", "leave the Stage out: gitops-master state -o mermaid")
    request = StateRequest(project=project, stage=stage, deadline_s=place.deadline_s)
    answer = place.ask("Reading", lambda reader: get_state(reader, request))
    if output is Format.JSON:
        print_json(answer)
    elif output is Format.MERMAID and answer.pipeline is not None:
        sys.stdout.write(answer.pipeline.mermaid + "\n")
    else:
        print_report(answer.report)
    return exit_code(answer)
