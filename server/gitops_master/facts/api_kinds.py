"""Which API groups every cluster has, and how the kinds of others are served."""

from gitops_master.model.kubernetes import CustomResourceDefinition
from gitops_master.model.operators import APIService
from gitops_master.model.snapshot import Snapshot

BUILT_IN = frozenset({
    "", "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "apps", "authentication.k8s.io",
    "authorization.k8s.io", "autoscaling", "batch", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io",
    "events.k8s.io", "extensions", "flowcontrol.apiserver.k8s.io", "internal.apiserver.k8s.io", "networking.k8s.io",
    "node.k8s.io", "policy", "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io",
    "storagemigration.k8s.io",
})  # fmt: skip
"""Served by the API server itself (kubernetes pkg/controlplane/instance.go). Others under k8s.io, such as Gateway API, are CRDs."""


def plural(kind: str) -> str:
    """How a kind's resource is most likely called: `networkpolicies`, `ingresses`, `gateways`."""
    name = kind.lower()
    if name.endswith(("s", "x", "z", "ch", "sh")):
        return f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") and name[-2:-1] not in set("aeiou") else f"{name}s"


def definition(group: str, kind: str, snapshot: Snapshot) -> CustomResourceDefinition | None:
    """The CRD of a kind; by its name where only metadata of it was read."""
    served = snapshot.grouped(CustomResourceDefinition, _served).get((group, kind))
    if served:
        return served[0]
    found = snapshot.get(CustomResourceDefinition, "", f"{plural(kind)}.{group}")
    return found if found is not None and not found.spec.names.kind else None


def _served(one: CustomResourceDefinition) -> list[tuple[str, str]]:
    return [(one.spec.group, one.spec.names.kind)]


def aggregated(snapshot: Snapshot) -> dict[str, list[APIService]]:
    """The APIs that the API server passes on to a Service, by group."""
    found: dict[str, list[APIService]] = {}
    for one in snapshot.all(APIService):
        if one.spec.service is not None:
            found.setdefault(one.spec.group, []).append(one)
    return found
