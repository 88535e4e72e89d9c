"""Health of Argo's own kinds, by the checks that Argo CD 3.5.1 brings along for them (resource_customizations/argoproj.io).

An Application has none: one of Applications says nothing of their health.
"""

from gitops_master.facts.health_status import INVALID, Health, has_status
from gitops_master.model.argocd import ApplicationSet
from gitops_master.model.kubernetes import CustomResource
from gitops_master.model.meta import condition
from gitops_master.model.rollouts import AnalysisRun, Rollout

WORKLOAD_GENERATION = "rollout.argoproj.io/workload-generation"


def rollout(live: Rollout) -> Health:
    status = live.status
    if not has_status(live) or not _is_observed(live):
        return Health("Progressing", "Waiting for rollout spec update to be observed")
    if status.phase:
        return Health("Suspended" if status.phase == "Paused" else status.phase, status.message)
    return _older_rollout(live)


def _is_observed(live: Rollout) -> bool:
    """What is no number, or ahead of the object, is a hash that Rollouts before 0.10 wrote: nothing to compare with."""
    status, observed = live.status, live.status.observed_generation
    if observed.isdecimal() and int(observed) < live.metadata.generation:
        return False
    if live.spec.workload_ref is None or not live.annotations:
        return True
    return live.annotations.get(WORKLOAD_GENERATION, "") == status.workload_observed_generation


def _older_rollout(live: Rollout) -> Health:
    """Argo Rollouts before 1.0 wrote no phase."""
    status, spec = live.status, live.spec
    for one in status.conditions:
        if one.type == "InvalidSpec" or (
            one.type == "Progressing" and one.reason in {"RolloutAborted", "ProgressDeadlineExceeded"}
        ):
            return Health("Degraded", one.message)
    if status.pause_conditions or spec.paused:
        return Health("Suspended", "Rollout is paused")
    if not status.current_pod_hash:
        return Health("Progressing", "Waiting for rollout to finish: status has not been reconciled.")
    waiting = _older_replicas(live) or _older_strategy(live)
    return Health("Progressing", waiting) if waiting else Health("Healthy")


def _older_replicas(live: Rollout) -> str:
    status = live.status
    if status.updated_replicas < live.spec.replicas:
        return "Waiting for roll out to finish: More replicas need to be updated"
    if status.available_replicas < status.updated_replicas:
        return "Waiting for roll out to finish: updated replicas are still becoming available"
    return ""


def _older_strategy(live: Rollout) -> str:
    status, hash_ = live.status, live.status.current_pod_hash
    if "blueGreen" in live.spec.strategy:
        if status.blue_green.active_selector != hash_:
            return "active service cutover pending"
        return "waiting for analysis to complete" if status.stable_rs not in {"", hash_} else ""
    if "canary" in live.spec.strategy:
        if status.replicas > status.updated_replicas:
            return "Waiting for roll out to finish: old replicas are pending termination"
        return "Waiting for rollout to finish steps" if status.stable_rs != hash_ else ""
    return ""


_ANALYSIS = {
    "Pending": ("Progressing", "Analysis run is running"),
    "Running": ("Progressing", "Analysis run is running"),
    "Successful": ("Healthy", "Analysis run completed successfully"),
    "Failed": ("Degraded", "Analysis run failed"),
    "Error": ("Degraded", "Analysis run had an error"),
    "Inconclusive": ("Unknown", "Analysis run was inconclusive"),
}


def analysis_run(live: AnalysisRun) -> Health:
    if not has_status(live):
        return Health("Progressing", "Waiting for analysis run to finish: status has not been reconciled.")
    status, words = _ANALYSIS.get(live.status.phase, ("Unknown", INVALID))
    ended = status != "Progressing" and live.status.phase in _ANALYSIS
    return Health(status, (live.status.message if ended else "") or words)


_EXPERIMENT = {
    "Pending": ("Progressing", "Experiment is pending"),
    "Running": ("Progressing", "Experiment is running"),
    "Successful": ("Healthy", "Experiment is successful"),
    "Failed": ("Degraded", "Experiment has failed"),
    "Error": ("Degraded", "Experiment had an error"),
}


def experiment(live: CustomResource) -> Health:
    if not has_status(live):
        return Health("Progressing", "Waiting for experiment to finish: status has not been reconciled.")
    return Health(*_EXPERIMENT.get(live.status.phase, ("Unknown", INVALID)))


def workflow(live: CustomResource) -> Health:
    phases = {"": "Progressing", "Pending": "Progressing", "Running": "Progressing", "Succeeded": "Healthy"}
    phases |= {"Failed": "Degraded", "Error": "Degraded"}
    return Health(phases.get(live.status.phase, "Unknown"), live.status.message)


_SET_CONDITIONS = (
    ("ErrorOccurred", "True", "Degraded"),
    ("ResourcesUpToDate", "False", "Degraded"),
    ("RolloutProgressing", "True", "Progressing"),
    ("ResourcesUpToDate", "True", "Healthy"),
)


def application_set(live: ApplicationSet) -> Health:
    for type_, status, means in _SET_CONDITIONS:
        found = condition(live.status.conditions, type_)
        if found is not None and found.status == status:
            return Health(means, found.message)
    return Health("Progressing", "Waiting for the status to be reported")
