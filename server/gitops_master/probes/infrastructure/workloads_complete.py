"""Level 1: do all wanted replicas run the revision that they should?"""

from collections.abc import Iterator
from functools import partial

from gitops_master.facts.advice import advise
from gitops_master.facts.checked import Checked, checked, is_late, kinds_of, matching
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.durations import lasting
from gitops_master.facts.health import Health, health_of
from gitops_master.facts.terminating import PATIENCE
from gitops_master.facts.texts import fact
from gitops_master.facts.told import Told
from gitops_master.model.argocd import Application
from gitops_master.model.expectations import Workloads
from gitops_master.model.finding import Evidence
from gitops_master.model.rollouts import Rollout
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import DaemonSet, Deployment, Pod, StatefulSet
from gitops_master.probes.objects import absent, sync_again
from gitops_master.probes.registry import Seen, probe


@probe(
    "workloads-complete",
    level=1,
    order=3,
    kinds=[Application.KIND],
    counts="workloads",
    nothing="the Applications have no workloads",
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Deployments, StatefulSets, DaemonSets, Rollouts of the Applications, and those that are expected.

    Reads: `Deployment.status.updatedReplicas` and `Deployment.status.availableReplicas` against `Deployment.spec.replicas`; `StatefulSet.status.updatedReplicas`, `StatefulSet.status.readyReplicas`; `DaemonSet.status.numberAvailable` against `DaemonSet.status.desiredNumberScheduled`; `Rollout.status.phase`
    PASS: the current generation was observed; all wanted replicas are of the new revision and available
    WARN: scaled to zero, or paused; a partition or the strategy `OnDelete` keeps pods at the old revision
    FAIL: the workload does not exist; `Deployment Progressing=False/ProgressDeadlineExceeded`; Rollout `Degraded`; StatefulSet, DaemonSet, or a Deployment that was complete before, short for more than 10 minutes
    UNKNOWN, SKIPPED: UNKNOWN: rolling out. SKIPPED: the Applications have no workloads
    Rights: get, list deployments, statefulsets, daemonsets (apps), rollouts (argoproj.io)
    """
    for one in checked(deployed):
        if not isinstance(one.live, Pod) and one.ref.kind != Pod.KIND:
            yield _seen(one, deployed.snapshot)
    for wanted in deployed.expected.workloads:
        yield from _unmatched(wanted, deployed.snapshot)


def _seen(one: Checked, snapshot: Snapshot) -> Seen:
    if one.live is None:
        why = f"Application {one.app_name} manages it"
        named = [fact(one.app.app, "status.resources", one.title)] if one.app is not None else []
        return absent(one.ref, snapshot, why, named, sync_again(one.ref))
    verdict, observed = _judged(one, snapshot)
    return Seen(
        verdict=verdict,
        target=one.ref,
        expected=f"{one.wanted} of {one.wanted} replicas of the current revision",
        observed=f"{one.title}: {observed}",
        good=int(verdict in {Verdict.PASS, Verdict.WARN}),
        words=partial(_in_full, one, verdict, observed) if verdict is not Verdict.PASS else None,
    )


def _in_full(one: Checked, verdict: Verdict, observed: str) -> Told:
    look = f"kubectl -n {one.ref.namespace} describe {one.ref.kind.rpartition('/')[2].lower()} {one.ref.name}"
    remedy = advise("See what holds it up: its pods and events are looked at by the next probes", look)
    return Told(f"{one.title}: {observed}", _numbers(one), [remedy] if verdict is Verdict.FAIL else [])


def _judged(one: Checked, snapshot: Snapshot) -> tuple[Verdict, str]:
    now, live = snapshot.observed_at, one.live
    health = (health_of(live) if live is not None else None) or Health("Unknown")
    asked = live.metadata.deletion_timestamp if live is not None else None
    if asked is not None:
        verdict = Verdict.FAIL if now - asked > PATIENCE else Verdict.UNKNOWN
        return verdict, f"it has been asked to go{lasting(asked, now)}"
    match health.status:
        case "Degraded":
            return Verdict.FAIL, f"{_count(one)}, {health.message or 'Degraded'}".rstrip(", ")
        case "Suspended":
            return Verdict.WARN, f"paused: {health.message or 'its rollout does not go on by itself'}"
        case "Healthy":
            return _complete(one)
    if is_late(one, now) and not isinstance(live, Rollout):
        return Verdict.FAIL, f"{_count(one)}, and that for longer than it may take: {health.message}".rstrip(": ")
    return Verdict.UNKNOWN, f"rolling out: {health.message or health.status}"


def _complete(one: Checked) -> tuple[Verdict, str]:
    if not one.wanted:
        daemon = isinstance(one.live, DaemonSet)
        return (
            Verdict.WARN,
            "no node is wanted for it" if daemon else "scaled to zero: nothing runs that could be verified",
        )
    live, kept = one.live, ""
    if isinstance(live, StatefulSet) and live.status.updated_replicas < one.wanted:
        strategy = live.spec.update_strategy
        partition = strategy.rolling_update.partition if strategy.rolling_update else 0
        outdated = live.status.update_revision != live.status.current_revision
        kept = "OnDelete" if strategy.type == "OnDelete" else f"partition {partition}" if partition else ""
        kept = kept if outdated else ""
        updated = live.status.updated_replicas
    elif isinstance(live, DaemonSet) and live.status.updated_number_scheduled < one.wanted:
        updated, kept = live.status.updated_number_scheduled, live.spec.update_strategy.type
        if live.status.number_available < one.wanted:
            return Verdict.FAIL, f"{_count(one)}, and strategy OnDelete replaces none"
    else:
        return Verdict.PASS, _count(one)
    if not kept:
        return Verdict.PASS, _count(one)
    return Verdict.WARN, f"{_count(one)}, {updated} of the new revision: its update strategy ({kept}) keeps the others"


def _count(one: Checked) -> str:
    """`2/2`, with what the object itself counts."""
    return f"{_available(one)}/{one.wanted}"


def _available(one: Checked) -> int:
    match one.live:
        case Deployment():
            return min(one.live.status.available_replicas, one.wanted)
        case StatefulSet():
            return min(one.live.status.ready_replicas, one.wanted)
        case DaemonSet():
            return min(one.live.status.number_available, one.wanted)
    return min(len(one.ready), one.wanted)


def _numbers(one: Checked) -> list[Evidence]:
    match one.live:
        case Deployment():
            status = one.live.status
            said = [(each.type, f"{each.status} {each.reason}: {each.message}") for each in status.conditions]
            return [
                fact(one.live, "status.availableReplicas", f"{status.available_replicas} of {one.wanted}"),
                fact(one.live, "status.updatedReplicas", status.updated_replicas),
                *(fact(one.live, f"status.conditions[{type_}]", text.rstrip(": ")) for type_, text in said[:3]),
            ]
        case StatefulSet():
            found = fact(one.live, "status.readyReplicas", f"{one.live.status.ready_replicas} of {one.wanted}")
            return [found, fact(one.live, "status.updatedReplicas", one.live.status.updated_replicas)]
        case DaemonSet():
            return [fact(one.live, "status.numberAvailable", f"{one.live.status.number_available} of {one.wanted}")]
        case Rollout():
            status_ = one.live.status
            return [fact(one.live, "status.phase", f"{status_.phase}: {status_.message}".rstrip(": "))]
    return []


def _unmatched(wanted: Workloads, snapshot: Snapshot) -> Iterator[Seen]:
    """Expected names that no workload has; one Seen each."""
    known = all(snapshot.knows_all(kind, wanted.namespace) for kind in kinds_of(wanted))
    for name in wanted.names or ("*",):
        one = Workloads(namespace=wanted.namespace, labels=wanted.labels, names=(name,), kind=wanted.kind)
        if matching(one, snapshot):
            continue
        labels = ",".join(f"{key}={value}" for key, value in sorted(wanted.labels.items()))
        what = " ".join(part for part in (wanted.kind or "workload", name if name != "*" else "", labels) if part)
        where = f"namespace {wanted.namespace}" if wanted.namespace else "any namespace"
        yield Seen(
            verdict=Verdict.FAIL if known else Verdict.UNKNOWN,
            target=f"{what} in {where}",
            expected="exists",
            observed=f"there is no {what} in {where}" if known else "workloads there were not all read",
            evidence=[fact(f"{what} in {where}", "", "not found")] if known else [],
            good=0,
        )
