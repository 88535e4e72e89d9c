from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.stage import StageView
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get, refresh_stage


@rule(
    "stage-reconcile-error",
    area="stage",
    title="Kargo cannot reconcile the Stage",
    on=StageView,
    sources=("akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go summarizeConditions",),
    is_symptom=True,
)
def check(stage: StageView) -> Iterator[Hit]:
    """Ready is False with reason ReconcileError.

    Why: each pass of the controller over the Stage ends in the error that the message quotes; often it is persistent (a
    missing Warehouse, a refused write), not transient.

    How to tell: the Ready condition's reason and message.

    What to do: mend what the message names; the controller retries by itself.

    Not this when: a more specific finding explains the message.
    """
    error = stage.reconcile_error
    if error is None:
        return
    yield Hit(
        summary=f"Kargo's controller fails on Stage {stage.name}: {error.value}",
        evidence=[error.as_evidence()],
        remedies=[
            advise(
                "Mend what the message names; the controller retries by itself",
                confirm_with=get("stages.kargo.akuity.io", stage.project, stage.name, ".status.conditions"),
            ),
            refresh_stage(stage),
        ],
    )
