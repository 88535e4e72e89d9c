"""May Argo CD sync this Application now? The AppProject's sync windows (pkg/apis/application/v1alpha1 SyncWindows)."""

from collections.abc import Iterator
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.argocd import home
from gitops_master.facts.durations import parse_duration
from gitops_master.facts.schedules import active_until, next_start, parse, zone
from gitops_master.model.argocd import AppProject


class Barrier(msgspec.Struct, frozen=True):
    """The window that keeps syncs back: an active deny, or an allow that is closed. `opens`: when syncs may go again.

    `manual_allowed`: what it says itself; `manual_passes`: whether all that keep back let a manual sync pass, as Argo CD asks.
    """

    project: AppProject
    index: int
    kind: str
    schedule: str
    duration: str
    opens: datetime | None
    manual_allowed: bool
    manual_passes: bool = False


class _Window(msgspec.Struct, frozen=True):
    index: int
    raw: dict[str, Any]
    active_until: datetime | None
    next_start: datetime | None
    readable: bool

    @property
    def kind(self) -> str:
        return str(self.raw.get("kind", ""))


def barrier(app: ApplicationView, at: datetime | None = None) -> Barrier | None:
    """What keeps automatic syncs of the Application back now (or kept them back at `at`); None where nothing does or the
    project was not read."""
    place = home(app.app, app.snapshot)
    project = app.snapshot.get(AppProject, place, app.app.spec.project or "default")
    if project is None:
        return None
    windows = list(_matching(project, app, at or app.snapshot.observed_at))
    denies = [one for one in windows if one.kind == "deny" and one.active_until]
    if denies:
        last = max(denies, key=lambda one: one.active_until.timestamp() if one.active_until else 0.0)
        return _barrier(project, last, last.active_until, denies)
    allows = [one for one in windows if one.kind == "allow"]
    if not allows or any(one.active_until or not one.readable for one in allows):
        return None
    first = min(allows, key=lambda one: one.next_start.timestamp() if one.next_start else float("inf"))
    return _barrier(project, first, first.next_start, allows)


def unreadable_windows(app: ApplicationView) -> list[str]:
    """`spec.syncWindows[0]` of windows for the Application whose schedule, duration or zone cannot be understood. Argo CD lets
    nothing pass then.
    """
    project = app.snapshot.get(AppProject, home(app.app, app.snapshot), app.app.spec.project or "default")
    windows = _matching(project, app, app.snapshot.observed_at) if project is not None else ()
    return [f"spec.syncWindows[{one.index}]" for one in windows if not one.readable]


def _barrier(project: AppProject, window: _Window, opens: datetime | None, every: list[_Window]) -> Barrier:
    raw = window.raw
    manual = bool(raw.get("manualSync"))
    passes = all(bool(one.raw.get("manualSync")) for one in every)
    schedule, duration = str(raw.get("schedule", "")), str(raw.get("duration", ""))
    return Barrier(project, window.index, window.kind, schedule, duration, opens, manual, passes)


def _matching(project: AppProject, app: ApplicationView, now: datetime) -> Iterator[_Window]:
    for index, raw in enumerate(project.spec.sync_windows):
        if not _matches(raw, app):
            continue
        schedule, where = parse(str(raw.get("schedule", ""))), zone(str(raw.get("timeZone") or ""))
        duration = parse_duration(str(raw.get("duration", "")))
        if schedule is None or where is None or duration is None:
            yield _Window(index, raw, None, None, readable=False)
            continue
        until = active_until(schedule, duration, now, where)
        yield _Window(index, raw, until, None if until else next_start(schedule, now, where), readable=True)


def _matches(raw: dict[str, Any], app: ApplicationView) -> bool:
    """Any of the three lists is enough, unless andOperator asks for all that are given."""
    destination = app.app.spec.destination
    given = {
        "applications": [app.app.name],
        "namespaces": [destination.namespace],
        "clusters": [one for one in (destination.server, destination.name) if one],
    }
    told = [
        any(fnmatchcase(value, str(pattern)) for pattern in raw.get(field) or () for value in values)
        for field, values in given.items()
        if raw.get(field)
    ]
    return bool(told) and (all(told) if raw.get("andOperator") else any(told))
