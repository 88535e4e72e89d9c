"""Level 1: are as many pods ready as the workloads want?"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from gitops_master.facts.checked import Checked, checked, is_late
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.durations import human
from gitops_master.facts.pod_signals import ended, never_made, unready
from gitops_master.facts.texts import fact
from gitops_master.facts.told import Told
from gitops_master.facts.workloads import last_exit, statuses
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence
from gitops_master.model.meta import Ref
from gitops_master.model.rollouts import Rollout
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import DaemonSet, Deployment, Pod, StatefulSet
from gitops_master.probes.registry import Seen, probe

_RESTARTED = timedelta(minutes=10)


@probe(
    "pods-ready",
    level=1,
    order=4,
    kinds=[Application.KIND, Pod.KIND],
    counts="pods",
    nothing="no pods are wanted",
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Pods of these workloads; the number wanted comes from the workload, not from the pods that exist.

    Reads: `Pod.status.phase`, `Pod Ready=True`
    PASS: each wanted pod is `Running` and ready
    WARN: ready, but a container was restarted in the last 10 minutes
    FAIL: fewer ready pods than wanted after the workload's deadline; phase `Failed` and not replaced; at once where that does not pass by itself (`Unschedulable` while no node is on its way, `FailedCreate`, a node that is not ready, a signal of containers-stable)
    UNKNOWN, SKIPPED: UNKNOWN: before the deadline. Terminating pods and completed pods of Jobs do not count
    Rights: list pods
    """
    for one in checked(deployed):
        if one.wanted:
            yield _seen(one, deployed.snapshot)


def _seen(one: Checked, snapshot: Snapshot) -> Seen:
    good, of = min(len(one.ready), one.wanted), one.wanted
    completed = isinstance(one.live, Pod) and one.live.status.phase == "Succeeded"
    if good == of or completed:
        return _restarts(one, snapshot) or Seen(
            verdict=Verdict.PASS,
            target=one.ref,
            expected=_expected(one),
            observed=f"{one.title} {of}/{of}",
            good=of,
            of=of,
        )
    verdict, about, words = _short(one, snapshot)
    return Seen(
        verdict=verdict,
        target=about,
        expected=_expected(one),
        observed=f"{one.title} has {good} of {of} pods ready",
        good=good,
        of=of,
        words=partial(_in_full, one, good, words, unseen=verdict is Verdict.UNKNOWN and not one.pods),
    )


def _in_full(one: Checked, good: int, words: Callable[[], Told], *, unseen: bool) -> Told:
    told, count = words(), f"{good} of {one.wanted}"
    seen = f": {count} pods were seen ready" if unseen else f" has {count} pods ready"
    summary = f"{one.title}{seen}. {told.summary}".removesuffix(".")
    return Told(summary, [fact(one.ref, "pods", f"{count} ready"), *told.evidence], told.remedies)


def _expected(one: Checked) -> str:
    return f"{one.wanted} {'pod' if one.wanted == 1 else 'pods'} ready"


def _short(one: Checked, snapshot: Snapshot) -> tuple[Verdict, Ref, Callable[[], Told]]:
    """The worst thing that is said of the pods it lacks."""
    late = is_late(one, snapshot.observed_at)
    found = [(pod, unready(one.title, one.app_name, pod, snapshot)) for pod in one.unready]
    worst = min(found, key=lambda each: each[1].verdict is not Verdict.FAIL, default=None)
    if worst is not None and worst[1].verdict is Verdict.FAIL:
        return Verdict.FAIL, worst[0].ref, worst[1].words
    made = [pod for pod in one.pods if pod.status.phase not in {"Failed", "Succeeded"}]
    refused = never_made(one.managed, one.app_name, snapshot) if len(made) < one.wanted else None
    if refused is not None:
        return Verdict.FAIL, one.ref, lambda: refused
    failed = [pod for pod in one.pods if pod.status.phase == "Failed"]
    if failed and not found:
        return Verdict.FAIL, failed[0].ref, partial(ended, one.title, one.app_name, failed[0], snapshot)
    if worst is not None:
        return Verdict.FAIL if late else Verdict.UNKNOWN, worst[0].ref, worst[1].words
    counted = _ready_by_status(one)
    if len(made) < one.wanted and counted >= one.wanted:
        said = f"Its own status counts {counted} ready: not all of its pods were read"
        return Verdict.UNKNOWN, one.ref, lambda: Told(said, [], [])
    sure = snapshot.knows_all(Pod.KIND, one.ref.namespace)
    return (
        Verdict.FAIL if late and sure else Verdict.UNKNOWN,
        one.ref,
        lambda: Told("The others do not exist, and no event says why", [], []),
    )


def _ready_by_status(one: Checked) -> int:
    match one.live:
        case Deployment() | StatefulSet():
            return one.live.status.ready_replicas
        case DaemonSet():
            return one.live.status.number_ready
        case Rollout():
            return one.wanted if one.live.status.phase == "Healthy" else 0
    return 0


def _restarts(one: Checked, snapshot: Snapshot) -> Seen | None:
    if one.is_quiet:
        return None
    said: list[str] = []
    evidence: list[Evidence] = []
    for pod in one.ready:
        for path, status in statuses(pod):
            end = status.last_state.terminated
            if status.state.running is None or end is None or end.finished_at is None:
                continue
            ago = snapshot.observed_at - end.finished_at
            if ago <= _RESTARTED:
                ending = f"{last_exit(status)}, {human(ago)} ago, {status.restart_count} restarts"
                said.append(f"container {status.name} of pod {pod.name} was restarted: {ending}")
                evidence.append(fact(pod, f"{path}.lastState.terminated", last_exit(status), end.finished_at))
    if not said:
        return None
    more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
    observed = f"{one.title} {one.wanted}/{one.wanted}, but {said[0]}{more}"
    return Seen(
        verdict=Verdict.WARN,
        target=one.ref,
        expected="no restart within 10 minutes",
        observed=observed,
        evidence=evidence[:3],
        good=one.wanted,
        of=one.wanted,
    )
