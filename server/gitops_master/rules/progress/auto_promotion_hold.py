from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.autopromotion import candidate, holds
from gitops_master.facts.durations import stamp
from gitops_master.facts.freight import label
from gitops_master.facts.log_lines import controller_lines, wanted_logs
from gitops_master.facts.progress import in_flight
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Evidence, Risk, Severity
from gitops_master.model.kargo import Freight, Promotion
from gitops_master.model.snapshot import Wanted
from gitops_master.model.stage import Hold
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get, promote_candidate


@rule(
    "auto-promotion-hold",
    area="promotion",
    title="Auto-promotion is on hold since somebody promoted other Freight by hand",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.MEDIUM,
    risk=Risk.NONE,
    needs={Freight.KIND},
    explains={
        "manual-promotion-required",
        "candidate-freight-already-current",
        "auto-promotion-prefers-newest-freight",
        "auto-promotion-does-not-retry-failed-freight",
    },
    versions=("kargo >= 1.11.0",),
    sources=(
        "akuity/kargo#6334",
        "akuity/kargo#3016",
        "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go:628",
    ),
)
def check(view: StageView) -> Iterator[Hit | Wanted]:
    """A Stage with auto-promotion stays on its Freight although newer Freight is available; it is Ready, nothing fails.

    Why: since 1.11 promoting by hand anything but the candidate of auto-promotion places a hold on that Warehouse for the
    Stage. It stays until the candidate is promoted by hand, also if the Promotion that placed it failed.

    How to tell: status.effectiveAutoPromotionHolds names the Warehouse, the Promotion and who made it.

    What to do: ask why it was done. When the newest Freight is fine, promote it by hand, which ends the hold.

    Not this when: the held Freight is the newest available one: nothing is kept back.
    """
    if not view.auto_promotion:
        return
    requests = {one.origin.key: one for one in view.stage.spec.requested_freight}
    for key, hold in holds(view.stage).items():
        request = requests.get(key)
        newest = candidate(view.stage, request, view.snapshot) if request is not None else None
        if newest is None or request is None or newest.name == hold.freight_name or in_flight(view, newest.name):
            continue
        held = view.held(request)
        if (held is not None and held.name == newest.name) or (
            view.wanted is not None and view.wanted.origin.key != key
        ):
            continue
        yield from wanted_logs(view.snapshot)
        yield _hit(view, key, hold, newest)
        return


def _hit(view: StageView, key: str, hold: Hold, newest: Freight) -> Hit:
    old = view.snapshot.get(Freight, view.project, hold.freight_name)
    who = hold.actor or "somebody"
    when = f" at {stamp(hold.created_at)}" if hold.created_at else ""
    warehouse = key.partition("/")[2]
    release = promote_candidate(view, newest.name)
    released = get("stages.kargo.akuity.io", view.project, view.name, ".status.effectiveAutoPromotionHolds")
    return Hit(
        summary=(
            f"Auto-promotion of {view.name} is on hold for {key}: {who} promoted {label(old) if old else hold.freight_name[:7]} by "
            f"hand{when}, and until the current candidate {label(newest)} is promoted by hand nothing newer follows by itself."
        ),
        evidence=_evidence(view, key, hold, newest),
        remedies=[
            advise(f"Ask {who} why {hold.freight_name[:7]} was put there", risk=Risk.NONE),
            release.model_copy(
                update={
                    "title": f"When {label(newest)} is fine: promote it to {view.name}; that ends the hold",
                    "confirm_with": released,
                }
            ),
            advise(
                f"Or let Kargo pick the candidate of Warehouse {warehouse} itself, which ends the hold as well",
                f"kargo promote --project {view.project} --stage {view.name} --warehouse {warehouse}",
                risk=Risk.MEDIUM,
                confirm_with=released,
            ),
        ],
        ends=f"when {label(newest)} (or the candidate of {key} by then) is promoted to {view.name} by hand",
    )


def _evidence(view: StageView, key: str, hold: Hold, newest: Freight) -> list[Evidence]:
    path = f"status.effectiveAutoPromotionHolds[{key}]"
    if not view.stage.status.effective_auto_promotion_holds:
        path = f"status.autoPromotionHolds[{key}]"
    found = [
        fact(
            view.stage,
            path,
            f"actor: {hold.actor}, freightName: {hold.freight_name}, promotionName: {hold.promotion_name}",
            hold.created_at,
        ),
        fact(newest, "status.verifiedIn", ", ".join(sorted(newest.status.verified_in)) or "none", newest.created),
    ]
    promotion = view.snapshot.get(Promotion, view.project, hold.promotion_name)
    note = promotion.annotations.get("kargo.akuity.io/auto-promotion-hold", "") if promotion is not None else ""
    if promotion is not None and note:
        found.append(
            fact(promotion, "metadata.annotations[kargo.akuity.io/auto-promotion-hold]", note, promotion.created)
        )
    lines = [
        line
        for line in controller_lines(view.snapshot, "blocked by an auto-promotion hold", view.name)
        if view.project in line.value
    ]
    if lines:
        found.append(lines[-1].as_evidence())
    return found
