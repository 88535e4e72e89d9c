"""Resource health as Argo CD computes it (gitops-engine pkg/health, Argo CD 3.x), for kinds we hold live objects of.

Since Argo CD 3.0 the Application no longer stores it. Custom health overrides in argocd-cm are not run here.
"""

import msgspec

from gitops_master.model.kubernetes import PersistentVolumeClaim
from gitops_master.model.meta import Object, condition
from gitops_master.model.networking import Ingress, Service
from gitops_master.model.rollouts import Rollout
from gitops_master.model.workloads import DaemonSet, Deployment, Job, Pod, ReplicaSet, StatefulSet

RANK = ("Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown")
"""Best to worst; an Application shows its worst resource."""


class Health(msgspec.Struct, frozen=True):
    status: str
    message: str = ""


def health_of(live: Object) -> Health | None:
    """None for kinds without a health check: those never trouble an Application."""
    if live.metadata.deletion_timestamp is not None:
        return Health("Progressing", "Pending deletion")
    match live:
        case Deployment():
            return _deployment(live)
        case StatefulSet():
            return _stateful_set(live)
        case DaemonSet():
            return _daemon_set(live)
        case ReplicaSet():
            return _replica_set(live)
        case Job():
            return _job(live)
        case Pod():
            return _pod(live)
        case Service():
            return (
                _address(live.status.load_balancer.ingress) if live.spec.type == "LoadBalancer" else Health("Healthy")
            )
        case Ingress():
            return _address(live.status.load_balancer.ingress)
        case PersistentVolumeClaim():
            phases = {"Lost": "Degraded", "Pending": "Progressing", "Bound": "Healthy"}
            return Health(phases.get(live.status.phase, "Unknown"))
        case Rollout():
            status = "Suspended" if live.status.phase == "Paused" else live.status.phase or "Progressing"
            return Health(status, live.status.message)
    return _conditions(live)


def _address(ingress: tuple[object, ...]) -> Health:
    return Health("Healthy") if ingress else Health("Progressing", "status.loadBalancer.ingress is empty")


def _deployment(live: Deployment) -> Health:
    status, wanted = live.status, live.spec.replicas
    if live.spec.paused:
        return Health("Suspended", "Deployment is paused")
    if status.observed_generation and live.metadata.generation > status.observed_generation:
        return Health("Progressing", "Waiting for rollout to finish: observed generation less than desired generation")
    progressing = condition(status.conditions, "Progressing")
    if progressing is not None and progressing.reason == "ProgressDeadlineExceeded":
        return Health("Degraded", f'Deployment "{live.name}" exceeded its progress deadline')
    if status.updated_replicas < wanted:
        return Health("Progressing", f"{status.updated_replicas} out of {wanted} new replicas have been updated")
    if status.replicas > status.updated_replicas:
        return Health(
            "Progressing", f"{status.replicas - status.updated_replicas} old replicas are pending termination"
        )
    if status.available_replicas < status.updated_replicas:
        text = f"{status.available_replicas} of {status.updated_replicas} updated replicas are available"
        return Health("Progressing", text)
    return Health("Healthy")


def _stateful_set(live: StatefulSet) -> Health:
    """Never Degraded in Argo CD (argo-cd #6527), whatever its pods do."""
    status = live.status
    if status.observed_generation == 0 or live.metadata.generation > status.observed_generation:
        return Health("Progressing", "Waiting for statefulset spec update to be observed")
    if status.ready_replicas < live.spec.replicas:
        return Health("Progressing", f"Waiting for {live.spec.replicas - status.ready_replicas} pods to be ready")
    if live.spec.update_strategy.type == "OnDelete":
        return Health("Healthy")
    partition = live.spec.update_strategy.rolling_update.partition if live.spec.update_strategy.rolling_update else 0
    if status.update_revision != status.current_revision and status.updated_replicas < live.spec.replicas - partition:
        return Health(
            "Progressing", f"{status.updated_replicas} out of {live.spec.replicas - partition} new pods updated"
        )
    return Health("Healthy")


def _daemon_set(live: DaemonSet) -> Health:
    """Never Degraded in Argo CD either."""
    status = live.status
    if live.metadata.generation > status.observed_generation > 0:
        return Health("Progressing", "Waiting for rollout to finish: observed generation less than desired generation")
    if live.spec.update_strategy.type == "OnDelete":
        return Health("Healthy")
    desired = status.desired_number_scheduled
    if status.updated_number_scheduled < desired:
        return Health("Progressing", f"{status.updated_number_scheduled} out of {desired} new pods have been updated")
    if status.number_available < desired:
        return Health("Progressing", f"{status.number_available} of {desired} updated pods are available")
    return Health("Healthy")


def _replica_set(live: ReplicaSet) -> Health:
    failure = condition(live.status.conditions, "ReplicaFailure")
    if failure is not None and failure.status == "True":
        return Health("Degraded", failure.message)
    if live.status.available_replicas < live.spec.replicas:
        return Health("Progressing", f"{live.status.available_replicas} of {live.spec.replicas} replicas are available")
    return Health("Healthy")


def _job(live: Job) -> Health:
    failed = condition(live.status.conditions, "Failed")
    if failed is not None:
        return Health("Degraded", failed.message)
    if condition(live.status.conditions, "Complete") is not None:
        return Health("Healthy")
    suspended = condition(live.status.conditions, "Suspended")
    return Health("Suspended") if suspended is not None and suspended.status == "True" else Health("Progressing")


def _pod(live: Pod) -> Health:
    if live.spec.restart_policy == "Always":
        for status in live.status.container_statuses:
            waiting = status.state.waiting
            if waiting and (waiting.reason.startswith("Err") or waiting.reason.endswith(("Error", "BackOff"))):
                return Health("Degraded", waiting.message)
    match live.status.phase:
        case "Succeeded":
            return Health("Healthy")
        case "Failed":
            return Health("Degraded", live.status.message)
        case "Running" if live.spec.restart_policy == "Always":
            ready = condition(live.status.conditions, "Ready")
            return Health("Healthy") if ready is not None and ready.status == "True" else Health("Progressing")
        case "Running" | "Pending":
            return Health("Progressing", live.status.message)
    return Health("Unknown")


def _conditions(live: Object) -> Health | None:
    """Other kinds, inferred: Argo CD's Lua checks nearly all read a Ready-like condition."""
    status = getattr(live, "status", None)
    for type_ in ("Ready", "Available", "Healthy", "Synced"):
        found = condition(getattr(status, "conditions", ()), type_)
        if found is not None:
            states = {"True": "Healthy", "False": "Degraded"}
            return Health(states.get(found.status, "Progressing"), found.message)
    return None
