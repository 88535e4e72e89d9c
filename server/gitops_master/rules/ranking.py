"""From findings to one root cause: causes swallow their effects, then what holds the target back most comes first.

A finding explains another when its rule says so (`explains`). What nothing explains is a candidate for the root. Among
candidates the one wins that explains the most pressing thing that is wrong with the target (LEVELS, Kargo's own order of
what a Stage is busy with), then faults before waits, then severity, then confidence.
"""

from collections.abc import Iterable

import msgspec

from gitops_master.model.finding import Class, Finding
from gitops_master.rules.engine import CLASSES, CONFIDENCES, SEVERITIES, Match

LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"stage-being-deleted"}),
    frozenset({"promotion-not-picked-up"}),
    frozenset({"stage-reconcile-error"}),
    frozenset({"promotion-pending"}),
    frozenset({"promotion-running"}),
    frozenset({"promotion-failed", "health-unknown-by-design-after-unsuccessful-promotion"}),
    frozenset({"stage-unhealthy"}),
    frozenset({"verification-unsuccessful"}),
    frozenset({"waiting-for-running-verification"}),
    frozenset({"application-not-fine"}),
    frozenset({"warehouse-not-ready"}),
)
"""What can be wrong with a target, the most pressing first, in the order in which Kargo itself reports what a Stage is busy
with (regular_stages.go summarizeConditions). A fault that shows in none of these is as pressing as an Application that is not
fine; whatever else waits comes last."""

_SILENT = next(level for level, ids in enumerate(LEVELS) if "application-not-fine" in ids)


class Ranked(msgspec.Struct, frozen=True):
    """The root cause with its effects nested, and the other findings that hold, most relevant first."""

    root: Finding | None
    others: tuple[Finding, ...]


def rank(matches: Iterable[Match], preferred: frozenset[str] = frozenset(), *, asked: bool = False) -> Ranked:
    """`preferred`: ids that the reported symptom speaks of; they win ties, they never make a finding. `asked`: a symptom was
    reported at all; without one a reassurance is told beside the verdict, not as its cause.
    """
    found = list(matches)
    explained = {key: cause for key, cause in _explained(found).items() if not _asked_for(key, cause, found, preferred)}
    roots = [match for match in found if id(match) not in explained]
    ordered = sorted(roots, key=lambda match: _key(match, found, preferred))
    findings = [_with_effects(match, explained, found) for match in ordered]
    first = ordered[0].rule if ordered else None
    if first is not None and (first.is_hint or (first.reassures and not asked)):
        return Ranked(None, tuple(findings))
    return Ranked(findings[0] if findings else None, tuple(findings[1:]))


def _explained(found: list[Match]) -> dict[int, Match]:
    """Each explained match with the one that explains it. Cycles cannot hide everything: the first by id stays."""
    causes: dict[int, Match] = {}
    for effect in sorted(found, key=lambda match: (match.rule.id, str(match.subject))):
        for cause in found:
            if cause is effect or not _explains(cause, effect):
                continue
            if not _leads_to(cause, effect, causes):
                causes[id(effect)] = cause
                break
    return causes


def _asked_for(key: int, cause: Match, found: list[Match], preferred: frozenset[str]) -> bool:
    """A wait that was asked about is not hidden behind the wait it comes from (a queued Promotion behind a running one)."""
    effect = next(match for match in found if id(match) == key)
    both_wait = effect.rule.class_ is Class.WAITING and cause.rule.class_ is Class.WAITING
    return both_wait and effect.rule.id in preferred and cause.rule.id not in preferred and not effect.rule.is_symptom


def _explains(cause: Match, effect: Match) -> bool:
    """A symptom never explains what explains it: between the two, the one that knows why is the cause."""
    mutual = cause.rule.is_symptom and cause.rule.id in effect.explains
    return effect.rule.id in cause.explains and not mutual


def _leads_to(cause: Match, effect: Match, causes: dict[int, Match]) -> bool:
    """Whether `cause` is itself (through others) an effect of `effect`."""
    seen: set[int] = set()
    current: Match | None = cause
    while current is not None and id(current) not in seen:
        if current is effect:
            return True
        seen.add(id(current))
        current = causes.get(id(current))
    return False


def _pressing(match: Match, found: list[Match]) -> int:
    """How pressing the most pressing thing is that the match is or explains (through others, too)."""
    reached, todo = {match.rule.id}, [match]
    while todo:
        current = todo.pop()
        for other in found:
            if other.rule.id not in reached and _explains(current, other):
                reached.add(other.rule.id)
                todo.append(other)
    levels = [level for level, ids in enumerate(LEVELS) if ids & reached]
    return min(levels, default=_SILENT if match.rule.class_ is Class.FAULT else len(LEVELS))


def _key(match: Match, found: list[Match], preferred: frozenset[str]) -> tuple[object, ...]:
    finding = match.finding
    return (
        match.rule.is_hint,
        _pressing(match, found),
        CLASSES[finding.class_],
        match.rule.is_symptom,
        match.rule.reassures,
        finding.id not in preferred,
        SEVERITIES[finding.severity],
        CONFIDENCES[finding.confidence],
        finding.id,
        finding.subject,
    )


def _with_effects(match: Match, explained: dict[int, Match], found: list[Match]) -> Finding:
    effects = [_with_effects(one, explained, found) for one in found if explained.get(id(one)) is match]
    effects.sort(key=lambda one: (SEVERITIES[one.severity], one.id))
    return match.finding.model_copy(update={"effects": effects}) if effects else match.finding
