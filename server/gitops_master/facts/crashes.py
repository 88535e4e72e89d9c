"""Containers that exit again and again, and whether the kubelet's own probes are what kills them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.failing_pods import Failing, events_about, suspects
from gitops_master.facts.workloads import ContainerTrouble, is_ready, last_exit, statuses, was_oom_killed
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import ContainerStatus, Pod, Terminated

RECENT = timedelta(minutes=15)
"""Back-off between restarts ends at 5 minutes: a container whose last end is older than this is not in a loop."""
KILLED = frozenset({137, 143})
"""SIGKILL and SIGTERM: with a failed liveness or startup probe it was the kubelet."""
_NEVER_STARTED = frozenset({
    "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable",
    "CreateContainerConfigError", "ContainerCreating", "PodInitializing",
})  # fmt: skip


def crashing(app: ApplicationView) -> list[Failing]:
    """Containers in a crash loop, the one with most restarts first."""
    now = app.snapshot.observed_at
    found = [one for resource, pod in suspects(app) for one in crashing_in(resource, pod, now)]
    return sorted(found, key=lambda one: -one.trouble.status.restart_count)


def crashing_in(resource: str, pod: Pod, now: datetime) -> Iterator[Failing]:
    """The same, of one pod."""
    for path, status in statuses(pod):
        if _is_crashing(pod, status, now):
            yield Failing(resource, pod, ContainerTrouble(pod, status, path, last_exit(status), ""))


def _is_crashing(pod: Pod, status: ContainerStatus, now: datetime) -> bool:
    waiting = status.state.waiting
    if waiting is not None and waiting.reason in _NEVER_STARTED:
        return False
    if waiting is not None and waiting.reason == "CrashLoopBackOff":
        return True
    if pod.status.phase in {"Succeeded", "Failed"}:
        return False
    ended = last_end(status)
    if ended is None or status.ready or is_ready(pod) or (ended.exit_code == 0 and ended.reason != "OOMKilled"):
        return False
    return status.restart_count > 0 and (ended.finished_at is None or now - ended.finished_at < RECENT)


def last_end(status: ContainerStatus) -> Terminated | None:
    return status.state.terminated or status.last_state.terminated


def killed_by_probe(snapshot: Snapshot, pod: Pod, status: ContainerStatus) -> bool:
    """Whether the kubelet ended the container because a liveness or startup probe failed."""
    ended = last_end(status)
    if ended is None or ended.exit_code not in KILLED or was_oom_killed(status):
        return False
    return any(restarts(event.text) for event in events_about(pod, snapshot, "Unhealthy", "Killing"))


def restarts(text: str) -> bool:
    """Whether an event speaks of a probe whose failure restarts the container."""
    return "iveness probe" in text or "tartup probe" in text
