"""What may be named: conditions, words, labels, texts and commands, gathered from where they are known to be true.

From objects that real controllers wrote and from cases (both below tests/), from the rules, their patterns and their sources,
from CRDs, and from `tests/references/from_source.yaml`, which says for the rest where in the products' code it stands.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from gitops_master.facts.patterns import Pattern, plain
from gitops_master.rules.registry import all_rules
from tools.references.commands import Commands
from tools.references.schemas import Schemas, definitions

ROOT = Path(__file__).parents[2]
OBJECTS = (ROOT / "tests" / "real", ROOT / "tests" / "cases")
FROM_SOURCE = ROOT / "tests" / "references" / "from_source.yaml"
CODE = ("rules", "facts", "model")
WORD = re.compile(r"[A-Z][A-Za-z0-9]*")
_CODED = re.compile(r"\b[A-Z]\w*[A-Z]\w*\b")
"""Names within a message: two capitals tell them from words that begin a sentence."""
_STEP_SCHEMA = re.compile(r"^(?!common)(.+)-config\.json$")


class Condition(msgspec.Struct, frozen=True):
    """One state of a condition: `status` is empty for those that have none."""

    kind: str
    type: str
    status: str = ""
    reason: str = ""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words with the file at a version that they were found in.

    `conditions` as `Stage Ready=False/NoFreight`; `paths` are fields of other versions; `names` are what stands for itself:
    keys of settings, products, values; `commands` a command with its options.
    """

    version: str
    path: str
    conditions: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    commands: dict[str, tuple[str, ...]] = {}


class Knowledge(msgspec.Struct, frozen=True):
    """All that is known. `steps`: kinds of promotion steps; `texts`: what was printed or may be, divided by NUL."""

    schemas: Schemas
    conditions: frozenset[Condition]
    words: frozenset[str]
    labels: frozenset[str]
    names: frozenset[str]
    paths: frozenset[str]
    steps: frozenset[str]
    rules: frozenset[str]
    patterns: tuple[Pattern, ...]
    texts: str
    commands: Commands


def knowledge(upstream: Path) -> Knowledge:
    """Takes seconds: some thousand objects are read. Raises FileNotFoundError where upstream holds no CRDs."""
    found = definitions(upstream)
    if not found:
        raise FileNotFoundError(f"no CRDs below {upstream}")
    schemas = Schemas(found)
    objects, listed, literals = list(_objects()), sources(), frozenset(_literals())
    patterns = tuple({pattern for rule in all_rules() for pattern in (*rule.patterns, *rule.unless)})
    strings = {text for one in objects for text in _strings(one)}
    told = [*strings, *_logs(), *(vector for one in patterns for vector in one.vectors)]
    told += [text for one in listed for text in one.messages]
    labels = frozenset((*_labels(objects), *literals, *(text for one in listed for text in one.labels)))
    names = frozenset(text for one in listed for text in one.names)
    steps = frozenset(match[1] for path in upstream.rglob("*-config.json") if (match := _STEP_SCHEMA.match(path.name)))
    return Knowledge(
        schemas=schemas,
        conditions=frozenset((*_seen(objects), *(condition(text) for one in listed for text in one.conditions))),
        words=frozenset(
            (
                *schemas.kinds,
                *(text for text in schemas.enums() | strings | literals if WORD.fullmatch(text)),
                *(word for one in patterns for vector in one.vectors for word in _CODED.findall(vector)),
                *(text for one in listed for text in one.words),
            )
        ),
        labels=labels,
        names=names,
        paths=frozenset(text for one in listed for text in one.paths),
        steps=steps,
        rules=frozenset(rule.id for rule in all_rules()),
        patterns=patterns,
        texts="\0".join(" ".join(plain(text).split()) for text in told),
        commands=Commands(
            {name: options for one in listed for name, options in one.commands.items()}, schemas, labels, names
        ),
    )


def condition(text: str) -> Condition:
    """`Stage Ready=False/NoFreight` as a value; status and reason may be left out."""
    kind, _, rest = text.partition(" ")
    rest, _, reason = rest.partition("/")
    type_, _, status = rest.partition("=")
    return Condition(kind, type_, status, reason)


def sources() -> list[Source]:
    """What `from_source.yaml` lists. Raises msgspec.ValidationError for what is not written as `Source` says."""
    return msgspec.convert(yaml.load(FROM_SOURCE.read_text(encoding="utf-8"), yaml.CSafeLoader), list[Source])


def _objects() -> Iterator[Any]:
    for folder in OBJECTS:
        for path in sorted(folder.rglob("*.yaml")):
            for document in yaml.load_all(path.read_text(encoding="utf-8"), yaml.CSafeLoader):
                if isinstance(document, dict):
                    yield from document.get("items") or [document]


def _logs() -> Iterator[str]:
    for folder in OBJECTS:
        for path in sorted(folder.rglob("*.log")):
            yield from path.read_text(encoding="utf-8", errors="replace").splitlines()


def _seen(objects: Iterable[Any]) -> Iterator[Condition]:
    for one in objects:
        status = one.get("status")
        for each in (status.get("conditions") or ()) if isinstance(status, dict) else ():
            yield Condition(one["kind"], each.get("type", ""), str(each.get("status", "")), each.get("reason", ""))


def _labels(objects: Iterable[Any]) -> Iterator[str]:
    """Annotations, labels and finalizers of objects, and the API groups that they are of."""
    for one in objects:
        metadata = one.get("metadata") or {}
        yield from metadata.get("annotations") or ()
        yield from metadata.get("labels") or ()
        yield from metadata.get("finalizers") or ()
        version = one.get("apiVersion", "")
        yield from (version, version.partition("/")[0])


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _literals() -> Iterator[str]:
    """Strings in the code that judges objects: what a rule compares with is true, or the rule's own cases would fail."""
    for package in CODE:
        for path in sorted((ROOT / "server" / "gitops_master" / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 100:
                    yield node.value


@cache
def default_knowledge(upstream: Path) -> Knowledge:
    """As `knowledge`, once a process."""
    return knowledge(upstream)
