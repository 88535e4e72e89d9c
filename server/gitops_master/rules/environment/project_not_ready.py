from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import peel
from gitops_master.facts.project import ProjectView
from gitops_master.facts.texts import fact
from gitops_master.model.kargo import Project
from gitops_master.rules.registry import Hit, rule


@rule(
    "project-not-ready",
    area="environment",
    title="Kargo cannot set the Project up",
    on=ProjectView,
    needs={Project.KIND},
    sources=("akuity/kargo v1.11.2 pkg/controller/management/projects/projects.go",),
    is_symptom=True,
)
def check(view: ProjectView) -> Iterator[Hit]:
    """The Project's Ready condition is False, and nothing more specific says why.

    Why: its namespace, its ServiceAccounts or its Roles could not be made; until then Stages and Warehouses are refused or
    lack rights.

    How to tell: the conditions Ready and Stalled and their messages.

    What to do: mend what the message names; the Project is tried again by itself.

    Not this when: the Project is being deleted.
    """
    ready = view.ready
    if ready is None or ready.status != "False" or view.of.metadata.deletion_timestamp is not None:
        return
    said = [one for one in view.of.status.conditions if one.message and (one is ready or one.type == "Stalled")]
    yield Hit(
        summary=f"Project {view.name} is not Ready ({ready.reason}): {peel(ready.message)}",
        evidence=[
            fact(view.of, f"status.conditions[{one.type}]", f"{one.status} {one.reason}: {one.message}") for one in said
        ],
        remedies=[
            advise(
                "Mend what the message names",
                confirm_with=f"kubectl get projects.kargo.akuity.io {view.name} -o jsonpath='{{.status.conditions}}'",
            )
        ],
    )
