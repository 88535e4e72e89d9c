from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.durations import human, later, stamp
from gitops_master.facts.rollout_progress import (
    Progress,
    is_on_time,
    last_sync,
    newest_replica_set,
    next_available,
    progressing,
)
from gitops_master.facts.texts import fact
from gitops_master.facts.workloads import is_ready
from gitops_master.model.finding import Class, Evidence, Severity
from gitops_master.model.meta import condition
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.workload.effects import NEEDS


@rule(
    "waiting-for-workload-rollout",
    area="workload",
    title="The new version is still rolling out",
    on=ApplicationView,
    class_=Class.WAITING,
    severity=Severity.LOW,
    needs=NEEDS,
    explains={
        "application-not-fine",
        "stage-unhealthy",
        "stage-not-yet-re-evaluated",
    },
    sources=(
        "akuity/kargo#672",
        "akuity/kargo#5400",
        "gitops-engine pkg/health/health_deployment.go",
        "seen on a live stack",
    ),
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """The Promotion and the sync succeeded, the Application is Progressing, the Stage not Ready and nothing is verified yet.

    Why: argocd-update waits for the sync, not for health. New pods are being started one batch after the other; with
    minReadySeconds each counts only after it has been ready that long. Kargo verifies once the Application is Healthy.

    How to tell: the workload's progress condition is True (within progressDeadlineSeconds), fewer pods are updated or
    available than wanted, and no container of the new pods waits for a bad reason, ended or was restarted.

    What to do: wait; the Deployment turns Degraded by itself if the deadline passes.

    Not this when: a container fails, a pod fits on no node or a quota refuses pods; or the revision had been rolled out long
    ago and only the number of pods changed.
    """
    if app.op not in {Op.SUCCEEDED, Op.NEVER, Op.FAILED_BEFORE}:
        return
    moving = [one for one in progressing(app) if not one.is_complete and is_on_time(app, one)]
    if not moving:
        return
    one = moving[0]
    name, state = one.managed.title, _state(one)
    synced = last_sync(app)
    since = f" since the sync at {stamp(synced)} ({human(app.snapshot.observed_at - synced)} ago)" if synced else ""
    yield Hit(
        summary=f"{name} of {app.app.name} is still rolling out{since}: {state}; {_pods(one)}. Health and verification "
        "follow when it is done.",
        evidence=_evidence(app, one),
        remedies=[advise(f"Wait for the rollout of {name}; nothing needs to be done", confirm_with=_watch(one))],
        ends=_ends(app, one),
    )


def _pods(one: Progress) -> str:
    ready = sum(is_ready(pod) for pod in one.pods)
    seen = (
        f"{ready} of {len(one.pods)} of its pods {'is' if len(one.pods) == 1 else 'are'} ready, and "
        if one.pods
        else ""
    )
    return f"{seen}no container has crashed"


def _state(one: Progress) -> str:
    live = one.deployment
    if live is None:
        return (one.managed.health.message if one.managed.health else "") or "Progressing"
    status, wait = live.status, live.spec.min_ready_seconds
    text = f"{status.updated_replicas} of {live.spec.replicas} pods {'is' if status.updated_replicas == 1 else 'are'} updated"
    return f"{text}, each counts as available {wait}s after it is ready (minReadySeconds)" if wait else text


def _evidence(app: ApplicationView, one: Progress) -> list[Evidence]:
    found = [fact(app.app, "status.health.status", app.health, app.progressing_since)]
    live = one.deployment
    if live is None:
        message = one.managed.health.message if one.managed.health else ""
        found.append(fact(one.managed.ref, "health", f"Progressing: {message}".rstrip(": ")))
    else:
        status = live.status
        if live.spec.min_ready_seconds:
            found.append(fact(live, "spec.minReadySeconds", live.spec.min_ready_seconds))
        value = f"{status.updated_replicas} of spec.replicas {live.spec.replicas} (availableReplicas {status.available_replicas})"
        found.append(fact(live, "status.updatedReplicas", value))
        state = condition(status.conditions, "Progressing")
        if state is not None:
            found.append(
                fact(live, "status.conditions[Progressing]", f"{state.status} {state.reason}: {state.message}")
            )
    if one.pods:
        ready = sum(is_ready(pod) for pod in one.pods)
        restarts = sum(each.restart_count for pod in one.pods for each in pod.status.container_statuses)
        found.append(fact(one.managed.ref, "pods", f"{len(one.pods)}, {ready} ready, {restarts} restarts"))
    return found


def _ends(app: ApplicationView, one: Progress) -> str:
    live = one.deployment
    newest = newest_replica_set(live, app.snapshot) if live else None
    begun = newest.created if newest else last_sync(app)
    if live is None or begun is None:
        return "when all pods of the new revision are ready"
    wait = timedelta(seconds=live.spec.min_ready_seconds)
    soon = next_available(one, newest.name if newest else "", wait)
    deadline = later(begun, timedelta(seconds=live.spec.progress_deadline_seconds))
    eta = f"the next pod becomes available at {stamp(soon)}; " if soon else ""
    return f"when all pods of the new revision are available: {eta}Degraded not before {stamp(deadline)} (each progress extends it)"


def _watch(one: Progress) -> str:
    resource = one.managed.resource
    return f"kubectl -n {resource.namespace} rollout status {resource.kind.lower()} {resource.name}"
