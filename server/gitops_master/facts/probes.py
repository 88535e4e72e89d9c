"""Containers that run and are not ready, or are restarted, because a probe fails; pods held by their readiness gates."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.crashes import killed_by_probe, last_end, restarts
from gitops_master.facts.failing_pods import event_text, events_about, suspects
from gitops_master.facts.texts import Text
from gitops_master.facts.workloads import is_ready, troubles
from gitops_master.model.meta import Condition, condition
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import ContainerStatus, Pod

PATIENCE = timedelta(minutes=1)
"""A probe that fails while a process starts is usual; after this a rollout is noticeably held up. Once the workload is
Degraded (its own deadline has passed) there is no reason for patience."""
SILENT = timedelta(minutes=5)
"""Without an event of a failed probe: long enough that a slow start is no explanation."""


class Probed(msgspec.Struct, frozen=True):
    """A container that fails a probe, with the words that say so."""

    resource: str
    pod: Pod
    status: ContainerStatus
    path: str
    text: Text
    running: timedelta


def probed(app: ApplicationView) -> Iterator[Probed]:
    for resource, pod in suspects(app):
        if is_ready(pod):
            continue
        probes = _failed_probes(pod, app.snapshot)
        for index, status in enumerate(pod.status.container_statuses):
            one = told_of(resource, pod, status, f"status.containerStatuses[{index}]", app.snapshot, probes)
            if _fails(app, pod, status, one.running, bool(probes)):
                yield one


def told_of(
    resource: str, pod: Pod, status: ContainerStatus, path: str, snapshot: Snapshot, probes: list[Text] | None = None
) -> Probed:
    """The words for a container that is known to fail a probe. `probes`: what events say of them, where that was looked up."""
    now, started = snapshot.observed_at, status.state.running.started_at if status.state.running else None
    running = now - started if started else now - pod.created if pod.created else PATIENCE
    said = _failed_probes(pod, snapshot) if probes is None else probes
    return Probed(resource, pod, status, path, _telling(pod, status, said), running)


def _failed_probes(pod: Pod, snapshot: Snapshot) -> list[Text]:
    return [event_text(one) for one in events_about(pod, snapshot, "Unhealthy") if "probe" in one.text]


class Gated(msgspec.Struct, frozen=True):
    """A pod whose containers are ready, kept from Ready by a readiness gate that somebody else has to open."""

    resource: str
    pod: Pod
    text: Text
    gates: tuple[Condition, ...]


def gated(app: ApplicationView) -> Iterator[Gated]:
    """Pods that have waited at their readiness gates for longer than those usually take."""
    for resource, pod in suspects(app):
        one = at_gates(resource, pod)
        if one is None:
            continue
        waited = app.snapshot.observed_at - one.text.at if one.text.at else SILENT
        if app.health == "Degraded" or waited >= SILENT:
            yield one


def at_gates(resource: str, pod: Pod) -> Gated | None:
    """A pod that only its readiness gates keep from Ready, and since when."""
    ready = condition(pod.status.conditions, "Ready")
    if ready is None or ready.status != "False" or ready.reason != "ReadinessGatesNotReady":
        return None
    containers = condition(pod.status.conditions, "ContainersReady")
    since = (containers.last_transition_time if containers else None) or pod.created
    gates = tuple(one for one in pod.status.conditions if one.status != "True" and f'"{one.type}"' in ready.message)
    return Gated(
        resource, pod, Text(pod.ref, "status.conditions[Ready].message", ready.message or ready.reason, since), gates
    )


def _fails(app: ApplicationView, pod: Pod, status: ContainerStatus, running: timedelta, told: bool) -> bool:
    if status.ready:
        return False
    if status.restart_count and last_end(status) is not None:
        return killed_by_probe(app.snapshot, pod, status)
    if status.state.running is None or troubles(pod):
        return False
    return app.health == "Degraded" or running >= (PATIENCE if told else SILENT)


def _telling(pod: Pod, status: ContainerStatus, probes: list[Text]) -> Text:
    """The probe that restarts, where it does; else the newest; else what the pod's own condition says."""
    restarting = [text for text in probes if restarts(text.value)]
    if status.restart_count and restarting:
        return restarting[0]
    if probes:
        return probes[0]
    ready = condition(pod.status.conditions, "Ready")
    message = (ready.message if ready else "") or "its readiness probe has not succeeded, and no event says why"
    return Text(pod.ref, "status.conditions[Ready].message", message)
