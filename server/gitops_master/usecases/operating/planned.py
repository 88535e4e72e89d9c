"""The request for an operation, and what a plan of it holds beside what is shown."""

from datetime import datetime
from typing import Protocol

import msgspec

from gitops_master.model.operating import Operation, Outcome, Plan
from gitops_master.model.snapshot import Snapshot
from gitops_master.ports.cluster import Focus
from gitops_master.ports.writing import Write


class OperationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. Which fields count depends on the operation; others must be empty.

    promote: `stage`, `freight` in any words (also `candidate`, `last verified`), `downstream` (all Stages that take from `stage`
    instead of itself), `rollback`. repromote: `stage`. abort_promotion: `promotion`, or the running one of `stage`.
    approve_freight: `freight`, `stage`. `app`: `name` or `namespace/name`.
    """

    operation: Operation
    project: str = ""
    stage: str = ""
    freight: str = ""
    promotion: str = ""
    warehouse: str = ""
    app: str = ""
    downstream: bool = False
    rollback: bool = False

    @property
    def focus(self) -> Focus:
        """What a plan of it is about. What takes from a Stage is told by the whole project."""
        stage = "" if self.downstream else self.stage
        return Focus(project=self.project, stage=stage, app=self.app, warehouse=self.warehouse)


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """`plan`: what is shown, still without way, right and id. `stages`: `(project, name)` that it touches, for protection.

    `writes`: what would be sent, in this order, whatever the gates say. `inputs`: what of the cluster the gates judged, as sorted
    words: a plan is stale once they differ. They name what was judged, never resource versions or ages. `project_uid`: of the
    Kargo project, as far as it was read. `rights`: what the caller would need if the write went over the Kubernetes API.
    """

    plan: Plan
    stages: tuple[tuple[str, str], ...] = ()
    writes: tuple[Write, ...] = ()
    inputs: tuple[str, ...] = ()
    project_uid: str = ""


class Planner(Protocol):
    """How one operation is planned, and recognised once it was done. Pure: no I/O, no clock but the snapshot's."""

    def kinds(self) -> frozenset[str]:
        """`group/Kind` globs of what the plan rests on."""

    def plan(self, request: OperationRequest, snapshot: Snapshot) -> Planned:
        """Raises UsageError where the request names nothing that exists or several things, Forbidden and Unreachable where that
        could not be read. Closed gates are in the plan, not raised.
        """

    def done(self, planned: Planned, write: Write, before: Snapshot, now: Snapshot, since: datetime) -> "Trace":
        """Whether a write, sent at `since` on what `before` shows, was done as far as `now` shows."""

    def after(self, planned: Planned, before: Snapshot, now: Snapshot, since: datetime) -> "After":
        """How far what was asked for has come. Not asked of Promotions, which `watch` follows by name."""


class After(msgspec.Struct, frozen=True):
    """`line`: one line for people; `outcome`: None as long as it moves."""

    line: str
    outcome: Outcome | None = None


class Trace(msgspec.Struct, frozen=True):
    """`found`: whether it was done; None where the cluster cannot tell. `names`: of Promotions that it made. `words`: evidence."""

    found: bool | None
    names: tuple[str, ...] = ()
    words: str = ""
