"""Where the refusal of a write shows: with the Stage, the Warehouse, the Application, or in events of what they own."""

import re
from collections.abc import Iterator
from datetime import timedelta

import msgspec

from gitops_master.facts.app_trouble import app_troubles
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.kubernetes import Event
from gitops_master.model.meta import condition
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import ReplicaSet
from gitops_master.rules.patterns import Found, Patterns, first

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


class Refusal(msgspec.Struct, frozen=True):
    """A refused write, as it stands nearest to the object that was refused. `what`: that object in words."""

    found: Found
    what: str


def refusal(view: StageView | ApplicationView | WarehouseView, pattern: Patterns) -> Refusal | None:
    """The first refusal that holds the view back; what a Stage passes on is quoted from the Application itself."""
    found = first(pattern, write_errors(view))
    if found is None:
        return None
    for trouble in app_troubles(view):
        near = first(pattern, [text for text in trouble.texts if text.object == trouble.ref])
        if near is not None:
            return Refusal(near, _of_app(trouble.app, near.text))
    event = view.snapshot.find(found.text.object)
    about = event.about if isinstance(event, Event) else None
    owner = f" of Application {view.ref.name}" if isinstance(view, ApplicationView) else ""
    if about is not None:
        return Refusal(found, f"the pods of {about.kind} {about.name}{owner}")
    if found.text.object.kind == ReplicaSet.KIND:
        return Refusal(found, f"the pods of ReplicaSet {found.text.object.name}{owner}")
    kind = view.ref.kind.rpartition("/")[2]
    return Refusal(found, f"an object that is needed for {kind} {view.ref.name}")


def _of_app(app: ApplicationView | None, text: Text) -> str:
    """The resource whose result the text is; else one of the Application's."""
    state = app.operation_state if app is not None else None
    place = re.search(r"syncResult\.resources\[(\d+)\]", text.path)
    if place is not None and state is not None and state.sync_result is not None:
        one = state.sync_result.resources[int(place[1])]
        return f"{one.kind} {one.name} of Application {text.object.name}"
    return f"an object of Application {text.object.name}"


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
