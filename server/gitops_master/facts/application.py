"""An Argo CD Application as one thing to look at: what its operation is doing, what it complains of, what it manages."""

from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

import msgspec

from gitops_master.facts.health import Health, health_of
from gitops_master.facts.texts import Text
from gitops_master.model.argocd import Application, ManagedResource, OperationState
from gitops_master.model.meta import Object, Ref
from gitops_master.model.registry import kind_of
from gitops_master.model.snapshot import Snapshot


class Op(StrEnum):
    """What the last operation means now (Argo CD controller/appcontroller.go; states seen on v3.5.1)."""

    NEVER = "never"
    REQUESTED = "requested"
    RUNNING = "running"
    RETRYING = "retrying"
    TERMINATING = "terminating"
    ORPHANED = "orphaned"
    FAILED = "failed"
    FAILED_BEFORE = "failed before"
    SUCCEEDED = "succeeded"


class Managed(msgspec.Struct, frozen=True, gc=False):
    """A managed resource with its live object, where we hold it, and its health as Argo CD would judge it. `ref`: `ref_of` it."""

    resource: ManagedResource
    live: Object | None
    health: Health | None
    ref: Ref

    @property
    def title(self) -> str:
        return f"{self.resource.kind}/{self.resource.name}"


def ref_of(resource: ManagedResource) -> Ref:
    version = f"{resource.group}/{resource.version}" if resource.group else resource.version
    return Ref(kind_of(version, resource.kind), resource.namespace, resource.name)


PROMOTION_INFO = "kargo.akuity.io/promotion"
REFRESH = "argocd.argoproj.io/refresh"
GIT_POLL = timedelta(minutes=3)
"""Argo CD's default git poll: 120 s plus up to 60 s jitter since 3.0, 180 s before."""


class ApplicationView:
    """Facts of one Application, computed when first asked for."""

    def __init__(self, app: Application, snapshot: Snapshot) -> None:
        self.app = app
        self.snapshot = snapshot

    @property
    def ref(self) -> Ref:
        return self.app.ref

    @property
    def operation_state(self) -> OperationState | None:
        return self.app.status.operation_state

    @cached_property
    def promotion(self) -> str:
        """The Promotion that started the last operation, from the note Kargo leaves in it; empty otherwise."""
        state = self.operation_state
        info = state.operation.info if state else ()
        return next((one.value for one in info if one.name == PROMOTION_INFO), "")

    @cached_property
    def op(self) -> Op:
        """An old failure is history unless nothing has happened since that could have mended it."""
        state, requested = self.operation_state, self.app.operation is not None
        if state is None or not state.phase:
            return Op.REQUESTED if requested else Op.NEVER
        if state.phase in {"Running", "Terminating"}:
            if not requested:
                return Op.ORPHANED
            if state.phase == "Terminating":
                return Op.TERMINATING
            return Op.RETRYING if state.finished_at else Op.RUNNING
        if state.phase == "Succeeded":
            orphan = state.sync_result is None and state.finished_at is None
            return Op.ORPHANED if orphan else Op.SUCCEEDED
        return Op.FAILED if self._failure_is_current(state) else Op.FAILED_BEFORE

    def _failure_is_current(self, state: OperationState) -> bool:
        if self.app.status.sync.status == "Synced":
            return False
        deployed = self.app.last_deployed
        if deployed and state.finished_at and deployed > state.finished_at:
            return False
        tried = state.sync_result.revision if state.sync_result else ""
        now = self.app.status.sync.revision
        return not (tried and now and tried != now) or bool(self.complaints("SyncError"))

    def complaints(self, *types: str) -> list[Text]:
        """Conditions of these types (all *Error types by default): their presence means that they hold."""
        return [
            Text(
                self.ref, f"status.conditions[{index}].message", f"{one.type}: {one.message}", one.last_transition_time
            )
            for index, one in enumerate(self.app.status.conditions)
            if (one.type in types if types else one.type.endswith("Error"))
        ]

    @cached_property
    def texts(self) -> list[Text]:
        """Everything it says now that could name a cause: conditions, the current operation, its results per resource."""
        current = self.op not in {Op.FAILED_BEFORE, Op.SUCCEEDED}
        return [*self.complaints(), *(self.operation_texts if current else ())]

    @cached_property
    def operation_texts(self) -> list[Text]:
        """What the last operation said, current or not: its failed results per resource, then its message."""
        state = self.operation_state
        if state is None:
            return []
        at = state.finished_at or state.started_at
        found = []
        for index, one in enumerate(state.sync_result.resources if state.sync_result else ()):
            if one.message and (one.status == "SyncFailed" or one.hook_phase in {"Failed", "Error"}):
                path = f"status.operationState.syncResult.resources[{index}].message"
                found.append(Text(self.ref, path, one.message, at))
        if state.message:
            found.append(Text(self.ref, "status.operationState.message", state.message, at))
        return found

    @cached_property
    def managed(self) -> list[Managed]:
        """Managed resources (hooks left out), worst health first."""
        found = []
        for one in self.app.status.resources:
            if one.hook:
                continue
            ref = ref_of(one)
            live = self.snapshot.find(ref)
            health = health_of(live) if live is not None else None
            if health is None and one.health is not None and one.health.status:
                health = Health(one.health.status, one.health.message)
            found.append(Managed(one, live, health, ref))
        ranks = {"Unknown": 5, "Degraded": 4, "Missing": 3, "Progressing": 2, "Suspended": 1}
        return sorted(found, key=lambda one: -ranks.get(one.health.status, 0) if one.health else 0)

    @property
    def troubled(self) -> list[Managed]:
        return [one for one in self.managed if one.health is not None and one.health.status != "Healthy"]

    @property
    def health(self) -> str:
        return self.app.status.health.status

    @property
    def sync(self) -> str:
        return self.app.status.sync.status

    @property
    def is_fine(self) -> bool:
        """Synced, Healthy and without complaint, as far as Argo CD says."""
        return self.sync == "Synced" and self.health == "Healthy" and not self.complaints()

    @property
    def health_is_stale(self) -> bool:
        """Health dates from before the last operation (Kargo >= 1.10 distrusts it by the same rule)."""
        state, seen = self.operation_state, self.app.status.reconciled_at
        return bool(state and state.finished_at and seen and seen < state.finished_at)

    @property
    def refresh_pending(self) -> str:
        """The value of a refresh request that the controller has not taken up."""
        return self.app.annotations.get(REFRESH, "")

    @property
    def progressing_since(self) -> datetime | None:
        return self.app.status.health.last_transition_time
