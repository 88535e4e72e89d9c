"""How long reading may take."""

from collections.abc import Iterable

import anyio

from gitops_master.model.snapshot import LogKey, Snapshot
from gitops_master.ports.cluster import ClusterReader, LogsRead, ReadPlan

DEADLINE_S = 30.0
"""Where nobody says otherwise: several times what a slow way to a large cluster takes, less than people and hosts wait."""


class Deadline:
    """The moment by which everything has to end."""

    def __init__(self, deadline_s: float) -> None:
        self._ends = anyio.current_time() + deadline_s

    def within(self, seconds: float) -> float:
        """That long, or what is left, in seconds."""
        return max(0.0, min(seconds, self._ends - anyio.current_time()))


class Before:
    """A reader all of whose reads end before one deadline, however many of them an answer takes."""

    def __init__(self, reader: ClusterReader, deadline_s: float) -> None:
        self._reader = reader
        self._deadline = Deadline(deadline_s)

    async def read(self, plan: ReadPlan, *, deadline_s: float) -> Snapshot:
        return await self._reader.read(plan, deadline_s=self._deadline.within(deadline_s))

    async def read_logs(self, keys: Iterable[LogKey], *, deadline_s: float) -> LogsRead:
        return await self._reader.read_logs(keys, deadline_s=self._deadline.within(deadline_s))
