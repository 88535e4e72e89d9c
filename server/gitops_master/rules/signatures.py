"""Signatures: causes that one message at one place names. A declaration each, in the `signatures_*.py` of its area.

A declaration must stay one: what needs an `if` becomes a structural rule.
"""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum

import msgspec

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import Found, Patterns, each, first, peel, search
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Class, Confidence, Evidence, Remedy, Risk, Severity
from gitops_master.model.kargo import Promotion, Warehouse
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.model.versions import VersionRange
from gitops_master.rules.app_faults import AppFault, app_faults, excerpt
from gitops_master.rules.registry import Hit, Rule, View, register
from gitops_master.rules.remedies import NAMED, app_state


class Place(StrEnum):
    """Where a signature looks. STEP: the last Promotion's failed step. APP: an Application's conditions, operation and
    results (also as quoted by the step). RECONCILE: a Stage's ReconcileError. DISCOVERY: a Warehouse's failed discovery.
    VERIFICATION: the verification's record, AnalysisRun and measurements."""

    STEP = "step"
    APP = "application"
    RECONCILE = "reconcile"
    DISCOVERY = "discovery"
    VERIFICATION = "verification"


_EXPLAINS: dict[Place, frozenset[str]] = {
    Place.STEP: frozenset({"promotion-failed", "auto-promotion-does-not-retry-failed-freight"}),
    Place.APP: frozenset(
        {
            "application-not-fine",
            "stage-unhealthy",
            "auto-sync-gave-up-on-revision",
            "waiting-for-argocd-sync",
        }
    ),
    Place.RECONCILE: frozenset({"stage-reconcile-error"}),
    Place.DISCOVERY: frozenset({"warehouse-not-ready", "no-freight-promoted-yet"}),
    Place.VERIFICATION: frozenset({"verification-unsuccessful"}),
}
_NEEDS = {
    Place.STEP: frozenset({Promotion.KIND}),
    Place.APP: frozenset({Application.KIND}),
    Place.RECONCILE: frozenset[str](),
    Place.DISCOVERY: frozenset({Warehouse.KIND}),
    Place.VERIFICATION: frozenset({AnalysisRun.KIND}),
}


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """One declared cause.

    `summary` may use {named groups} of the pattern and {stage}, {project}, {app}, {warehouse}, {step}, {message} (the
    innermost error). `advice` is the first remedy in words (same fields); `then` names further ones (remedies.NAMED).
    `uses` narrows STEP to step kinds. A match of `unless` means a neighbour instead. `shows` (APP): what else of the
    Application proves it.
    """

    id: str
    area: str
    title: str
    place: Place
    pattern: Patterns
    summary: str
    why: str
    advice: str
    source: str
    then: tuple[str, ...] = ()
    uses: frozenset[str] = frozenset()
    unless: Patterns = ()
    class_: Class = Class.FAULT
    severity: Severity = Severity.HIGH
    risk: Risk = Risk.LOW
    confidence: Confidence = Confidence.HIGH
    versions: tuple[str, ...] = ()
    explains: frozenset[str] = frozenset()
    shows: Callable[[AppFault], list[Evidence]] | None = None


def declare(*signatures: Signature) -> None:
    """Registers each signature as a rule."""
    for one in signatures:
        register(
            Rule(
                id=one.id,
                area=one.area,
                class_=one.class_,
                title=one.title,
                on=_views(one.place),
                check=_check_apps(one) if one.place is Place.APP else _check(one),
                doc=_manual(one),
                severity=one.severity,
                risk=one.risk,
                needs=_NEEDS[one.place],
                explains=_EXPLAINS[one.place] | one.explains,
                versions=tuple(VersionRange.parse(text) for text in one.versions),
                sources=(one.source,),
                patterns=each(one.pattern),
                unless=each(one.unless),
            )
        )


def _views(place: Place) -> tuple[type, ...]:
    if place is Place.APP:
        return (ApplicationView, StageView)
    return (WarehouseView,) if place is Place.DISCOVERY else (StageView,)


def _check(one: Signature) -> Callable[[View], Iterator[Hit]]:
    def check(view: View) -> Iterator[Hit]:
        found = first(one.pattern, _texts(one, view))
        if found is None or search(one.unless, found.text) is not None:
            return
        words = _words(view, found)
        remedies = [advise(one.advice.format_map(words), risk=one.risk), *_then(one.then, view)]
        yield Hit(
            summary=one.summary.format_map(words),
            evidence=[found.text.as_evidence()],
            remedies=remedies,
            confidence=one.confidence,
        )

    return check


def _check_apps(one: Signature) -> Callable[[View], Iterator[Hit]]:
    """Each Application of the view by itself; a Promotion is explained only where it failed, or hangs, on that one."""

    def check(view: View) -> Iterator[Hit]:
        for fault in app_faults(view, one.pattern, one.unless):
            words = _words(view, fault.found)
            words.update(app=fault.name)
            yield Hit(
                summary=one.summary.format_map(words),
                evidence=[excerpt(fault.found), *(one.shows(fault) if one.shows else [])],
                remedies=[
                    advise(one.advice.format_map(words), risk=one.risk, confirm_with=app_state(fault.trouble.ref)),
                    *(
                        _then(_names(one, fault), fault.trouble.app)
                        if fault.trouble.app and isinstance(view, StageView)
                        else []
                    ),
                    *_then(_names(one, fault), view),
                ],
                confidence=one.confidence,
                subject=fault.trouble.ref,
                also_explains=fault.effects,
            )

    return check


def _names(one: Signature, fault: AppFault) -> list[str]:
    """The remedies that fit: no Promotion anew where none failed, and past a replayed error only a hard refresh gets."""
    fitting = [name for name in one.then if name != "repromote" or fault.trouble.ended_promotion]
    return ["refresh-app-hard" if name == "refresh-app" and fault.is_replayed else name for name in fitting]


def _texts(one: Signature, view: View) -> Iterable[Text]:
    match view:
        case StageView() if one.place is Place.STEP:
            step = view.failed_step
            return view.failure_texts if not one.uses or (step is not None and step.uses in one.uses) else ()
        case StageView() if one.place is Place.RECONCILE:
            return [view.reconcile_error] if view.reconcile_error is not None else ()
        case StageView() if one.place is Place.VERIFICATION:
            info = view.verification
            return info.texts if info is not None and info.phase not in {"Successful", "Running", "Pending"} else ()
        case WarehouseView():
            return [view.failure] if view.failure is not None else ()
    return ()


class _Words(dict[str, str]):
    """A placeholder without a value reads as a plain word instead of failing the answer."""

    def __missing__(self, key: str) -> str:
        return f"the {key.replace('_', ' ')}"


def _words(view: View, found: Found) -> _Words:
    words = _Words(found.groups)
    words.setdefault("message", peel(found.text.value))
    match view:
        case StageView():
            words.update(stage=view.name, project=view.project)
            step = view.failed_step
            if step is not None:
                words.update(step=step.alias, uses=step.uses)
        case ApplicationView():
            words.update(app=view.app.name, app_project=view.app.spec.project)
        case WarehouseView():
            words.update(warehouse=view.name, project=view.project)
    return words


_FITS: dict[str, type] = {
    "repromote": StageView,
    "reverify": StageView,
    "refresh-stage": StageView,
    "refresh-warehouse": WarehouseView,
    "refresh-app": ApplicationView,
    "refresh-app-hard": ApplicationView,
    "sync-app": ApplicationView,
}


def _then(names: Iterable[str], view: View) -> list[Remedy]:
    return [NAMED[name](view) for name in names if isinstance(view, _FITS[name])]


def _manual(one: Signature) -> str:
    """The same sections a structural rule's docstring has, from the declaration's fields."""
    where = {
        Place.STEP: "the message of the last Promotion's failed step",
        Place.APP: "a condition, the operation or a resource result of the Application (or the step that quotes it)",
        Place.RECONCILE: "the Stage's Ready condition with reason ReconcileError",
        Place.DISCOVERY: "the Warehouse's Ready or Healthy condition after a failed discovery",
        Place.VERIFICATION: "the verification's message, its AnalysisRun or a measurement",
    }[one.place]
    kinds = f" of a {' or '.join(sorted(one.uses))} step" if one.uses else ""
    others = ", ".join(pattern.name for pattern in each(one.unless))
    neighbours = (
        f"the text also speaks of a neighbour ({others})" if others else "the text is not the newest word there"
    )
    return (
        f"{one.title}.\n\nWhy: {one.why}\n\nHow to tell: {where}{kinds} holds one of the texts it matches.\n\n"
        f"What to do: {one.advice}\n\nNot this when: {neighbours}."
    )
