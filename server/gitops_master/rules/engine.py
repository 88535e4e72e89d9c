"""Runs rules over views and turns hits into findings. Knows no cause by name."""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import structs

from gitops_master.facts import calls
from gitops_master.facts.advice import by_hand
from gitops_master.model.finding import Class, Confidence, Finding, Remedy, Severity, quoted
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Snapshot, Wanted
from gitops_master.model.versions import Versions
from gitops_master.rules.registry import Hit, Rule, View, all_rules

MOST_SUMMARY = 700
"""Characters of a summary; it names the cause, the evidence quotes what was said."""


class Match(msgspec.Struct, frozen=True):
    """A finding with what ranking needs of its rule."""

    finding: Finding
    rule: Rule
    subject: Ref
    explains: frozenset[str]


class Unchecked(msgspec.Struct, frozen=True):
    """A rule that found nothing, but could not see all that it needs."""

    rule: Rule
    kinds: tuple[str, ...]


class Failure(msgspec.Struct, frozen=True):
    """A rule that could not cope with an object: a fault of the rule, which must not cost the rest of the answer."""

    rule: Rule
    subject: Ref
    error: Exception


class Run(msgspec.Struct, frozen=True):
    matches: tuple[Match, ...]
    unchecked: tuple[Unchecked, ...]
    wanted: frozenset[Wanted]
    failures: tuple[Failure, ...] = ()


def run(views: Sequence[View], snapshot: Snapshot, rules: Iterable[Rule] | None = None) -> Run:
    """Every rule on every view it is for. Pure: same snapshot, same answer."""
    matches: dict[tuple[str, Ref], Match] = {}
    unchecked: list[Unchecked] = []
    wanted: set[Wanted] = set()
    failures: list[Failure] = []
    for rule in rules if rules is not None else all_rules():
        if _applies(rule, snapshot.versions) is False:
            continue
        hits = 0
        for view in views:
            if not isinstance(view, rule.on):
                continue
            for result in _results(rule, view, failures):
                if isinstance(result, Wanted):
                    wanted.add(result)
                    continue
                hits += 1
                match = _match(rule, result, view, snapshot)
                matches[rule.id, match.subject] = _merged(matches.get((rule.id, match.subject)), match)
        missing = () if hits else tuple(sorted(kind for kind in rule.needs if not snapshot.knows_all(kind)))
        if missing:
            unchecked.append(Unchecked(rule, missing))
    return Run(tuple(matches.values()), tuple(unchecked), frozenset(wanted), tuple(failures))


def _results(rule: Rule, view: View, failures: list[Failure]) -> list[Hit | Wanted]:
    try:
        return list(rule.check(view))
    except Exception as error:  # noqa: BLE001 - whatever it is, the other rules have their say
        failures.append(Failure(rule, view.ref, error))
        return []


def _merged(first: Match | None, again: Match) -> Match:
    """One finding for one subject, whichever view saw it; what either explains is explained."""
    return structs.replace(first, explains=first.explains | again.explains) if first is not None else again


def _applies(rule: Rule, versions: Versions) -> bool | None:
    """False where the installed version is certainly outside the rule's; None where that is not known."""
    held = [one.holds(versions.of(one.product)) for one in rule.versions]
    return False if False in held else None if None in held else True


def _match(rule: Rule, hit: Hit, view: View, snapshot: Snapshot) -> Match:
    subject = hit.subject or view.ref
    unsure = _applies(rule, snapshot.versions) is None
    summary = _with_note(hit.summary, f"if you run {_ranges(rule)}") if unsure else hit.summary
    confidence = Confidence.LOW if unsure else hit.confidence
    finding = Finding(
        id=rule.id,
        class_=rule.class_,
        subject=str(subject),
        title=rule.title,
        summary=quoted(" ".join(summary.split()), MOST_SUMMARY),
        severity=rule.severity,
        confidence=confidence,
        ends=hit.ends,
        risk=rule.risk,
        evidence=hit.evidence,
        remedies=[_callable(one, snapshot) for one in hit.remedies],
        versions=[one.text for one in rule.versions],
        reference=f"gitops://rules/{rule.id}",
        sources=list(rule.sources),
    )
    return Match(finding, rule, subject, rule.explains | hit.also_explains)


def _callable(remedy: Remedy, snapshot: Snapshot) -> Remedy:
    """A call names what was read: a name that stands in a message only may be of nothing."""
    return by_hand(remedy) if remedy.call and calls.problem(remedy.call, snapshot) else remedy


def _with_note(summary: str, note: str) -> str:
    """The note belongs to the sentence, so it stands before its full stop."""
    end = "." if summary.endswith(".") else ""
    return f"{summary.removesuffix('.')} ({note}){end}"


def _ranges(rule: Rule) -> str:
    return " and ".join(one.text for one in rule.versions)


SEVERITIES = {Severity.CRITICAL: 0, Severity.HIGH: 1, Severity.MEDIUM: 2, Severity.LOW: 3}
CONFIDENCES = {Confidence.HIGH: 0, Confidence.MEDIUM: 1, Confidence.LOW: 2}
CLASSES = {Class.FAULT: 0, Class.WAITING: 1, Class.HEALTHY: 2}
