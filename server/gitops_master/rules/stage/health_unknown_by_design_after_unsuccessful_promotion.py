from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import stamp
from gitops_master.facts.freight import label
from gitops_master.facts.past import reason_that_is_over
from gitops_master.facts.progress import apps_gone, is_idle
from gitops_master.facts.stage import LastPromotion, StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Class, Evidence, Risk, Severity
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote

_REASONS = frozenset({"LastPromotionAborted", "LastPromotionFailed", "LastPromotionErrored"})


@rule(
    "health-unknown-by-design-after-unsuccessful-promotion",
    area="stage",
    title="Health is Unknown only because the last Promotion did not succeed",
    on=StageView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    risk=Risk.NONE,
    needs={Application.KIND},
    explains={"stage-unhealthy", "auto-promotion-does-not-retry-failed-freight", "stage-not-yet-re-evaluated"},
    versions=("kargo >= 1.3",),
    sources=(
        "akuity/kargo#3155",
        "akuity/kargo#3191",
        "akuity/kargo#3558",
        "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go:919",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """The Stage shows health Unknown although Argo CD shows its Applications Synced and Healthy.

    Why: Kargo assesses health only after a successful Promotion. After one that was aborted, or that failed for a reason that
    is over, health stays Unknown until the next success; the Applications still run the Freight from before.

    How to tell: reason LastPromotionAborted (or Failed, Errored) on the Healthy condition, Applications Synced and Healthy.

    What to do: nothing is broken. Promote the wanted Freight (the current one just clears the state).

    Not this when: what ended the Promotion still exists: then that is the cause; or an Application is not fine.
    """
    last, healthy = view.last, view.condition("Healthy")
    if last is None or healthy is None or healthy.reason not in _REASONS or not is_idle(view):
        return
    if apps_gone(view) or not all(app.health in {"Healthy", "Suspended"} and not app.texts for app in view.apps):
        return
    over = reason_that_is_over(view)
    if last.status.phase != "Aborted" and over is None:
        return
    held = ", ".join(label(one) for one in view.current_freight)
    running = (
        ", ".join(f"{app.app.name} is {app.sync} and {app.health}" for app in view.apps)
        if view.apps
        else "no Application is concerned"
    )
    message = last.status.message or last.status.phase
    evidence = _evidence(view, last)
    if over is not None:
        evidence.append(over)
    yield Hit(
        summary=(
            f"Nothing is broken in Stage {view.name}: Promotion {last.name} ended {last.status.phase}"
            f"{f' at {stamp(last.finished_at)}' if last.finished_at else ''} ({message}), and Kargo shows Unknown health until "
            f"the next success; it still runs {held or 'no Freight'}, {running}."
        ),
        evidence=evidence,
        remedies=[
            advise("Nothing has to be repaired; promote when wanted, the current Freight just clears the state"),
            repromote(view),
        ],
        also_explains=frozenset({"promotion-failed"}),
    )


def _evidence(view: StageView, last: LastPromotion) -> list[Evidence]:
    found = []
    for type_ in ("Ready", "Healthy"):
        one = view.condition(type_)
        if one is not None:
            found.append(fact(view.stage, f"status.conditions[{type_}]", f"{one.status} {one.reason}: {one.message}"))
    found.append(fact(last.ref, "status.message", last.status.message or last.status.phase, last.finished_at))
    for app in view.apps[:2]:
        found.append(fact(app.app, "status", f"health {app.health}, sync {app.sync}", app.app.status.reconciled_at))
    return found
