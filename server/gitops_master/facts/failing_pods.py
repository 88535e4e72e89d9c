"""What stands behind an Application's resources that are not Healthy: their pods, and what events say of them.

Live objects are followed by owner. Where a workload's own object was not read (a snapshot of a few kinds), its pods are
known by the names that controllers give them.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

import msgspec

from gitops_master.facts.application import ApplicationView, Managed, Op
from gitops_master.facts.texts import Text
from gitops_master.facts.workloads import ContainerTrouble, pods_of, troubles
from gitops_master.model.kubernetes import Event
from gitops_master.model.meta import Object, Ref, condition
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Deployment, Job, Pod, ReplicaSet

WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout", "Pod", "Job"})
EVENT_AGE = timedelta(hours=1)
"""The API server keeps events for an hour by default; in a snapshot older ones can be left over."""


class Failing(msgspec.Struct, frozen=True):
    """A container that holds up one resource of an Application."""

    resource: str
    pod: Pod
    trouble: ContainerTrouble

    @property
    def container(self) -> str:
        return self.trouble.status.name


def in_trouble(app: ApplicationView) -> bool:
    """Whether there is anything to explain now: the Application is not Healthy, or its sync waits for something."""
    return app.health not in {"", "Healthy"} or app.op in {Op.RUNNING, Op.RETRYING}


def held_up(app: ApplicationView) -> frozenset[str]:
    """What else a workload that does not come up explains: a sync that waits for its health, and who waits for the sync."""
    state = app.operation_state
    waits = state is not None and "waiting for" in state.message
    if app.op not in {Op.RUNNING, Op.RETRYING, Op.TERMINATING} or not waits:
        return frozenset()
    return frozenset({
        "promotion-running", "promotion-failed", "waiting-for-argocd-sync", "waiting-for-step-in-progress",
        "argocd-update-step-timeout-too-short", "sync-hook-failed", "auto-promotion-does-not-retry-failed-freight",
    })  # fmt: skip


def workloads(app: ApplicationView) -> list[Managed]:
    """The Application's workloads that are not Healthy, worst first; those of unknown health where none is known to be so."""
    troubled = [one for one in app.troubled if one.resource.kind in WORKLOADS]
    unknown = [one for one in app.managed if one.resource.kind in WORKLOADS and one.health is None]
    return troubled or ([] if app.troubled else unknown)


def pods_behind(one: Managed, snapshot: Snapshot) -> list[Pod]:
    """Pods of a managed workload that are not on their way out."""
    if isinstance(one.live, Pod):
        found = [one.live]
    else:
        found = (pods_of(one.live, snapshot) if one.live is not None else []) or _named_after(one.ref, snapshot)
    return [pod for pod in found if pod.metadata.deletion_timestamp is None]


def _named_after(workload: Ref, snapshot: Snapshot) -> list[Pod]:
    return list(snapshot.grouped(Pod, _owner_stems).get((workload.namespace, workload.name), ()))


def _owner_stems(pod: Pod) -> set[tuple[str, str]]:
    owners = [ref.name for ref in pod.metadata.owner_references] or [pod.name]
    return {(pod.namespace, stem) for name in owners for stem in _stems(name)}


def _stems(name: str) -> list[str]:
    """The name, and each part of it that ends before a dash: what controllers put their suffixes behind."""
    parts = name.split("-")
    return ["-".join(parts[:count]) for count in range(1, len(parts) + 1)]


def suspects(app: ApplicationView) -> Iterator[tuple[str, Pod]]:
    """(resource, pod) for all pods of workloads that are not Healthy and of hook Jobs that the sync waits for."""
    if not in_trouble(app):
        return
    for one in workloads(app):
        for pod in pods_behind(one, app.snapshot):
            yield one.title, pod
    if not app.app.status.resources:
        for pod in app.snapshot.all(Pod, app.app.spec.destination.namespace):
            yield f"Pod/{pod.name}", pod
    for job in _running_hooks(app):
        for pod in pods_of(job, app.snapshot):
            yield f"Job/{job.name}", pod


def _running_hooks(app: ApplicationView) -> list[Job]:
    state = app.operation_state
    if app.op is not Op.RUNNING or state is None or state.sync_result is None:
        return []
    hooks = (one for one in state.sync_result.resources if one.hook_type and one.kind == "Job")
    jobs = (app.snapshot.get(Job, one.namespace, one.name) for one in hooks if one.hook_phase == "Running")
    return [job for job in jobs if job is not None]


def failing(app: ApplicationView, reasons: Iterable[str]) -> list[Failing]:
    """Containers that wait or ended for one of the reasons, newest pod first."""
    wanted = frozenset(reasons)
    found = [
        Failing(resource, pod, trouble)
        for resource, pod in suspects(app)
        for trouble in troubles(pod)
        if trouble.reason in wanted
    ]
    return sorted(found, key=lambda one: -one.pod.created.timestamp() if one.pod.created else 0.0)


def events_about(about: Object | Ref, snapshot: Snapshot, *reasons: str) -> list[Event]:
    """Fresh events of one object, newest first."""
    ref = about.ref if isinstance(about, Object) else about
    kind = ref.kind.rpartition("/")[2]
    found = {
        (one.reason, one.text): one
        for one in snapshot.grouped(Event, _subject).get((ref.namespace, kind, ref.name), ())
        if (not reasons or one.reason in reasons) and _is_fresh(one, snapshot)
    }
    return sorted(found.values(), key=lambda one: -one.seen.timestamp() if one.seen else 0.0)


def _subject(event: Event) -> list[tuple[str, str, str]]:
    return [(event.namespace, event.about.kind, event.about.name)]


def _is_fresh(event: Event, snapshot: Snapshot) -> bool:
    return event.seen is None or snapshot.observed_at - event.seen < EVENT_AGE


def event_text(event: Event) -> Text:
    path = f"event {event.reason}" + (f" (count {event.count})" if event.count and event.count > 1 else "")
    about = event.about
    group = about.api_version.rpartition("/")[0] or "v1"
    return Text(
        Ref(f"{group}/{about.kind}", about.namespace or event.namespace, about.name), path, event.text, event.seen
    )


def refusals(app: ApplicationView) -> list[Text]:
    """What is said of pods that were never made: ReplicaFailure conditions and FailedCreate events of the workloads."""
    return [text for one in workloads(app) for text in refusals_of(one, app.snapshot)]


def refusals_of(one: Managed, snapshot: Snapshot) -> list[Text]:
    """The same, of one workload."""
    found = []
    for owner in _owners(one, snapshot):
        failure = condition(owner.status.conditions, "ReplicaFailure")
        if failure is not None and failure.status == "True":
            found.append(Text(owner.ref, "status.conditions[ReplicaFailure].message", failure.message))
    return found + [event_text(event) for event in _creation_events(one, snapshot)]


def _owners(one: Managed, snapshot: Snapshot) -> list[Deployment | ReplicaSet]:
    match one.live:
        case Deployment():
            return [one.live, *(each for each in snapshot.owned_by(ReplicaSet, one.live) if each.spec.replicas)]
        case ReplicaSet():
            return [one.live]
    return []


def _creation_events(one: Managed, snapshot: Snapshot) -> list[Event]:
    refused = snapshot.grouped(Event, _refused_owner).get((one.resource.namespace, one.resource.name), ())
    fresh = (event for event in refused if _is_fresh(event, snapshot))
    return sorted(fresh, key=lambda event: -event.seen.timestamp() if event.seen else 0.0)


def _refused_owner(event: Event) -> list[tuple[str, str]]:
    """Of an event that a pod could not be made: whose pod it may have been."""
    if event.reason != "FailedCreate" or event.about.kind not in WORKLOADS:
        return []
    return [(event.namespace, stem) for stem in _stems(event.about.name)]
