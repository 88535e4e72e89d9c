"""What the pass over the files gathers: typed objects without duplicates, gaps, and hints for clock and versions."""

from fnmatch import fnmatchcase
from typing import NamedTuple

import msgspec

from gitops_master.adapters.decode import decoded, without_values
from gitops_master.adapters.detect_versions import InstalledVersions
from gitops_master.adapters.snapshot.clock import NewestTime
from gitops_master.adapters.snapshot.documents import Found
from gitops_master.model.meta import Object, Ref
from gitops_master.model.registry import ALIASES, kind_of
from gitops_master.model.snapshot import Gap

_SECRET = "v1/Secret"
_EVENT = "v1/Event"


class _Held(NamedTuple):
    object: Object
    version: str
    where: str
    api_version: str


class Collector:
    """Takes plain objects one at a time, so that only what the plan names is kept."""

    def __init__(self, kinds: frozenset[str], *, tell_time: bool = True, tell_versions: bool = True) -> None:
        self._tell_time = tell_time
        self._tell_versions = tell_versions
        self._patterns = tuple(ALIASES.get(kind, kind) for kind in kinds)
        self._wanted: dict[str, bool] = {}
        self._held: dict[Ref, _Held] = {}
        self.gaps: list[Gap] = []
        self.newest = NewestTime()
        self.installed = InstalledVersions()

    @property
    def objects(self) -> list[Object]:
        return [held.object for held in self._held.values()]

    def add(self, found: Found) -> None:
        data, where = found
        api_version = data["apiVersion"]
        kind = kind_of(api_version, data["kind"])
        if kind == _SECRET:
            without_values(data)
        if self._tell_time:
            self.newest.see(data)
        if self._tell_versions:
            self.installed.see(data)
        if not self._wants(kind):
            return
        metadata = data.get("metadata")
        version = metadata.get("resourceVersion") if isinstance(metadata, dict) else None
        object_, gaps = decoded(data, kind, where)
        self.gaps += gaps
        if object_ is not None:
            self._keep(_Held(object_, version if isinstance(version, str) else "", where, api_version))

    def _wants(self, kind: str) -> bool:
        wanted = self._wanted.get(kind)
        if wanted is None:
            wanted = self._wanted[kind] = any(fnmatchcase(kind, pattern) for pattern in self._patterns)
        return wanted

    def _keep(self, new: _Held) -> None:
        ref = new.object.ref
        old = self._held.get(ref)
        if old is None:
            self._held[ref] = new
            return
        if ref.kind == _EVENT and old.api_version != new.api_version:
            # One Event served under two groups; the core layout has more of the fields that are read.
            self._held[ref] = new if new.api_version == "v1" else old
            return
        kept = self._held[ref] = _newer(old, new)
        if _differ(old, new):
            reason = f"found twice, in {old.where} and {new.where}; the one in {kept.where} was kept"
            self.gaps.append(Gap(ref.kind, reason, str(ref)))


def _newer(old: _Held, new: _Held) -> _Held:
    """By resourceVersion where both are numbers, otherwise the one that was read last."""
    if old.version.isdecimal() and new.version.isdecimal():
        return old if number(old.version) > number(new.version) else new
    return new


def number(text: str) -> tuple[int, str]:
    """Orders numbers of any length; int() refuses very long ones."""
    digits = text.lstrip("0")
    return len(digits), digits


def _differ(old: _Held, new: _Held) -> bool:
    if old.version and new.version:
        return old.version != new.version
    return bool(msgspec.to_builtins(old.object) != msgspec.to_builtins(new.object))
