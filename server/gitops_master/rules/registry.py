"""How a rule is written down, and the registry of all of them.

A structural rule is a function under `@rule(...)`; a signature is a declaration (rules/signatures.py) that becomes one.
Both yield `Hit`s; the engine turns them into findings with the rule's own metadata.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from functools import cache

import msgspec

from gitops_master import rules as package
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.stage import StageView
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Class, Confidence, Evidence, Remedy, Risk, Severity
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Wanted
from gitops_master.model.versions import VersionRange

View = StageView | ApplicationView | WarehouseView
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
) -> Callable[[Check], Check]:
    """Registers a structural rule; its docstring is the manual (symptom, why, how to tell, what to do, not this when)."""

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
            )
        )
        return check

    return wrap


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, found by importing every module of this package; ordered by id."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    return tuple(sorted(_rules.values(), key=lambda one: one.id))
