"""Following Promotions to their end, and beyond: health, Kargo's verification, ours."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec

from gitops_master.model.finding import Diagnosis
from gitops_master.model.operating import Outcome, PromotionProgress
from gitops_master.model.verification import Verification
from gitops_master.ports.cluster import ClusterReader
from gitops_master.usecases.deadline import DEADLINE_S


class Follow(msgspec.Struct, frozen=True, kw_only=True):
    """What to follow. `verify`: also with our own four levels, once Kargo is done. `wait_s`: all together; 0 looks once.

    `interval_s`: between looks. `deadline_s`: of one read.
    """

    project: str
    promotions: tuple[str, ...]
    verify: bool = False
    wait_s: float = 0.0
    interval_s: float = 5.0
    deadline_s: float = DEADLINE_S


class WatchMeans(msgspec.Struct, frozen=True, kw_only=True):
    """`clock`: aware times. `sleep`: seconds. `tell`: progress, one line each. `verify`: our own levels of a Stage."""

    reader: ClusterReader
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    tell: Callable[[str], Awaitable[None]]
    verify: Callable[[str, str], Awaitable[Verification]] | None = None


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """`outcome`: DONE only where every Promotion is live and verified. `diagnosis`: of the first Stage that is not. `context`, `observed_at`:
    of the last look that came back.
    """

    outcome: Outcome
    message: str
    promotions: tuple[PromotionProgress, ...] = ()
    verification: Verification | None = None
    diagnosis: Diagnosis | None = None
    action: str = ""
    context: str = ""
    observed_at: datetime | None = None


async def watch(follow: Follow, means: WatchMeans) -> Watched:
    """Raises UsageError where a Promotion never existed."""
    found = tuple(PromotionProgress(name=one, stage="") for one in follow.promotions)
    return Watched(outcome=Outcome.UNDER_WAY, message="it was made", promotions=found)
