from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.failing_pods import held_up, suspects
from gitops_master.facts.pod_words import evicted, was_evicted
from gitops_master.model.finding import Severity
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.workload.effects import EFFECTS, NEEDS


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
    found = [(resource, pod) for resource, pod in suspects(app) if was_evicted(pod, app.snapshot.observed_at)]
    if not found:
        return
    resource, pod = found[0]
    told = evicted(resource, app.app.name, pod, app.snapshot, pods=len(found))
    pressure = "pressure" in pod.status.message or "low on resource" in pod.status.message
    yield Hit(
        summary=told.summary,
        evidence=told.evidence,
        remedies=told.remedies,
        also_explains=held_up(app) | ({"pod-unschedulable"} if pressure else set()),
    )
