from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.autopromotion import freight_of
from gitops_master.facts.availability import request_for
from gitops_master.facts.freight import discovery_order, label
from gitops_master.facts.progress import listed
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Risk
from gitops_master.model.kargo import Freight
from gitops_master.model.stage import Stage
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get


@rule(
    "freight-origin-not-requested",
    area="freight",
    title="The Stage does not take Freight from that Warehouse",
    on=StageView,
    needs={Freight.KIND},
    explains={
        "promotion-failed",
        "freight-not-verified-upstream",
        "auto-promotion-does-not-retry-failed-freight",
        "no-freight-promoted-yet",
    },
    sources=("akuity/kargo#2724", "akuity/kargo v1.11.2 api/v1alpha1/stage_types.go IsFreightAvailable"),
)
def check(view: StageView) -> Iterator[Hit]:
    """A piece of Freight never becomes a candidate; a Promotion of it is refused as not available to the Stage.

    Why: its Warehouse is not among spec.requestedFreight of the Stage. Verification or approval does not change that.

    How to tell: the Freight's origin and the origins in spec.requestedFreight; an upstream Stage that verifies only Freight of
    an origin which this Stage does not list.

    What to do: promote Freight of a requested Warehouse, or add the origin to the Stage.

    Not this when: the origin is requested, but no upstream Stage has verified the Freight.
    """
    freight = view.wanted or _refused(view)
    if freight is None or request_for(view.stage, freight) is not None:
        return
    asked = [one.origin.key for one in view.stage.spec.requested_freight]
    evidence = [
        fact(freight, "origin", freight.origin.key),
        *(fact(view.stage, f"spec.requestedFreight[{index}].origin", key) for index, key in enumerate(asked)),
    ]
    evidence += [text.as_evidence() for text in view.failure_texts[:1] if view.wanted is None]
    yield Hit(
        summary=(
            f"Freight {label(freight)} comes from {freight.origin.key}, which Stage {view.name} does not request "
            f"(it requests {listed(asked)})."
        ),
        evidence=evidence,
        remedies=[
            advise(f"Promote Freight of {listed(asked)} instead"),
            advise(
                f"If it belongs here: add the origin {freight.origin.key} to spec.requestedFreight of {view.name} in its source",
                risk=Risk.MEDIUM,
                confirm_with=get(
                    "stages.kargo.akuity.io", view.project, view.name, ".spec.requestedFreight[*].origin.name"
                ),
            ),
        ],
    )


def _refused(view: StageView) -> Freight | None:
    """Freight that somebody wants here and that cannot come: refused, approved in vain, or all that the Stage upstream has."""
    last = view.last
    if (
        last is not None
        and last.freight is not None
        and any("is not available to" in one.value for one in view.failure_texts)
    ):
        return view.snapshot.get(Freight, view.project, last.freight.name)
    for one in view.snapshot.grouped(Freight, _approved_for).get((view.project, view.name), ()):
        if request_for(view.stage, one) is None:
            return one
    return _of_upstream(view)


def _approved_for(freight: Freight) -> set[tuple[str, str]]:
    return {(freight.namespace, name) for name in freight.status.approved_for}


def _of_upstream(view: StageView) -> Freight | None:
    """The newest Freight verified in a Stage upstream that takes nothing of what this Stage asks it for."""
    for request in view.stage.spec.requested_freight:
        for name in request.sources.stages:
            stage = view.snapshot.get(Stage, view.project, name)
            if stage is None or request.sources.direct or request.origin.key in _origins(stage):
                continue
            every = view.snapshot.all(Freight, view.project)
            theirs = [one for one in every if name in one.status.verified_in and request_for(view.stage, one) is None]
            ours = freight_of(request, view.project, view.snapshot)
            if theirs and not any(name in one.status.verified_in for one in ours):
                return discovery_order(theirs)[0]
    return None


def _origins(stage: Stage) -> set[str]:
    return {one.origin.key for one in stage.spec.requested_freight}
