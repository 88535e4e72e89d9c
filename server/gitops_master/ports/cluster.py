"""Reading a cluster: the seam behind which live access, a remote kubectl and saved snapshots are alike."""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from gitops_master.model.snapshot import Gap, Log, LogKey, Snapshot


class Focus(msgspec.Struct, frozen=True, kw_only=True):
    """What the answer will be about. No stage, app and warehouse: the whole project. No project: the only one there is.

    `troubled`: something is known to be amiss, whatever the objects say (a symptom, a question about Freight).
    `survey`: what there is at all, as far as a page of each kind tells; the project is then only the one that is meant.
    """

    project: str = ""
    stage: str = ""
    app: str = ""
    warehouse: str = ""
    troubled: bool = False
    survey: bool = False

    def covers(self, other: "Focus") -> bool:
        """Whether what was read for this one is all that the other asks for: the same target, and no more doubts about it."""
        same = (self.stage, self.app, self.warehouse) == (other.stage, other.app, other.warehouse)
        return same and other.project in ("", self.project) and self.troubled >= other.troubled


class ReadPlan(msgspec.Struct, frozen=True):
    """What an analysis needs. `kinds` are `group/Kind` globs; a source may read more, never report less as complete.

    A source for which reading is dear reads what the answer about the `focus` rests on; one for which it is not, everything.
    """

    kinds: frozenset[str]
    focus: Focus = Focus()


class LogsRead(msgspec.Struct, frozen=True):
    logs: dict[LogKey, Log]
    gaps: tuple[Gap, ...] = ()


class ClusterReader(Protocol):
    """One source of evidence. Nothing it does writes anything."""

    async def read(self, plan: ReadPlan, *, deadline_s: float) -> Snapshot:
        """Everything the plan names, before the deadline; what could not be read is in the snapshot's gaps.

        Raises UnreadableInput or Unreachable where nothing at all can be read.
        """

    async def read_logs(self, keys: Iterable[LogKey], *, deadline_s: float) -> LogsRead:
        """The tails of these logs. One that cannot be read is a gap."""
