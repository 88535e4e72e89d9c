"""What is said of pods that fit on no node, are evicted, lose their node or volume, and of those that are never made."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import lasting, stamp
from gitops_master.facts.failing_pods import event_text, events_about
from gitops_master.facts.patterns import Found, first
from gitops_master.facts.pod_patterns import MULTI_ATTACH
from gitops_master.facts.texts import Text, fact
from gitops_master.facts.told import Told, of_app
from gitops_master.facts.workloads import is_ready
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.model.kubernetes import Node, PersistentVolumeClaim
from gitops_master.model.meta import Condition, condition
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Pod

_RECENT = timedelta(hours=1)
"""Evicted pods stay in the list long after they are replaced: older ones are history."""


def refused_by_scheduler(pod: Pod, snapshot: Snapshot) -> Text | None:
    """What the scheduler says of a pod that it finds no node for."""
    if pod.spec.node_name:
        return None
    scheduled = condition(pod.status.conditions, "PodScheduled")
    if scheduled is not None:
        refused = scheduled.status == "False" and scheduled.reason == "Unschedulable"
        return Text(pod.ref, "status.conditions[PodScheduled].message", scheduled.message) if refused else None
    if pod.status.phase != "Pending":
        return None
    return next((event_text(event) for event in events_about(pod, snapshot, "FailedScheduling")), None)


def unschedulable(resource: str, app: str, pod: Pod, text: Text, snapshot: Snapshot, *, pods: int = 1) -> Told:
    """`pods`: how many of the resource the same is true of."""
    age = lasting(pod.created, snapshot.observed_at)
    claims = _claims(pod, snapshot) if "PersistentVolumeClaim" in text.value or "volume" in text.value else []
    more = f" ({pods} pods)" if pods > 1 else ""
    return Told(
        f"Pod {pod.name} of {of_app(resource, app)} has been Pending{age}{more}: {text.value}",
        [
            fact(pod, "status.phase", f"{pod.status.phase}, {pod.spec.node_name or 'no node'}", pod.created),
            text.as_evidence(),
            *claims,
        ],
        _placing(pod, text.value),
    )


def _claims(pod: Pod, snapshot: Snapshot) -> list[Evidence]:
    found: list[Evidence] = []
    for claim in snapshot.all(PersistentVolumeClaim, pod.namespace):
        if claim.status.phase in {"Pending", "Lost"}:
            found.append(fact(claim, "status.phase", claim.status.phase))
            found += [event_text(event).as_evidence() for event in events_about(claim, snapshot)[:1]]
    return found[:4]


def _placing(pod: Pod, text: str) -> list[Remedy]:
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


def held_volume(pod: Pod, snapshot: Snapshot) -> Text | None:
    """The words of a volume that another node still holds."""
    if pod.status.phase != "Pending":
        return None
    events = events_about(pod, snapshot, "FailedAttachVolume")
    found = first(MULTI_ATTACH, [event_text(event) for event in events])
    return found.text if found is not None else None


def attached_elsewhere(resource: str, app: str, pod: Pod, text: Text) -> Told:
    return Told(
        f"Pod {pod.name} of {of_app(resource, app)} cannot start: its volume is still attached to another node.",
        [text.as_evidence(), fact(pod, "spec.nodeName", pod.spec.node_name or "none")],
        [
            advise(
                "See which pod holds the volume; if it is the previous one, let it end",
                f"kubectl -n {pod.namespace} get pods -o wide",
                confirm_with=f"kubectl -n {pod.namespace} get pod {pod.name}",
            ),
            advise(
                "For good: give the Deployment strategy Recreate (or make it a StatefulSet), or a volume that several nodes may "
                "attach, in the source",
                risk=Risk.MEDIUM,
            ),
        ],
    )


def was_evicted(pod: Pod, now: datetime) -> bool:
    """Whether a node evicted it within the last hour."""
    ended = _ended(pod)
    recent = ended is not None and now - ended < _RECENT
    return pod.status.phase == "Failed" and pod.status.reason == "Evicted" and recent


def evicted(resource: str, app: str, pod: Pod, snapshot: Snapshot, *, pods: int = 1) -> Told:
    more = f" ({pods} pods)" if pods > 1 else ""
    return Told(
        f"Pods of {of_app(resource, app)} are evicted from node {pod.spec.node_name or 'unknown'}{more}: "
        f"{pod.status.message}",
        [
            fact(pod, "status.reason", pod.status.reason, _ended(pod)),
            fact(pod, "status.message", pod.status.message),
            *(event_text(event).as_evidence() for event in events_about(pod, snapshot, "Evicted")[:1]),
        ],
        [
            advise(
                "Compare what the pod uses with its requests and limits (memory, ephemeral-storage) and correct them in the source; or "
                "make room on the nodes",
                f"kubectl -n {pod.namespace} top pods --containers",
                "kubectl describe nodes",
                confirm_with=f"kubectl -n {pod.namespace} get pods",
            )
        ],
    )


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


def lost_node(pod: Pod, snapshot: Snapshot) -> tuple[Node, Condition] | None:
    """The node under a pod that is not ready, where the node is not ready either."""
    if is_ready(pod) or not pod.spec.node_name or pod.status.phase in {"Succeeded", "Failed"}:
        return None
    node = snapshot.get(Node, "", pod.spec.node_name)
    ready = condition(node.status.conditions, "Ready") if node is not None else None
    return (node, ready) if node is not None and ready is not None and ready.status != "True" else None


def node_gone(resource: str, app: str, pod: Pod, node: Node, ready: Condition) -> Told:
    since = f" since {stamp(ready.last_transition_time)}" if ready.last_transition_time else ""
    return Told(
        f"Node {node.name} is not ready{since}; pod {pod.name} of {of_app(resource, app)} is on it.",
        [
            fact(node, "status.conditions[Ready].status", ready.status, ready.last_transition_time),
            fact(node, "status.conditions[Ready].message", ready.message or ready.reason),
            fact(pod, "spec.nodeName", pod.spec.node_name),
        ],
        [
            advise(
                f"Bring node {node.name} back, or have it taken out of the cluster by whoever runs the nodes",
                f"kubectl describe node {node.name}",
                risk=Risk.MEDIUM,
                confirm_with=f"kubectl get node {node.name}",
            )
        ],
    )


def quota_refusal(quota: str, namespace: str, what: str, groups: Mapping[str, str]) -> str:
    """`what` a ResourceQuota refuses, and by how much."""
    return f"ResourceQuota {quota} in namespace {namespace} refuses {what}{_amounts(groups)}."


def _amounts(groups: Mapping[str, str]) -> str:
    if "requested" in groups:
        return f": requested {groups['requested']}, used {groups['used']}, limited {groups['limited']}"
    return f": they must specify {groups['missing']}" if "missing" in groups else ""


def quota_remedies(namespace: str, quota: str, missing: str) -> list[Remedy]:
    """For pods that are refused: controllers make them by themselves once there is room. `missing`: what they must specify."""
    look = f"kubectl -n {namespace} describe resourcequota {quota}"
    confirm = f"kubectl -n {namespace} get replicasets,statefulsets,jobs"
    if missing:
        state = f"State {missing.rstrip('. ')} in the pod template's source, or let a LimitRange of {namespace} set defaults"
        return [advise(state, look, confirm_with=confirm)]
    return [
        advise("See what uses the quota, and remove what is not needed; the controller then makes the pods by itself", look,
               confirm_with=confirm),
        advise(f"Have quota {quota} raised, or lower requests or replicas in the source and promote that Freight",
               confirm_with=look),
    ]  # fmt: skip


def account_missing(app: str, found: Found) -> Told:
    namespace, name = found.groups["namespace"], found.groups["name"]
    return Told(
        f"Pods of {app} cannot be made: ServiceAccount {name} does not exist in namespace {namespace}.",
        [found.text.as_evidence()],
        [
            advise(
                f"Add ServiceAccount {name} to the source of {app}, or correct serviceAccountName in the pod template",
                f"kubectl -n {namespace} get serviceaccounts",
                confirm_with=f"kubectl -n {namespace} get pods",
            )
        ],
    )
