from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Risk, Severity
from gitops_master.rules.registry import Hit, rule


@rule(
    "stage-being-deleted",
    area="stage",
    title="The Stage is being deleted",
    on=StageView,
    severity=Severity.MEDIUM,
    sources=("akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go handleDelete",),
    is_symptom=True,
)
def check(stage: StageView) -> Iterator[Hit]:
    """A Stage has a deletionTimestamp.

    Why: somebody or something deleted it; its finalizer removes its name from every Freight's verifiedIn and approvedFor.

    How to tell: metadata.deletionTimestamp is set.

    What to do: find out who deleted it; if it stays, read the Kargo controller's log for the error in its deletion.

    Not this when: the deletion cannot finish; then the cause of that is the finding.
    """
    deleted = stage.stage.metadata.deletion_timestamp
    if deleted is None:
        return
    yield Hit(
        summary=f"Stage {stage.name} is being deleted; nothing will be promoted to it.",
        evidence=[
            fact(stage.stage, "metadata.deletionTimestamp", deleted, deleted),
            fact(stage.stage, "metadata.finalizers", stage.stage.metadata.finalizers),
        ],
        remedies=[
            advise(
                f"Find out who deleted {stage.name}; if that was a mistake, apply it again from its source once it is gone, and promote "
                "the wanted Freight by hand: auto-promotion would take the newest",
                risk=Risk.MEDIUM,
                destroys="nothing more; the deletion itself takes the Stage's verifications off all Freight, and its Promotions with it",
            )
        ],
    )
