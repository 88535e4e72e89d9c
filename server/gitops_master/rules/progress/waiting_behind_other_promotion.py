from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import lasting
from gitops_master.facts.promotion import started
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Evidence, Risk, Severity
from gitops_master.model.kargo import Promotion
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import abort_promotion


@rule(
    "waiting-behind-other-promotion",
    area="promotion",
    title="A Promotion waits for its turn",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.LOW,
    risk=Risk.NONE,
    needs={Promotion.KIND},
    explains={
        "promotion-pending",
    },
    sources=(
        "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go syncPromotions",
        "akuity/kargo v1.11.2 pkg/api/promotion.go ComparePromotionByPhaseAndCreationTime",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """A Promotion is Pending while another one of the Stage runs.

    Why: a Stage carries out one Promotion at a time, in the order of their names.

    How to tell: status.currentPromotion names another Promotion that has not ended.

    What to do: see what the running one is doing; abort it only if it is no longer wanted.

    Not this when: no other Promotion has been admitted: then a verification, the controller or its capacity is the reason.
    """
    ahead = _ahead(view)
    if ahead is None:
        return
    waiting = [one for one in view.waiting_promotions if one.name != ahead.name and one.status.phase == "Pending"]
    if not waiting:
        return
    more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
    begun = started(ahead)
    since = lasting(begun, view.snapshot.observed_at)
    step = view.running_step
    at = f' in step {step.index + 1} "{step.alias}" ({step.uses})' if step is not None and view.running is ahead else ""
    phase = ahead.status.phase or "admitted"
    yield Hit(
        summary=f"Promotion {waiting[0].name}{more} waits for its turn: {view.name} is busy with {ahead.name}, {phase}{since}{at}.",
        evidence=_evidence(view, ahead, waiting[0]),
        remedies=[
            advise(f"See what {ahead.name} is doing; the waiting ones follow by themselves", risk=Risk.NONE),
            abort_promotion(view, ahead.name).model_copy(
                update={"title": f"Only if {ahead.name} is no longer wanted: abort it, the next one then starts"}
            ),
        ],
        ends=f"when {ahead.name} has ended",
    )


def _ahead(view: StageView) -> Promotion | None:
    """The Promotion the Stage has admitted, as long as it has not ended."""
    if view.running is not None:
        return view.running
    admitted = view.stage.status.current_promotion
    found = view.snapshot.get(Promotion, view.project, admitted.name) if admitted is not None else None
    return found if found is not None and not found.is_terminal else None


def _evidence(view: StageView, ahead: Promotion, waiting: Promotion) -> list[Evidence]:
    admitted = view.stage.status.current_promotion
    return [
        fact(view.stage, "status.currentPromotion.name", admitted.name if admitted is not None else ahead.name),
        fact(ahead, "status.phase", ahead.status.phase or "none yet", started(ahead)),
        fact(waiting, "status.phase", "Pending", waiting.created),
    ]
