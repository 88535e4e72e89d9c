"""Refreshing a Stage or a Warehouse: Kargo looks at it at once, and changes nothing that it would not have changed anyway."""

from datetime import datetime
from typing import ClassVar

from gitops_master.facts import autopromotion
from gitops_master.facts.durations import stamp
from gitops_master.facts.freight import label
from gitops_master.facts.stage import StageView
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.kargo import REFRESH, Freight, Warehouse
from gitops_master.model.meta import Ref
from gitops_master.model.operating import Outcome
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.ports.writing import Refresh, Write
from gitops_master.usecases.operating.neighbour_plan import KARGO_KINDS, Draft, gate, planned, takes
from gitops_master.usecases.operating.planned import After, OperationRequest, Planned, Trace
from gitops_master.usecases.targets import existing, find_in_project, find_project

_NO_HOLD = "nothing else is changed"


class _Refreshing:
    """What both have in common: the annotation, and the status field that echoes it once it was handled."""

    TYPE: ClassVar[type[Stage] | type[Warehouse]]

    def kinds(self) -> frozenset[str]:
        return KARGO_KINDS

    def done(self, planned: Planned, write: Write, before: Snapshot, now: Snapshot, since: datetime) -> Trace:
        """Over Kubernetes the token itself is there; Kargo's API makes one of its own."""
        found, old = self._object(planned, now), self._object(planned, before)
        if found is None or not isinstance(write, Refresh):
            return Trace(None, words="it cannot be seen")
        asked, was = found.annotations.get(REFRESH, ""), old.annotations.get(REFRESH, "") if old is not None else ""
        if write.token in {asked, found.status.last_handled_refresh} or asked != was:
            return Trace(True, words=f"annotation {REFRESH} is {asked!r} since")
        return Trace(False, words="it does not show it")

    def _object(self, planned: Planned, snapshot: Snapshot) -> Stage | Warehouse | None:
        refs = (one.of for one in planned.writes if isinstance(one, Refresh))
        return next((snapshot.get(self.TYPE, one.namespace, one.name) for one in refs), None)

    def _handled(self, found: Stage | Warehouse, planned: Planned, before: Snapshot) -> bool:
        old = self._object(planned, before)
        handled = found.status.last_handled_refresh
        is_new = old is None or handled != old.status.last_handled_refresh
        return bool(handled) and is_new and handled == found.annotations.get(REFRESH)

    def _waiting(self, found: Stage | Warehouse) -> After:
        return After(f"Kargo has not handled the refresh of {found.name} yet (status.lastHandledRefresh)")


class RefreshStage(_Refreshing):
    """Planner of refresh_stage."""

    TYPE = Stage

    def plan(self, request: OperationRequest, snapshot: Snapshot) -> Planned:
        takes(request, "stage")
        project = find_project(snapshot, request.project)
        view = StageView(find_in_project(snapshot, Stage, project, request.stage), snapshot)
        draft = Draft(
            operation=request.operation,
            project=project,
            target=view.name,
            question=f"Refresh Stage {view.name} of project {project}? Kargo looks at it at once; {_NO_HOLD}.",
            write=_write(view.stage, snapshot),
            gates=[gate("there", "", "it exists", view.stage)],
            now=[label(one) for one in view.current_freight],
            next=[
                "Kargo reconciles it within seconds: health, verification, the queue, holds and auto-promotion",
                *(["auto-promotion is on: what is due may be promoted"] if view.auto_promotion else []),
            ],
            warnings=["over Kargo's API the Promotion that runs is refreshed, too"] if view.running is not None else [],
            stages=[(project, view.name)],
        )
        return planned(draft, snapshot)

    def after(self, planned: Planned, before: Snapshot, now: Snapshot, since: datetime) -> After:
        found = self._object(planned, now)
        if not isinstance(found, Stage):
            return After("the Stage is no longer to be seen", Outcome.NOT_KNOWN)
        if not self._handled(found, planned, before):
            return self._waiting(found)
        ready = found.condition("Ready")
        state = f"Ready is {ready.status}, {ready.reason}" if ready is not None else "it has no condition Ready"
        return After(f"Kargo has looked at Stage {found.name} again: {state}", Outcome.DONE)


class RefreshWarehouse(_Refreshing):
    """Planner of refresh_warehouse."""

    TYPE = Warehouse

    def plan(self, request: OperationRequest, snapshot: Snapshot) -> Planned:
        takes(request, "warehouse")
        project = find_project(snapshot, request.project)
        found = find_in_project(snapshot, Warehouse, project, request.warehouse)
        by_hand = found.spec.freight_creation_policy == "Manual"
        takers = [
            stage.name
            for stage in WarehouseView(found, snapshot).stages
            for one in stage.spec.requested_freight
            if one.origin.name == found.name and one.sources.direct and autopromotion.is_enabled(stage, snapshot)
        ]
        then = f"; auto-promotion takes it to {existing(takers)}" if takers else ""
        draft = Draft(
            operation=request.operation,
            project=project,
            target=found.name,
            question=f"Refresh Warehouse {found.name} of project {project}? Kargo looks for new artifacts at once; {_NO_HOLD}.",
            write=_write(found, snapshot),
            gates=[gate("there", "", "it exists", found)],
            next=[
                "Kargo asks each repository now instead of at the next interval",
                "it makes no Freight by itself: freightCreationPolicy is Manual"
                if by_hand
                else f"what is new becomes Freight{then}",
            ],
            judged=[f"auto-promotion to {one}" for one in takers],
        )
        return planned(draft, snapshot)

    def after(self, planned: Planned, before: Snapshot, now: Snapshot, since: datetime) -> After:
        found = self._object(planned, now)
        if not isinstance(found, Warehouse):
            return After("the Warehouse is no longer to be seen", Outcome.NOT_KNOWN)
        if not self._handled(found, planned, before):
            return self._waiting(found)
        view, old = WarehouseView(found, now), self._object(planned, before)
        seen = found.status.discovered_artifacts.discovered_at
        was = old.status.discovered_artifacts.discovered_at if isinstance(old, Warehouse) else None
        if view.failure is not None or seen is None or (seen == was and seen < since.replace(microsecond=0)):
            # The retry after a failed discovery sets Ready again without having discovered anything (seen on v1.11.2).
            why = f": {view.failure.value}" if view.failure is not None else ", its discoveredAt is as old as before"
            return After(f"Kargo has handled the refresh, and the discovery failed{why}", Outcome.FAILED)
        known = {one.name for one in before.all(Freight, found.namespace)}
        new = [label(one) for one in view.freight if one.name not in known]
        told = f"new Freight: {existing(new)}" if new else "there is no new Freight"
        nothing = f" ({view.finds_nothing.value})" if view.finds_nothing is not None else ""
        return After(f"Kargo has asked the repositories at {stamp(seen)}: {told}{nothing}", Outcome.DONE)


def _write(of: Stage | Warehouse, snapshot: Snapshot) -> Refresh:
    """With a token that is not there yet: the same again has no effect."""
    token = snapshot.observed_at.isoformat()
    while token in {of.annotations.get(REFRESH), of.status.last_handled_refresh}:
        token += "+"
    return Refresh(namespace=of.namespace, of=Ref(of.KIND, of.namespace, of.name), token=token)
