from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.durations import lasting
from gitops_master.facts.failing_pods import event_text, events_about, held_up, suspects
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.kubernetes import Node, PersistentVolumeClaim
from gitops_master.model.meta import condition
from gitops_master.model.workloads import Pod
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise
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
    found = [(resource, pod, text) for resource, pod in suspects(app) if (text := _refusal(app, pod)) is not None]
    if not found:
        return
    resource, pod, text = found[0]
    age = lasting(pod.created, app.snapshot.observed_at)
    claims = _claims(app, pod) if "PersistentVolumeClaim" in text.value or "volume" in text.value else []
    more = f" ({len(found)} pods)" if len(found) > 1 else ""
    yield Hit(
        summary=f"Pod {pod.name} of {resource} ({app.app.name}) has been Pending{age}{more}: {text.value}",
        evidence=[
            fact(pod, "status.phase", f"{pod.status.phase}, {pod.spec.node_name or 'no node'}", pod.created),
            text.as_evidence(),
            *claims,
        ],
        remedies=_remedies(pod, text.value),
        also_explains=held_up(app),
    )


def _refusal(app: ApplicationView, pod: Pod) -> Text | None:
    if pod.spec.node_name:
        return None
    scheduled = condition(pod.status.conditions, "PodScheduled")
    if scheduled is not None:
        refused = scheduled.status == "False" and scheduled.reason == "Unschedulable"
        return Text(pod.ref, "status.conditions[PodScheduled].message", scheduled.message) if refused else None
    if pod.status.phase != "Pending":
        return None
    return next((event_text(event) for event in events_about(pod, app.snapshot, "FailedScheduling")), None)


def _claims(app: ApplicationView, pod: Pod) -> list[Evidence]:
    found: list[Evidence] = []
    for claim in app.snapshot.all(PersistentVolumeClaim, pod.namespace):
        if claim.status.phase in {"Pending", "Lost"}:
            found.append(fact(claim, "status.phase", claim.status.phase))
            found += [event_text(event).as_evidence() for event in events_about(claim, app.snapshot)[:1]]
    return found[:4]


def _remedies(pod: Pod, text: str) -> list[Remedy]:
    look = f"kubectl -n {pod.namespace} describe pod {pod.name}"
    confirm = f"kubectl -n {pod.namespace} get pod {pod.name} -o wide"
    if "PersistentVolumeClaim" in text:
        title = "Mend the claim: a storage class that exists, a provisioner that runs, capacity in the right zone"
        return [advise(title, f"kubectl -n {pod.namespace} get pvc,events", confirm_with=confirm)]
    if "Insufficient" in text or "Too many pods" in text:
        title = "Make room: add a node, or lower the requests in the source and promote that Freight"
        return [advise(title, look, "kubectl describe nodes", confirm_with=confirm)]
    title = (
        "Compare the pod's nodeSelector, affinity and tolerations with the nodes' labels and taints; correct the source"
    )
    return [advise(title, look, "kubectl get nodes --show-labels", confirm_with=confirm)]
