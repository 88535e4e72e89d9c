"""Kinds that tests load: where the API serves them, where etcd keeps them, and CRDs of our own for those that are custom."""

from typing import Any, NamedTuple
from urllib.parse import quote


class Kind(NamedTuple):
    """One kind as served. `group` is empty for the core group; `stored` is etcd's name where it is not the plural."""

    group: str
    version: str
    name: str
    plural: str
    namespaced: bool = True
    stored: str = ""
    has_status: bool = True
    """Of a custom kind: whether its status is a subresource of its own."""

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def is_custom(self) -> bool:
        return ("." in self.group and not self.group.endswith(".k8s.io")) or self.group in _CUSTOM_K8S_GROUPS

    @property
    def prefix(self) -> str:
        """Under which etcd keeps all objects of this kind."""
        return (
            f"/registry/{self.group}/{self.plural}/" if self.is_custom else f"/registry/{self.stored or self.plural}/"
        )

    def key(self, namespace: str, name: str) -> str:
        return f"{self.prefix}{namespace}/{name}" if self.namespaced else f"{self.prefix}{name}"

    def path(self, namespace: str = "", name: str = "") -> str:
        """The API's path of the list in one namespace (in all where none is given), or of one object."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        place = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return f"{root}{place}/{self.plural}" + (f"/{quote(name, safe='')}" if name else "")


_CUSTOM_K8S_GROUPS = {"gateway.networking.k8s.io"}
_KARGO = ("kargo.akuity.io", "v1alpha1")
_ARGO = ("argoproj.io", "v1alpha1")
_RBAC = ("rbac.authorization.k8s.io", "v1")

CUSTOM = (
    Kind(*_KARGO, "ClusterConfig", "clusterconfigs", namespaced=False),
    Kind(*_KARGO, "ClusterPromotionTask", "clusterpromotiontasks", namespaced=False, has_status=False),
    Kind(*_KARGO, "Freight", "freights"),
    Kind(*_KARGO, "Project", "projects", namespaced=False),
    Kind(*_KARGO, "ProjectConfig", "projectconfigs"),
    Kind(*_KARGO, "Promotion", "promotions"),
    Kind(*_KARGO, "PromotionTask", "promotiontasks", has_status=False),
    Kind(*_KARGO, "Stage", "stages"),
    Kind(*_KARGO, "Warehouse", "warehouses"),
    Kind(*_ARGO, "Application", "applications", has_status=False),
    Kind(*_ARGO, "ApplicationSet", "applicationsets"),
    Kind(*_ARGO, "AppProject", "appprojects", has_status=False),
    Kind(*_ARGO, "AnalysisRun", "analysisruns", has_status=False),
    Kind(*_ARGO, "AnalysisTemplate", "analysistemplates", has_status=False),
    Kind(*_ARGO, "ClusterAnalysisTemplate", "clusteranalysistemplates", namespaced=False, has_status=False),
    Kind(*_ARGO, "Rollout", "rollouts"),
    Kind("gateway.networking.k8s.io", "v1", "HTTPRoute", "httproutes"),
)

_ADMISSION = ("admissionregistration.k8s.io", "v1")
_AGGREGATOR = "apiregistration.k8s.io"

BUILT_IN = (
    Kind(*_ADMISSION, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", namespaced=False),
    Kind(*_ADMISSION, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", namespaced=False),
    Kind(_AGGREGATOR, "v1", "APIService", "apiservices", namespaced=False, stored=f"{_AGGREGATOR}/apiservices"),
    Kind("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    Kind("networking.k8s.io", "v1", "IngressClass", "ingressclasses", namespaced=False),
    Kind("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    Kind("storage.k8s.io", "v1", "StorageClass", "storageclasses", namespaced=False),
    Kind("", "v1", "ConfigMap", "configmaps"),
    Kind("", "v1", "Endpoints", "endpoints", stored="services/endpoints"),
    Kind("", "v1", "Event", "events"),
    Kind("", "v1", "Namespace", "namespaces", namespaced=False),
    Kind("", "v1", "Node", "nodes", namespaced=False, stored="minions"),
    Kind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    Kind("", "v1", "Pod", "pods"),
    Kind("", "v1", "ResourceQuota", "resourcequotas"),
    Kind("", "v1", "Secret", "secrets"),
    Kind("", "v1", "Service", "services", stored="services/specs"),
    Kind("", "v1", "ServiceAccount", "serviceaccounts"),
    Kind("apps", "v1", "DaemonSet", "daemonsets"),
    Kind("apps", "v1", "Deployment", "deployments"),
    Kind("apps", "v1", "ReplicaSet", "replicasets"),
    Kind("apps", "v1", "StatefulSet", "statefulsets"),
    Kind("batch", "v1", "CronJob", "cronjobs"),
    Kind("batch", "v1", "Job", "jobs"),
    Kind("coordination.k8s.io", "v1", "Lease", "leases"),
    Kind("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices"),
    Kind("events.k8s.io", "v1", "Event", "events"),
    Kind("networking.k8s.io", "v1", "Ingress", "ingresses", stored="ingress"),
    Kind("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies"),
    Kind(*_RBAC, "ClusterRole", "clusterroles", namespaced=False),
    Kind(*_RBAC, "ClusterRoleBinding", "clusterrolebindings", namespaced=False),
    Kind(*_RBAC, "Role", "roles"),
    Kind(*_RBAC, "RoleBinding", "rolebindings"),
)

KINDS = {(kind.api_version, kind.name): kind for kind in (*CUSTOM, *BUILT_IN)}
"""(apiVersion, kind) as objects say it -> kind."""

NAMESPACE = KINDS["v1", "Namespace"]


def crd(kind: Kind) -> dict[str, Any]:
    """A CustomResourceDefinition that takes any content and keeps every field."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    names = {"kind": kind.name, "listKind": f"{kind.name}List", "plural": kind.plural, "singular": kind.name.lower()}
    version: dict[str, Any] = {
        "name": kind.version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": anything},
        "subresources": {"status": {}} if kind.has_status else {},
    }
    metadata: dict[str, Any] = {"name": f"{kind.plural}.{kind.group}"}
    if kind.group.endswith(".k8s.io"):
        # The API server guards its own domain; this says that the definition is not an approved one.
        metadata["annotations"] = {"api-approved.kubernetes.io": "unapproved, for tests"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata,
        "spec": {
            "group": kind.group,
            "names": names,
            "scope": "Namespaced" if kind.namespaced else "Cluster",
            "versions": [version],
        },
    }
