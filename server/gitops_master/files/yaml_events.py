"""YAML to plain data, in one pass over the parser's events: no anchors, no aliases, no tags, no key twice.

Composing nodes in C and constructing from them takes longer (three marks and a resolver call for each node), and recurses
in C without a limit: deep nesting ends the process. Events give nesting, anchors and tags on the way.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import yaml

MAX_DEPTH = 100
"""The API server accepts deeper objects, but no kind we read comes near; Python's own stack allows about 900."""

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]{1,4000}")
"""Python converts no more than 4,300 digits; longer ones stay text."""
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,400}|[0-9]{1,200}(\.[0-9]{0,200})?)([eE][-+]?[0-9]{1,2})?")
"""Small enough for a finite number; kubectl writes none that is larger."""
_NUMERIC = frozenset("-+.0123456789")

_TEXT = "tag:yaml.org,2002:str"
_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float"))
_COLLECTION_TAGS = frozenset((None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"))


class YamlProblem(Exception):
    """What is wrong, and in which line (from 1; 0: nobody knows). `is_syntax`: it is no YAML, or cut off; else YAML that is refused."""

    def __init__(self, reason: str, line: int, *, is_syntax: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.is_syntax = is_syntax


def yaml_documents(data: bytes) -> Iterator[Any]:
    """Every document, None for an empty one. Raises YamlProblem."""
    try:
        yield from _Builder(data).documents()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        raise YamlProblem(str(problem), mark.line + 1 if mark else 0, is_syntax=True) from None


def _parser(data: bytes) -> Any:
    try:
        from yaml.cyaml import CParser  # type: ignore[attr-defined]
    except ImportError:  # a PyYAML without libyaml: the same events, slower
        return yaml.Loader(data)
    return CParser(data)


class _Builder:
    """Builds plain data from one stream of events."""

    def __init__(self, data: bytes) -> None:
        self._next: Callable[[], Any] = _parser(data).get_event
        self._depth = 0

    def documents(self) -> Iterator[Any]:
        while (event := self._next()) is not None and type(event) is not yaml.StreamEndEvent:
            if type(event) in (yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent):
                continue
            yield self._value(event)

    def _value(self, event: Any) -> Any:
        kind = type(event)
        if event.anchor is not None:  # an alias has the name it refers to in here
            self._refuse(event, "a YAML anchor or alias")
        if kind is yaml.ScalarEvent:
            plain, quoted = event.implicit
            if plain:
                return resolved(event.value)
            return event.value if quoted else self._tagged(event)
        if event.tag not in _COLLECTION_TAGS:
            self._refuse(event, f"the YAML tag {event.tag}")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._refuse(event, f"nested deeper than {MAX_DEPTH} levels")
        built = self._mapping() if kind is yaml.MappingStartEvent else self._sequence()
        self._depth -= 1
        return built

    def _mapping(self) -> dict[str, Any]:
        held: dict[str, Any] = {}
        following, value, scalar = self._next, self._value, yaml.ScalarEvent
        while True:
            event = following()
            if type(event) is not scalar:
                if type(event) is yaml.MappingEndEvent:
                    return held
                self._refuse(event, "a mapping key that is not text")
            if event.anchor is not None or event.tag is not None:
                self._refuse(event, "a YAML anchor or tag at a key")
            key = event.value
            if key in held:
                self._refuse(event, f"duplicate key `{key[:60]}`")
            held[key] = value(following())

    def _sequence(self) -> list[Any]:
        held: list[Any] = []
        following, value = self._next, self._value
        while type(event := following()) is not yaml.SequenceEndEvent:
            held.append(value(event))
        return held

    def _tagged(self, event: Any) -> Any:
        if event.tag in _PLAIN_TAGS:
            return resolved(event.value)
        if event.tag not in (None, "!", _TEXT):
            self._refuse(event, f"the YAML tag {event.tag}")
        return event.value

    def _refuse(self, event: Any, reason: str) -> NoReturn:
        raise YamlProblem(reason, event.start_mark.line + 1, is_syntax=False)


def resolved(text: str) -> Any:
    """An unquoted scalar by YAML's core schema, without octal, hexadecimal, infinity and times: those stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _NUMERIC:  # spares most texts the two patterns
        if _INT.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
    return text
