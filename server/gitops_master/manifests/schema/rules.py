"""What one field means for another: rules that shapes are given."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gitops_master.manifests.schema.shapes import DELIMITERS, Faults, Given, Rule, SchemaFault, go_search
from gitops_master.model.manifest import Path, at

_DURATION = re.compile(r"[-+]?(0|(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)([\d.]+(ns|us|µs|μs|ms|s|m|h))*)", re.ASCII)


def duration(text: str) -> str:
    """What Go's time.ParseDuration would refuse."""
    return "" if _DURATION.fullmatch(text) else f"{text!r} is no duration: numbers with units, such as 5m or 1h30m"


def email(text: str) -> str:
    return "" if re.fullmatch(r"[^@\s]+@[^@\s]+", text.strip()) else f"{text!r} is no e-mail address"


def url(text: str) -> str:
    """What the format `uri` refuses: it wants a scheme, which `git@host:path` has not."""
    has_scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text) is not None and "\\" not in text
    return "" if has_scheme else f"{text!r} is no URL: it must begin with a scheme, such as https://"


def is_set(value: Any) -> bool:
    return value not in (None, "", False)


def certain(value: Any) -> bool:
    """Set, and not by an expression, which could come to nothing."""
    return is_set(value) and not (isinstance(value, str) and any(one in value for one in DELIMITERS))


def exactly_one(*keys: str, present: bool = False) -> Rule:
    """`present`: a key counts that is there at all, as CEL's `has`; else one with a value."""

    def rule(value: Mapping[str, Any], path: Path, given: Given) -> Faults:
        there = [key for key in keys if key in value and (present or is_set(value[key]))]
        sure = [key for key in there if present or certain(value[key])]
        if not there:
            yield SchemaFault(path, f"must have one of {', '.join(keys)}")
        elif len(sure) > 1:
            yield SchemaFault((*path, sure[-1]), f"excludes {', '.join(sure[:-1])}", f"keep one of {', '.join(sure)}")

    return rule


def at_most_one(*keys: str) -> Rule:
    def rule(value: Mapping[str, Any], path: Path, given: Given) -> Faults:
        sure = [key for key in keys if certain(value.get(key))]
        if len(sure) > 1:
            yield SchemaFault((*path, sure[-1]), f"excludes {', '.join(sure[:-1])}", f"keep one of {', '.join(sure)}")

    return rule


def needs(key: str, other: str) -> Rule:
    """Where `key` is set, `other` must be."""

    def rule(value: Mapping[str, Any], path: Path, given: Given) -> Faults:
        if certain(value.get(key)) and not is_set(value.get(other)):
            yield SchemaFault((*path, key), f"needs {other} beside it")

    return rule


def unique(*where: str, words: str) -> Rule:
    """No two entries of a list have the same at that place."""

    def rule(value: Sequence[Any], path: Path, given: Given) -> Faults:
        seen: dict[str, int] = {}
        for index, one in enumerate(value):
            found = at(one, *where)
            if not isinstance(found, str) or not found.strip():
                continue
            first = seen.setdefault(found.strip(), index)
            if first != index:
                yield SchemaFault((*path, index, *where), f"{words} {found!r} stands in entry {first} already")

    return rule


def different(value: Sequence[Any], path: Path, given: Given) -> Faults:
    """The entries of a list are a set."""
    for index, one in enumerate(value):
        if one in value[:index]:
            yield SchemaFault((*path, index), f"{one!r} is there already")


def forbids(key: str, *others: str, why: str) -> Rule:
    """Where `key` is there, none of the others may be."""

    def rule(value: Mapping[str, Any], path: Path, given: Given) -> Faults:
        for other in others:
            if key in value and other in value:
                yield SchemaFault((*path, other), why, f"remove {other}")

    return rule


def no_match(where: str, pattern: str, message: str) -> Rule:
    """The text at the key must not fit the pattern."""

    def rule(value: Mapping[str, Any], path: Path, given: Given) -> Faults:
        found = value.get(where)
        if isinstance(found, str) and go_search(pattern, found.strip()):
            yield SchemaFault((*path, where), message)

    return rule
