"""Level 1: does Kubernetes complain of anything that is there?"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from gitops_master.facts.checked import Checked, checked
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.durations import human
from gitops_master.facts.failing_pods import event_text
from gitops_master.facts.health import health_of
from gitops_master.facts.pod_references import claimants
from gitops_master.facts.pod_signals import ROOM_COMES
from gitops_master.facts.told import Told
from gitops_master.facts.workloads import is_ready, pods_of
from gitops_master.model.argocd import Application
from gitops_master.model.kubernetes import Event, Namespace
from gitops_master.model.meta import Object, Ref
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import Deployment, Pod, ReplicaSet
from gitops_master.probes.registry import Seen, probe

_LATELY = timedelta(minutes=15)
_FAILURES = frozenset(
    {"FailedScheduling", "FailedMount", "FailedAttachVolume", "FailedCreate", "FailedCreatePodSandBox"}
)
_EXPECTED = "no Warning in the last 15 minutes"


@probe(
    "no-failing-events",
    level=1,
    order=15,
    kinds=[Application.KIND, Event.KIND],
    counts="namespaces",
    nothing="it deploys to no namespace",
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Warning events of the last 15 minutes about the resources, their pods and claims.

    Reads: `Event.type`, `Event.reason` of objects that still exist
    PASS: none; nor those under FAIL of an object that is ready since
    WARN: others than those under FAIL
    FAIL: `FailedScheduling`, `FailedMount`, `FailedAttachVolume`, `FailedCreate` or `FailedCreatePodSandBox`, and its object is still not ready
    UNKNOWN, SKIPPED: UNKNOWN: the same while a node is on its way. Events are kept for an hour by default: silence proves nothing about before
    Rights: list events
    """
    snapshot = deployed.snapshot
    ours = _ours(deployed) if any(snapshot.all(Event, one) for one in deployed.namespaces) else {}
    for namespace in deployed.namespaces:
        told = list(_told(namespace, ours, snapshot))
        yield from told
        if not told:
            ref = Ref(Namespace.KIND, "", namespace)
            yield Seen(verdict=Verdict.PASS, target=ref, expected=_EXPECTED, observed=f"none in {namespace}")


def _ours(deployed: Deployed) -> dict[tuple[str, str, str], Object]:
    """What is there of the Stage, by namespace, kind and name, as events call it. A namespace may hold what others deploy."""
    workloads = checked(deployed)
    pods = [pod for one in workloads for pod in one.pods]
    pods += [pod for job in deployed.jobs for pod in pods_of(job, deployed.snapshot)]
    claims = [deployed.snapshot.find(ref) for ref in claimants(pods)]
    lives = [one.live for one in deployed.managed] + [one.live for one in workloads]
    found: list[Object | None] = [*lives, *claims]
    found += [one for each in workloads for one in _sets(each, deployed.snapshot)]
    ours = {(one.namespace, one.ref.kind.rpartition("/")[2], one.name): one for one in found if one is not None}
    return ours | {(pod.namespace, "Pod", pod.name): pod for pod in pods}


def _sets(one: Checked, snapshot: Snapshot) -> list[ReplicaSet]:
    return snapshot.owned_by(ReplicaSet, one.live) if isinstance(one.live, Deployment) else []


def _told(namespace: str, ours: dict[tuple[str, str, str], Object], snapshot: Snapshot) -> Iterator[Seen]:
    """One of each object and reason, the newest."""
    newest: dict[tuple[str, str, str, str], Event] = {}
    coming: set[tuple[str, str, str]] = set()
    for event in snapshot.all(Event, namespace):
        about = (namespace, event.about.kind, event.about.name)
        seen = event.seen
        if about not in ours or seen is None or snapshot.observed_at - seen > _LATELY:
            continue
        if event.reason in ROOM_COMES:
            coming.add(about)
        if event.type != "Warning":
            continue
        last = newest.get((*about, event.reason))
        if last is None or last.seen is None or last.seen < seen:
            newest[*about, event.reason] = event
    for (place, kind, name, reason), event in newest.items():
        about = (place, kind, name)
        if reason in _FAILURES:
            if _still(reason, ours[about]):
                verdict = Verdict.UNKNOWN if about in coming and reason == "FailedScheduling" else Verdict.FAIL
                yield _seen(verdict, ours[about], event, snapshot)
        else:
            yield _seen(Verdict.WARN, ours[about], event, snapshot)


def _still(reason: str, live: Object) -> bool:
    """Whether what the event says may still hold: a pod that has its node since waits for something else."""
    if isinstance(live, Pod):
        if reason == "FailedScheduling":
            return not live.spec.node_name
        return live.status.phase == "Pending" and not is_ready(live)
    health = health_of(live)
    return health is not None and health.status != "Healthy"


def _seen(verdict: Verdict, live: Object, event: Event, snapshot: Snapshot) -> Seen:
    return Seen(
        verdict=verdict,
        target=live.ref,
        expected=_EXPECTED,
        observed=event.reason,
        good=int(verdict is Verdict.WARN),
        words=partial(_in_full, event, snapshot.observed_at),
    )


def _in_full(event: Event, now: datetime) -> Told:
    text = event_text(event)
    times = event.series.count if event.series is not None and event.series.count else event.count or 1
    ago = f", last {human(now - text.at)} ago" if text.at is not None else ""
    often = f" {times} times" if times > 1 else ""
    return Told(f"{event.reason}{often}{ago}: {text.value}", [text.as_evidence()], [])
