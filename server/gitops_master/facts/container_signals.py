"""What the statuses of a pod's containers say is wrong, container by container, as a verification takes it."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

import msgspec

from gitops_master.facts.container_words import (
    NO_CONFIG,
    config_missing,
    crash,
    pull_failure,
    said_missing,
    unmounted,
)
from gitops_master.facts.crashes import KILLED, crashing_in, killed_by_probe
from gitops_master.facts.durations import human
from gitops_master.facts.failing_pods import Failing, event_text, events_about
from gitops_master.facts.pod_patterns import IMAGE_REASONS
from gitops_master.facts.pod_words import attached_elsewhere, held_volume
from gitops_master.facts.probe_words import probe_failing
from gitops_master.facts.probes import told_of
from gitops_master.facts.texts import fact
from gitops_master.facts.told import Told, of_app, wanted_log
from gitops_master.facts.workloads import ContainerTrouble, memory_limit, runs_on, statuses, troubles
from gitops_master.model.meta import condition
from gitops_master.model.snapshot import Snapshot, Wanted
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import ContainerStatus, Pod, Terminated

CREATING = timedelta(minutes=2)
"""Attaching a volume and pulling an image are usually done by then."""
LATELY = timedelta(hours=1)
_STARTING = frozenset({"ContainerCreating", "PodInitializing"})
_HELD_UP = ("FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox")


class Signal(msgspec.Struct, frozen=True):
    """One container's failure, or its pod's where no container is named. `reason`: in one word, as the status has it.

    `words` puts it into a sentence with evidence, which is slow: with thousands of pods only those that are shown need it.
    `wanted`: logs whose last words belong to it and were not read.
    """

    container: str
    verdict: Verdict
    reason: str
    words: Callable[[], Told]
    wanted: tuple[Wanted, ...] = ()

    @property
    def told(self) -> Told:
        return self.words()


def signals(resource: str, app: str, pod: Pod, snapshot: Snapshot) -> list[Signal]:
    """One for each container with trouble, init containers first. None of pods that ended: what follows from those depends on
    who made them."""
    every = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    if pod.status.phase in {"Succeeded", "Failed"} or all(map(runs_on, every)):
        return []
    found: dict[str, Signal] = {}
    for one in (
        *_crashes(resource, app, pod, snapshot),
        *_troubles(resource, app, pod, snapshot),
        *_slow_start(resource, app, pod, snapshot),
        *_past_kills(resource, app, pod, snapshot),
    ):
        found.setdefault(one.container, one)
    return list(found.values())


def _crashes(resource: str, app: str, pod: Pod, snapshot: Snapshot) -> Iterator[Signal]:
    for one in crashing_in(resource, pod, snapshot.observed_at):
        status, path = one.trouble.status, one.trouble.path
        logs = tuple(wanted_log(pod, one.container, snapshot))
        if killed_by_probe(snapshot, pod, status):
            probed = told_of(resource, pod, status, path, snapshot)
            yield Signal(one.container, Verdict.FAIL, "killed by its probe", partial(probe_failing, probed, app))
        else:
            yield Signal(one.container, Verdict.FAIL, one.trouble.reason, partial(crash, one, app, snapshot), logs)


def _troubles(resource: str, app: str, pod: Pod, snapshot: Snapshot) -> Iterator[Signal]:
    for trouble in troubles(pod):
        one = Failing(resource, pod, trouble)
        missing = said_missing(one) if trouble.reason == NO_CONFIG else None
        if trouble.reason in IMAGE_REASONS:
            yield Signal(one.container, Verdict.FAIL, trouble.reason, partial(pull_failure, one, app, snapshot))
        elif missing is not None:
            words = partial(config_missing, resource, app, pod, missing)
            yield Signal(one.container, Verdict.FAIL, trouble.reason, words)
        elif trouble.status.state.waiting is not None:
            yield Signal(one.container, Verdict.FAIL, trouble.reason, partial(_waits, resource, app, pod, trouble))
        else:
            yield Signal(one.container, Verdict.UNKNOWN, trouble.reason, partial(_ended, resource, app, pod, trouble))


def _waits(resource: str, app: str, pod: Pod, trouble: ContainerTrouble) -> Told:
    said = f": {trouble.message}" if trouble.message else ""
    summary = f"Container {trouble.status.name} of {of_app(resource, app)} waits in {trouble.reason}{said}"
    return Told(summary, [fact(pod, f"{trouble.path}.reason", trouble.reason), trouble.as_text().as_evidence()], [])


def _ended(resource: str, app: str, pod: Pod, trouble: ContainerTrouble) -> Told:
    """Once is no loop: the kubelet starts it again at once."""
    name = trouble.status.name
    summary = f"Container {name} of {of_app(resource, app)} has ended ({trouble.reason}, {trouble.message}) and is to start again"
    return Told(summary, [trouble.as_text().as_evidence()], [])


def _slow_start(resource: str, app: str, pod: Pod, snapshot: Snapshot) -> Iterator[Signal]:
    """A pod on a node whose containers are not made; what its init containers do is told by those themselves."""
    waiting = next((one for one in statuses(pod) if one[1].state.waiting is not None), None)
    if waiting is None or not pod.spec.node_name or _since(pod) is None or troubles(pod):
        return
    path, status = waiting
    reason = status.state.waiting.reason if status.state.waiting else ""
    since = _since(pod)
    if reason not in _STARTING or since is None or snapshot.observed_at - since < CREATING:
        return
    held = held_volume(pod, snapshot)
    missing = next(unmounted(pod, snapshot), None)
    if missing is not None:
        yield Signal(status.name, Verdict.FAIL, reason, partial(config_missing, resource, app, pod, missing))
    elif held is not None:
        yield Signal(status.name, Verdict.FAIL, reason, partial(attached_elsewhere, resource, app, pod, held))
    else:
        words = partial(_starts, resource, app, pod, path, status, reason, snapshot)
        yield Signal(status.name, Verdict.UNKNOWN, reason, words)


def _starts(
    resource: str, app: str, pod: Pod, path: str, status: ContainerStatus, reason: str, snapshot: Snapshot
) -> Told:
    since = _since(pod)
    age = f" for {human(snapshot.observed_at - since)}" if since else ""
    texts = [event_text(one) for one in events_about(pod, snapshot, *_HELD_UP)[:1]]
    init = next((one for _, one in statuses(pod) if one.state.running and not one.ready), None)
    why = (
        f": {texts[0].value}"
        if texts
        else f": {init.name} runs before it"
        if init and reason == "PodInitializing"
        else ""
    )
    return Told(
        f"Container {status.name} of {of_app(resource, app)} has been in {reason}{age}{why}",
        [fact(pod, f"{path}.state.waiting.reason", reason, since), *(one.as_evidence() for one in texts)],
        [],
    )


def _since(pod: Pod) -> datetime | None:
    scheduled = condition(pod.status.conditions, "PodScheduled")
    placed = scheduled.last_transition_time if scheduled is not None and scheduled.status == "True" else None
    return placed or pod.status.start_time or pod.created


def _past_kills(resource: str, app: str, pod: Pod, snapshot: Snapshot) -> Iterator[Signal]:
    for path, status in statuses(pod):
        ended = status.last_state.terminated
        if status.state.running is None or ended is None or ended.finished_at is None:
            continue
        if snapshot.observed_at - ended.finished_at > LATELY:
            continue
        if ended.reason != "OOMKilled" and ended.exit_code not in KILLED:
            continue
        words = partial(_killed, resource, app, pod, path, status, ended, snapshot)
        yield Signal(status.name, Verdict.WARN, ended.reason or "killed", words)


def _killed(
    resource: str, app: str, pod: Pod, path: str, status: ContainerStatus, ended: Terminated, snapshot: Snapshot
) -> Told:
    limit = memory_limit(pod, status.name)
    why = f", memory limit {limit}" if ended.reason == "OOMKilled" and limit else ""
    by = " by its liveness or startup probe" if killed_by_probe(snapshot, pod, status) else ""
    ago = f" {human(snapshot.observed_at - ended.finished_at)} ago" if ended.finished_at is not None else ""
    return Told(
        f"Container {status.name} of {of_app(resource, app)} runs again after it was killed{by}{ago}: "
        f"{ended.reason or 'Error'}, exit code {ended.exit_code}{why}, {status.restart_count} restarts",
        [fact(pod, f"{path}.lastState.terminated", f"{ended.reason}, exit code {ended.exit_code}", ended.finished_at)],
        [],
    )
