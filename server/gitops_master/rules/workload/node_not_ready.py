from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.durations import stamp
from gitops_master.facts.failing_pods import held_up, in_trouble, workloads
from gitops_master.facts.texts import fact
from gitops_master.facts.workloads import is_ready, pods_of
from gitops_master.model.finding import Risk
from gitops_master.model.kubernetes import Node
from gitops_master.model.meta import Condition, condition
from gitops_master.model.workloads import Pod
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise
from gitops_master.rules.workload.effects import EFFECTS, NEEDS


@rule(
    "node-not-ready",
    area="workload",
    title="The node under the pods is not ready",
    on=ApplicationView,
    risk=Risk.MEDIUM,
    needs=NEEDS | {Node.KIND},
    explains=EFFECTS | {"readiness-probe-failing", "container-crash-loop", "volume-attached-to-another-node"},
    sources=("kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go",),
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """Pods are not ready although their containers say Running, or stay Terminating; they are all on one node.

    Why: the node's kubelet no longer reports (the machine died, lost its network, or is overloaded). Its pods are marked not
    ready; after five minutes they are to be deleted, which cannot finish without the kubelet. A StatefulSet makes no
    replacement until then.

    How to tell: the Node's condition Ready is False or Unknown, and pods of the workload that are not ready run there.

    What to do: bring the node back, or have it removed from the cluster; then its pods are replaced.

    Not this when: the node is only cordoned, or pods on other nodes fail in the same way.
    """
    for one in workloads(app) if in_trouble(app) else []:
        for pod in pods_of(one.live, app.snapshot) if one.live is not None else []:
            lost = _lost_node(app, pod)
            if lost is None:
                continue
            node, ready = lost
            since = f" since {stamp(ready.last_transition_time)}" if ready.last_transition_time else ""
            yield Hit(
                summary=f"Node {node.name} is not ready{since}; pod {pod.name} of {one.title} ({app.app.name}) is on it.",
                evidence=[
                    fact(node, "status.conditions[Ready].status", ready.status, ready.last_transition_time),
                    fact(node, "status.conditions[Ready].message", ready.message or ready.reason),
                    fact(pod, "spec.nodeName", pod.spec.node_name),
                ],
                remedies=[
                    advise(
                        f"Bring node {node.name} back, or have it taken out of the cluster by whoever runs the nodes",
                        f"kubectl describe node {node.name}",
                        risk=Risk.MEDIUM,
                        confirm_with=f"kubectl get node {node.name}",
                    )
                ],
                subject=node.ref,
                also_explains=held_up(app),
            )
            return


def _lost_node(app: ApplicationView, pod: Pod) -> tuple[Node, Condition] | None:
    if is_ready(pod) or not pod.spec.node_name or pod.status.phase in {"Succeeded", "Failed"}:
        return None
    node = app.snapshot.get(Node, "", pod.spec.node_name)
    ready = condition(node.status.conditions, "Ready") if node is not None else None
    return (node, ready) if node is not None and ready is not None and ready.status != "True" else None
