"""Where the refusal of a write shows: with the Stage, the Warehouse, the Application, or in events of what they own."""

import re
from collections.abc import Iterator
from datetime import timedelta

import msgspec

from gitops_master.facts.app_trouble import app_troubles
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import Found, Patterns, first
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


class Refusal(msgspec.Struct, frozen=True):
    """A refused write, as it stands nearest to the object that was refused.

    `what`: that object in words. `source`: where it would have to be changed. `namespace`: where it was to be made.
    """

    found: Found
    what: str
    source: str
    namespace: str


def refusal(view: StageView | ApplicationView | WarehouseView, pattern: Patterns) -> Refusal | None:
    """The first refusal that holds the view back; what a Stage passes on is quoted from the Application itself."""
    found = first(pattern, write_errors(view))
    if found is None:
        return None
    for trouble in app_troubles(view):
        near = first(pattern, [text for text in trouble.texts if text.object == trouble.ref])
        if near is not None:
            return _of_app(trouble.app, near)
    event = view.snapshot.find(found.text.object)
    about = event.about if isinstance(event, Event) else None
    owner = f" of Application {view.ref.name}" if isinstance(view, ApplicationView) else ""
    at = found.text.object
    template = f"the pod template{owner or ' of what makes the pods'}"
    if about is not None:
        return Refusal(
            found, f"the pods of {about.kind} {about.name}{owner}", template, about.namespace or at.namespace
        )
    if at.kind == ReplicaSet.KIND:
        return Refusal(found, f"the pods of ReplicaSet {at.name}{owner}", template, at.namespace)
    return _of_kargo(view, found)


def _of_kargo(view: StageView | ApplicationView | WarehouseView, found: Found) -> Refusal:
    """What Kargo itself makes for the view, where its message says what that is."""
    name = f"{view.ref.kind.rpartition('/')[2]} {view.ref.name}"
    made = re.search(r"error creating (Promotion|AnalysisRun|Freight)\b", found.text.value)
    if made is None:
        return Refusal(found, f"an object that is needed for {name}", f"it, or {name},", view.ref.namespace)
    source = {"Promotion": f"spec.promotionTemplate of {name}", "AnalysisRun": f"spec.verification of {name}"}
    what = f"the {made[1]} that Kargo makes for {name}"
    return Refusal(found, what, source.get(made[1], name), view.ref.namespace)


def _of_app(app: ApplicationView | None, found: Found) -> Refusal:
    """The resource whose result the text is; else one of the Application's."""
    text, state = found.text, app.operation_state if app is not None else None
    place = re.search(r"syncResult\.resources\[(\d+)\]", text.path)
    namespace = app.app.spec.destination.namespace if app is not None else ""
    what = f"an object of Application {text.object.name}"
    if place is not None and state is not None and state.sync_result is not None:
        one = state.sync_result.resources[int(place[1])]
        what = f"{one.kind} {one.name} of Application {text.object.name}"
        namespace = one.namespace or namespace
    return Refusal(found, what, f"{what} in its source (the manifest or the chart's values)", namespace)


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
