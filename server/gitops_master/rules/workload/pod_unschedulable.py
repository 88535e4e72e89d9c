from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.failing_pods import held_up, suspects
from gitops_master.facts.pod_words import refused_by_scheduler, unschedulable
from gitops_master.model.kubernetes import Node, PersistentVolumeClaim
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.workload.effects import EFFECTS, NEEDS


@rule(
    "pod-unschedulable",
    area="workload",
    title="Pods fit on no node",
    on=ApplicationView,
    needs=NEEDS | {PersistentVolumeClaim.KIND, Node.KIND},
    explains=EFFECTS,
    sources=("kubernetes pkg/scheduler/schedule_one.go",),
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """Pods stay Pending and the rollout does not complete.

    Why: no node has room, matches the pod's selector, affinity and tolerations, or can reach its volume; or its claim is not
    bound.

    How to tell: condition PodScheduled is False with reason Unschedulable; its message counts the nodes by reason. An
    unbound claim shows in its own phase and events.

    What to do: make room (requests, nodes, quota of the node pool), correct the selector or tolerations, mend the claim's
    storage class.

    Not this when: the pod is scheduled and its container waits; or pods are never created (quota, admission).
    """
    found = [
        (resource, pod, text)
        for resource, pod in suspects(app)
        if (text := refused_by_scheduler(pod, app.snapshot)) is not None
    ]
    if not found:
        return
    resource, pod, text = found[0]
    told = unschedulable(resource, app.app.name, pod, text, app.snapshot, pods=len(found))
    yield Hit(
        summary=told.summary,
        evidence=told.evidence,
        remedies=told.remedies,
        also_explains=held_up(app),
    )
