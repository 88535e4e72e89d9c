"""The snapshot's index: when it was taken, of which versions, what was read in full and what could not be read.

What `capture` wrote says more: `places`, to which "in full" is narrowed; `scope`, the question for which that was enough;
`fields`, which fields of the objects it kept.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from gitops_master.adapters.snapshot.documents import documents
from gitops_master.adapters.snapshot.limits import refuse
from gitops_master.model.meta import Time
from gitops_master.model.registry import ALIASES
from gitops_master.model.snapshot import Gap, Place
from gitops_master.model.versions import Version, Versions, parse_version
from gitops_master.ports.cluster import Focus

NAMES = ("snapshot.yaml", "snapshot.yml", "snapshot.json")

_HINT = "the index has the keys observed_at, versions, complete and gaps; see docs/snapshots.md"
_PRODUCTS = ("kargo", "argo-cd", "argo-rollouts")
_GAP_KEYS = ("kind", "reason", "object", "field")


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """What the index says; without one nothing is complete."""

    observed_at: Time | None = None
    versions: dict[str, str | None] = {}
    complete: tuple[str, ...] = ()
    gaps: tuple[str | dict[str, str], ...] = ()
    places: tuple[dict[str, str], ...] | None = None
    scope: Focus | None = None
    fields: str = ""

    def installed(self) -> Versions:
        known: dict[str, Version | None] = {
            product.replace("-", "_"): parse_version(text) for product, text in self.versions.items() if text
        }
        return Versions(**known)

    def kind_patterns(self, asked: Focus) -> tuple[str, ...]:
        """What is complete for the question. Of what was read for another one, only what was listed for the whole project."""
        patterns = tuple(ALIASES.get(pattern, pattern) for pattern in self.complete)
        if self.scope is None or self.scope.covers(asked):
            return patterns
        listed = {
            one.kind for one in self.looked_at() or () if not one.name and one.namespace in ("", self.scope.project)
        }
        return tuple(sorted(kind for kind in listed if any(fnmatchcase(kind, pattern) for pattern in patterns)))

    def looked_at(self) -> frozenset[Place] | None:
        if self.places is None:
            return None
        named = ({**one, "kind": ALIASES.get(one["kind"], one["kind"])} for one in self.places)
        return frozenset(Place(**one) for one in named)

    def known_gaps(self) -> list[Gap]:
        return [_gap(one) for one in self.gaps]


def read_index(name: str, data: bytes) -> Index:
    """The index in that file. Raises UnreadableInput naming the key that is wrong."""
    found = [document for document in documents(name, data) if document is not None]
    if len(found) != 1 or not isinstance(found[0], dict):
        refuse(name, "an index is one mapping", _HINT)
    raw: dict[str, Any] = {key: value for key, value in found[0].items() if value is not None}
    _check_keys(name, "", found[0], Index.__struct_fields__)
    try:
        index = msgspec.convert(raw, Index)
    except msgspec.ValidationError as error:
        refuse(name, str(error).replace("$.", ""), f"quote texts such as versions and times; {_HINT}")
    _check_versions(name, index)
    for number, pattern in enumerate(index.complete):
        if pattern != "*" and pattern.count("/") != 1:
            refuse(name, f"`complete[{number}]`: `{pattern}` is not group/Kind", "the core group's kinds are v1/Kind")
    _check_gaps(name, index)
    _check_places(name, index, found[0].get("scope"))
    return index


def _check_gaps(name: str, index: Index) -> None:
    for number, gap in enumerate(index.gaps):
        if isinstance(gap, dict):
            _check_keys(name, f"gaps[{number}].", gap, _GAP_KEYS)
            if not (gap.get("kind") and gap.get("reason")):
                refuse(name, f"`gaps[{number}]` lacks kind or reason", _HINT)


def _check_places(name: str, index: Index, scope: Any) -> None:
    for number, place in enumerate(index.places or ()):
        _check_keys(name, f"places[{number}].", place, Place._fields)
        kind = place.get("kind", "")
        if kind.count("/") != 1 or "*" in kind:
            refuse(
                name,
                f"`places[{number}]`: `{kind}` is not group/Kind",
                "a place is one kind; the core group's are v1/Kind",
            )
    if isinstance(scope, dict):
        _check_keys(name, "scope.", scope, Focus.__struct_fields__)
    if index.scope is not None and index.places is None:
        refuse(name, "`scope` without `places`", "a scope says for which question the places were enough; leave it out")


def _check_keys(name: str, place: str, given: Iterable[str], known: tuple[str, ...]) -> None:
    for key in given:
        if key not in known:
            near = get_close_matches(key, known, 1, 0.5)
            meant = f"did you mean `{place}{near[0]}`?" if near else f"known are {', '.join(known)}"
            refuse(name, f"unknown key `{place}{key}`; {meant}", _HINT)


def _check_versions(name: str, index: Index) -> None:
    _check_keys(name, "versions.", index.versions, _PRODUCTS)
    for product, text in index.versions.items():
        if text and text != "unknown" and parse_version(text) is None:
            refuse(name, f"`versions.{product}`: `{text}` is not a version", "write it as v1.11.2, or leave it out")


def _gap(one: str | dict[str, str]) -> Gap:
    """A text may begin with the kind it is about: `v1/Pod: forbidden`."""
    if isinstance(one, dict):
        return Gap(ALIASES.get(one["kind"], one["kind"]), one["reason"], one.get("object", ""), one.get("field", ""))
    kind, colon, reason = one.partition(": ")
    if colon and "/" in kind and " " not in kind:
        return Gap(ALIASES.get(kind, kind), reason)
    return Gap("snapshot", one)
