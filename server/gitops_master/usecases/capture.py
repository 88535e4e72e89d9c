"""Keep what an answer rests on: an analysis as ever, and everything it read as an archive that gives the same answer."""

from collections.abc import Iterable

import msgspec

from gitops_master.model.finding import Diagnosis
from gitops_master.model.snapshot import Gap, Log, LogKey, Snapshot
from gitops_master.ports.capture import Store, Written
from gitops_master.ports.cluster import ClusterReader, Focus, LogsRead, ReadPlan
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze


class Captured(msgspec.Struct, frozen=True):
    diagnosis: Diagnosis
    written: Written
    gaps: int


async def capture(reader: ClusterReader, request: AnalyzeRequest, store: Store) -> Captured:
    """Analyses, then writes. Raises as `analyze` and `Store.check` do; then nothing is written."""
    store.check()
    recorder = _Recorder(reader)
    diagnosis = await analyze(recorder, request)
    snapshot, asked = recorder.all_read()
    # Whoever left the project out meant the only one there is; which that was is known by now.
    scope = msgspec.structs.replace(asked, project=asked.project or diagnosis.project)
    return Captured(diagnosis, store.write(snapshot, scope), len(snapshot.gaps))


class _Recorder:
    """A reader that remembers what it was asked and what came."""

    def __init__(self, reader: ClusterReader) -> None:
        self._reader = reader
        self._asked: ReadPlan | None = None
        self._snapshot: Snapshot | None = None
        self._logs: dict[LogKey, Log] = {}
        self._gaps: list[Gap] = []

    async def read(self, plan: ReadPlan, *, deadline_s: float) -> Snapshot:
        self._asked = plan
        self._snapshot = await self._reader.read(plan, deadline_s=deadline_s)
        return self._snapshot

    async def read_logs(self, keys: Iterable[LogKey], *, deadline_s: float) -> LogsRead:
        read = await self._reader.read_logs(keys, deadline_s=deadline_s)
        self._logs.update(read.logs)
        self._gaps += [one for one in read.gaps if one not in self._gaps]
        return read

    def all_read(self) -> tuple[Snapshot, Focus]:
        if self._snapshot is None or self._asked is None:
            raise RuntimeError("nothing was read")
        return self._snapshot.with_logs(self._logs, self._gaps), self._asked.focus
