"""Approving Freight for a Stage: which gates that bypasses, and whether it is a promotion."""

from datetime import datetime

from gitops_master.facts import autopromotion
from gitops_master.facts.availability import Availability, GateState, availability
from gitops_master.facts.durations import stamp
from gitops_master.facts.freight import discovery_order, label
from gitops_master.facts.progress import in_flight, unsuccessful_attempt
from gitops_master.facts.stage import StageView
from gitops_master.model.kargo import Freight, ProjectConfig
from gitops_master.model.operating import Gate, Outcome
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import FreightRequest, Stage
from gitops_master.ports.writing import ApproveFreight, Write
from gitops_master.usecases.operating.neighbour_plan import KARGO_KINDS, Draft, gate, planned, takes, unreadable
from gitops_master.usecases.operating.planned import After, OperationRequest, Planned, Trace
from gitops_master.usecases.targets import existing, find_freight, find_in_project, find_project


class Approving:
    """Planner of approve_freight."""

    def kinds(self) -> frozenset[str]:
        return KARGO_KINDS

    def plan(self, request: OperationRequest, snapshot: Snapshot) -> Planned:
        takes(request, "freight", "stage")
        project = find_project(snapshot, request.project)
        view = StageView(find_in_project(snapshot, Stage, project, request.stage), snapshot)
        freight = find_freight(snapshot, project, request.freight)
        found = availability(view.stage, freight, snapshot)
        bypassed = _bypassed(found)
        says, is_promotion = _automatic(view, freight, found.request)
        also = ", and auto-promotion then promotes it at once" if is_promotion else ""
        over = f" This bypasses: {'; '.join(bypassed)}{also}." if bypassed else ""
        draft = Draft(
            operation=request.operation,
            project=project,
            target=view.name,
            question=f"Approve Freight {label(freight)} for Stage {view.name} of project {project}?{over} Kargo's API cannot take "
            "it back.",
            write=ApproveFreight(namespace=project, freight=freight.name, stage=view.name, at=snapshot.observed_at),
            gates=_gates(request, view, freight, found),
            now=[label(one) for one in view.current_freight],
            next=_next(view, is_promotion=is_promotion),
            warnings=[*(f"bypasses: {one}" for one in bypassed), says, *_lasting(view)],
            stages=[(project, view.name)],
            freight=freight.name,
            freight_label=label(freight),
            judged=[
                f"freight {freight.name}",
                f"is a promotion {is_promotion}",
                *(f"bypasses {one}" for one in bypassed),
            ],
        )
        return planned(draft, snapshot)

    def done(self, planned: Planned, write: Write, before: Snapshot, now: Snapshot, since: datetime) -> Trace:
        freight = _freight(planned, now)
        if freight is None or not isinstance(write, ApproveFreight):
            return Trace(None, words="the Freight cannot be seen")
        if write.stage in freight.status.approved_for:
            return Trace(True, words=f"status.approvedFor has Stage {write.stage}")
        return Trace(False, words="the Freight does not show it")

    def after(self, planned: Planned, before: Snapshot, now: Snapshot, since: datetime) -> After:
        freight = _freight(planned, now)
        if freight is None:
            return After("the Freight is no longer to be seen", Outcome.NOT_KNOWN)
        name = planned.plan.targets[0].target
        if name not in freight.status.approved_for:
            return After(f"Freight {label(freight)} does not show the approval yet")
        stage = now.get(Stage, freight.namespace, name)
        going = in_flight(StageView(stage, now), freight.name) if stage is not None else None
        also = f"; Promotion {going.name} takes it there" if going is not None else ""
        return After(f"Freight {label(freight)} is approved for Stage {name}{also}", Outcome.DONE)


def _freight(planned: Planned, now: Snapshot) -> Freight | None:
    return next(
        (now.get(Freight, one.namespace, one.freight) for one in planned.writes if isinstance(one, ApproveFreight)),
        None,
    )


def _gates(request: OperationRequest, view: StageView, freight: Freight, found: Availability) -> list[Gate]:
    """Where Kargo would refuse it (v1.11.2 pkg/server/approve_freight_v1alpha1.go), and where it would change nothing."""
    is_approved = view.name in freight.status.approved_for
    free = found.available and not is_approved
    why = found.gates[0].detail if found.gates else ""
    gates = [
        gate("origin", "" if found.request else why, f"{freight.origin.key} is requested", view.stage),
        gate("not approved", "it is approved for this Stage already" if is_approved else "", "it is not", freight),
        gate(
            "needed",
            f"it is available to this Stage already ({_open(found)}): there is nothing to bypass" if free else "",
            "it is not available to this Stage otherwise",
            freight,
        ),
    ]
    gap = view.snapshot.kind_gap(Freight.KIND)
    if gap is not None and request.freight not in {freight.name, freight.alias}:
        words = f"other Freight may be meant by {request.freight!r}: {gap.reason}; name it in full"
        gates.insert(0, unreadable("freight", words, freight))
    return gates


def _open(found: Availability) -> str:
    return ", ".join(one.detail for one in found.gates if one.state is GateState.OPEN)


def _bypassed(found: Availability) -> list[str]:
    """The closed gates, without what only time changes."""
    if found.request is None or found.available:
        return []
    told = []
    for one in found.closed:
        if one.state is GateState.WAITING:
            left = f", which ends by itself at {stamp(one.opens)}" if one.opens else ""
            told.append(f"soak time of {found.request.sources.required_soak_time} in {one.upstream}{left}")
        else:
            told.append(one.detail)
    return told or ["there is no way into this Stage without an approval"]


def _automatic(view: StageView, freight: Freight, request: FreightRequest | None) -> tuple[str, bool]:
    """What auto-promotion makes of the approval, in words, and whether it is a promotion."""
    if not view.auto_promotion:
        if view.snapshot.knows_all(ProjectConfig.KIND):
            return "auto-promotion is off here: nothing is promoted by the approval itself", False
        return "whether auto-promotion is on could not be read in full; where it is, an approval is a promotion", False
    hold = autopromotion.holds(view.stage).get(freight.origin.key)
    if hold is not None:
        return f"auto-promotion of {freight.origin.key} is on hold at Freight {hold.freight_name}", False
    if request is None or not _is_candidate(view, freight, request):
        return "auto-promotion is on, and other Freight is its candidate: this one is not promoted by itself", False
    failed = unsuccessful_attempt(view, freight.name)
    if failed is not None:
        return f"auto-promotion is on, but does not retry this Freight: {failed.name} {failed.status.phase}", False
    return "auto-promotion is on: this approval is a promotion, which starts within seconds", True


def _is_candidate(view: StageView, freight: Freight, request: FreightRequest) -> bool:
    """Whether auto-promotion would choose it, once approved."""
    if request.sources.auto_promotion_options.selection_policy == "MatchUpstream":
        upstream = request.sources.stages
        return len(upstream) == 1 and upstream[0] in freight.status.currently_in
    now = autopromotion.candidate(view.stage, request, view.snapshot)
    return now is None or discovery_order([now, freight])[0].name == freight.name


def _next(view: StageView, *, is_promotion: bool) -> list[str]:
    takers = existing(one.name for one in view.takers) if view.takers else ""
    if view.is_control_flow:
        return [
            f"{view.name} is a control flow Stage: the Freight passes on at once{f' to {takers}' if takers else ''}"
        ]
    how = "auto-promotion makes a Promotion of it" if is_promotion else "it can be promoted: promote_freight"
    told = [how]
    if takers:
        told.append(f"once it is verified in {view.name} it may go on to {takers}: the bypass goes with it")
    return told


def _lasting(view: StageView) -> list[str]:
    return [
        "Kargo has no call that takes an approval back; until the Freight is promoted, whoever may patch freights/status can "
        f"remove status.approvedFor.{view.name}"
    ]
