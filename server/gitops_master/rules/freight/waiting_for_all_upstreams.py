from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.availability import GateState
from gitops_master.facts.freight import label
from gitops_master.facts.progress import (
    in_flight,
    last_was_unsuccessful,
    listed,
    request_path,
    upcoming,
    upstream,
    upstream_ref,
)
from gitops_master.facts.stage import NextFreight, StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Remedy, Risk, Severity
from gitops_master.model.kargo import Freight
from gitops_master.model.stage import Stage
from gitops_master.rules.registry import Hit, rule


@rule(
    "waiting-for-all-upstreams",
    area="freight",
    title="Not all Stages upstream have verified the Freight",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.LOW,
    risk=Risk.NONE,
    needs={Freight.KIND, Stage.KIND},
    explains={
        "no-freight-promoted-yet",
        "manual-promotion-required",
        "freight-not-verified-upstream",
    },
    versions=("kargo >= 1.3",),
    sources=(
        "akuity/kargo#1168",
        "akuity/kargo#3740",
        "akuity/kargo v1.11.2 api/v1alpha1/stage_types.go AvailabilityStrategy",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """Freight is verified in one upstream Stage, yet not available here.

    Why: availabilityStrategy is All: every upstream Stage has to verify the Freight (and let it soak) first.

    How to tell: sources.availabilityStrategy is All, and verifiedIn of the Freight lacks some of sources.stages.

    What to do: look at the missing Stages.

    Not this when: the strategy is OneOf (or not set); a missing Stage does not exist; only soak time is missing.
    """
    if last_was_unsuccessful(view) and view.wanted is None:
        return
    for one in upcoming(view):
        if one.request.sources.availability_strategy != "All" or one.availability.available:
            continue
        missing = [gate.upstream for gate in one.availability.gates if gate.state is GateState.CLOSED]
        there = [name for name in missing if name and not view.snapshot.lacks(Stage, view.project, name)]
        if not there or len(missing) == len(one.availability.gates) or in_flight(view, one.freight.name):
            continue
        yield _hit(view, one, missing, there[0])
        return


def _hit(view: StageView, one: NextFreight, missing: list[str], first: str) -> Hit:
    path = f"{request_path(view, one.request)}.sources"
    done = [name for name in one.request.sources.stages if name not in missing]
    return Hit(
        summary=(
            f"Stage {view.name} wants Freight {label(one.freight)} verified in all of {listed(one.request.sources.stages)}: "
            f"{listed(done)} {'has' if len(done) == 1 else 'have'} verified it, {listed(missing)} not yet."
        ),
        evidence=[
            fact(view.stage, f"{path}.availabilityStrategy", "All"),
            fact(view.stage, f"{path}.stages", listed(one.request.sources.stages)),
            fact(one.freight, "status.verifiedIn", listed(sorted(one.freight.status.verified_in))),
        ],
        remedies=[_advice(view, one.freight, missing)],
        ends=f"when {listed(missing)} {'has' if len(missing) == 1 else 'have'} verified it",
        subject=upstream_ref(view, first),
    )


def _advice(view: StageView, freight: Freight, missing: list[str]) -> Remedy:
    """Just to wait, where each missing Stage is visibly on its way."""
    under_way = [_under_way(view, name, freight) for name in missing]
    if all(under_way):
        return advise(f"Wait: {'; '.join(under_way)}", risk=Risk.NONE)
    back = [name for name, what in zip(missing, under_way, strict=True) if not what]
    return advise(f"See what holds {listed(back)} back", risk=Risk.NONE)


def _under_way(view: StageView, name: str, freight: Freight) -> str:
    """What the Stage is doing with the Freight right now; empty where it does nothing with it."""
    stage = upstream(view, name)
    if stage is None:
        return ""
    there = StageView(stage, view.snapshot)
    if there.running is not None and there.running.spec.freight == freight.name:
        return f"Promotion {there.running.name} is bringing it to {name}"
    if not any(one.name == freight.name for one in there.current_freight):
        return ""
    if there.verification_runs:
        return f"{name} holds it and is verifying it"
    busy = [app.app.name for app in there.apps if app.health == "Progressing"]
    return f"{name} holds it and is rolling it out (Application {listed(busy)} is Progressing)" if busy else ""
