"""What each tool needs to be allowed: a table that follows what the live reader asks for (adapters/live/scope*.py).

Tests hold the two, and deploy/rbac, together. capture reads as analyze_stage does.
"""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from gitops_master.ports.environment import Right

KARGO, ARGO, RBAC = "kargo.akuity.io", "argoproj.io", "rbac.authorization.k8s.io"
GATEWAY = "gateway.networking.k8s.io"
CERTIFICATES, ACME, EXTERNAL_SECRETS, TRAEFIK = (
    "cert-manager.io",
    "acme.cert-manager.io",
    "external-secrets.io",
    "traefik.io",
)
INSTALLED = frozenset({GATEWAY, CERTIFICATES, ACME, EXTERNAL_SECRETS, TRAEFIK})
"""Served only where somebody has installed them."""


class Where(StrEnum):
    """In which namespaces: none (cluster-wide kinds), the project's, those of Applications, of what they deploy, of control planes."""

    CLUSTER = "cluster-wide"
    PROJECT = "the project's namespace"
    APPLICATIONS = "the namespaces of its Applications"
    DESTINATIONS = "the namespaces they deploy to"
    CONTROL = "the namespaces of the control planes"


class Need(msgspec.Struct, frozen=True):
    """Resources of one group that a tool reads in one sort of place. `essential`: without them it cannot answer at all."""

    where: Where
    group: str
    resources: tuple[str, ...]
    leaves_open: str
    verb: str = "list"
    essential: bool = False
    subresource: str = ""

    def rights(self, namespace: str) -> Iterator[Right]:
        return (Right(self.verb, self.group, one, namespace, "", self.subresource) for one in self.resources)


class Tool(msgspec.Struct, frozen=True):
    """A tool, or a part of one."""

    name: str
    needs: tuple[Need, ...]


_PROJECT = "which projects there are, and how they do; naming one helps"
_STATE = (
    Need(Where.CLUSTER, KARGO, ("projects",), _PROJECT),
    Need(Where.CLUSTER, KARGO, ("projects",), _PROJECT, verb="get"),
    Need(Where.PROJECT, KARGO, ("stages",), "everything about the project's Stages", essential=True),
    Need(Where.PROJECT, KARGO, ("stages",), "everything about the Stage that is asked about", verb="get"),
    Need(Where.PROJECT, KARGO, ("promotions",), "what runs, what is queued and what was tried before"),
    Need(Where.PROJECT, KARGO, ("freights", "warehouses"), "what could come next, and from where"),
    Need(Where.PROJECT, KARGO, ("projectconfigs",), "which policy decides about auto-promotion"),
    Need(Where.PROJECT, ARGO, ("analysisruns",), "the metrics of verifications"),
    Need(Where.APPLICATIONS, ARGO, ("applications",), "sync and health of the Applications"),
    Need(Where.APPLICATIONS, ARGO, ("applications",), "sync and health of the Applications", verb="get"),
    Need(Where.CONTROL, "", ("pods", "configmaps"), "where Kargo's UI is and where it looks for Applications"),
)
_ANALYZE = (
    *_STATE,
    Need(Where.PROJECT, KARGO, ("warehouses",), "everything about the Warehouse that is asked about", verb="get"),
    Need(Where.CLUSTER, KARGO, ("clusterconfigs", "clusterpromotiontasks"), "cluster-wide policies and tasks"),
    Need(Where.CLUSTER, ARGO, ("clusteranalysistemplates",), "cluster-wide verification templates"),
    # A Role in the namespace itself may grant this: the server takes the name for the request's namespace.
    Need(Where.PROJECT, "", ("namespaces",), "whether namespaces exist or are being deleted", verb="get"),
    Need(Where.DESTINATIONS, "", ("namespaces",), "whether namespaces exist or are being deleted", verb="get"),
    Need(Where.PROJECT, KARGO, ("promotiontasks",), "steps that come from tasks"),
    Need(Where.PROJECT, ARGO, ("analysistemplates",), "what verifications are to check"),
    Need(Where.PROJECT, "", ("pods", "events"), "what verification Jobs run into"),
    Need(Where.PROJECT, "batch", ("jobs",), "what verification Jobs run into"),
    Need(Where.PROJECT, "", ("secrets",), "whether credentials exist (names and labels only, never values)"),
    Need(Where.PROJECT, "", ("serviceaccounts", "resourcequotas"), "what holds back verification Jobs"),
    Need(Where.PROJECT, RBAC, ("roles", "rolebindings"), "who may promote"),
    Need(
        Where.APPLICATIONS,
        ARGO,
        ("appprojects", "applicationsets"),
        "what Argo CD permits the Applications",
        verb="get",
    ),
    Need(Where.DESTINATIONS, "", ("pods", "events"), "why workloads do not become healthy"),
    Need(
        Where.DESTINATIONS,
        "apps",
        ("deployments", "statefulsets", "daemonsets", "replicasets"),
        "how workloads roll out",
    ),
    Need(Where.DESTINATIONS, "batch", ("jobs",), "how hooks and Jobs end"),
    Need(Where.DESTINATIONS, ARGO, ("rollouts", "analysisruns"), "how Rollouts progress"),
    Need(
        Where.DESTINATIONS,
        "",
        ("services", "persistentvolumeclaims", "resourcequotas", "configmaps"),
        "what unhealthy workloads wait for",
    ),
    Need(Where.DESTINATIONS, "networking.k8s.io", ("ingresses",), "what unhealthy workloads wait for"),
    Need(Where.DESTINATIONS, "autoscaling", ("horizontalpodautoscalers",), "what unhealthy workloads wait for"),
    Need(
        Where.CONTROL, "apps", ("deployments", "statefulsets"), "whether the controllers are there, and their versions"
    ),
    Need(Where.CONTROL, "coordination.k8s.io", ("leases",), "whether Kargo's controllers live"),
    Need(Where.CONTROL, "", ("events", "secrets"), "what ails the controllers (of Secrets names and labels only)"),
)
_DOMAIN = "under which domain services and Kargo's UI are reached"
# Nothing is essential: what it cannot see it asks the user for.
_DISCOVER = (
    Need(Where.CLUSTER, KARGO, ("projects",), "which projects there are"),
    Need(Where.CLUSTER, "", ("namespaces",), "which namespaces belong to Kargo projects"),
    Need(Where.PROJECT, KARGO, ("stages", "warehouses"), "which Stages and Warehouses there are"),
    Need(Where.APPLICATIONS, ARGO, ("applications",), "where Applications are, and what they deploy to"),
    Need(Where.CONTROL, "", ("pods", "configmaps"), "where Kargo's UI is, and which shards its controllers serve"),
    Need(Where.CONTROL, "apps", ("deployments", "statefulsets"), "where the controllers run, and monitoring"),
    Need(Where.CONTROL, "coordination.k8s.io", ("leases",), "whether Kargo's controllers live"),
    *(
        Need(where, group, (resource,), _DOMAIN)
        for where in (Where.PROJECT, Where.CONTROL)
        for group, resource in (("networking.k8s.io", "ingresses"), (GATEWAY, "httproutes"))
    ),
)
_LOG = "what containers printed before they failed"
_LOGS = tuple(
    Need(where, "", ("pods",), _LOG, verb="get", subresource="log")
    for where in (Where.PROJECT, Where.DESTINATIONS, Where.CONTROL)
)
_DEPLOYED = "whether what is deployed runs and is reached"
_OPERATORS = "whether certificates, Secrets and routes of operators are in order"
_RUNS = "whether verifications passed, and what their Jobs ran into"
_VERIFY = (
    Need(Where.CLUSTER, KARGO, ("projects",), _PROJECT, verb="get"),
    Need(
        Where.PROJECT, KARGO, ("stages",), "everything about the Stage that is asked about", verb="get", essential=True
    ),
    Need(Where.PROJECT, KARGO, ("stages",), "everything about the project's Stages"),
    Need(Where.PROJECT, KARGO, ("freights",), "what the Stage holds, and where that was verified", verb="get"),
    Need(Where.PROJECT, KARGO, ("freights", "promotions"), "what Stages hold, and what was deployed when"),
    Need(Where.PROJECT, ARGO, ("analysisruns", "analysistemplates"), _RUNS),
    Need(Where.PROJECT, "", ("pods", "events"), _RUNS),
    Need(Where.PROJECT, "batch", ("jobs",), _RUNS),
    Need(Where.PROJECT, "", ("serviceaccounts",), "what verification Jobs may do"),
    Need(Where.PROJECT, RBAC, ("roles", "rolebindings"), "what verification Jobs may do"),
    Need(Where.APPLICATIONS, ARGO, ("applications",), "what is deployed at all", verb="get"),
    Need(Where.APPLICATIONS, ARGO, ("applications",), "what is deployed at all"),
    *(
        Need(where, "", ("namespaces",), "whether namespaces exist or are being deleted", verb="get")
        for where in (Where.PROJECT, Where.APPLICATIONS, Where.DESTINATIONS)
    ),
    Need(Where.DESTINATIONS, "apps", ("deployments", "statefulsets", "daemonsets", "replicasets"), _DEPLOYED),
    Need(Where.DESTINATIONS, "batch", ("jobs", "cronjobs"), _DEPLOYED),
    Need(Where.DESTINATIONS, ARGO, ("rollouts", "analysisruns"), _DEPLOYED),
    Need(Where.DESTINATIONS, "", ("pods", "services", "persistentvolumeclaims", "resourcequotas", "events"), _DEPLOYED),
    Need(Where.DESTINATIONS, "discovery.k8s.io", ("endpointslices",), _DEPLOYED),
    Need(Where.DESTINATIONS, "networking.k8s.io", ("ingresses", "networkpolicies"), _DEPLOYED),
    Need(Where.DESTINATIONS, "autoscaling", ("horizontalpodautoscalers",), _DEPLOYED),
    Need(Where.DESTINATIONS, "", ("secrets",), "whether Secrets that pods name exist (never their values)", verb="get"),
    Need(Where.DESTINATIONS, "", ("configmaps",), "whether ConfigMaps that pods name exist", verb="get"),
    *(
        Need(Where.DESTINATIONS, group, resources, _OPERATORS)
        for group, resources in (
            (GATEWAY, ("httproutes", "grpcroutes", "referencegrants")),
            (CERTIFICATES, ("certificates", "certificaterequests")),
            (ACME, ("orders", "challenges")),
            (EXTERNAL_SECRETS, ("externalsecrets",)),
            (TRAEFIK, ("ingressroutes",)),
        )
    ),
    Need(Where.DESTINATIONS, GATEWAY, ("gateways",), _OPERATORS, verb="get"),
    Need(Where.DESTINATIONS, TRAEFIK, ("middlewares",), _OPERATORS, verb="get"),
    Need(Where.CLUSTER, "", ("nodes",), "whether the nodes of the pods are well", verb="get"),
    Need(Where.CLUSTER, "storage.k8s.io", ("storageclasses",), "why volumes are not bound"),
    Need(Where.CLUSTER, "networking.k8s.io", ("ingressclasses",), "whether somebody serves the Ingresses"),
    Need(Where.CLUSTER, "apiextensions.k8s.io", ("customresourcedefinitions",), "whether kinds are served", verb="get"),
    Need(Where.CLUSTER, "apiregistration.k8s.io", ("apiservices",), "whether metrics are served"),
    Need(
        Where.CLUSTER,
        "admissionregistration.k8s.io",
        ("validatingwebhookconfigurations", "mutatingwebhookconfigurations"),
        "whether admission webhooks are answered for",
    ),
    Need(Where.CONTROL, "coordination.k8s.io", ("leases",), "whether Kargo's controllers live"),
)
_PROXY = (
    Need(
        Where.DESTINATIONS,
        "",
        ("services",),
        "what Services themselves say of their health (--proxy)",
        verb="get",
        subresource="proxy",
    ),
)
_GATES = "the gates before a Promotion"
_PROMOTE = (
    Need(Where.PROJECT, KARGO, ("stages", "promotions", "freights"), _GATES, essential=True),
    Need(Where.PROJECT, KARGO, ("projectconfigs", "warehouses", "promotiontasks"), _GATES),
    Need(Where.CLUSTER, KARGO, ("clusterpromotiontasks",), "steps that come from cluster-wide tasks"),
    Need(Where.APPLICATIONS, ARGO, ("appprojects",), "sync windows, of Stages that update Applications", verb="get"),
    Need(Where.CONTROL, "coordination.k8s.io", ("leases",), "whether the controller of the Stage lives"),
    Need(Where.APPLICATIONS, ARGO, ("applications",), "whether its Applications will let the Stage touch them"),
    Need(Where.PROJECT, KARGO, ("stages",), "promoting over the Kubernetes API", verb="promote"),
    Need(Where.PROJECT, KARGO, ("promotions",), "promoting over the Kubernetes API", verb="create"),
)
_OPERATE = (
    Need(Where.PROJECT, KARGO, ("stages", "promotions", "freights"), "the gates before an operation", essential=True),
    Need(Where.PROJECT, KARGO, ("stages", "promotions", "warehouses"), "aborts, refreshes, reverifying", verb="patch"),
    Need(Where.PROJECT, KARGO, ("freights",), "approving Freight", verb="patch", subresource="status"),
    Need(Where.APPLICATIONS, ARGO, ("applications",), "refresh, sync and terminate of Argo CD", verb="patch"),
)
_SETUP = "what is there already, which is then neither fitted to nor judged"
_GENERATE = (
    Need(Where.CLUSTER, KARGO, ("projects",), _PROJECT, verb="get"),
    Need(Where.CLUSTER, KARGO, ("projects",), _PROJECT),
    Need(Where.PROJECT, KARGO, ("stages", "warehouses"), "which Stages and Warehouses there are", essential=True),
    Need(Where.PROJECT, KARGO, ("projectconfigs", "promotiontasks"), _SETUP),
    Need(Where.PROJECT, ARGO, ("analysistemplates",), _SETUP),
    Need(Where.PROJECT, "", ("serviceaccounts",), _SETUP),
    Need(Where.PROJECT, RBAC, ("roles", "rolebindings"), _SETUP),
    Need(Where.APPLICATIONS, ARGO, ("applications", "applicationsets"), "which Stage may change them"),
    Need(Where.CLUSTER, KARGO, ("clusterpromotiontasks",), _SETUP),
    Need(Where.CLUSTER, ARGO, ("clusteranalysistemplates",), _SETUP),
    Need(Where.CONTROL, "", ("pods",), "where Kargo looks for Applications"),
    Need(Where.CONTROL, "apps", ("deployments", "statefulsets"), "which versions are installed"),
)
TOOLS = (
    Tool("get_stage_state", _STATE),
    Tool("analyze_stage", _ANALYZE),
    Tool("analyze_stage: logs", _LOGS),
    Tool("discover_env", _DISCOVER),
    Tool("run_verification", _VERIFY),
    Tool("run_verification: proxy", _PROXY),
    Tool("promote_freight", _PROMOTE),
    Tool("operate", _OPERATE),
    Tool("generate_stage_yaml", _GENERATE),
)
