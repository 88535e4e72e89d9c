from collections.abc import Iterator

from gitops_master.facts.autopromotion import candidate, freight_of
from gitops_master.facts.freight import label
from gitops_master.facts.progress import in_flight, request_path
from gitops_master.facts.stage import NextFreight, StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Evidence, Risk, Severity
from gitops_master.model.kargo import Freight
from gitops_master.model.versions import Version
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import promote_candidate


@rule(
    "auto-promotion-prefers-newest-freight",
    area="promotion",
    title="Auto-promotion only takes the newest Freight",
    on=StageView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    risk=Risk.NONE,
    needs={Freight.KIND},
    explains={"manual-promotion-required"},
    sources=("akuity/kargo#4287", "akuity/kargo v1.11.2 pkg/api/auto_promotion.go:97 SelectAutoPromotionCandidates"),
)
def check(view: StageView) -> Iterator[Hit]:
    """The Freight asked about is available, but auto-promotion does not promote it.

    Why: the policy NewestFreight looks only at the newest available Freight of a Warehouse, by the time it was discovered.
    An older piece moves only when somebody promotes it.

    How to tell: newer Freight of the same origin is available to the Stage.

    What to do: if it is really wanted, promote it by hand; since 1.11 that puts auto-promotion of its Warehouse on hold.

    Not this when: nobody asked about a certain piece of Freight; or it is the newest available one.
    """
    if view.wanted is None or not view.auto_promotion:
        return
    for one in view.next_freight:
        newest = candidate(view.stage, one.request, view.snapshot)
        if one.request.sources.auto_promotion_options.selection_policy == "MatchUpstream" or newest is None:
            continue
        order = [freight.name for freight in freight_of(one.request, view.project, view.snapshot)]
        is_older = order.index(newest.name) < order.index(one.freight.name)
        if not one.availability.available or not is_older or in_flight(view, one.freight.name):
            continue
        yield _hit(view, one, newest)
        return


def _hit(view: StageView, one: NextFreight, newest: Freight) -> Hit:
    kargo = view.snapshot.versions.kargo
    holds = kargo is None or kargo >= Version(1, 11, 0)
    pauses = f"nothing; auto-promotion of {one.request.origin.key} then pauses (hold)" if holds else ""
    policy = f"{request_path(view, one.request)}.sources.autoPromotionOptions.selectionPolicy"
    return Hit(
        summary=(
            f"Freight {label(one.freight)} is available to {view.name}, but newer Freight {label(newest)} is, too, and auto-promotion "
            "considers only the newest; the older one moves only by hand."
        ),
        evidence=[
            _discovered(newest),
            _discovered(one.freight),
            fact(view.stage, policy, "NewestFreight"),
            fact(view.stage, "status.freightSummary", view.stage.status.freight_summary or "empty"),
        ],
        remedies=[promote_candidate(view, one.freight.name).model_copy(update={"destroys": pauses})],
    )


def _discovered(freight: Freight) -> Evidence:
    if freight.discovered_at is not None:
        return fact(freight, "discoveredAt", freight.discovered_at, freight.discovered_at)
    return fact(freight, "metadata.creationTimestamp", freight.created or "", freight.created)
