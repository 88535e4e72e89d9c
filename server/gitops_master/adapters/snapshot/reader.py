"""`ports.cluster.ClusterReader` over saved files."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import NamedTuple, Protocol

from gitops_master.adapters.fields import fields_read
from gitops_master.adapters.many_objects import without_gc
from gitops_master.adapters.snapshot.collector import Collector
from gitops_master.adapters.snapshot.documents import Found, objects
from gitops_master.adapters.snapshot.index import NAMES, Index, read_index
from gitops_master.adapters.snapshot.limits import MIB, Budget, refuse
from gitops_master.adapters.snapshot.logs import is_log, log_key, misnamed, tail
from gitops_master.adapters.snapshot.sources import guarded, is_archive, members
from gitops_master.model.errors import UnreadableInput
from gitops_master.model.snapshot import Gap, Log, LogKey, Snapshot
from gitops_master.model.versions import Versions
from gitops_master.ports.cluster import Focus, LogsRead, ReadPlan

_OBJECTS = (".yaml", ".yml", ".json")


class _File(NamedTuple):
    name: str
    data: bytes


class Takes(Protocol):
    """What keeps the objects of the files, one after the other."""

    def add(self, found: Found) -> None: ...


class SnapshotReader:
    """Reads a file, folder or archive. `title`: what answers call it. `ignored`: files with neither objects nor logs."""

    def __init__(self, path: Path, *, now: datetime | None = None, title: str = "") -> None:
        if now is not None and now.tzinfo is None:
            raise ValueError("now needs a time zone")
        self.path = path
        self.now = now
        self.title = title or str(path)
        self.ignored: tuple[str, ...] = ()

    async def read(self, plan: ReadPlan, *, deadline_s: float) -> Snapshot:
        """Everything of the plan's kinds that is in the files.

        Raises UnreadableInput. The deadline is not looked at: sizes are bounded, and half a snapshot would make
        false statements about what does not exist.
        """
        with without_gc():
            return self._read(plan)

    async def read_logs(self, keys: Iterable[LogKey], *, deadline_s: float) -> LogsRead:
        """The tails of these logs; one that is not in the snapshot is a gap."""
        missing = tuple(dict.fromkeys(keys))
        logs: dict[LogKey, Log] = {}
        reason = "not in the snapshot"
        try:
            for log in self._tails(missing):
                logs[log.key] = log
        except UnreadableInput as error:
            reason = error.message
        return LogsRead(logs, tuple(Gap("logs", reason, str(key)) for key in missing if key not in logs))

    def _tails(self, wanted: Collection[LogKey]) -> Iterator[Log]:
        left = set(wanted)
        with guarded(self.path):
            for member in members(self.path, Budget()) if left else ():
                key = log_key(member.name) if is_log(member.name) else None
                if key is None or key not in left:
                    continue
                with member.open() as handle:
                    yield tail(key, handle, member.size)
                left.remove(key)
                if not left:
                    return

    def _read(self, plan: ReadPlan) -> Snapshot:
        with guarded(self.path):
            stated = self._stated()
            all_versions = all(getattr(stated.installed(), name) for name in Versions.__struct_fields__)
            timed = self.now is not None or stated.observed_at is not None
            collector = Collector(plan.kinds, tell_time=not timed, tell_versions=not all_versions)
        index, names = self.collect(collector)
        return self._snapshot(collector, index, names, plan.focus)

    def collect(self, collector: Takes) -> tuple[Index, list[str]]:
        """Hands over every object of the files; returns what the index says, and the names of all files.

        Raises UnreadableInput.
        """
        with guarded(self.path):
            names, indexes = self._read_files(collector)
        index = self._index(collector, indexes, names)
        if not any(self._holds_objects(name) for name in names):
            refuse(str(self.path), "no YAML or JSON file inside", "give what kubectl get --output yaml printed")
        return index, names

    def _stated(self) -> Index:
        """A folder's index, ahead of the rest: what it states need not be looked for in every object, which takes longer
        than reading them. Empty where it cannot be told ahead; whatever is wrong with it is said when its turn comes.
        """
        for name in NAMES:
            file = self.path / name
            if file.is_file() and not file.is_symlink() and file.stat().st_size <= MIB:
                try:
                    return read_index(name, file.read_bytes())
                except UnreadableInput:
                    break
        return Index()

    def _read_files(self, collector: Takes) -> tuple[list[str], list[_File]]:
        """Collects the objects; returns all names, and what may be the index."""
        names: list[str] = []
        indexes: list[_File] = []
        budget = Budget()
        for member in members(self.path, budget):
            names.append(member.name)
            if not self._holds_objects(member.name):
                continue
            budget.check_size(member.name, member.size)
            with member.open() as handle:
                expected = 0 if self._is_archive else member.size  # an archive may claim any size
                file = _File(member.name, budget.read_all(member.name, handle, expected))
            if self._may_be_index(file.name):
                indexes.append(file)
            else:
                _collect(collector, file)
        return names, indexes

    def _holds_objects(self, name: str) -> bool:
        return self._is_one_file or name.lower().endswith(_OBJECTS)

    @cached_property
    def _is_one_file(self) -> bool:
        return self.path.is_file() and not self._is_archive

    @cached_property
    def _is_archive(self) -> bool:
        return is_archive(self.path)

    def _may_be_index(self, name: str) -> bool:
        """An archive may have one folder around everything; whether it has is known at its end."""
        parts = PurePosixPath(name).parts
        return parts[-1] in NAMES and not self._is_one_file and len(parts) <= 1 + self._is_archive

    def _index(self, collector: Takes, candidates: list[_File], names: list[str]) -> Index:
        tops = {name.rpartition("/")[0].partition("/")[0] for name in names}
        root = tops.pop() if self._is_archive and len(tops) == 1 else ""
        found = [file for file in candidates if file.name.rpartition("/")[0] == root]
        for file in candidates:
            if file not in found:
                _collect(collector, file)
        if len(found) > 1:
            refuse(found[1].name, f"a second index beside {found[0].name}", "keep one of the two")
        return read_index(*found[0]) if found else Index()

    def _snapshot(self, collector: Collector, index: Index, names: list[str], asked: Focus) -> Snapshot:
        observed_at, clock = self._clock(collector, index)
        logs = [name for name in names if is_log(name) and not self._is_one_file]
        keyed = {name: log_key(name) for name in logs}
        self.ignored = tuple(name for name in names if name not in keyed and not self._holds_objects(name))
        stated, told = index.installed(), collector.installed.versions()
        return Snapshot(
            collector.objects,
            source=self.title,
            observed_at=observed_at,
            clock=clock,
            versions=stated.or_else(told),
            complete=index.kind_patterns(asked),
            gaps=[
                *index.known_gaps(),
                *_other_fields(index),
                *collector.gaps,
                *(misnamed(name) for name in logs if keyed[name] is None),
            ],
            log_index=frozenset(key for key in keyed.values() if key is not None),
            places=index.looked_at(),
        )

    def _clock(self, collector: Collector, index: Index) -> tuple[datetime, str]:
        if self.now is not None:
            return self.now, "given with --now"
        if index.observed_at is not None:
            return index.observed_at, "snapshot.yaml observed_at"
        newest = collector.newest.time
        if newest is None:
            refuse(
                str(self.path), "nothing inside says when it was taken", "give the time with --now 2026-01-31T12:00:00Z"
            )
        return newest, "newest time in the snapshot"


def _other_fields(index: Index) -> list[Gap]:
    """A capture holds the fields that the program which wrote it reads; another one may read more, and find them absent."""
    if index.fields in ("", fields_read()):
        return []
    reason = "captured by another version of gitops-master, which kept other fields than this one reads"
    return [Gap("snapshot", reason, "fields of the objects")]


def _collect(collector: Takes, file: _File) -> None:
    for found in objects(*file):
        collector.add(found)
