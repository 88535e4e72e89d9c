"""Health of what the cluster itself offers: volumes, addresses, autoscaling, budgets, APIs (Argo CD 3.5.1)."""

import msgspec

from gitops_master.facts.health_status import Health, has_status
from gitops_master.model.kubernetes import CustomResourceDefinition, PersistentVolumeClaim
from gitops_master.model.meta import Condition, condition
from gitops_master.model.networking import Ingress, Service
from gitops_master.model.operators import APIService, HorizontalPodAutoscaler, PodDisruptionBudget

V1_CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions"
"""Where autoscaling/v1, which has no field for them, keeps the conditions of an autoscaler: JSON."""
_CANNOT_SCALE = frozenset(
    {("AbleToScale", reason) for reason in ("FailedGetScale", "FailedUpdateScale")}
    | {
        ("ScalingActive", reason)
        for reason in (
            "FailedGetResourceMetric",
            "FailedGetObjectMetric",
            "FailedGetPodsMetric",
            "FailedGetExternalMetric",
            "FailedComputeMetricsReplicas",
            "InvalidSelector",
        )
    }
)
"""Types with reasons, whatever their status is."""


def claim(live: PersistentVolumeClaim) -> Health:
    phases = {"Lost": "Degraded", "Pending": "Progressing", "Bound": "Healthy"}
    return Health(phases.get(live.status.phase, "Unknown"))


def service(live: Service) -> Health:
    """Endpoints count for nothing in Argo CD."""
    return _address(live.status.load_balancer.ingress) if live.spec.type == "LoadBalancer" else Health("Healthy")


def ingress(live: Ingress) -> Health:
    return _address(live.status.load_balancer.ingress)


def _address(addresses: tuple[object, ...]) -> Health:
    return Health("Healthy") if addresses else Health("Progressing", "status.loadBalancer.ingress is empty")


def autoscaler(live: HorizontalPodAutoscaler) -> Health:
    conditions = live.status.conditions
    match live.api_version:
        case "autoscaling/v1":
            try:
                told = live.annotations.get(V1_CONDITIONS, "[]")
                conditions = msgspec.json.decode(told, type=tuple[Condition, ...])
            except msgspec.DecodeError as error:
                return Health("Unknown", f"failed to convert conditions annotation to typed: {error}")
        case "" | "autoscaling/v2":
            pass
        case version:
            return Health("Unknown", f"unsupported HPA GVK: {version}, Kind=HorizontalPodAutoscaler")
    bad = next((one for one in conditions if (one.type, one.reason) in _CANNOT_SCALE), None)
    if bad is not None:
        return Health("Degraded", bad.message)
    good = (one for one in conditions if one.type in {"AbleToScale", "ScalingLimited"} and one.status == "True")
    found = next(good, None)
    return Health("Healthy", found.message) if found is not None else Health("Progressing", "Waiting to Autoscale")


def api_service(live: APIService) -> Health:
    if live.api_version not in {"", "apiregistration.k8s.io/v1", "apiregistration.k8s.io/v1beta1"}:
        return Health("Unknown", f"unsupported APIService GVK: {live.api_version}, Kind=APIService")
    found = condition(live.status.conditions, "Available")
    if found is None:
        return Health("Progressing", "Waiting to be processed")
    return Health("Healthy" if found.status == "True" else "Progressing", f"{found.reason}: {found.message}")


def disruption_budget(live: PodDisruptionBudget) -> Health:
    """InsufficientPods is what many budgets say that are meant so."""
    last = Health("Progressing", "Waiting for status")
    for one in live.status.conditions:
        said = f"PodDisruptionBudget has {one.reason}"
        if one.status == "False" and one.reason != "InsufficientPods":
            return Health("Degraded", said)
        last = Health("Healthy", said)
    return last


def definition(live: CustomResourceDefinition) -> Health | None:
    """None for what a list holds of it, which is metadata only."""
    if not has_status(live):
        return None
    if not live.status.conditions:
        return Health("Progressing", "Status conditions not found")
    established = False
    for one in live.status.conditions:
        match one.type, one.status:
            case "Terminating", "True":
                return Health("Progressing", f"CRD is terminating: {one.message}")
            case "NamesAccepted", "False":
                return Health("Degraded", f"CRD names have not been accepted: {one.message}")
            case "NonStructuralSchema", "True":
                return Health("Degraded", f"Schema violations found: {one.message}")
            case "Established", "True":
                established = True
            case "Established", _ if one.reason == "Installing":
                return Health("Progressing", "CRD is being installed")
    return Health("Healthy", "CRD is healthy") if established else Health("Degraded", "CRD is not established")
