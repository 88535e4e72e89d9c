from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.availability import request_for
from gitops_master.facts.freight import label, same_freight
from gitops_master.facts.progress import is_settled, newer_freight
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Confidence, Risk, Severity
from gitops_master.model.kargo import Freight
from gitops_master.rules.registry import Hit, rule


@rule(
    "candidate-freight-already-current",
    area="promotion",
    title="The Stage already holds that Freight",
    on=StageView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    risk=Risk.NONE,
    needs={Freight.KIND},
    reassures=True,
    sources=(
        "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go autoPromoteFreight (Stage already has candidate Freight)",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """Auto-promotion has started no new Promotion, or none appears for the Freight asked about.

    Why: that Freight, or Freight of the very same artifacts, is what the Stage holds already. Auto-promotion makes no
    Promotion for it.

    How to tell: status.freightHistory[0] of the Stage, beside the newest Freight that is available to it.

    What to do: nothing.

    Not this when: newer Freight exists that the Stage does not hold, available or not; the Stage is not at rest, or its last
    Promotion failed; the running version differs from what the Stage holds.
    """
    wanted = view.wanted if view.wanted is not None else _newest(view)
    request = request_for(view.stage, wanted) if wanted is not None else None
    held = view.held(request) if request is not None else None
    if wanted is None or held is None or not same_freight(wanted, held):
        return
    since = wanted.status.currently_in.get(view.name)
    at = since.since if since else None
    twin = "" if held.name == wanted.name else f" (as {held.name[:7]}, Freight of the same artifacts)"
    evidence = [fact(view.stage, f"status.freightHistory[0].items[{held.origin.key}].name", held.name, at)]
    if at is not None:
        evidence.append(fact(wanted, f"status.currentlyIn.{view.name}.since", at, at))
    if view.last is not None:
        evidence.append(fact(view.stage, "status.lastPromotion.name", view.last.name, view.last.finished_at))
    yield Hit(
        summary=f"Stage {view.name} already holds {_which(view)} {label(wanted)}{twin}; there is nothing to promote.",
        evidence=evidence,
        remedies=[advise("Nothing has to be done", risk=Risk.NONE)],
        confidence=Confidence.HIGH if view.wanted is not None else Confidence.MEDIUM,
    )


def _which(view: StageView) -> str:
    return "Freight" if view.wanted is not None else "the newest Freight there is for it,"


def _newest(view: StageView) -> Freight | None:
    """The newest Freight, for an auto-promoted Stage at rest that holds the newest of every origin it asks for."""
    requests = view.stage.spec.requested_freight
    known = view.snapshot.knows_all(Freight.KIND) and view.last is not None and is_settled(view)
    if not known or not view.auto_promotion or any(newer_freight(view, one) for one in requests):
        return None
    held = [found for one in requests if (found := view.held(one)) is not None]
    return view.snapshot.get(Freight, view.project, held[0].name) if len(held) == len(requests) and held else None
