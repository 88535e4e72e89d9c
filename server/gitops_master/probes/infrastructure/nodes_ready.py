"""Level 1: are the nodes under the pods well?"""

from collections.abc import Iterator

from gitops_master.facts.checked import Checked, checked
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.pod_words import node_gone
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.kubernetes import Node
from gitops_master.model.meta import Ref, condition
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import Pod
from gitops_master.probes.objects import absent
from gitops_master.probes.registry import Seen, probe

_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")


@probe(
    "nodes-ready",
    level=1,
    order=13,
    kinds=[Application.KIND, Pod.KIND],
    counts="nodes",
    nothing="no pod is on a node",
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Nodes that run the pods.

    Reads: `Node Ready=True`, `Node MemoryPressure=False`, `Node DiskPressure=False`, `Node PIDPressure=False`
    PASS: as named
    WARN: pressure, no network, or cordoned (`Node.spec.unschedulable`)
    FAIL: not ready, or no such node
    Rights: get nodes
    """
    on: dict[str, list[tuple[Checked, Pod]]] = {}
    for one in checked(deployed):
        for pod in one.pods:
            if pod.spec.node_name and pod.status.phase not in {"Succeeded", "Failed"}:
                on.setdefault(pod.spec.node_name, []).append((one, pod))
    gap = deployed.snapshot.stated_gap(Node.KIND)
    if on and gap is not None and not any(deployed.snapshot.get(Node, "", name) for name in on):
        said = f"{len(on)} nodes that run its pods were not read: {gap.reason}"
        yield Seen(verdict=Verdict.UNKNOWN, target="", observed=said, good=0, of=len(on))
        return
    for name, held in on.items():
        node = deployed.snapshot.get(Node, "", name)
        if node is None:
            yield absent(Ref(Node.KIND, "", name), deployed.snapshot, f"pod {held[0][1].name} is on it")
        else:
            yield _seen(node, held)


def _seen(node: Node, held: list[tuple[Checked, Pod]]) -> Seen:
    ready = condition(node.status.conditions, "Ready")
    (owner, pod), more = held[0], len(held) - 1
    if ready is None:
        return Seen(
            verdict=Verdict.UNKNOWN, target=node.ref, expected="Ready", observed="it has no condition Ready", good=0
        )
    if ready.status != "True":
        told = node_gone(owner.title, owner.app_name, pod, node, ready)
        others = f" So are {more} other pods" if more > 1 else " So is another pod" if more else ""
        return Seen(
            verdict=Verdict.FAIL,
            target=node.ref,
            expected="Ready",
            observed=f"{told.summary}{others}".removesuffix("."),
            evidence=told.evidence,
            remedies=told.remedies,
            good=0,
        )
    bad = [one for one in node.status.conditions if one.type in _PRESSURES and one.status == "True"]
    words = [one.type for one in bad] + (["cordoned"] if node.spec.unschedulable else [])
    evidence = [
        fact(node, f"status.conditions[{one.type}]", one.message or one.status, one.last_transition_time) for one in bad
    ]
    if node.spec.unschedulable:
        evidence.append(fact(node, "spec.unschedulable", value=True))
    return Seen(
        verdict=Verdict.WARN if words else Verdict.PASS,
        target=node.ref,
        expected="Ready, without pressure",
        observed=f"{node.name}: {', '.join(words) or 'Ready'}",
        evidence=evidence,
    )
