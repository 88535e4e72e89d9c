"""`gitops-master discover`."""

from typing import Annotated

import typer

from gitops_master.cli.console import print_json, print_report
from gitops_master.cli.options import Format, FormatOption, Place, looks
from gitops_master.model.errors import UsageError
from gitops_master.usecases.discover_env import DiscoverRequest, discover, exit_code

AllContextsOption = Annotated[
    bool, typer.Option("--all-contexts", help="Also try to reach the kubeconfig's other contexts.")
]


@looks
def discover_command(
    place: Place,
    all_contexts: AllContextsOption = False,
    output: FormatOption = Format.TEXT,
) -> int:
    """What there is: contexts, projects, controllers, versions, namespaces, rights, and what only you can say."""
    if output is Format.MERMAID:
        raise UsageError("discover has no diagram", "gitops-master state -o mermaid draws the pipeline")
    request = DiscoverRequest(all_contexts=all_contexts)
    answer = place.ask_environment("Discovering", lambda environment: discover(environment, request))
    if output is Format.JSON:
        print_json(answer)
    else:
        print_report(answer.report)
    return exit_code(answer)
