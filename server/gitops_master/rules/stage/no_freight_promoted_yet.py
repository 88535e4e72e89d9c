from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.freight import label
from gitops_master.facts.progress import available_because, is_control_flow, is_idle, listed, upcoming
from gitops_master.facts.stage import NextFreight, StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Confidence, Remedy, Risk, Severity
from gitops_master.model.kargo import Freight, Promotion
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import promote_candidate, refresh_stage


@rule(
    "no-freight-promoted-yet",
    area="stage",
    title="The Stage has never been promoted to",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.LOW,
    needs={Freight.KIND, Promotion.KIND},
    explains={
        "manual-promotion-required",
        "stage-unhealthy",
    },
    sources=("akuity/kargo#4628", "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go:904"),
)
def check(view: StageView) -> Iterator[Hit]:
    """Ready is False with reason NoFreight, health is Unknown, and nothing has failed.

    Why: no Promotion to the Stage has ever completed, so there is nothing whose health could be assessed.

    How to tell: status.freightHistory and status.lastPromotion are empty, no Promotion exists.

    What to do: promote the first Freight, or wait until there is some (see the Warehouse and the Stages upstream).

    Not this when: a Promotion failed, runs or waits; or what keeps the first Freight away is known (a missing Warehouse, a
    soak time, an upstream Stage): then that is the finding.
    """
    if view.current is not None or view.last is not None or is_control_flow(view.stage) or not is_idle(view):
        return
    if any(one.status.phase == "Succeeded" for one in view.promotions) or view.stage.metadata.deletion_timestamp:
        return
    if view.reconcile_error is not None:
        return
    ready = view.ready
    nexts = upcoming(view)
    available = [one for one in nexts if one.availability.available]
    summary = view.stage.status.freight_summary
    evidence = [fact(view.stage, "status.freightHistory", "empty")]
    if ready is not None:
        evidence.insert(
            0, fact(view.stage, "status.conditions[Ready]", f"{ready.status} {ready.reason}: {ready.message}")
        )
    if summary:
        evidence.append(fact(view.stage, "status.freightSummary", summary))
    if available:
        evidence.append(available_because(view, available[0]))
        what = f"Freight {label(available[0].freight)} is available for it"
    else:
        what = "no Freight is available for it yet"
    auto = "auto-promotion is on" if view.auto_promotion else "auto-promotion is off"
    evidence.append(fact(view.stage, "status.autoPromotionEnabled", view.stage.status.auto_promotion_enabled))
    yield Hit(
        summary=f"Nothing has ever been promoted to Stage {view.name} (NoFreight): {what}, {auto}.",
        evidence=evidence,
        remedies=_remedies(view, available),
        ends="with the first successful Promotion",
        # A first Promotion that failed, runs or waits is not in the Stage's status; only the Promotions themselves tell.
        confidence=Confidence.HIGH if view.snapshot.knows_all(Promotion.KIND) else Confidence.MEDIUM,
    )


def _remedies(view: StageView, available: list[NextFreight]) -> list[Remedy]:
    if available:
        promote = promote_candidate(view, available[0].freight.name)
        return [refresh_stage(view), promote] if view.auto_promotion else [promote]
    sources = [f"Warehouse {one.origin.name}" for one in view.stage.spec.requested_freight if one.sources.direct]
    sources += [f"Stage {name}" for name in view.upstream_names]
    return [
        advise(f"See what holds back where its Freight comes from: {listed(dict.fromkeys(sources))}", risk=Risk.NONE)
    ]
