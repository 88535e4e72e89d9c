"""The whole plan of an operation: what its planner says, then whether and how it could be written here, and by whom."""

from collections.abc import Sequence
from typing import NamedTuple

from gitops_master.facts.addresses import kargo_address
from gitops_master.model.errors import Forbidden, GitOpsError
from gitops_master.model.operating import Gate, GateVerdict, GoAhead, Plan, StagePlan
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.ports.cluster import ReadPlan
from gitops_master.ports.writing import Premises, Way, Write
from gitops_master.usecases.operating.means import Means, Prepared
from gitops_master.usecases.operating.planned import OperationRequest, Planned
from gitops_master.usecases.operating.rights import rights_of
from gitops_master.usecases.operating.verdicts import go_ahead, worst

FOR_ADDRESS = frozenset({"v1/ConfigMap", "networking.k8s.io/Ingress", "gateway.networking.k8s.io/HTTPRoute", "apps/*"})
"""Where Kargo's API is, and its version."""


async def prepare(request: OperationRequest, means: Means) -> Prepared:
    """Reads and plans; writes nothing. Raises as the planner and the reader do."""
    planner = means.planners[request.operation]
    snapshot = await means.reader.read(
        ReadPlan(planner.kinds() | FOR_ADDRESS, request.focus), deadline_s=means.deadline_s
    )
    planned = planner.plan(request, snapshot)
    premises = _premises(planned, snapshot)
    looked = [await _looked(means, planned, premises, write) for write in planned.writes]
    targets = _with(planned.plan.targets, looked, means.policy.protection(planned.stages))
    plan = planned.plan.model_copy(update={"targets": targets, "verdict": worst(one.verdict for one in targets)})
    ways = tuple(one.way for one in looked if one.way is not None)
    plan = plan.model_copy(update={"how": _how(ways)})
    inputs = (*planned.inputs, *(f"way {one.title}, holds {one.holds}" for one in ways))
    if plan.verdict is GoAhead.GO and means.policy.allow_writes:
        plan_id, expires = means.plan_ids.issue(intent(request, plan, means.who), inputs, means.clock())
        plan = plan.model_copy(update={"plan_id": plan_id, "expires_at": expires})
    return Prepared(
        request=request, plan=plan, planned=planned, snapshot=snapshot, premises=premises, inputs=inputs, ways=ways
    )


def intent(request: OperationRequest, plan: Plan, who: str) -> tuple[str, ...]:
    """What was asked for, as it was understood, and by whom: another way to name the same Freight is the same intent."""
    return (
        request.operation.value,
        plan.project,
        plan.freight,
        *(one.target for one in plan.targets),
        f"downstream {request.downstream}",
        f"rollback {request.rollback}",
        *((f"asked by {who}",) if who else ()),
    )


class _Looked(NamedTuple):
    gates: list[Gate]
    way: Way | None


def _premises(planned: Planned, snapshot: Snapshot) -> Premises:
    """Any Stage of the project will do: it is there to recognise the cluster by."""
    stage = next(iter(snapshot.all(Stage, planned.plan.project)), None)
    return Premises(
        project_uid=planned.project_uid,
        stage=stage.name if stage is not None else "",
        stage_uid=stage.metadata.uid if stage is not None else "",
        kargo=snapshot.versions.kargo,
        kargo_url=kargo_address(snapshot),
    )


async def _looked(means: Means, planned: Planned, premises: Premises, write: Write) -> _Looked:
    """Whether it may be written, which way, as whom. Where writing is off, no server hears of it."""
    if not means.policy.allow_writes:
        gate = Gate(
            name="writing", verdict=GateVerdict.ASKED, detail="switched off: this is a plan, nothing can be done"
        )
        return _Looked([gate, *await _right(means, write, None)], None)
    if planned.plan.verdict is not GoAhead.GO:
        return _Looked(await _right(means, write, None), None)
    try:
        way = await means.writer().way(write, premises, deadline_s=means.deadline_s)
    except GitOpsError as error:
        verdict = GateVerdict.CLOSED if isinstance(error, Forbidden) else GateVerdict.UNREADABLE
        detail = f"{error.message}; {error.hint}" if error.hint else error.message
        return _Looked([Gate(name="way", verdict=verdict, detail=detail)], None)
    gate = Gate(name="way", verdict=GateVerdict.OPEN, detail=_described(way))
    return _Looked([gate, *await _right(means, write, way)], way)


def _described(way: Way) -> str:
    as_whom = f", as {way.who}" if way.who else ""
    return "; ".join((f"{way.title}{as_whom}", *way.notes))


async def _right(means: Means, write: Write, way: Way | None) -> list[Gate]:
    """What the caller may do, where it is the caller who would do it."""
    if way is not None and way.is_tried:
        return [
            Gate(name="right", verdict=GateVerdict.OPEN, detail="the server has tried the request and would grant it")
        ]
    asked = "whoever is asked decides; a refusal changes nothing"
    if means.probe is None or (way is not None and not way.is_caller):
        return [Gate(name="right", verdict=GateVerdict.ASKED, detail=asked)]
    needed = rights_of(write)
    try:
        told = await means.probe.may_i(needed, deadline_s=means.deadline_s)
    except GitOpsError as error:
        return [Gate(name="right", verdict=GateVerdict.ASKED, detail=f"{asked} ({error.message})")]
    lacking = [one for one, ruling in zip(needed, told, strict=True) if ruling.allowed is False]
    if not lacking:
        return [
            Gate(name="right", verdict=GateVerdict.OPEN, detail=", ".join(f"{one.verb} {one.what}" for one in needed))
        ]
    words = ", ".join(f"{one.verb} {one.what} in namespace {one.namespace}" for one in lacking)
    if way is None:  # Kargo's own API may let in whom the cluster does not
        detail = f"not as who reads the cluster ({words}); Kargo's API has its own users"
        return [Gate(name="right", verdict=GateVerdict.ASKED, detail=detail)]
    return [Gate(name="right", verdict=GateVerdict.CLOSED, detail=f"not permitted: {words}")]


def _with(targets: Sequence[StagePlan], looked: Sequence[_Looked], protected: str) -> list[StagePlan]:
    """The targets with the gates of what would be written for each."""
    found = []
    for number, target in enumerate(targets):
        gates = list(target.gates)
        if protected:
            gates.append(Gate(name="protection", verdict=GateVerdict.CLOSED, detail=protected))
        gates += looked[number].gates if number < len(looked) else ()
        verdict = worst((target.verdict, go_ahead(gates)))
        found.append(target.model_copy(update={"gates": gates, "verdict": verdict}))
    return found


def _how(ways: Sequence[Way]) -> str:
    return "; ".join(dict.fromkeys(_described(one) for one in ways))
