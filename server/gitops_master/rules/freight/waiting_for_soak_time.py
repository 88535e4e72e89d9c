from collections.abc import Iterator

from gitops_master.facts.advice import advise, by_hand
from gitops_master.facts.availability import Gate, GateState
from gitops_master.facts.durations import stamp
from gitops_master.facts.freight import label
from gitops_master.facts.progress import (
    in_flight,
    is_control_flow,
    last_was_unsuccessful,
    request_path,
    roughly,
    upcoming,
    upstream,
)
from gitops_master.facts.stage import NextFreight, StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Evidence, Remedy, Risk, Severity
from gitops_master.model.kargo import Freight, Promotion
from gitops_master.model.stage import Stage
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_stage


@rule(
    "waiting-for-soak-time",
    area="freight",
    title="Freight has to stay longer in the Stage upstream",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.LOW,
    risk=Risk.NONE,
    needs={Freight.KIND, Stage.KIND, Promotion.KIND},
    explains={
        "no-freight-promoted-yet",
        "manual-promotion-required",
        "waiting-for-all-upstreams",
    },
    versions=("kargo >= 1.2",),
    sources=(
        "akuity/kargo v1.11.2 api/v1alpha1/freight_types.go HasSoakedIn",
        "akuity/kargo#5935",
        "seen on a live v1.11.2: accepted at since + soak; auto-promotion follows at the next reconciliation",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """Freight is verified upstream, but there is no Promotion, and promoting by hand says `is not available to Stage`.

    Why: the Stage requires that Freight has been in the Stage upstream for requiredSoakTime. What counts is the longer of
    its longest stay on record and its present stay.

    How to tell: verifiedIn names the upstream Stage, currentlyIn its `since`; since + requiredSoakTime is in the future.

    What to do: wait. Auto-promotion does not wake at that very moment: up to 5 minutes later, or at once after a refresh. In
    an emergency somebody entitled may approve the Freight, which skips soak and verification.

    Not this when: the upstream Stage is a control-flow Stage (the soak can then never be met), or the Freight is not verified.
    """
    if last_was_unsuccessful(view) and view.wanted is None and not _refused(view):
        return
    for one in upcoming(view):
        if one.availability.available or in_flight(view, one.freight.name):
            continue
        gates = [
            gate for gate in one.availability.closed if gate.state is GateState.WAITING and not _endless(view, gate)
        ]
        wants_all = one.request.sources.availability_strategy == "All"
        if not gates or (wants_all and len(gates) < len(one.availability.closed)):
            continue
        yield _hit(
            view, one, (max if wants_all else min)(gates, key=lambda gate: gate.opens or view.snapshot.observed_at)
        )
        return


def _refused(view: StageView) -> bool:
    return any("is not available to Stage" in text.value for text in view.failure_texts)


def _endless(view: StageView, gate: Gate) -> bool:
    stage = upstream(view, gate.upstream)
    return stage is not None and is_control_flow(stage)


def _hit(view: StageView, one: NextFreight, gate: Gate) -> Hit:
    soak, name = one.request.sources.required_soak_time, label(one.freight)
    current = one.freight.status.currently_in.get(gate.upstream)
    if gate.opens is not None and current is not None and current.since is not None:
        left = roughly(gate.opens - view.snapshot.observed_at)
        then = f"; it has been there since {stamp(current.since)} and becomes available in about {left}"
        follows = (
            "is then promoted by itself, at most 5 minutes later"
            if view.auto_promotion
            else "can then be promoted by hand"
        )
        ends = f"at {stamp(gate.opens)}, in about {left}; it {follows}"
    else:
        then = f"; it is no longer in {gate.upstream} and was there too short ({gate.detail})"
        ends = f"not by itself: the Freight has to be in {gate.upstream} again, or newer Freight has to soak there"
    blocked = view.reconcile_error is not None and "not available" in view.reconcile_error.value
    return Hit(
        summary=f"Stage {view.name} requires {soak} of soak time in {gate.upstream} for Freight {name}{then}.",
        evidence=_evidence(view, one, gate, blocked),
        remedies=_remedies(view, one, gate),
        ends=ends,
        also_explains=frozenset(
            {"stage-reconcile-error"} if blocked else {"promotion-failed"} if _refused(view) else ()
        ),
    )


def _evidence(view: StageView, one: NextFreight, gate: Gate, blocked: bool) -> list[Evidence]:
    path = f"{request_path(view, one.request)}.sources.requiredSoakTime"
    found = [fact(view.stage, path, one.request.sources.required_soak_time)]
    current, verified = (
        one.freight.status.currently_in.get(gate.upstream),
        one.freight.status.verified_in.get(gate.upstream),
    )
    if current is not None and current.since is not None:
        found.append(fact(one.freight, f"status.currentlyIn.{gate.upstream}.since", current.since, current.since))
    if verified is not None and verified.verified_at is not None:
        found.append(
            fact(
                one.freight, f"status.verifiedIn.{gate.upstream}.verifiedAt", verified.verified_at, verified.verified_at
            )
        )
    if verified is not None and verified.longest_soak:
        found.append(fact(one.freight, f"status.verifiedIn.{gate.upstream}.longestSoak", verified.longest_soak))
    if blocked and view.ready is not None:
        found.append(fact(view.stage, "status.conditions[Ready].message", view.ready.message))
    return found


def _remedies(view: StageView, one: NextFreight, gate: Gate) -> list[Remedy]:
    until = f" until {stamp(gate.opens)}" if gate.opens is not None else ""
    remedies = [advise(f"Wait{until}", risk=Risk.NONE)]
    if gate.opens is not None and view.auto_promotion:
        refresh = refresh_stage(view)
        remedies.append(
            by_hand(refresh).model_copy(
                update={"title": f"After that moment, if it should go at once: refresh Stage {view.name}"}
            )
        )
    remedies.append(
        advise(
            f"If it cannot wait: somebody entitled may approve Freight {one.freight.name[:7]} for {view.name}; that skips "
            "verification and soak time"
            + (", and auto-promotion then promotes it at once" if view.auto_promotion else ""),
            risk=Risk.HIGH,
        )
    )
    return remedies
