"""What was read of a cluster at one moment: typed objects by kind, logs, and what could not be read.

Absence is a statement only for a kind that was read in full (`knows_all`); where reading was narrowed to what an answer rests
on, only for objects in the `places` that were looked at (`lacks`). Everything else is a gap, and a gap never looks
like "there are none".
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from fnmatch import fnmatchcase
from typing import NamedTuple, TypeVar

import msgspec

from gitops_master.model.meta import Object, Ref
from gitops_master.model.versions import Versions

T = TypeVar("T", bound=Object)


class Gap(msgspec.Struct, frozen=True):
    """Something that was wanted and not read. `object` and `field` are empty when a whole kind is missing.

    `denied`: it is there to be read, for somebody with more rights.
    """

    kind: str
    reason: str
    object: str = ""
    field: str = ""
    denied: bool = False

    def __str__(self) -> str:
        where = " ".join(part for part in (self.object or self.kind, self.field) if part)
        return f"{where}: {self.reason}"


class LogKey(NamedTuple):
    namespace: str
    pod: str
    container: str

    def __str__(self) -> str:
        return f"log of {self.namespace}/{self.pod} container {self.container}"


class Log(msgspec.Struct, frozen=True):
    """The tail of one container's log, oldest line first. `truncated`: earlier lines were left out."""

    key: LogKey
    lines: tuple[str, ...]
    truncated: bool = False


class Place(NamedTuple):
    """Where was looked in full: for all objects of a kind, for those of a namespace, or for one by its name."""

    kind: str
    namespace: str = ""
    name: str = ""


class Wanted(msgspec.Struct, frozen=True):
    """A rule's request for a log that it has not got; the use case reads it and runs the rule again."""

    log: LogKey


Keys = Callable[..., Iterable[Hashable]]
"""What an object is grouped by."""


class Held:
    """The objects of one kind, in the order they were read, and the ways to them. Snapshots that hold the same share it."""

    def __init__(self, by_name: Mapping[tuple[str, str], Object]) -> None:
        """`by_name`: by namespace and name."""
        self.by_name = dict(by_name)
        self.every = list(by_name.values())
        self.by_namespace: dict[str, list[Object]] = {}
        for (namespace, _), one in by_name.items():
            self.by_namespace.setdefault(namespace, []).append(one)
        self._parts: tuple[Held, ...] = ()
        self._grouped: dict[Keys, dict[Hashable, list[Object]]] = {}

    @classmethod
    def joined(cls, parts: Sequence["Held"]) -> "Held":
        """Those of the parts, each the objects of one namespace, one after the other. How parts were grouped stays with them."""
        whole = cls({})
        whole._parts = tuple(parts)
        for one in parts:
            whole.by_name.update(one.by_name)
            whole.every += one.every
            whole.by_namespace.update(one.by_namespace)
        return whole

    def grouped(self, keys: Keys) -> dict[Hashable, list[Object]]:
        """All under each of its keys; made once for each function."""
        made = self._grouped.get(keys)
        if made is None:
            made = self._grouped[keys] = self._merged(keys) if self._parts else self._filled(keys)
        return made

    def _filled(self, keys: Keys) -> dict[Hashable, list[Object]]:
        found: defaultdict[Hashable, list[Object]] = defaultdict(list)
        for one in self.every:
            for key in keys(one):
                found[key].append(one)
        found.default_factory = None  # looking for what is not there adds nothing
        return found

    def _merged(self, keys: Keys) -> dict[Hashable, list[Object]]:
        found: dict[Hashable, list[Object]] = {}
        for part in self._parts:
            for key, mine in part.grouped(keys).items():
                found[key] = [*found[key], *mine] if key in found else mine
        return found


_NONE = Held({})


def held(objects: Iterable[Object]) -> dict[str, Held]:
    """By kind."""
    kinds: dict[str, dict[tuple[str, str], Object]] = {}
    for one in objects:
        ref = one.ref
        kinds.setdefault(ref.kind, {})[(ref.namespace, ref.name)] = one
    return {kind: Held(by_name) for kind, by_name in kinds.items()}


class Snapshot:
    """Immutable by convention: nothing in it changes after construction. Look-ups are by kind and namespace, in O(1)."""

    def __init__(
        self,
        objects: Iterable[Object] | Mapping[str, Held],
        *,
        source: str,
        observed_at: datetime,
        clock: str = "",
        versions: Versions | None = None,
        complete: Sequence[str] = (),
        gaps: Iterable[Gap] = (),
        logs: Mapping[LogKey, Log] | None = None,
        log_index: AbstractSet[LogKey] = frozenset(),
        places: frozenset[Place] | None = None,
    ) -> None:
        """`objects`: one by one, or by kind."""
        self.source = source
        self.observed_at = observed_at
        self.clock = clock
        self.versions = versions or Versions()
        self.gaps = tuple(gaps)
        self.logs: Mapping[LogKey, Log] = dict(logs or {})
        self.log_index = log_index | frozenset(self.logs) if self.logs else log_index
        self._complete = tuple(complete)
        self._places = places
        self._held = objects if isinstance(objects, Mapping) else held(objects)
        self._gapped = frozenset(gap.kind for gap in self.gaps if not gap.object)
        self._known: dict[str, bool] = {}

    def all(self, type_: type[T], namespace: str | None = None) -> Sequence[T]:
        """Every object of the type (in the namespace, where given), in the order they were read."""
        return self.of_kind(type_.KIND, namespace)  # type: ignore[return-value]

    def of_kind(self, kind: str, namespace: str | None = None) -> Sequence[Object]:
        """Every object of a kind named `group/Kind`, for kinds without a type of their own."""
        found = self._held.get(kind, _NONE)
        return found.every if namespace is None else found.by_namespace.get(namespace, [])

    def grouped(self, type_: type[T], keys: Callable[[T], Iterable[Hashable]]) -> Mapping[Hashable, Sequence[T]]:
        """Every object of the type under each of its keys, in the order they were read.

        Made once for each function: a lambda would be a new one each time. What looks for "mine" among all objects for
        every Stage of a project needs this; scanning would cost stages times objects.
        """
        found = self._held.get(type_.KIND)
        return found.grouped(keys) if found is not None else {}  # type: ignore[return-value]

    def get(self, type_: type[T], namespace: str, name: str) -> T | None:
        return self._held.get(type_.KIND, _NONE).by_name.get((namespace, name))  # type: ignore[return-value]

    def find(self, ref: Ref) -> Object | None:
        return self._held.get(ref.kind, _NONE).by_name.get((ref.namespace, ref.name))

    def owned_by(self, type_: type[T], owner: Object) -> list[T]:
        """Objects of the type in the owner's namespace that name it as their owner: by uid, or by name where one lacks it."""
        place = (owner.namespace, owner.KIND.rpartition("/")[2])
        uid = owner.metadata.uid
        if not uid:
            return list(self.grouped(type_, _owner_names).get((*place, owner.name), ()))
        by_owner = self.grouped(type_, owners)
        return [*by_owner.get((*place, "uid", uid), ()), *by_owner.get((*place, "name", owner.name), ())]

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(self._held)

    @property
    def complete(self) -> tuple[str, ...]:
        """Globs of the kinds that were read in full."""
        return self._complete

    @property
    def places(self) -> frozenset[Place] | None:
        """What "in full" is narrowed to; None where it is not."""
        return self._places

    def knows_all(self, kind: str, namespace: str | None = None) -> bool:
        """Whether the kind was read in full, as far as the answer may ask about it; of one object, `lacks` tells.

        `namespace`: all of it that lies there, which may be none of the places that the answer was expected to rest on.
        """
        narrowed = self._places if namespace is not None else None
        if narrowed is not None and narrowed.isdisjoint({Place(kind), Place(kind, namespace or "")}):
            return False
        known = self._known.get(kind)
        if known is None:
            known = kind not in self._gapped and any(fnmatchcase(kind, pattern) for pattern in self._complete)
            self._known[kind] = known
        return known

    def lacks(self, type_: type[Object], namespace: str, name: str) -> bool:
        """True only where the object certainly does not exist: its kind was read in full and it is not there."""
        return self.lacks_ref(Ref(type_.KIND, namespace, name))

    def lacks_ref(self, ref: Ref) -> bool:
        """`lacks`, for kinds without a type of their own."""
        return self.knows_all(ref.kind) and self._looked_for(ref) and self.find(ref) is None

    def _looked_for(self, ref: Ref) -> bool:
        if self._places is None:
            return True
        kind, namespace, name = ref.kind, ref.namespace, ref.name
        return not self._places.isdisjoint({Place(kind), Place(kind, namespace), Place(kind, namespace, name)})

    def kind_gap(self, kind: str) -> Gap | None:
        """Why the kind is not known in full; None where it is."""
        if self.knows_all(kind):
            return None
        return self.stated_gap(kind) or Gap(kind, "not listed in full" if kind in self._held else "not read")

    def stated_gap(self, kind: str) -> Gap | None:
        """What whoever read the cluster says of a kind that could not be read."""
        return next((gap for gap in self.gaps if gap.kind == kind and not gap.object), None)

    def log(self, key: LogKey) -> Log | None:
        return self.logs.get(key)

    def may_read(self, key: LogKey) -> bool:
        """Whether asking for the log is worth it: it exists and has not been read."""
        return key in self.log_index and key not in self.logs

    def with_logs(self, logs: Mapping[LogKey, Log], gaps: Iterable[Gap] = ()) -> "Snapshot":
        """The same snapshot, more read. Shares the indexes of the original."""
        other = object.__new__(Snapshot)
        other.__dict__.update(self.__dict__)
        other.logs = {**self.logs, **logs}
        other.gaps = (*self.gaps, *gaps)
        return other


def owners(one: Object) -> Iterable[Hashable]:
    """What its owners are known by, uid or else name; each once, however often it is named."""
    namespace, references = one.metadata.namespace, one.metadata.owner_references
    if len(references) == 1 and references[0].uid:
        return ((namespace, references[0].kind, "uid", references[0].uid),)
    return dict.fromkeys(
        (namespace, ref.kind, "uid", ref.uid) if ref.uid else (namespace, ref.kind, "name", ref.name)
        for ref in references
    )


def _owner_names(one: Object) -> Iterable[Hashable]:
    return dict.fromkeys((one.namespace, ref.kind, ref.name) for ref in one.metadata.owner_references)
