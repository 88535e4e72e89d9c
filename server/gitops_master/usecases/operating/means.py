"""What operations work with."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import anyio
import msgspec

from gitops_master.model.operating import Operation, Plan
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verification
from gitops_master.ports.cluster import ClusterReader
from gitops_master.ports.environment import Probe
from gitops_master.ports.writing import Audit, Premises, Way, Writer
from gitops_master.usecases.deadline import DEADLINE_S
from gitops_master.usecases.operating.plan_ids import PlanIds
from gitops_master.usecases.operating.planned import OperationRequest, Planned, Planner
from gitops_master.usecases.operating.policy import Policy

Tell = Callable[[str], Awaitable[None]]


async def nobody(_: str) -> None:
    """Where nobody wants to know."""


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """`probe`: asks what the caller may do; None where there is no server. `clock`: aware times. `sleep`: seconds.

    `tell`: progress, one line each. `verify`: our own levels of a Stage (project, name). `who`: as whom, for the audit, where that
    was said. `turn`: held from the last look before a write until it was sent, so that two calls cannot both find it undone; the
    same for all that share `plan_ids`. `deadline_s`: of one read or write.
    """

    reader: ClusterReader
    writer: Callable[[], Writer]
    probe: Probe | None
    policy: Policy
    planners: Mapping[Operation, Planner]
    plan_ids: PlanIds
    turn: anyio.Lock
    audit: Audit
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    tell: Tell = nobody
    verify: Callable[[str, str], Awaitable[Verification]] | None = None
    who: str = ""
    deadline_s: float = DEADLINE_S


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A whole plan, and what it was made from. `plan.plan_id` agrees to it; `inputs` are what the id is of."""

    request: OperationRequest
    plan: Plan
    planned: Planned
    snapshot: Snapshot
    premises: Premises
    inputs: tuple[str, ...] = ()
    ways: tuple[Way, ...] = ()


class Following(msgspec.Struct, frozen=True, kw_only=True):
    """What to do once it is done. `wait_s`: all together, 0 looks once; `interval_s`: between looks."""

    wait_s: float = 0.0
    interval_s: float = 5.0
    verify: bool = False
