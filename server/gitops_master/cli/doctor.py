"""`gitops-master doctor`."""

from gitops_master.cli.console import print_json, print_report
from gitops_master.cli.discover import AllContextsOption
from gitops_master.cli.options import Format, FormatOption, Place, looks
from gitops_master.model.errors import UsageError
from gitops_master.usecases.discover_env import DiscoverRequest, discover, health_code
from gitops_master.usecases.doctor_report import doctor_report


@looks
def doctor_command(
    place: Place,
    all_contexts: AllContextsOption = False,
    output: FormatOption = Format.TEXT,
) -> int:
    """What is reachable, as whom, what will not work and what to grant. Exits with 0, 3, 69 or 77."""
    if output is Format.MERMAID:
        raise UsageError("doctor has no diagram", "gitops-master state -o mermaid draws the pipeline")
    request = DiscoverRequest(all_contexts=all_contexts, deadline_s=place.deadline_s)
    answer = place.ask_environment("Checking", lambda environment: discover(environment, request))
    if output is Format.JSON:
        print_json(answer)
    else:
        print_report(doctor_report(answer))
    return health_code(answer)
