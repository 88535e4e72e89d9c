"""Pods of a workload and what their containers say."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

import msgspec

from gitops_master.facts.texts import Text
from gitops_master.model.meta import Condition, Object, condition
from gitops_master.model.rollouts import Rollout
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

FEW = 50
"""Pods that are looked at one by one."""
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
    if isinstance(workload, Deployment | Rollout):
        sets = snapshot.owned_by(ReplicaSet, workload)
        owned = [pod for one in sets for pod in snapshot.owned_by(Pod, one)]
    else:
        owned = snapshot.owned_by(Pod, workload)
    if owned:
        return owned
    if isinstance(workload, Job):
        named = snapshot.grouped(Pod, _job_names)
        return list(named.get((workload.namespace, workload.name), ()))
    selector = getattr(getattr(workload, "spec", None), "selector", None)
    labels = selector.match_labels if selector is not None else {}
    return labelled(labels, workload.namespace, snapshot) if labels else []


def _job_names(pod: Pod) -> list[tuple[str, str]]:
    return [(pod.namespace, pod.labels.get("batch.kubernetes.io/job-name") or pod.labels.get("job-name", ""))]


def labelled(labels: dict[str, str], namespace: str, snapshot: Snapshot) -> list[Pod]:
    """Pods of the namespace that carry all these labels, of which there is at least one."""
    fewest: Sequence[Pod] | None = None
    for key, value in labels.items():
        found = snapshot.grouped(Pod, values_of(key)).get((namespace, value), ())
        if fewest is None or len(found) < len(fewest):
            fewest = found
        if len(fewest) <= FEW:  # an index of one more label costs more than a look at these
            break
    if len(labels) == 1:
        return list(fewest or ())
    return [pod for pod in fewest or () if labels.items() <= pod.metadata.labels.items()]


@lru_cache(maxsize=256)
def values_of(key: str) -> Callable[[Pod], Iterable[tuple[str, str]]]:
    """An index by one label; by all of them would be as many entries as pods have labels."""

    def values(pod: Pod) -> Iterable[tuple[str, str]]:
        metadata = pod.metadata
        value = metadata.labels.get(key)
        return ((metadata.namespace, value),) if value is not None else ()

    return values


def is_ready(pod: Pod) -> bool:
    ready = condition(pod.status.conditions, "Ready")
    return ready is not None and ready.status == "True"


def is_quiet(pod: Pod) -> bool:
    """Whether it runs, stays and is ready, and none of its containers has anything to tell: of thousands, most are so."""
    status = pod.status
    if status.phase != "Running" or pod.metadata.deletion_timestamp is not None or not is_ready(pod):
        return False
    return all(map(runs_on, status.container_statuses)) and all(map(runs_on, status.init_container_statuses))


def unquiet(pod: Pod) -> Sequence[str]:
    """Its namespace, if it is not quiet."""
    return () if is_quiet(pod) else (pod.metadata.namespace,)


def runs_on(status: ContainerStatus) -> bool:
    """Whether it runs for the first time, or did what it should."""
    state = status.state
    if state.waiting is not None or status.last_state.terminated is not None:
        return False
    ended = state.terminated
    return ended is None or (ended.exit_code == 0 and ended.reason != "OOMKilled")


def unscheduled(pod: Pod) -> Condition | None:
    """What the scheduler says of a pod that it has not placed."""
    scheduled = condition(pod.status.conditions, "PodScheduled")
    return scheduled if scheduled is not None and scheduled.status == "False" else None


def troubles(pod: Pod) -> list[ContainerTrouble]:
    """Containers that wait for a bad reason or ended badly, init containers first (they hold up the others)."""
    found = (_trouble(pod, status, path) for path, status in statuses(pod))
    return [one for one in found if one is not None]


def statuses(pod: Pod) -> Iterator[tuple[str, ContainerStatus]]:
    """Path and status of every container, init containers (and sidecars, which are some of them) first."""
    for index, status in enumerate(pod.status.init_container_statuses):
        yield f"status.initContainerStatuses[{index}]", status
    for index, status in enumerate(pod.status.container_statuses):
        yield f"status.containerStatuses[{index}]", status


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
