"""Of what shape a value may be: a few plain kinds that the schema of each object and step is put together from.

A shape yields what is wrong with a value and nothing where all is well. It keeps what it was made from, so that it can be compared
with the schemas that Kargo's releases carry.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from gitops_master.model.manifest import Level, Path
from gitops_master.model.near import did_you_mean
from gitops_master.model.versions import Version, parse_version

DELIMITERS = ("${{", "${%")
"""What begins an expression; Kargo knows both (pkg/expressions/json_templates.go, v1.11.2)."""


class SchemaFault(NamedTuple):
    """Where a value is not as it must be, how so, and what to do."""

    path: Path
    message: str
    fix: str = ""
    level: Level = Level.ERROR


class Given(NamedTuple):
    """What a value is judged under. `kargo`: the installed version, None where nobody knows.

    `expressions`: whether an expression may stand for any value, as in the config of steps.
    """

    kargo: Version | None = None
    expressions: bool = False


Faults = Iterator[SchemaFault]
Rule = Callable[[Any, Path, Given], Faults]


class Shape(Protocol):
    def faults(self, value: Any, path: Path, given: Given) -> Faults:
        """What is wrong with the value, which stands at the path."""


def is_expression(value: Any, given: Given) -> bool:
    """Whether the value is only known once Kargo has evaluated it."""
    return given.expressions and isinstance(value, str) and any(one in value for one in DELIMITERS)


def named(value: Any) -> str:
    """What a value is, in words."""
    if value is None:
        return "empty"
    words = {bool: "true or false", str: "a text", list: "a list", tuple: "a list", dict: "a mapping"}
    return words.get(type(value), "a number" if isinstance(value, int | float) else "a mapping")


class Anything(NamedTuple):
    def faults(self, value: Any, path: Path, given: Given) -> Faults:
        yield from ()


class Text(NamedTuple):
    """`pattern`: a regular expression of Go; `what`: it in words. `longest`: 0 is no bound. `check`: what says more of a text."""

    shortest: int = 0
    longest: int = 0
    pattern: str = ""
    what: str = ""
    choices: tuple[str, ...] = ()
    check: Callable[[str], str] | None = None

    def faults(self, value: Any, path: Path, given: Given) -> Faults:
        if is_expression(value, given):
            return
        if not isinstance(value, str):
            fix = f'put it in quotes: "{_plain(value)}"' if isinstance(value, bool | int | float) else ""
            yield SchemaFault(path, f"is {named(value)}, but must be a text", fix)
        elif len(value) < self.shortest:
            yield SchemaFault(path, "must not be empty")
        elif self.longest and len(value) > self.longest:
            yield SchemaFault(path, f"has {len(value)} characters, but may have at most {self.longest}")
        elif self.choices and value not in self.choices:
            known = ", ".join(one or '""' for one in self.choices)
            yield SchemaFault(path, f"is {value!r}{did_you_mean(value, self.choices)}", f"it takes: {known}")
        elif self.pattern and not go_search(self.pattern, value):
            yield SchemaFault(
                path, f"{value!r} is not {self.what}" if self.what else f"{value!r} does not fit {self.pattern}"
            )
        elif self.check is not None and (wrong := self.check(value)):
            yield SchemaFault(path, wrong)


class Flag(NamedTuple):
    def faults(self, value: Any, path: Path, given: Given) -> Faults:
        if not isinstance(value, bool) and not is_expression(value, given):
            fix = "write it without quotes" if value in ("true", "false") else "it takes: true, false"
            yield SchemaFault(path, f"is {named(value)}, but must be true or false", fix)


class Whole(NamedTuple):
    """A whole number. Bounds are within it."""

    least: int | None = None
    most: int | None = None

    def faults(self, value: Any, path: Path, given: Given) -> Faults:
        if is_expression(value, given):
            return
        if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, float) and value.is_integer())):
            fix = "write it without quotes" if isinstance(value, str) and value.isdigit() else ""
            yield SchemaFault(path, f"is {named(value)}, but must be a whole number", fix)
        elif self.least is not None and value < self.least:
            yield SchemaFault(path, f"is {value}, but must be at least {self.least}")
        elif self.most is not None and value > self.most:
            yield SchemaFault(path, f"is {value}, but must be at most {self.most}")


class WholeOrText(NamedTuple):
    """Kubernetes' int-or-string."""

    def faults(self, value: Any, path: Path, given: Given) -> Faults:
        if isinstance(value, bool) or not isinstance(value, int | str):
            yield SchemaFault(path, f"is {named(value)}, but must be a whole number or a text")


class ListOf(NamedTuple):
    """`rules`: of the list as a whole; asked only where it is one."""

    item: Shape
    least: int = 0
    most: int = 0
    rules: tuple[Rule, ...] = ()

    def faults(self, value: Any, path: Path, given: Given) -> Faults:
        if is_expression(value, given):
            return
        if not isinstance(value, list | tuple):
            yield SchemaFault(path, f"is {named(value)}, but must be a list", "begin each entry with '- '")
            return
        if len(value) < self.least:
            yield SchemaFault(path, "must have at least one entry")
        if self.most and len(value) > self.most:
            yield SchemaFault(path, f"has {len(value)} entries, but may have at most {self.most}")
        for index, one in enumerate(value):
            yield from self.item.faults(one, (*path, index), given)
        for rule in self.rules:
            yield from rule(value, path, given)


class MapOf(NamedTuple):
    """Any keys."""

    value: Shape
    least: int = 0

    def faults(self, value: Any, path: Path, given: Given) -> Faults:
        if is_expression(value, given):
            return
        if not isinstance(value, Mapping):
            yield SchemaFault(path, f"is {named(value)}, but must be a mapping")
            return
        if len(value) < self.least:
            yield SchemaFault(path, "must have at least one entry")
        for key, one in value.items():
            yield from self.value.faults(one, (*path, str(key)), given)


class Field(NamedTuple):
    shape: Shape
    required: bool = False
    since: Version | None = None


class Gone(NamedTuple):
    """A field that Kargo had. `since`: the first version without it."""

    fix: str
    since: Version


class Fields:
    """A mapping with known keys, written `{"name!": …, "vars@1.5": …}`: `!` must be there, `@` since which version of Kargo.

    `open`: others are accepted. `gone`: keys that only earlier versions had, `@` the first without, with what to do now. `rules`:
    what one key means for others; asked only where the value is a mapping.
    """

    def __init__(
        self,
        fields: Mapping[str, Shape],
        *,
        rules: Sequence[Rule] = (),
        open: bool = False,
        gone: Mapping[str, str] | None = None,
    ) -> None:
        """Raises ValueError where a key cannot be read."""
        self.fields = dict(_field(key, shape) for key, shape in fields.items())
        self.rules = tuple(rules)
        self.open = open
        self.gone = dict(_gone(key, fix) for key, fix in (gone or {}).items())

    def faults(self, value: Any, path: Path, given: Given) -> Faults:
        if is_expression(value, given):
            return
        if not isinstance(value, Mapping):
            yield SchemaFault(path, f"is {named(value)}, but must be a mapping")
            return
        for key, one in value.items():
            yield from self._of(str(key), one, (*path, str(key)), given)
        for key, field in self.fields.items():
            if field.required and key not in value:
                yield SchemaFault((*path, key), "is missing")
        for rule in self.rules:
            yield from rule(value, path, given)

    def _of(self, key: str, value: Any, path: Path, given: Given) -> Faults:
        field = self.fields.get(key)
        if field is None:
            if not self.open:
                yield from self._unknown(key, path, given)
            return
        if field.since is not None and given.kargo is not None and given.kargo < field.since:
            has = f"Kargo has this field since v{field.since.major}.{field.since.minor}; installed is {given.kargo}"
            yield SchemaFault(path, has, "remove it, or upgrade Kargo")
        yield from field.shape.faults(value, path, given)

    def _unknown(self, key: str, path: Path, given: Given) -> Faults:
        gone = self.gone.get(key)
        if gone is None:
            told = f"no such field{did_you_mean(key, list(self.fields))}"
            yield SchemaFault(path, told, f"it takes: {', '.join(self.fields) or 'none'}")
        elif given.kargo is None or given.kargo >= gone.since:
            yield SchemaFault(path, f"Kargo v{gone.since.major}.{gone.since.minor} removed this field", gone.fix)


def go_search(pattern: str, text: str) -> bool:
    """Whether a pattern of Go finds itself in the text: `$` is the very end, classes are ASCII."""
    return re.search(re.sub(r"(?<!\\)\$", r"\\Z", pattern), text, re.ASCII) is not None


def _field(key: str, shape: Shape) -> tuple[str, Field]:
    rest, _, text = key.partition("@")
    return rest.removesuffix("!"), Field(shape, rest.endswith("!"), _version(text) if text else None)


def _gone(key: str, fix: str) -> tuple[str, Gone]:
    name, _, text = key.partition("@")
    return name, Gone(fix, _version(text))


def _version(text: str) -> Version:
    found = parse_version(text)
    if found is None:
        raise ValueError(f"not a version: {text!r}")
    return found


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
