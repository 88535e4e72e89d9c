"""Health of what runs pods, by gitops-engine/pkg/health of Argo CD 3.5.1 and its check of CronJobs."""

from gitops_master.facts.health_status import Health
from gitops_master.facts.hook_annotations import is_hook
from gitops_master.model.meta import condition
from gitops_master.model.operators import CronJob
from gitops_master.model.workloads import (
    ContainerStatus,
    DaemonSet,
    Deployment,
    Job,
    Pod,
    ReplicaSet,
    StatefulSet,
)

IGNORE_RESTART_POLICY = "argocd.argoproj.io/ignore-restart-policy"
"""Counts since Argo CD 3.6; before, pods that do not restart always are Progressing as long as they run."""


def deployment(live: Deployment) -> Health:
    """Conditions Available and ReplicaFailure count for nothing here."""
    status, wanted = live.status, live.spec.replicas
    if live.spec.paused:
        return Health("Suspended", "Deployment is paused")
    if live.metadata.generation > status.observed_generation:
        return _finishing("observed deployment generation less than desired generation")
    progressing = condition(status.conditions, "Progressing")
    if progressing is not None and progressing.reason == "ProgressDeadlineExceeded":
        return Health("Degraded", f'Deployment "{live.name}" exceeded its progress deadline')
    if status.updated_replicas < wanted:
        return _finishing(f"{status.updated_replicas} out of {wanted} new replicas have been updated...")
    if status.replicas > status.updated_replicas:
        return _finishing(f"{status.replicas - status.updated_replicas} old replicas are pending termination...")
    if status.available_replicas < status.updated_replicas:
        text = f"{status.available_replicas} of {status.updated_replicas} updated replicas are available..."
        return _finishing(text)
    return Health("Healthy")


def _finishing(what: str) -> Health:
    return Health("Progressing", f"Waiting for rollout to finish: {what}")


def stateful_set(live: StatefulSet) -> Health:
    """Never Degraded in Argo CD (argo-cd #6527), whatever its pods do."""
    spec, status = live.spec, live.status
    if status.observed_generation == 0 or live.metadata.generation > status.observed_generation:
        return Health("Progressing", "Waiting for statefulset spec update to be observed...")
    if status.ready_replicas < spec.replicas:
        return Health("Progressing", f"Waiting for {spec.replicas - status.ready_replicas} pods to be ready...")
    if spec.update_strategy.type == "RollingUpdate" and spec.update_strategy.rolling_update is not None:
        due = spec.replicas - spec.update_strategy.rolling_update.partition
        if status.updated_replicas < due:
            text = f"{status.updated_replicas} out of {due} new pods have been updated..."
            return Health("Progressing", f"Waiting for partitioned roll out to finish: {text}")
        text = f"partitioned roll out complete: {status.updated_replicas} new pods have been updated..."
        return Health("Healthy", text)
    if spec.update_strategy.type == "OnDelete":
        return Health("Healthy", f"statefulset has {status.ready_replicas} ready pods")
    if status.update_revision != status.current_revision:
        text = f"{status.updated_replicas} pods at revision {status.update_revision}..."
        return Health("Progressing", f"waiting for statefulset rolling update to complete {text}")
    text = (
        f"statefulset rolling update complete {status.current_replicas} pods at revision {status.current_revision}..."
    )
    return Health("Healthy", text)


def daemon_set(live: DaemonSet) -> Health:
    """Never Degraded in Argo CD either."""
    status = live.status
    desired, updated = status.desired_number_scheduled, status.updated_number_scheduled
    if live.metadata.generation > status.observed_generation:
        return _finishing("observed daemon set generation less than desired generation")
    if live.spec.update_strategy.type == "OnDelete":
        return Health("Healthy", f"daemon set {updated} out of {desired} new pods have been updated")
    waiting = f'Waiting for daemon set "{live.name}" rollout to finish'
    if updated < desired:
        return Health("Progressing", f"{waiting}: {updated} out of {desired} new pods have been updated...")
    if status.number_available < desired:
        return Health("Progressing", f"{waiting}: {status.number_available} of {desired} updated pods are available...")
    return Health("Healthy")


def replica_set(live: ReplicaSet) -> Health:
    if live.metadata.generation > live.status.observed_generation:
        return _finishing("observed replica set generation less than desired generation")
    failure = condition(live.status.conditions, "ReplicaFailure")
    if failure is not None and failure.status == "True":
        return Health("Degraded", failure.message)
    available, wanted = live.status.available_replicas, live.spec.replicas
    if available < wanted:
        return _finishing(f"{available} out of {wanted} new replicas are available...")
    return Health("Healthy")


def job(live: Job) -> Health:
    """Types of conditions decide, their status only for Suspended: a Job that was resumed is Healthy before it has ended."""
    ended, failure, suspended = "", None, None
    for one in live.status.conditions:
        match one.type:
            case "Failed":
                failure = one
            case "Complete":
                ended = one.message
            case "Suspended":
                ended, suspended = one.message, one
    if failure is not None:
        return Health("Degraded", failure.message)
    if suspended is None and condition(live.status.conditions, "Complete") is None:
        return Health("Progressing")
    if suspended is not None and suspended.status == "True":
        return Health("Suspended")
    return Health("Healthy", ended)


def pod(live: Pod) -> Health:
    """Of init containers nothing is looked at until the pod has failed."""
    status, message = live.status, live.status.message
    ignores = live.annotations.get(IGNORE_RESTART_POLICY) == "true" and not is_hook(live)
    lasting = live.spec.restart_policy == "Always" or ignores
    if lasting:
        stuck = [one.state.waiting.message for one in status.container_statuses if _is_stuck(one) and one.state.waiting]
        if stuck:
            return Health("Degraded", ", ".join(stuck))
    match status.phase:
        case "Pending":
            return Health("Progressing", message)
        case "Succeeded":
            return Health("Healthy", message)
        case "Failed":
            ended = (*status.init_container_statuses, *status.container_statuses)
            return Health("Degraded", message or next(filter(None, map(_failure, ended)), ""))
        case "Running" if lasting:
            ready = condition(status.conditions, "Ready")
            if ready is not None and ready.status == "True":
                return Health("Healthy", message)
            restarted = any(one.last_state.terminated is not None for one in status.container_statuses)
            return Health("Degraded" if restarted else "Progressing", message)
        case "Running":
            return Health("Progressing", message)
    return Health("Unknown", message)


def _is_stuck(one: ContainerStatus) -> bool:
    reason = one.state.waiting.reason if one.state.waiting else ""
    return reason.startswith("Err") or reason.endswith(("Error", "BackOff"))


def _failure(one: ContainerStatus) -> str:
    ended = one.state.terminated
    if ended is None:
        return ""
    if ended.message or ended.reason == "OOMKilled":
        return ended.message or ended.reason
    return f'container "{one.name}" failed with exit code {ended.exit_code}' if ended.exit_code else ""


def cron_job(live: CronJob) -> Health:
    """Since Argo CD 3.2; before, a CronJob has no health. One that is suspended or running is Healthy whatever became of it."""
    status = live.status
    if live.spec.suspend:
        return Health("Healthy", "CronJob is Suspended")
    if status is None:
        return Health("Progressing", "Waiting for CronJob")
    if status.last_schedule_time is None:
        return Health("Healthy", "CronJob has not been scheduled yet")
    if status.last_successful_time is None:
        return Health("Healthy", "The CronJob never completed successfully. It may not be healthy")
    if status.active:
        return Health("Healthy", "The job is running. Its last execution may not have been successful")
    if status.last_successful_time < status.last_schedule_time:
        return Health("Degraded", "CronJob has not completed its last execution successfully")
    return Health("Healthy", "CronJob has completed its last execution successfully")
