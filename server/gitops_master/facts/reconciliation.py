"""Is what was asked for being worked on? Signs that nobody reconciles an object now, and signs of who does not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from gitops_master.facts.controllers import (
    COMPONENT,
    HEARTBEAT_LABEL,
    NAME,
    is_stale,
    kargo_controllers,
    live,
    serves,
    serving,
    shard,
    shard_of,
)
from gitops_master.facts.durations import stamp
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.facts.workloads import is_ready, troubles, was_oom_killed
from gitops_master.model.finding import Confidence, Evidence, Remedy, Risk
from gitops_master.model.kargo import REFRESH, Promotion, Warehouse
from gitops_master.model.kubernetes import Lease
from gitops_master.model.meta import Object, Ref, condition
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.workloads import Deployment, Pod

PATIENCE = timedelta(minutes=2)
"""A live controller gives a Promotion a phase and handles a refresh within a second (seen on Kargo v1.11.2)."""

SLACK = timedelta(minutes=10)
"""What a discovery may be late: the chart's minimal interval (5m) and a slow repository."""


def micros(time: datetime) -> str:
    """A MicroTime as the API server writes it: `2026-11-22T01:00:00.000000Z`."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def unattended(view: StageView | WarehouseView) -> list[Evidence]:
    """What waits for a controller now, each with its place: Promotions without a phase, a refresh, a due discovery."""
    if isinstance(view, WarehouseView):
        return [*_refresh(view.warehouse, view.snapshot), *overdue_discovery(view.warehouse, view.snapshot)]
    return [*_without_phase(view), *_refresh(view.stage, view.snapshot), *_not_recorded(view)]


def _without_phase(view: StageView) -> Iterator[Evidence]:
    for one in view.waiting_promotions:
        if not one.status.phase and one.created and view.snapshot.observed_at - one.created > PATIENCE:
            yield fact(one, "status.phase", "empty: the Promotion has no status", one.created)


def _not_recorded(view: StageView) -> Iterator[Evidence]:
    """A Promotion that the Stage takes for running, though it has ended: nobody, or nobody who may, writes the Stage."""
    held = view.stage.status.current_promotion
    one = view.snapshot.get(Promotion, view.project, held.name) if held is not None else None
    ended = one.status.finished_at if one is not None and one.is_terminal else None
    if one is not None and ended is not None and view.snapshot.observed_at - ended > SLACK:
        yield fact(view.stage, "status.currentPromotion.name", one.name)
        yield fact(one, "status.phase", f"{one.status.phase}, finishedAt {stamp(ended)}", ended)


def _refresh(one: Stage | Warehouse, snapshot: Snapshot) -> Iterator[Evidence]:
    wanted = one.annotations.get(REFRESH, "")
    handled = one.status.last_handled_refresh
    if not wanted or wanted == handled:
        return
    asked = _as_time(wanted)
    if asked is None or snapshot.observed_at - asked > PATIENCE:
        yield fact(one, f"metadata.annotations[{REFRESH}]", wanted, asked)
        yield fact(one, "status.lastHandledRefresh", handled or "never")


def _as_time(text: str) -> datetime | None:
    """When a refresh was asked for: Kargo writes RFC 3339, people write `date +%s`."""
    try:
        if text.isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo else None


def overdue_discovery(one: Warehouse, snapshot: Snapshot) -> list[Evidence]:
    """The last discovery, where the next one is overdue. A failing discovery keeps the old time, so it does not count."""
    ready = condition(one.status.conditions, "Ready")
    last = one.status.discovered_artifacts.discovered_at
    if last is None or (ready is not None and ready.status == "False"):
        return []
    interval = WarehouseView(one, snapshot).interval
    if snapshot.observed_at - last <= interval + SLACK:
        return []
    return [
        fact(one, "status.discoveredArtifacts.discoveredAt", last, last),
        fact(one, "spec.interval", one.spec.interval or "5m0s (default)"),
    ]


def unfinished(view: StageView | WarehouseView) -> list[Evidence]:
    """What a dead controller has left lying: Promotions that run or wait, Freight. By itself that is no sign of trouble."""
    if isinstance(view, WarehouseView):
        return []
    open_ones: list[Promotion] = [*([view.running] if view.running else []), *view.waiting_promotions]
    found = [fact(one, "status.phase", one.status.phase, one.created) for one in open_ones if one.status.phase]
    return [*found, *_left_alone(view)]


def _left_alone(view: StageView) -> Iterator[Evidence]:
    """Freight that auto-promotion would have taken long ago."""
    for one in view.next_freight if view.auto_promotion else ():
        created = one.freight.created
        old = created is not None and view.snapshot.observed_at - created > SLACK
        if one.availability.available and old and not view.promotions_of(one.freight.name):
            yield fact(one.freight, "metadata.creationTimestamp", created, created)


class Silence(msgspec.Struct, frozen=True):
    """That no controller serves a shard, and how that is known. `subject`: the heartbeat, pod or Deployment in question."""

    subject: Ref
    signs: list[Evidence]
    confidence: Confidence
    detail: str


def silence(snapshot: Snapshot, wanted: str) -> Silence | None:
    """None where a controller of the shard lives, or where nothing is known of the controllers."""
    pods = kargo_controllers(snapshot)
    mine = [pod for pod in pods if serves(pod, wanted)]
    leases = _heartbeats(snapshot)
    lease = _lease(leases, wanted, mine)
    if lease is not None and not is_stale(lease, snapshot):
        return None
    if lease is not None:
        return _stale(lease, mine, wanted, snapshot)
    if live(mine):
        return None
    if mine:
        return Silence(mine[0].ref, [pod_sign(pod) for pod in mine[:2]], Confidence.HIGH, _pods_say(mine))
    return _scaled_down(snapshot, wanted) or _none_seen(snapshot, wanted, pods, leases)


def heartbeat_in_charge(snapshot: Snapshot, wanted: str) -> Lease | None:
    """The heartbeat of the controller that serves a shard; None where none is known."""
    return _lease(_heartbeats(snapshot), wanted, serving(wanted, snapshot))


def _heartbeats(snapshot: Snapshot) -> list[Lease]:
    return [one for one in snapshot.all(Lease) if HEARTBEAT_LABEL in one.labels]


def _lease(leases: list[Lease], wanted: str, mine: list[Pod]) -> Lease | None:
    """The heartbeat of the controller in charge: by shard; without one that of the unnamed or the default controller."""
    names = {wanted} if wanted else {"", "unnamed", *(shard(pod) for pod in mine)}
    found = [one for one in leases if one.labels[HEARTBEAT_LABEL] in names]
    return max(found, key=_renewed) if found else None


def _renewed(lease: Lease) -> float:
    return lease.spec.renew_time.timestamp() if lease.spec.renew_time else 0.0


def _stale(lease: Lease, mine: list[Pod], wanted: str, snapshot: Snapshot) -> Silence:
    renewed = lease.spec.renew_time
    signs = [fact(lease, "spec.renewTime", micros(renewed) if renewed else "never", renewed)]
    signs += [pod_sign(pod) for pod in mine[:1]]
    when = f"its heartbeat Lease {lease.name} was last renewed at {micros(renewed)}" if renewed else "it never reported"
    stopped = scaled_to_zero(snapshot, wanted) if not mine else None
    if stopped is not None:
        signs.append(fact(stopped, "spec.replicas", 0))
        when = f"Deployment {stopped.name} is scaled to 0 replicas; {when}"
    elif not mine and snapshot.knows_all(Pod.KIND):
        signs.append(_no_pod(wanted))
    return Silence(lease.ref, signs, Confidence.HIGH, when)


def pod_sign(pod: Pod) -> Evidence:
    """What a pod shows of its state: the trouble of a container, else whether it is ready."""
    for trouble in troubles(pod):
        restarts = f" (restartCount {trouble.status.restart_count})" if trouble.status.restart_count else ""
        ended = trouble.status.last_state.terminated
        last = f", last ended {ended.reason}, exit code {ended.exit_code}" if ended else ""
        return fact(pod, trouble.path, f"{trouble.as_text().value}{restarts}{last}")
    if not is_ready(pod):
        return fact(pod, "status", f"phase: {pod.status.phase or 'none'}, Ready: False")
    return fact(pod, "status.conditions[Ready].status", "True")


def _pods_say(pods: list[Pod]) -> str:
    found = [trouble.reason for pod in pods for trouble in troubles(pod)]
    state = found[0] if found else f"phase {pods[0].status.phase or 'unknown'}, not ready"
    return f"its pod {pods[0].name} is in {state}" if found else f"its pod {pods[0].name} has {state}"


def _no_pod(wanted: str) -> Evidence:
    if wanted:
        return fact("Pods", "spec.containers[].env[SHARD_NAME]", f"no controller pod serves shard {wanted}")
    return fact("Pods", f"metadata.labels[{COMPONENT}]", "no pod of a controller that serves what has no shard")


def scaled_to_zero(snapshot: Snapshot, wanted: str) -> Deployment | None:
    """The shard's controller, where somebody has set it to no replicas."""
    return next((one for one in _deployments(snapshot, wanted) if not one.spec.replicas), None)


def _deployments(snapshot: Snapshot, wanted: str) -> Iterator[Deployment]:
    for one in snapshot.all(Deployment):
        if one.labels.get(COMPONENT) != "controller" or "kargo" not in one.labels.get(NAME, ""):
            continue
        names = [
            env.value
            for container in one.spec.template.spec.containers
            for env in container.env
            if env.name == "SHARD_NAME"
        ]
        if wanted in names or (not wanted and not names):
            yield one


def _scaled_down(snapshot: Snapshot, wanted: str) -> Silence | None:
    for one in _deployments(snapshot, wanted):
        if not one.status.ready_replicas:
            signs = [
                fact(one, "spec.replicas", one.spec.replicas),
                fact(one, "status.readyReplicas", one.status.ready_replicas),
            ]
            state = "has no ready replica" if one.spec.replicas else "is scaled to 0 replicas"
            return Silence(one.ref, signs, Confidence.HIGH, f"Deployment {one.name} {state}")
    return None


def bring_back(snapshot: Snapshot, wanted: str) -> list[Remedy]:
    """How to get the shard's controller to run: scaled up where it was scaled down, else by what its pods say."""
    where = kargo_namespace(snapshot)
    pods = f"kubectl -n {where} get pods -l {COMPONENT}=controller"
    stopped = scaled_to_zero(snapshot, wanted)
    if stopped is not None:
        scale = f"kubectl -n {stopped.namespace} scale deployment {stopped.name} --replicas=1"
        title = "Find out who scaled it to 0 and why; then scale it up again (also where it is declared); what waits goes on by itself"
        return [Remedy(title=title, commands=[scale], risk=Risk.MEDIUM, confirm_with=pods)]
    logs = f"kubectl -n {where} logs -l {COMPONENT}=controller --previous --tail=50"
    running = serving(wanted, snapshot)
    return [
        Remedy(
            title="See why the controller does not run: its pods and the log of its last end",
            commands=[pods, logs] if running or not snapshot.knows_all(Pod.KIND) else [pods],
        ),
        Remedy(title=f"{_cure(running)}; waiting Promotions start by themselves then", confirm_with=pods),
    ]


def _cure(pods: list[Pod]) -> str:
    if any(was_oom_killed(status) for pod in pods for status in pod.status.container_statuses):
        return "Raise the controller's memory limit, of which it died (controller.resources.limits.memory in the chart's values)"
    return "Mend what its last words name, so that the controller comes back"


def _none_seen(snapshot: Snapshot, wanted: str, pods: list[Pod], leases: list[Lease]) -> Silence | None:
    """No trace of the controller: proof where pods or heartbeats were read in full, else a hint from the others."""
    others = sorted({shard(pod) for pod in live(pods)} - {""})
    beating = sorted({one.labels[HEARTBEAT_LABEL] for one in leases if not is_stale(one, snapshot)} - {""})
    if not wanted and not others:
        beating = []  # a heartbeat does not tell whether its controller is the default one
    if not others and not beating and not (snapshot.knows_all(Pod.KIND) and not pods):
        return None
    signs = [fact(pod, "spec.containers[].env[SHARD_NAME]", shard(pod)) for pod in live(pods) if shard(pod)][:3]
    signs += [fact(one, f"metadata.labels[{HEARTBEAT_LABEL}]", one.labels[HEARTBEAT_LABEL]) for one in leases][:2]
    if not signs:
        signs = [fact("Pods", f"metadata.labels[{COMPONENT}]", "no Kargo controller pod exists")]
    # Without any trace of Kargo its controllers may well run in another cluster.
    known = bool(pods or leases) and (snapshot.knows_all(Pod.KIND) or (bool(leases) and snapshot.knows_all(Lease.KIND)))
    serving = ", ".join(dict.fromkeys([*others, *beating]))
    detail = f"the live controllers serve {serving} only" if serving else "no controller pod exists"
    subject = Ref(Lease.KIND, "kargo", f"kargo-controller-{wanted or 'unnamed'}")
    return Silence(subject, signs, Confidence.HIGH if known else Confidence.MEDIUM, detail)


def kargo_namespace(snapshot: Snapshot) -> str:
    """Where Kargo runs: where its controllers or their heartbeats are, else the chart's usual namespace."""
    leases = [one for one in snapshot.all(Lease) if HEARTBEAT_LABEL in one.labels]
    return next((one.namespace for one in (*kargo_controllers(snapshot), *leases)), "kargo")


def belongs_to(view: StageView | WarehouseView) -> str:
    """The shard of what was asked about; empty where it has none."""
    return shard_of(object_of(view))


def object_of(view: StageView | WarehouseView) -> Object:
    return view.stage if isinstance(view, StageView) else view.warehouse
