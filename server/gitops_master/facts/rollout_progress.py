"""How far the workloads of an Application are with a new revision: still rolling out, or only changing their number."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from gitops_master.facts.application import ApplicationView, Managed
from gitops_master.facts.failing_pods import pods_behind, refusals, workloads
from gitops_master.facts.workloads import is_ready, troubles, unscheduled
from gitops_master.model.kubernetes import Event
from gitops_master.model.meta import condition
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Deployment, Pod, ReplicaSet, StatefulSet

PATIENCE = timedelta(minutes=15)
"""For workloads without a progress deadline of their own (StatefulSet, DaemonSet, anything not read): Kubernetes' default for
a Deployment is 600 s, and pods may have started late."""


SYNC_ITSELF = timedelta(seconds=30)
"""A rolling update scales its ReplicaSets, too: what is scaled so soon after a sync is the sync's own doing."""


class Progress(msgspec.Struct, frozen=True):
    """One workload that is Progressing, with its pods."""

    managed: Managed
    pods: tuple[Pod, ...]

    @property
    def deployment(self) -> Deployment | None:
        return self.managed.live if isinstance(self.managed.live, Deployment) else None

    @property
    def is_complete(self) -> bool:
        """Whether the Deployment had finished rolling this revision out before: kept through later changes of its size."""
        progressing = condition(self.deployment.status.conditions, "Progressing") if self.deployment else None
        return progressing is not None and progressing.reason == "NewReplicaSetAvailable"

    @property
    def is_late(self) -> bool:
        progressing = condition(self.deployment.status.conditions, "Progressing") if self.deployment else None
        return progressing is not None and progressing.reason == "ProgressDeadlineExceeded"


def progressing(app: ApplicationView) -> list[Progress]:
    """Its workloads that are Progressing without any sign of trouble; empty if another resource is worse or has trouble."""
    held = workloads(app)
    others = [one for one in app.troubled if one not in held and one.resource.kind not in {"Ingress", "Service"}]
    worse = any(
        one.health is not None and one.health.status not in {"Progressing", "Healthy"} for one in (*held, *others)
    )
    if app.health != "Progressing" or worse or refusals(app):
        return []
    found = [Progress(one, tuple(pods_behind(one, app.snapshot))) for one in held]
    return [] if any(one.is_late or any(_has_trouble(pod) for pod in one.pods) for one in found) else found


def _has_trouble(pod: Pod) -> bool:
    restarted = any(one.restart_count and not one.ready for one in pod.status.container_statuses)
    return bool(troubles(pod)) or unscheduled(pod) is not None or (restarted and not is_ready(pod))


def newest_replica_set(deployment: Deployment, snapshot: Snapshot) -> ReplicaSet | None:
    sets = snapshot.owned_by(ReplicaSet, deployment)
    return max(sets, key=lambda one: one.created.timestamp() if one.created else 0.0, default=None)


def last_sync(app: ApplicationView) -> datetime | None:
    state = app.operation_state
    return _latest([state.finished_at if state else None, app.app.last_deployed])


def last_move(app: ApplicationView, one: Progress) -> datetime | None:
    """When something about it last changed, as far as can be seen."""
    return _latest([last_sync(app), *(pod.created for pod in one.pods), *(_started(pod) for pod in one.pods)])


def _started(pod: Pod) -> datetime | None:
    return _latest([one.state.running.started_at for one in pod.status.container_statuses if one.state.running])


def _latest(times: Iterable[datetime | None]) -> datetime | None:
    return max((one for one in times if one is not None), default=None)


def scalings(app: ApplicationView, namespace: str) -> list[Event]:
    """Events since the last sync: of autoscalers, then of Deployments that were scaled, newest first."""
    synced = last_sync(app)
    found = {
        (one.about.name, one.text): one
        for one in app.snapshot.all(Event, namespace)
        if one.reason in {"SuccessfulRescale", "KEDAScaleTargetActivated", "ScalingReplicaSet"}
        and one.seen is not None
        and (synced is None or one.seen - synced > (SYNC_ITSELF if one.reason == "ScalingReplicaSet" else timedelta()))
    }
    newest_first = sorted(found.values(), key=lambda one: one.seen.timestamp() if one.seen else 0.0, reverse=True)
    return sorted(newest_first, key=lambda one: one.reason == "ScalingReplicaSet")


def is_on_time(app: ApplicationView, one: Progress) -> bool:
    """A Deployment keeps its own deadline (its condition says when it passed); others get PATIENCE."""
    if one.deployment is not None and condition(one.deployment.status.conditions, "Progressing") is not None:
        return True
    moved, synced, now = last_move(app, one), last_sync(app), app.snapshot.observed_at
    recent = synced is None or now - synced < 2 * PATIENCE or _is_rolling(one)
    return recent and (moved is None or now - moved < PATIENCE)


def _is_rolling(one: Progress) -> bool:
    """A StatefulSet says itself that it is between two revisions."""
    live = one.managed.live
    return isinstance(live, StatefulSet) and live.status.update_revision != live.status.current_revision


def next_available(one: Progress, replica_set: str, wait: timedelta) -> datetime | None:
    """When the newest ready pod of the ReplicaSet has been ready for long enough (minReadySeconds)."""
    ready = [
        state.last_transition_time + wait
        for pod in one.pods
        if wait and (state := condition(pod.status.conditions, "Ready")) is not None and state.status == "True"
        if state.last_transition_time is not None
        and any(ref.name == replica_set for ref in pod.metadata.owner_references)
    ]
    return max(ready, default=None)
