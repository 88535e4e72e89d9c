from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.freight import label
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Confidence, Remedy
from gitops_master.model.kargo import FreightReference, Promotion
from gitops_master.rules.promotion.expressions import absent_origins, ever_held, missing_artifact
from gitops_master.rules.promotion.failure import FAILED_PROMOTION
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import promote_candidate


@rule(
    "aborted-pending-promotion-drops-freight-collection",
    area="promotion",
    title="An aborted Promotion made the next ones forget the Freight of the other Warehouses",
    on=StageView,
    needs={Promotion.KIND},
    versions=("kargo < 1.11.2",),
    explains=FAILED_PROMOTION | {"application-not-fine", "stage-lacks-freight-from-other-warehouse"},
    sources=("akuity/kargo#6810", "akuity/kargo#6821 (fixed in v1.11.2)"),
)
def check(stage: StageView) -> Iterator[Hit]:
    """Expressions about one origin come to nothing although the Stage has had Freight of it for long.

    Why: a Promotion that is aborted before it starts has no Freight collection. These releases record it as lastPromotion all
    the same, and the next Promotion takes over the other origins from there: none.

    How to tell: freightHistory of the Stage shows the origin, status.freightCollection of the failed Promotion does not, and
    an earlier Promotion was Aborted without ever having started.

    What to do: promote the current Freight of the forgotten origin once more: its Promotion carries it again, and the next
    ones take it over. Upgrade to 1.11.2.

    Not this when: the origin was never promoted to this Stage.
    """
    nothing, last = missing_artifact(stage), stage.last
    if nothing is None or last is None or len(stage.stage.spec.requested_freight) < 2:
        return
    lost = [one for one in absent_origins(stage, nothing.expression) if ever_held(stage, one)]
    if not lost:
        return
    key = lost[0].origin.key
    held = next(entry.items[key] for entry in stage.stage.status.freight_history if key in entry.items)
    aborted = _aborted_unstarted(stage)
    if aborted is None and last.status.freight_collection is None:
        return
    evidence = [nothing.found.text.as_evidence()]
    if last.status.freight_collection is not None:
        carried = ", ".join(last.status.freight_collection.items)
        evidence.append(fact(last.ref, "status.freightCollection.items", carried or "empty"))
    evidence.append(fact(stage.stage, "status.freightHistory", f"{key}: {held.name}"))
    if aborted is not None:
        evidence.append(fact(aborted, "status.phase", "Aborted (never started)", aborted.status.finished_at))
    by = f" since Promotion {aborted.name} was aborted while Pending" if aborted else ""
    yield Hit(
        summary=f"Promotion {last.name} no longer carries the Freight of {key}{by}, so {nothing.expression} comes to nothing.",
        evidence=evidence,
        remedies=[_restore(stage, held, key), advise("Upgrade Kargo to 1.11.2 or later")],
        confidence=Confidence.HIGH if aborted else Confidence.MEDIUM,
    )


def _restore(stage: StageView, held: FreightReference, key: str) -> Remedy:
    title = (
        f"Promote {label(held)}, the Freight of {key} that {stage.name} held last, once more: that puts {key} back into the "
        "Freight collection, and the next Promotions take it over from there"
    )
    return promote_candidate(stage, held.name).model_copy(update={"title": title})


def _aborted_unstarted(stage: StageView) -> Promotion | None:
    """The newest Promotion that was aborted before it ran."""
    for one in stage.by_age:
        begun = one.status.started_at or any(step.started_at for step in one.status.step_execution_metadata)
        if one.status.phase == "Aborted" and not begun:
            return one
    return None
