from collections.abc import Iterator
from datetime import datetime, timedelta

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.failing_pods import event_text, events_about, held_up, suspects
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Severity
from gitops_master.model.meta import condition
from gitops_master.model.workloads import Pod
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise
from gitops_master.rules.workload.effects import EFFECTS, NEEDS

_RECENT = timedelta(hours=1)
"""Evicted pods stay in the list long after they are replaced: older ones are history."""


@rule(
    "pod-evicted",
    area="workload",
    title="A node evicts the pods",
    on=ApplicationView,
    severity=Severity.MEDIUM,
    needs=NEEDS,
    explains=EFFECTS,
    sources=("kubernetes pkg/kubelet/eviction/eviction_manager.go",),
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """Pods are Failed with reason Evicted, new ones follow, and the rollout does not come to rest.

    Why: the node ran short of memory, disk or process ids, or the pod used more ephemeral storage than its limit; the kubelet
    then ends pods, those far above their requests first.

    How to tell: status.reason Evicted and a message that names the resource; within the last hour.

    What to do: give the pod requests (or an ephemeral-storage limit) that match what it uses, or make room on the nodes.

    Not this when: a container was OOMKilled within its own limit, or the eviction is old and its replacement runs.
    """
    found = [(resource, pod) for resource, pod in suspects(app) if _was_evicted(app, pod)]
    if not found:
        return
    resource, pod = found[0]
    more = f" ({len(found)} pods)" if len(found) > 1 else ""
    pressure = "pressure" in pod.status.message or "low on resource" in pod.status.message
    yield Hit(
        summary=f"Pods of {resource} ({app.app.name}) are evicted from node {pod.spec.node_name or 'unknown'}{more}: "
        f"{pod.status.message}",
        evidence=[
            fact(pod, "status.reason", pod.status.reason, _ended(pod)),
            fact(pod, "status.message", pod.status.message),
            *(event_text(event).as_evidence() for event in events_about(pod, app.snapshot, "Evicted")[:1]),
        ],
        remedies=[
            advise(
                "Compare what the pod uses with its requests and limits (memory, ephemeral-storage) and correct them in the source; or "
                "make room on the nodes",
                f"kubectl -n {pod.namespace} top pods --containers",
                "kubectl describe nodes",
                confirm_with=f"kubectl -n {pod.namespace} get pods",
            )
        ],
        also_explains=held_up(app) | ({"pod-unschedulable"} if pressure else set()),
    )


def _was_evicted(app: ApplicationView, pod: Pod) -> bool:
    ended = _ended(pod)
    recent = ended is not None and app.snapshot.observed_at - ended < _RECENT
    return pod.status.phase == "Failed" and pod.status.reason == "Evicted" and recent


def _ended(pod: Pod) -> datetime | None:
    """When the kubelet ended it: the pod's own condition, its containers' end, else its start."""
    ended = condition(pod.status.conditions, "DisruptionTarget")
    if ended is not None and ended.last_transition_time is not None:
        return ended.last_transition_time
    times = [
        one.state.terminated.finished_at
        for one in pod.status.container_statuses
        if one.state.terminated is not None and one.state.terminated.finished_at is not None
    ]
    return max(times, default=pod.status.start_time or pod.created)
