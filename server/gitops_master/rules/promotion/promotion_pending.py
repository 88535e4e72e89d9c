from collections.abc import Iterator

from gitops_master.facts.advice import advise, by_hand
from gitops_master.facts.durations import lasting
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Confidence, Risk, Severity
from gitops_master.model.kargo import Promotion
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get, refresh_stage


@rule(
    "promotion-pending",
    area="promotion",
    title="A Promotion waits to start",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.MEDIUM,
    needs={Promotion.KIND},
    explains={"no-freight-promoted-yet"},
    sources=("akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go syncPromotions",),
    is_symptom=True,
)
def check(stage: StageView) -> Iterator[Hit]:
    """A Promotion of the Stage is Pending, and what it waits for was not recognised.

    Why: a Stage runs one Promotion at a time, in name order, and none while a verification of the current Freight runs.

    How to tell: the Promotion's phase is Pending and the Stage's currentPromotion does not name it.

    What to do: see what is ahead of it; refresh the Stage if nothing is.

    Not this when: another Promotion or a verification is ahead of it, or no controller has seen it (it has no phase then).
    """
    pending = [one for one in stage.waiting_promotions if one.status.phase == "Pending"]
    if not pending:
        return
    one = pending[0]
    age = lasting(one.created, stage.snapshot.observed_at)
    yield Hit(
        summary=f"Promotion {one.name} {'has been' if age else 'is'} Pending{age}.",
        evidence=[fact(one, "status.phase", "Pending", one.created)],
        remedies=[
            advise(
                "See what is ahead of it: the Promotion that the Stage has admitted, and the others by their names",
                get("stages.kargo.akuity.io", stage.project, stage.name, ".status.currentPromotion.name"),
                f"kubectl -n {stage.project} get promotions.kargo.akuity.io",
                risk=Risk.NONE,
            ),
            by_hand(refresh_stage(stage))
            if stage.running is not None or stage.verification_runs
            else refresh_stage(stage),
        ],
        confidence=Confidence.MEDIUM,
        ends="when what is ahead of it has ended",
    )
