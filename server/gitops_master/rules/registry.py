"""How a rule is written down, and the registry of all of them.

A structural rule is a function under `@rule(...)`; a signature is a declaration (rules/signatures.py) that becomes one.
Both yield `Hit`s; the engine turns them into findings with the rule's own metadata.
"""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache

import msgspec
from msgspec import structs

from gitops_master import rules as package
from gitops_master.facts import pod_patterns
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import Pattern, Patterns, each
from gitops_master.facts.project import ProjectView
from gitops_master.facts.stage import StageView
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Class, Confidence, Evidence, Remedy, Risk, Severity
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Wanted
from gitops_master.model.versions import VersionRange

View = StageView | ApplicationView | WarehouseView | ProjectView
"""What a rule looks at."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found. Everything else about the finding comes from the rule."""

    summary: str
    evidence: list[Evidence] = []
    remedies: list[Remedy] = []
    confidence: Confidence = Confidence.HIGH
    ends: str = ""
    subject: Ref | None = None
    """Where the fault sits, if not in the view's own object; findings of one subject and id are one."""
    also_explains: frozenset[str] = frozenset()


Check = Callable[..., Iterator[Hit | Wanted]]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One cause that can be recognised. `explains`: ids of findings that are only its consequences where it holds."""

    id: str
    area: str
    class_: Class
    title: str
    on: tuple[type, ...]
    check: Check
    doc: str
    severity: Severity = Severity.HIGH
    risk: Risk = Risk.LOW
    needs: frozenset[str] = frozenset()
    explains: frozenset[str] = frozenset()
    versions: tuple[VersionRange, ...] = ()
    sources: tuple[str, ...] = ()
    is_symptom: bool = False
    """Says only that something is wrong, never why: the root only where no cause was found."""
    is_hint: bool = False
    """Advice that is no fault: told below the cause, never the root."""
    reassures: bool = False
    """Says that nothing is wrong in spite of appearances: the root only for somebody who reported a symptom."""
    patterns: tuple[Pattern, ...] = ()
    """Texts it matches: what its module names, a signature's own, and what was given for a helper that matches them."""
    unless: tuple[Pattern, ...] = ()
    """Texts that speak for a neighbour instead."""

    @property
    def asks_for_logs(self) -> bool:
        """Whether it may yield `Wanted`, as the type of its check says."""
        return Wanted.__name__ in str(self.check.__annotations__["return"])


_rules: dict[str, Rule] = {}


def register(new: Rule) -> None:
    """Adds a rule. Raises ValueError on an id that is taken."""
    if new.id in _rules:
        raise ValueError(f"two rules with the id {new.id!r}")
    _rules[new.id] = new


def rule(
    id_: str,
    *,
    area: str,
    title: str,
    on: type | tuple[type, ...],
    class_: Class = Class.FAULT,
    severity: Severity = Severity.HIGH,
    risk: Risk = Risk.LOW,
    needs: Iterable[str] = (),
    explains: Iterable[str] = (),
    versions: Iterable[str] = (),
    sources: Iterable[str] = (),
    is_symptom: bool = False,
    is_hint: bool = False,
    reassures: bool = False,
    patterns: Patterns = (),
    unless: Patterns = (),
) -> Callable[[Check], Check]:
    """Registers a structural rule; its docstring is the manual (symptom, why, how to tell, what to do, not this when).

    `patterns`: those that a helper of another module matches for it. `unless`: of the patterns that its module names, those
    whose match speaks for a neighbour.
    """

    def wrap(check: Check) -> Check:
        register(
            Rule(
                id=id_,
                area=area,
                class_=class_,
                title=title,
                on=on if isinstance(on, tuple) else (on,),
                check=check,
                doc=inspect.getdoc(check) or "",
                severity=severity,
                risk=risk,
                needs=frozenset(needs),
                explains=frozenset(explains),
                versions=tuple(VersionRange.parse(one) for one in versions),
                sources=tuple(sources),
                is_symptom=is_symptom,
                is_hint=is_hint,
                reassures=reassures,
                patterns=each(patterns),
                unless=each(unless),
            )
        )
        return check

    return wrap


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, found by importing every module of this package; ordered by id."""
    _import_everything()
    return tuple(sorted((_with_patterns(one) for one in _rules.values()), key=lambda one: one.id))


@cache
def all_patterns() -> tuple[Pattern, ...]:
    """Every pattern that a module of this package names, or the facts that word failures of pods, ordered by name.

    Raises ValueError on a name that is taken.
    """
    found: dict[str, Pattern] = {}
    for name in (*_import_everything(), pod_patterns.__name__):
        for one in _named_by(name):
            if found.setdefault(one.name, one) != one:
                raise ValueError(f"two patterns with the name {one.name!r}")
    return tuple(found[name] for name in sorted(found))


@cache
def rules_asking_for_logs() -> tuple[Rule, ...]:
    return tuple(one for one in all_rules() if one.asks_for_logs)


def _import_everything() -> list[str]:
    names = [module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    for name in names:
        importlib.import_module(name)
    return names


def _named_by(module: str) -> Iterator[Pattern]:
    """The patterns among a module's names, also within tuples."""
    for value in vars(sys.modules[module]).values():
        yield from _within(value)


def _within(value: object) -> Iterator[Pattern]:
    if isinstance(value, Pattern):
        yield value
    elif isinstance(value, tuple):
        for inner in value:
            yield from _within(inner)


def _with_patterns(one: Rule) -> Rule:
    """The rule with what its module names; details that only read a part out of a text are no texts of its own."""
    every = dict.fromkeys((*one.patterns, *_named_by(one.check.__module__)))
    return structs.replace(one, patterns=tuple(each for each in every if not each.is_detail and each not in one.unless))
