"""Pods of a workload and what their containers say."""

from collections.abc import Sequence

import msgspec

from gitops_master.facts.texts import Text
from gitops_master.model.meta import Condition, Object, condition
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import (
    ContainerStatus,
    DaemonSet,
    Deployment,
    Job,
    Pod,
    ReplicaSet,
    StatefulSet,
)

Workload = Deployment | StatefulSet | DaemonSet | ReplicaSet


class ContainerTrouble(msgspec.Struct, frozen=True):
    """One container that does not do its work. `reason` is the kubelet's or the exit's."""

    pod: Pod
    status: ContainerStatus
    path: str
    reason: str
    message: str

    def as_text(self) -> Text:
        return Text(self.pod.ref, self.path, f"{self.reason}: {self.message}" if self.message else self.reason)


def pods_of(workload: Object, snapshot: Snapshot) -> list[Pod]:
    """Pods that belong to a workload: by owner, through ReplicaSets for a Deployment, else by its selector."""
    if isinstance(workload, Deployment):
        sets = snapshot.owned_by(ReplicaSet, workload)
        owned = [pod for one in sets for pod in snapshot.owned_by(Pod, one)]
    else:
        owned = snapshot.owned_by(Pod, workload)
    if owned:
        return owned
    if isinstance(workload, Job):
        labels = {"batch.kubernetes.io/job-name": workload.name}
        pods = [pod for pod in snapshot.all(Pod, workload.namespace) if _job_label(pod) == workload.name]
        return pods or _selected(snapshot.all(Pod, workload.namespace), labels)
    selector = getattr(getattr(workload, "spec", None), "selector", None)
    labels = selector.match_labels if selector is not None else {}
    return _selected(snapshot.all(Pod, workload.namespace), labels) if labels else []


def _job_label(pod: Pod) -> str:
    return pod.labels.get("batch.kubernetes.io/job-name") or pod.labels.get("job-name", "")


def _selected(pods: Sequence[Pod], labels: dict[str, str]) -> list[Pod]:
    return [pod for pod in pods if all(pod.labels.get(key) == value for key, value in labels.items())]


def is_ready(pod: Pod) -> bool:
    ready = condition(pod.status.conditions, "Ready")
    return ready is not None and ready.status == "True"


def unscheduled(pod: Pod) -> Condition | None:
    """What the scheduler says of a pod that it has not placed."""
    scheduled = condition(pod.status.conditions, "PodScheduled")
    return scheduled if scheduled is not None and scheduled.status == "False" else None


def troubles(pod: Pod) -> list[ContainerTrouble]:
    """Containers that wait for a bad reason or ended badly, init containers first (they hold up the others)."""
    found = []
    for field, statuses in (
        ("initContainerStatuses", pod.status.init_container_statuses),
        ("containerStatuses", pod.status.container_statuses),
    ):
        for index, status in enumerate(statuses):
            trouble = _trouble(pod, status, f"status.{field}[{index}]")
            if trouble is not None:
                found.append(trouble)
    return found


_HARMLESS_WAITS = frozenset({"", "ContainerCreating", "PodInitializing"})


def _trouble(pod: Pod, status: ContainerStatus, path: str) -> ContainerTrouble | None:
    waiting, ended = status.state.waiting, status.state.terminated
    if waiting is not None and waiting.reason not in _HARMLESS_WAITS:
        return ContainerTrouble(pod, status, f"{path}.state.waiting", waiting.reason, waiting.message)
    if ended is not None and ended.exit_code != 0:
        return ContainerTrouble(
            pod, status, f"{path}.state.terminated", ended.reason or "Error", _ending(ended.exit_code, ended.message)
        )
    return None


def _ending(exit_code: int, message: str) -> str:
    return f"exit code {exit_code}" + (f": {message}" if message else "")


def last_exit(status: ContainerStatus) -> str:
    """`OOMKilled, exit code 137` for the container's last end; empty where it never ended."""
    ended = status.state.terminated or status.last_state.terminated
    if ended is None:
        return ""
    return f"{ended.reason or 'Error'}, exit code {ended.exit_code}"


def was_oom_killed(status: ContainerStatus) -> bool:
    return any(
        state.terminated is not None and state.terminated.reason == "OOMKilled"
        for state in (status.state, status.last_state)
    )


def memory_limit(pod: Pod, container: str) -> str:
    """The container's memory limit as written (`512Mi`); empty where none is set."""
    spec = next((one for one in pod.spec.containers if one.name == container), None)
    return str(spec.resources.limits.get("memory", "")) if spec is not None else ""
