"""One deadline for all that an answer reads."""

from collections.abc import Iterable

from gitops_master.model.snapshot import LogKey, Snapshot
from gitops_master.ports.cluster import LogsRead, ReadPlan
from gitops_master.usecases.deadline import Before


class Noted:
    """A reader that notes how much time it was given."""

    def __init__(self) -> None:
        self.given: list[float] = []

    async def read(self, plan: ReadPlan, *, deadline_s: float) -> Snapshot:
        raise NotImplementedError

    async def read_logs(self, keys: Iterable[LogKey], *, deadline_s: float) -> LogsRead:
        self.given.append(deadline_s)
        return LogsRead({})


async def test_later_reads_get_what_is_left_and_never_less_than_nothing() -> None:
    noted = Noted()

    await Before(noted, 5.0).read_logs([], deadline_s=30.0)
    await Before(noted, 60.0).read_logs([], deadline_s=30.0)
    await Before(noted, -1.0).read_logs([], deadline_s=30.0)

    assert 0 < noted.given[0] <= 5.0
    assert noted.given[1:] == [30.0, 0.0]
