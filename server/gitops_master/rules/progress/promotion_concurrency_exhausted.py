from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.controllers import env, serving, shard_of
from gitops_master.facts.durations import human
from gitops_master.facts.progress import listed
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Confidence, Risk, Severity
from gitops_master.model.kargo import Promotion
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get

DEFAULT_SLOTS = 4
"""controller.reconcilers.maxConcurrentReconciles of the chart (values.yaml:672, v1.11.2)."""

PATIENCE = timedelta(minutes=1)
"""An admitted Promotion begins within seconds where a slot is free."""


@rule(
    "promotion-concurrency-exhausted",
    area="environment",
    title="The controller is busy with as many Promotions as it runs at once",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.MEDIUM,
    needs={Promotion.KIND},
    explains={
        "promotion-pending",
        "promotion-not-picked-up",
    },
    sources=(
        "akuity/kargo v1.11.2 pkg/controller/promotions/promotions.go",
        "akuity/kargo v1.11.2 charts/kargo/values.yaml:671",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """The Stage has admitted a Promotion, which nevertheless stays Pending.

    Why: a controller carries out only so many Promotions at a time (4 unless configured), of all Stages and projects of its
    shard together. Steps that work without pause (long clones, pushes) hold a slot for as long as they take.

    How to tell: status.currentPromotion names the Promotion, its phase is Pending for more than a minute, and at least that
    many others of the same shard are Running.

    What to do: wait for one to end; if it is like that often, raise controller.reconcilers.promotions.maxConcurrentReconciles.

    Not this when: fewer are Running: then the controller does not work, or the Promotion waits for another of its own Stage.
    """
    admitted = view.stage.status.current_promotion
    mine = next((one for one in view.waiting_promotions if admitted is not None and one.name == admitted.name), None)
    if (
        mine is None
        or mine.created is None
        or view.snapshot.observed_at - mine.created < PATIENCE
        or view.running is not None
    ):
        return
    shard = shard_of(view.stage)
    running = [one for one in view.snapshot.all(Promotion) if one.status.phase == "Running" and shard_of(one) == shard]
    slots, known = _slots(view, shard)
    if len(running) < slots:
        return
    busy = listed(f"{one.namespace}/{one.name}" for one in running[:4])
    age = human(view.snapshot.observed_at - mine.created)
    yield Hit(
        summary=(
            f"Promotion {mine.name} of Stage {view.name} has been admitted and Pending for {age}: the controller is busy with {len(running)} "
            f"other Promotions and runs {slots} at once."
        ),
        evidence=[
            fact(view.stage, "status.currentPromotion.name", mine.name),
            fact(mine, "status.phase", mine.status.phase or "none yet", mine.created),
            *(fact(one, "status.phase", "Running", one.status.started_at) for one in running[:3]),
        ],
        remedies=[
            advise(
                f"Wait until one of these ends: {busy}",
                risk=Risk.NONE,
                confirm_with=get("promotions.kargo.akuity.io", view.project, mine.name, ".status.phase"),
            ),
            advise(
                "If it is like that often: raise controller.reconcilers.promotions.maxConcurrentReconciles in the Kargo chart's values "
                "(restarts the controller)",
                risk=Risk.MEDIUM,
                destroys="nothing; running Promotions may begin again at their first step",
            ),
        ],
        ends="when one of the running Promotions ends",
        confidence=Confidence.HIGH if known else Confidence.MEDIUM,
    )


def _slots(view: StageView, shard: str) -> tuple[int, bool]:
    """How many Promotions the controller runs at once, and whether that was read rather than assumed."""
    for pod in serving(shard, view.snapshot):
        given = env(pod, "MAX_CONCURRENT_PROMOTION_RECONCILES")
        if given and given.isdigit():
            return int(given), True
    return DEFAULT_SLOTS, False
