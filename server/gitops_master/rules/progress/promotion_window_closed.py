from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.progress import is_idle, upcoming
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Risk, Severity
from gitops_master.rules.registry import Hit, rule


@rule(
    "promotion-window-closed",
    area="promotion",
    title="Promotion windows keep the Stage closed at present",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.LOW,
    risk=Risk.NONE,
    explains={
        "promotion-pending",
        "stage-reconcile-error",
        "manual-promotion-required",
        "no-freight-promoted-yet",
    },
    versions=("kargo >= 1.12",),
    sources=("akuity/kargo api/v1alpha1/promotion_window_types.go (main branch)",),
)
def check(view: StageView) -> Iterator[Hit]:
    """Freight is available, but Promotions to the Stage are refused or not made.

    Why: the promotion windows of the project or the cluster forbid promoting to the Stage now.

    How to tell: status.promotionWindowStatus.closed is true, with a reason; nextOpen where the end is known.

    What to do: wait until it opens, or ask whoever set the window.

    Not this when: nothing waits to be promoted.
    """
    window = view.stage.status.promotion_window_status
    if window.get("closed") is not True:
        return
    if not any(one.availability.available for one in upcoming(view)) and is_idle(view):
        return
    opens, reason = str(window.get("nextOpen") or ""), str(window.get("reason") or "no reason given")
    evidence = [
        fact(view.stage, "status.promotionWindowStatus.closed", True),
        fact(view.stage, "status.promotionWindowStatus.reason", reason),
    ]
    if opens:
        evidence.append(fact(view.stage, "status.promotionWindowStatus.nextOpen", opens))
    yield Hit(
        summary=f"Promotion to Stage {view.name} is closed at present: {reason}"
        + (f"; it opens at {opens}." if opens else "."),
        evidence=evidence,
        remedies=[
            advise(f"Wait until {opens}" if opens else "Ask whoever set the window when it opens", risk=Risk.NONE)
        ],
        ends=f"at {opens}" if opens else "no reopening is known",
    )
