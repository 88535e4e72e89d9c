"""The objects that were read, put in order and grouped namespace by namespace while other replies are still on their way."""

from collections.abc import Iterable, Mapping, Sequence

from gitops_master.model.meta import Object
from gitops_master.model.snapshot import Held, Keys


class Objects:
    """Filled reply by reply. Whatever order those come in, objects are held by namespace and name.

    `prepared`: what answers will want the objects of a kind (`group/Kind`) grouped by.
    """

    def __init__(self, prepared: Mapping[str, Sequence[Keys]]) -> None:
        self._prepared = prepared
        self._kinds: dict[str, dict[str, dict[str, Object]]] = {}
        self._parts: dict[tuple[str, str], Held] = {}
        self._held: dict[str, Held] = {}
        self._new: set[tuple[str, str]] = set()

    def has(self, kind: str, namespace: str, name: str) -> bool:
        return name in self._kinds.get(kind, {}).get(namespace, {})

    def put(self, found: Iterable[Object]) -> None:
        """Objects of one kind."""
        kind, changed = "", set[str]()
        places: dict[str, dict[str, Object]] = {}
        for one in found:
            if not kind:
                kind = one.ref.kind
                places = self._kinds.setdefault(kind, {})
            metadata = one.metadata
            if metadata.namespace not in changed:
                changed.add(metadata.namespace)
                places.setdefault(metadata.namespace, {})
            places[metadata.namespace][metadata.name] = one
        for namespace in changed:
            self._parts.pop((kind, namespace), None)
            self._held.pop(kind, None)
            if kind in self._prepared:
                self._new.add((kind, namespace))

    def prepare(self) -> None:
        """Groups what was put since the last time. It was just decoded: later, out of cold memory, it would take twice as long."""
        for kind, namespace in self._new:
            for keys in self._prepared[kind]:
                self._part(kind, namespace).grouped(keys)
        self._new.clear()

    def held(self) -> dict[str, Held]:
        """All of them by kind; what has not changed since the last time is shared with that."""
        for kind in self._kinds.keys() - self._held.keys():
            self._held[kind] = Held.joined([self._part(kind, namespace) for namespace in sorted(self._kinds[kind])])
        return dict(self._held)

    def _part(self, kind: str, namespace: str) -> Held:
        part = self._parts.get((kind, namespace))
        if part is None:
            found = self._kinds[kind][namespace]
            part = self._parts[kind, namespace] = Held({(namespace, name): found[name] for name in sorted(found)})
        return part
