from collections import Counter
from collections.abc import Iterator

from gitops_master.facts.durations import stamp
from gitops_master.facts.freight import label
from gitops_master.facts.names import is_generated
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence, Risk, Severity
from gitops_master.model.kargo import CREATE_ACTOR, Promotion
from gitops_master.model.stage import Stage
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.stage.replay_cure import cure

BUSY = frozenset(
    {
        "promotion-running",
        "promotion-pending",
        "waiting-behind-other-promotion",
        "waiting-for-argocd-sync",
        "waiting-for-step-in-progress",
    }
)
"""What a Stage shows in the middle of the loop."""

LOOP = 3
"""So many Succeeded Promotions of one Freight after the rogue one are Kargo's endless repetition, not three decisions."""


@rule(
    "nonconformant-promotion-name-blocks-replay",
    area="stage",
    title="A Promotion with a name of its own blocks the Stage's record",
    on=StageView,
    severity=Severity.CRITICAL,
    risk=Risk.HIGH,
    needs={Stage.KIND, Promotion.KIND},
    explains={
        "manual-promotion-required",
        "stage-unhealthy",
        "app-synced-away-from-promoted-revision",
        "image-changed-outside-kargo",
        "nonconformant-promotion-name-never-recorded",
        "queued-promotions-skip-verification",
        "stage-not-yet-re-evaluated",
        "candidate-freight-already-current",
        "nothing-wrong-stale-errors",
        "promotion-failed",
        "verification-unsuccessful",
        "health-unknown-by-design-after-unsuccessful-promotion",
        "auto-promotion-does-not-retry-failed-freight",
        "promotion-policies-not-in-projectconfig",
        "no-freight-promoted-yet",
        "verified-freight-not-marked",
    },
    sources=(
        "akuity/kargo#6741",
        "akuity/kargo#6214",
        "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go syncPromotions (strings.Compare on names)",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """Promotions of the Stage succeed, but its current Freight, history and lastPromotion stay as they were.

    Why: the Stage takes up finished Promotions from the greatest name down to the one in status.lastPromotion. Names are
    compared as text, since generated ones (<stage>.<ulid>.<freight>) sort by time. A Promotion made by kubectl under a name
    of its own (possible before Kargo 1.11) that sorts after them ends each such walk at once, for ever. From 1.11 on, with
    auto-promotion, the same Freight is then promoted again and again.

    How to tell: status.lastPromotion.name has not the generated form, and finished Promotions that ended later sort before it.

    What to do: in this order: delete the rogue Promotion (the state it made stays), replace /status/lastPromotion/name by the
    newest generated name (status subresource, cluster admin), then promote the wanted Freight. The name first, with the rogue
    still there, poisons the Stage again and puts the old Freight back. Deleting the Stage destroys far more and does not help
    while the rogue exists.

    Not this when: the name has the generated form, or nothing has finished since (then nothing is missing yet).
    """
    last = view.stage.status.last_promotion
    if last is None or not last.name or is_generated(last.name, view.name):
        return
    missed = _unrecorded(view)
    if not missed:
        return
    newest = missed[0]
    freight = newest.status.freight
    shown = label(freight) if freight else newest.spec.freight[:7]
    later = f"{len(missed)} later Promotions were" if len(missed) > 1 else "1 later Promotion was"
    held = ", ".join(label(one) for one in view.current_freight) or "none"
    yield Hit(
        summary=(
            f"lastPromotion of Stage {view.name} is {last.name}, a name that Kargo did not generate and that sorts after every "
            f"generated one, so {later} never recorded (newest {newest.name}, {newest.status.phase}, {shown}) and the Stage still "
            f"shows {held}.{_loop(view, missed)}"
        ),
        evidence=_evidence(view, missed),
        remedies=cure(view, newest),
        also_explains=BUSY if _loop(view, missed) else frozenset(),
    )


def _unrecorded(view: StageView) -> list[Promotion]:
    """Finished Promotions with generated names that ended after the recorded one, yet sort before it; newest first."""
    last = view.stage.status.last_promotion
    recorded_at = (last.finished_at or (last.status.finished_at if last.status else None)) if last else None
    return [
        one
        for one in view.promotions
        if one.is_terminal
        and last is not None
        and one.name < last.name
        and is_generated(one.name, view.name)
        and one.status.finished_at is not None
        and (recorded_at is None or one.status.finished_at > recorded_at)
    ]


def _loop(view: StageView, missed: list[Promotion]) -> str:
    counts = Counter(one.spec.freight for one in missed if one.status.phase == "Succeeded")
    freight, count = counts.most_common(1)[0] if counts else ("", 0)
    if not view.auto_promotion or count < LOOP:
        return ""
    return f" Auto-promotion has promoted Freight {freight[:7]} {count} times since and goes on."


def _evidence(view: StageView, missed: list[Promotion]) -> list[Evidence]:
    last = view.stage.status.last_promotion
    rogue = view.snapshot.get(Promotion, view.project, last.name) if last else None
    found = [
        fact(view.stage, "status.lastPromotion.name", last.name if last else "", last.finished_at if last else None)
    ]
    for one in missed[:2]:
        at = one.status.finished_at
        found.append(fact(one, "status.phase", f"{one.status.phase}, finishedAt {stamp(at) if at else ''}", at))
    found.append(fact(view.stage, "status.freightSummary", view.stage.status.freight_summary))
    if rogue is not None and CREATE_ACTOR in rogue.annotations:
        found.append(
            fact(rogue, f"metadata.annotations[{CREATE_ACTOR}]", rogue.annotations[CREATE_ACTOR], rogue.created)
        )
    return found
