"""Restarts of Kargo's controllers around a given time."""

from datetime import datetime, timedelta

from gitops_master.facts.controllers import kargo_controllers
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence
from gitops_master.model.snapshot import Snapshot

AROUND = timedelta(minutes=5)
"""How far the start of a controller may be from the end of what its predecessor was doing."""


def ended_between(snapshot: Snapshot, since: datetime, until: datetime) -> list[Evidence]:
    """Containers of the controllers that ended in that time: how, and when."""
    found: list[Evidence] = []
    for pod in kargo_controllers(snapshot):
        for index, one in enumerate(pod.status.container_statuses):
            end = one.last_state.terminated
            if end is not None and end.finished_at is not None and since <= end.finished_at <= until:
                path = f"status.containerStatuses[{index}].lastState.terminated"
                value = f"reason: {end.reason or 'none'}, exitCode: {end.exit_code}; restartCount: {one.restart_count}"
                found.append(fact(pod, path, value, end.finished_at))
    return found


def started_around(snapshot: Snapshot, when: datetime) -> list[Evidence]:
    """Controllers that started about then: what took over from the one that shut down."""
    found: list[Evidence] = []
    for pod in kargo_controllers(snapshot):
        times = [one.state.running.started_at for one in pod.status.container_statuses if one.state.running]
        begun = max((one for one in (pod.status.start_time, *times) if one is not None), default=None)
        if begun is not None and abs(begun - when) <= AROUND:
            found.append(fact(pod, "status.containerStatuses[].state.running.startedAt", begun, begun))
    return found
