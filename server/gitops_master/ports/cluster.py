"""Reading a cluster: the seam behind which live access, a remote kubectl and saved snapshots are alike."""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Gap, Log, LogKey, Snapshot


class Focus(msgspec.Struct, frozen=True, kw_only=True):
    """What the answer will be about. No stage, app and warehouse: the whole project. No project: the only one there is.

    `troubled`: something is known to be amiss, whatever the objects say (a symptom, a question about Freight).
    `survey`: what there is at all, as far as a page of each kind tells; the project is then only the one that is meant.
    `verify`: what is deployed is to be looked at in full, whether or not anything is amiss.
    """

    project: str = ""
    stage: str = ""
    app: str = ""
    warehouse: str = ""
    troubled: bool = False
    survey: bool = False
    verify: bool = False

    def covers(self, other: "Focus") -> bool:
        """Whether what was read for this one is all that the other asks for: the same target, and no more doubts about it."""
        same = (self.stage, self.app, self.warehouse) == (other.stage, other.app, other.warehouse)
        alike = same and self.verify == other.verify  # neither reads all that the other does
        return alike and other.project in ("", self.project) and self.troubled >= other.troubled


class Also(msgspec.Struct, frozen=True, kw_only=True):
    """What a verification is to look at beside what the target deploys, since somebody wrote down that it matters.

    `namespaces`: in full, as those that are deployed to. `labels`: selectors of workloads, wherever they are; their namespaces
    are read in full. `objects`: single ones; a kind that lives in namespaces and a Ref without one: in each that is deployed to.
    `keyed`: Secrets of which the names of their keys matter, as well as that they exist.
    `kinds`: `group/Kind` of which every object is wanted, wherever it is.
    """

    namespaces: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    objects: tuple[Ref, ...] = ()
    keyed: frozenset[Ref] = frozenset()
    kinds: tuple[str, ...] = ()


class ReadPlan(msgspec.Struct, frozen=True):
    """What an analysis needs. `kinds` are `group/Kind` globs; a source may read more, never report less as complete.

    A source for which reading is dear reads what the answer about the `focus` rests on; one for which it is not, everything.
    `also`: of a verification.
    """

    kinds: frozenset[str]
    focus: Focus = Focus()
    also: Also = Also()


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
