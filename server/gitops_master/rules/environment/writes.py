"""Where the refusal of a write shows: with the Stage, the Warehouse, the Application, or in events of what they own."""

from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.kubernetes import Event
from gitops_master.model.meta import condition
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import ReplicaSet

RECENT = timedelta(hours=1)
"""How long an Event speaks of now: the API server keeps Events for one hour."""


def write_errors(view: StageView | ApplicationView | WarehouseView) -> Iterator[Text]:
    """What was answered to writes that hold the view back now."""
    match view:
        case StageView():
            ready = view.ready
            if ready is not None and ready.status == "False":
                yield Text(view.ref, "status.conditions[Ready].message", ready.message)
            yield from view.failure_texts
            if view.verification is not None:
                yield from view.verification.texts
                yield from _failed_creates(
                    view.snapshot, view.project, [one.job.name for one in view.verification.jobs]
                )
        case WarehouseView():
            ready = view.ready
            if ready is not None and ready.status == "False":
                yield Text(view.ref, "status.conditions[Ready].message", ready.message)
        case ApplicationView():
            yield from view.texts
            yield from _of_workloads(view)


def _of_workloads(view: ApplicationView) -> Iterator[Text]:
    """Pods and Jobs that a controller may not create: events and ReplicaSets in the namespaces of unhealthy resources."""
    troubled = {
        (one.resource.namespace or view.app.spec.destination.namespace, one.resource.name) for one in view.troubled
    }
    for namespace in sorted({namespace for namespace, _ in troubled}):
        names = [name for where, name in troubled if where == namespace]
        yield from _failed_creates(view.snapshot, namespace, names)
        for one in view.snapshot.all(ReplicaSet, namespace):
            failure = condition(one.status.conditions, "ReplicaFailure")
            if failure is not None and failure.status == "True" and any(one.name.startswith(name) for name in names):
                yield Text(one.ref, "status.conditions[ReplicaFailure].message", failure.message)


def _failed_creates(snapshot: Snapshot, namespace: str, names: list[str]) -> Iterator[Text]:
    """Recent events of controllers that may not create what belongs to these workloads."""
    for event in snapshot.grouped(Event, _failed_create).get(namespace, ()):
        fresh = event.seen is not None and snapshot.observed_at - event.seen < RECENT
        if fresh and any(event.about.name.startswith(name) for name in names):
            yield Text(event.ref, "message", event.text, event.seen)


def _failed_create(event: Event) -> tuple[str, ...]:
    return (event.namespace,) if event.reason == "FailedCreate" else ()
