from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.failing_pods import held_up, in_trouble, workloads
from gitops_master.facts.pod_words import lost_node, node_gone
from gitops_master.facts.workloads import pods_of
from gitops_master.model.finding import Risk
from gitops_master.model.kubernetes import Node
from gitops_master.rules.registry import Hit, rule
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
            lost = lost_node(pod, app.snapshot)
            if lost is None:
                continue
            node, ready = lost
            told = node_gone(one.title, app.app.name, pod, node, ready)
            yield Hit(
                summary=told.summary,
                evidence=told.evidence,
                remedies=told.remedies,
                subject=node.ref,
                also_explains=held_up(app),
            )
            return
