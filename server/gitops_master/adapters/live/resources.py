"""Where each kind lives in the API, and the paths of its lists and objects."""

from typing import NamedTuple
from urllib.parse import quote

from gitops_master.model.registry import TYPES


class Resource(NamedTuple):
    """`group_version` as in apiVersion; `plural` as in paths."""

    group_version: str
    plural: str
    namespaced: bool = True

    def path(self, namespace: str = "", name: str = "") -> str:
        """Of the object, or of the list where there is no name. Every part is encoded: no name can lead elsewhere."""
        root = "/apis/" if "/" in self.group_version else "/api/"
        places = ["namespaces", namespace] if self.namespaced and namespace else []
        parts = [*self.group_version.split("/"), *places, self.plural, *([name] if name else [])]
        return root + "/".join(segment(part) for part in parts)


def group_version(group: str, version: str) -> str:
    """As in apiVersion; the core group has no name."""
    return f"{group}/{version}" if group else version


def segment(part: str) -> str:
    """One segment of a path. `.` and `..` would be resolved by what lies between; no object can be called so."""
    if part in ("", ".", ".."):
        raise ValueError(f"not a name: {part!r}")
    return quote(part, safe="")


_CLUSTER_WIDE = frozenset(
    [
        "apiextensions.k8s.io/CustomResourceDefinition",
        "argoproj.io/ClusterAnalysisTemplate",
        "kargo.akuity.io/ClusterConfig",
        "kargo.akuity.io/ClusterPromotionTask",
        "kargo.akuity.io/Project",
        "rbac.authorization.k8s.io/ClusterRole",
        "rbac.authorization.k8s.io/ClusterRoleBinding",
        "admissionregistration.k8s.io/MutatingWebhookConfiguration",
        "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
        "apiregistration.k8s.io/APIService",
        "networking.k8s.io/IngressClass",
        "storage.k8s.io/StorageClass",
        "v1/Namespace",
        "v1/Node",
    ]
)
_VERSIONS = {"kargo.akuity.io": "v1alpha1", "argoproj.io": "v1alpha1"}
"""v1 for all others. Kargo (up to 1.11) and Argo (CD up to 3.5, Rollouts up to 1.10) serve no other version of theirs."""
_OF_KIND = {"autoscaling/HorizontalPodAutoscaler": "v2", "traefik.io/IngressRoute": "v1alpha1", "traefik.io/Middleware": "v1alpha1",
            "gateway.networking.k8s.io/ReferenceGrant": "v1beta1"}  # fmt: skip
_PLURALS = {
    "Freight": "freights",
    "Gateway": "gateways",
    "Ingress": "ingresses",
    "IngressClass": "ingressclasses",
    "NetworkPolicy": "networkpolicies",
    "StorageClass": "storageclasses",
}


def resource_of(kind: str) -> Resource:
    """Of `group/Kind`, as the products and Kubernetes name their resources; the server itself is not asked."""
    group, _, name = kind.rpartition("/")
    group_version = "v1" if group == "v1" else f"{group}/{_OF_KIND.get(kind) or _VERSIONS.get(group, 'v1')}"
    return Resource(group_version, _PLURALS.get(name, f"{name.lower()}s"), kind not in _CLUSTER_WIDE)


RESOURCES: dict[str, Resource] = {kind: resource_of(kind) for kind in TYPES}
"""Every kind that is read by a list. Others (managed custom resources) are looked up in their group's own list of kinds."""
