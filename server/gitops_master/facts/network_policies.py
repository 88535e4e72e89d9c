"""What NetworkPolicies let through, as far as that follows from the objects (Kubernetes api networking/v1 types.go)."""

from collections.abc import Iterable

from gitops_master.facts.routes import Sender
from gitops_master.facts.selectors import selects
from gitops_master.facts.services import containers
from gitops_master.model.kubernetes import Namespace
from gitops_master.model.networking import NetworkPeer, NetworkPolicy, NetworkPort
from gitops_master.model.snapshot import Gap, Snapshot
from gitops_master.model.workloads import LabelSelector, Pod

OTHER_KINDS = (
    "cilium.io/CiliumNetworkPolicy", "cilium.io/CiliumClusterwideNetworkPolicy", "crd.projectcalico.org/NetworkPolicy",
    "crd.projectcalico.org/GlobalNetworkPolicy", "projectcalico.org/NetworkPolicy", "projectcalico.org/GlobalNetworkPolicy",
    "crd.antrea.io/NetworkPolicy", "crd.antrea.io/ClusterNetworkPolicy", "policy.networking.k8s.io/AdminNetworkPolicy",
    "policy.networking.k8s.io/BaselineAdminNetworkPolicy",
)  # fmt: skip
"""Policies of network plugins, which allow and forbid besides."""
_NAME = "kubernetes.io/metadata.name"
"""A label that every namespace has (Kubernetes >= 1.22)."""


def selecting(pod: Pod, snapshot: Snapshot) -> list[NetworkPolicy]:
    """The policies that decide who reaches the pod; none: everybody does."""
    return [
        one
        for one in snapshot.all(NetworkPolicy, pod.namespace)
        if (not one.spec.policy_types or "Ingress" in one.spec.policy_types)
        and selects(one.spec.pod_selector, pod.labels)
    ]


def others_in_use(namespace: str, snapshot: Snapshot) -> str:
    """A kind of policy, of a network plugin, that there is for the namespace or for all; empty where there is none."""
    found = (one for one in OTHER_KINDS if snapshot.of_kind(one, namespace) or snapshot.of_kind(one, ""))
    return next(found, "")


def others_unread(snapshot: Snapshot) -> Gap | None:
    """What keeps it from being known whether there are such policies; None where nothing does."""
    return next((gap for gap in snapshot.gaps if gap.kind in OTHER_KINDS), None)


def allowed(policies: Iterable[NetworkPolicy], sender: Sender, pod: Pod, port: int, snapshot: Snapshot) -> bool | None:
    """Whether one of the policies lets the sender reach the pod's port; None where that does not follow."""
    found = [
        True if not rule.from_ else _any(_matches(peer, policy.namespace, sender, snapshot) for peer in rule.from_)
        for policy in policies
        for rule in policy.spec.ingress
        if not rule.ports or any(_is_port(each, pod, port) for each in rule.ports)
    ]
    return _any(found)


def _any(found: Iterable[bool | None]) -> bool | None:
    held = set(found)
    return True if True in held else None if None in held else False


def _is_port(one: NetworkPort, pod: Pod, port: int) -> bool:
    if one.protocol != "TCP":
        return False
    if one.port is None:
        return True
    if isinstance(one.port, int):
        return one.port <= port <= (one.end_port or one.port)
    return any(each.name == one.port and each.container_port == port for held in containers(pod.spec) for each in held.ports)  # fmt: skip


def _matches(peer: NetworkPeer, namespace: str, sender: Sender, snapshot: Snapshot) -> bool | None:
    if peer.ip_block is not None:
        is_open = peer.ip_block.get("cidr") in {"0.0.0.0/0", "::/0"} and not peer.ip_block.get("except")
        return True if is_open else None
    place = _in_namespace(peer.namespace_selector, namespace, sender, snapshot)
    if place is False or peer.pod_selector is None:
        return place
    if not peer.pod_selector.match_labels and not peer.pod_selector.match_expressions:
        return place
    if sender.labels is None:
        return None
    return place if selects(peer.pod_selector, sender.labels) else False


def _in_namespace(selector: LabelSelector | None, namespace: str, sender: Sender, snapshot: Snapshot) -> bool | None:
    if selector is not None and not selector.match_labels and not selector.match_expressions:
        return True
    if not sender.namespace:
        return None
    if selector is None:
        return sender.namespace == namespace
    held = snapshot.get(Namespace, "", sender.namespace)
    labels = {_NAME: sender.namespace, **(held.labels if held is not None else {})}
    keys = {*selector.match_labels, *(one.key for one in selector.match_expressions)}
    return selects(selector, labels) if held is not None or keys == {_NAME} else None
