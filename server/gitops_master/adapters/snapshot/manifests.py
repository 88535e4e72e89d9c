"""`ports.manifests.ManifestReader` over saved files."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from gitops_master.adapters.many_objects import without_gc
from gitops_master.adapters.snapshot.collector import number
from gitops_master.adapters.snapshot.documents import Found
from gitops_master.adapters.snapshot.index import Index
from gitops_master.adapters.snapshot.reader import SnapshotReader
from gitops_master.adapters.whole_objects import SECRET, manifest, secrets_of
from gitops_master.model.manifest import Manifest
from gitops_master.model.registry import ALIASES, kind_of
from gitops_master.model.snapshot import Gap, Place
from gitops_master.ports.manifests import Held

_CAPTURED = "captured by gitops-master, which keeps only fields that it reads: the objects may have had more"


class SavedManifests:
    """Reads a file, folder or archive, as `SnapshotReader` does."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def held(self, places: Sequence[Place], *, deadline_s: float) -> Held:
        """As the port says; the deadline is not looked at, since sizes are bounded. Raises UnreadableInput."""
        wanted = _Wanted(places)
        with without_gc():
            index, _ = SnapshotReader(self._path).collect(wanted)
        full = [one for one in dict.fromkeys(places) if _is_full(index, one)]
        return Held(wanted.manifests(), tuple(full), tuple(_gaps(index, places, full, wanted)))


class _Wanted:
    """Keeps the objects of the places."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = frozenset(places)
        self._kinds = frozenset(one.kind for one in places) - {SECRET}
        self._held: dict[tuple[str, str, str], tuple[str, Manifest]] = {}
        self.problems: list[Gap] = []

    def add(self, found: Found) -> None:
        data, where = found
        kind = kind_of(data["apiVersion"], data["kind"])
        if kind not in self._kinds:
            return
        try:
            one = manifest(data, data["apiVersion"], data["kind"])
        except ValueError as error:
            self.problems.append(Gap(kind, str(error), where))
            return
        if self._places.isdisjoint({Place(kind), Place(kind, one.namespace), Place(kind, one.namespace, one.name)}):
            return
        version = str(data["metadata"].get("resourceVersion") or "")
        key = (kind, one.namespace, one.name)
        before = self._held.get(key)
        if before is None or not _is_newer(before[0], version):
            self._held[key] = (version, one)

    def manifests(self) -> tuple[Manifest, ...]:
        return tuple(self._held[key][1] for key in sorted(self._held))


def _is_newer(one: str, other: str) -> bool:
    """Of two saved states of one object; the one that was read last counts where that cannot be told."""
    return one.isdecimal() and other.isdecimal() and number(one) > number(other)


def _is_full(index: Index, place: Place) -> bool:
    if place.kind == SECRET or any(gap.kind == place.kind and not gap.object for gap in index.known_gaps()):
        return False
    if not any(fnmatchcase(place.kind, ALIASES.get(pattern, pattern)) for pattern in index.complete):
        return False
    looked = index.looked_at()
    wider = {Place(place.kind), Place(place.kind, place.namespace), place}
    return looked is None or not looked.isdisjoint(wider)


def _gaps(index: Index, places: Sequence[Place], full: Sequence[Place], wanted: _Wanted) -> list[Gap]:
    found = [Gap("snapshot", _CAPTURED, "fields of the objects")] if index.fields else []
    found += secrets_of(places)
    for kind in dict.fromkeys(one.kind for one in places if one not in full and one.kind != SECRET):
        stated = next((gap for gap in index.known_gaps() if gap.kind == kind and not gap.object), None)
        found.append(stated or Gap(kind, "not listed in full"))
    return [*found, *wanted.problems]
