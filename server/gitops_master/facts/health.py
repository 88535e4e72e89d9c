"""Resource health as Argo CD computes it (gitops-engine pkg/health and resource_customizations, Argo CD 3.5.1), live object by
live object: since 3.0 an Application no longer stores it.

Health checks that somebody wrote into argocd-cm (resource.customizations.health.*) are not run here.
"""

from collections.abc import Callable
from typing import Any

from gitops_master.facts import health_argo as argo
from gitops_master.facts import health_cluster as cluster
from gitops_master.facts import health_operators as operators
from gitops_master.facts import health_workloads as workloads
from gitops_master.facts.health_groups import has_checks
from gitops_master.facts.health_status import RANK, Health, by_condition
from gitops_master.facts.hook_annotations import FINALIZER
from gitops_master.model.kubernetes import CustomResource
from gitops_master.model.meta import Object, condition

__all__ = ["RANK", "Health", "health_of", "may_have_health"]

_CHECKS: dict[str, Callable[[Any], Health | None]] = {
    "apps/Deployment": workloads.deployment,
    "apps/StatefulSet": workloads.stateful_set,
    "apps/DaemonSet": workloads.daemon_set,
    "apps/ReplicaSet": workloads.replica_set,
    "batch/Job": workloads.job,
    "batch/CronJob": workloads.cron_job,
    "v1/Pod": workloads.pod,
    "v1/Service": cluster.service,
    "v1/PersistentVolumeClaim": cluster.claim,
    "networking.k8s.io/Ingress": cluster.ingress,
    "autoscaling/HorizontalPodAutoscaler": cluster.autoscaler,
    "policy/PodDisruptionBudget": cluster.disruption_budget,
    "apiregistration.k8s.io/APIService": cluster.api_service,
    "apiextensions.k8s.io/CustomResourceDefinition": cluster.definition,
    "argoproj.io/Rollout": argo.rollout,
    "argoproj.io/AnalysisRun": argo.analysis_run,
    "argoproj.io/ApplicationSet": argo.application_set,
    "argoproj.io/Experiment": argo.experiment,
    "argoproj.io/Workflow": argo.workflow,
    "cert-manager.io/Certificate": operators.certificate,
    "external-secrets.io/ClusterExternalSecret": operators.cluster_external_secret,
    "gateway.networking.k8s.io/Gateway": operators.gateway,
    "gateway.networking.k8s.io/GatewayClass": operators.gateway_class,
    "gateway.networking.k8s.io/HTTPRoute": operators.http_route,
    "gateway.networking.k8s.io/GRPCRoute": operators.grpc_route,
    "keda.sh/ScaledObject": operators.scaled_object,
    "monitoring.coreos.com/Prometheus": operators.prometheus,
    "pkg.crossplane.io/Provider": operators.package_provider,
}
"""By `group/Kind`. Objects hold no version, which nearly all of Argo CD's checks leave open, too; where one says that a version
is not supported, no API server of today serves it, but for autoscalers."""


def health_of(live: Object) -> Health | None:
    """None for kinds without a health check: those never trouble an Application."""
    if live.metadata.deletion_timestamp is not None and FINALIZER not in live.metadata.finalizers:
        return Health("Progressing", "Pending deletion")
    kind = live.ref.kind
    if check := _CHECKS.get(kind):
        return check(live)
    if not isinstance(live, CustomResource):
        return None
    if kind in operators.ONE_CONDITION:
        return by_condition(live.status.conditions, *operators.ONE_CONDITION[kind])
    if kind.partition("/")[0].endswith((".crossplane.io", ".upbound.io")):
        return operators.crossplane(live)
    return _inferred(live)


def may_have_health(kind: str) -> bool:
    """Whether Argo CD has a check for the kind (`group/Kind`), or for others of its group."""
    return kind in _CHECKS or (kind != "argoproj.io/Application" and has_checks(kind.partition("/")[0]))


def _inferred(live: CustomResource) -> Health | None:
    """Other custom resources: nearly all checks read a condition like Ready."""
    for type_ in ("Ready", "Available", "Healthy", "Synced"):
        found = condition(live.status.conditions, type_)
        if found is not None:
            states = {"True": "Healthy", "False": "Degraded"}
            return Health(states.get(found.status, "Progressing"), found.message, inferred=True)
    return None
