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
from gitops_master.model.finding import Class, Evidence, Risk, Severity
from gitops_master.model.kargo import Freight, Promotion
from gitops_master.model.meta import condition
from gitops_master.model.stage import Stage
from gitops_master.rules.registry import Hit, rule


@rule(
    "freight-not-verified-upstream",
    area="freight",
    title="No Stage upstream has verified the Freight yet",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.LOW,
    needs={Freight.KIND, Stage.KIND, Promotion.KIND},
    explains={
        "no-freight-promoted-yet",
        "manual-promotion-required",
    },
    sources=("akuity/kargo#2724", "akuity/kargo v1.11.2 api/v1alpha1/stage_types.go:176 IsFreightAvailable"),
)
def check(view: StageView) -> Iterator[Hit]:
    """Newer Freight exists, but it is not available to the Stage.

    Why: the Stage takes Freight from Stages upstream, and none of those has it in verifiedIn; nor is it approved here.

    How to tell: status.verifiedIn of the Freight names none of spec.requestedFreight[].sources.stages. A Promotion of it is
    refused with `is not available to Stage`.

    What to do: look at the Stage upstream: what ails that one (Promotion, health, verification) is the cause.

    Not this when: an upstream Stage has verified it and only soak time is missing; the upstream Stage does not exist; or it
    was created anew and lost its records.
    """
    refused = any("is not available to Stage" in text.value for text in view.failure_texts)
    if last_was_unsuccessful(view) and view.wanted is None and not refused:
        return
    for one in upcoming(view):
        gates = one.availability.gates
        if one.availability.available or not gates or in_flight(view, one.freight.name):
            continue
        if any(gate.state is not GateState.CLOSED or not gate.upstream for gate in gates):
            continue
        there = [gate.upstream for gate in gates if not view.snapshot.lacks(Stage, view.project, gate.upstream)]
        if not there:
            continue
        yield _hit(view, one, _nearest(view, one.freight, there), refused)
        return


def _nearest(view: StageView, freight: Freight, names: list[str]) -> str:
    """The upstream Stage that is closest to verifying it: it is there, else it is promoted there, else the first."""
    inside = [name for name in names if name in freight.status.currently_in]
    tried = [
        one.spec.stage
        for one in view.snapshot.all(Promotion, view.project)
        if one.spec.freight == freight.name and one.spec.stage in names
    ]
    return (inside or tried or names)[0]


def _hit(view: StageView, one: NextFreight, name: str, refused: bool) -> Hit:
    stage = upstream(view, name)
    return Hit(
        summary=f"Freight {label(one.freight)} is not available to Stage {view.name}, since {_missing(one, name, stage)}.",
        evidence=_evidence(view, one, stage),
        remedies=[
            advise(f"See what holds {name} back; once it has verified the Freight, {view.name} can take it"),
            advise(
                f"Approving the Freight for {view.name} would skip the verification: last resort, for somebody entitled",
                risk=Risk.HIGH,
            ),
        ],
        ends=f"when {name} has verified the Freight",
        subject=upstream_ref(view, name),
        also_explains=frozenset({"promotion-failed", "stage-unhealthy"}) if refused else frozenset(),
    )


def _missing(one: NextFreight, name: str, stage: Stage | None) -> str:
    """Which Stage upstream owes the verification, and how far it has come."""
    names = one.request.sources.stages
    inside = "holds it" if name in one.freight.status.currently_in else "does not hold it"
    ready = condition(stage.status.conditions, "Ready") if stage is not None else None
    state = f" and is not Ready ({ready.reason})" if ready is not None and ready.status != "True" else ""
    if len(names) == 1:
        return f"Stage {name} upstream has not verified it; {name} {inside}{state}"
    return f"none of its upstream Stages ({listed(names)}) has verified it; the nearest, {name}, {inside}{state}"


def _evidence(view: StageView, one: NextFreight, stage: Stage | None) -> list[Evidence]:
    found = [
        fact(one.freight, "status.verifiedIn", listed(sorted(one.freight.status.verified_in))),
        fact(view.stage, f"{request_path(view, one.request)}.sources.stages", listed(one.request.sources.stages)),
    ]
    if stage is not None:
        ready = condition(stage.status.conditions, "Ready")
        if ready is not None:
            found.append(fact(stage, "status.conditions[Ready]", f"{ready.status} {ready.reason}: {ready.message}"))
        found.append(fact(stage, "status.freightSummary", stage.status.freight_summary or "empty"))
    return found
