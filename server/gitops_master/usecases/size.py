"""An answer that stays small: hosts hand every byte of it to a model, and some refuse a long one.

Whatever is taken out is counted in the answer, so that nobody takes the rest for all.
"""

import json
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any, TypeVar

from gitops_master.model.finding import Answer, Diagnosis, Evidence, Finding, Incident, quoted
from gitops_master.model.state import StateAnswer
from gitops_master.model.verification import Verification

A = TypeVar("A", bound=Answer)
L = TypeVar("L", Diagnosis, Verification)

MOST_BYTES = 23_000
"""Of the answer as JSON with its report: 8,000 tokens, of which two vendors' tokenizers made one of 2.9 bytes or more wherever an
answer was long. MCP hosts warn from about 10,000 tokens on."""
SHORT = 300
"""Characters of a text that stands beside others."""
MOST_TARGETS = 50
_FEW = 3
SHORTER = (1000, SHORT, 120, 60)
"""Characters of any text, tried in this order where nothing else has helped."""
_DIAGRAM = 8000
"""Characters of a diagram that is kept where room is short."""
_UNCUT = frozenset({"mermaid", "call"})
"""Half a name names another object, or none."""
_LISTS = ("incidents", "findings", "not_checked")
_SOME = 8
"""Findings beside the root cause, and things not checked, that are kept before incidents go."""


def fitting(answer: Diagnosis, with_report: Callable[[Diagnosis], Diagnosis]) -> Diagnosis:
    """The answer with its report, made smaller step by step until it fits: the first cause keeps its detail longest."""
    current = with_report(answer)
    for smaller in _steps(answer):
        if size_of(current) <= MOST_BYTES:
            return current
        answer = smaller
        current = with_report(answer)
    return shortened_to_fit(current, answer, with_report)


def shortened_to_fit(current: L, answer: L, with_report: Callable[[L], L]) -> L:
    """`current`, which is the answer with its report, or one with shorter texts where that is too long."""
    for limit in SHORTER:
        if size_of(current) <= MOST_BYTES:
            break
        current = with_report(
            shortened(answer, limit).model_copy(update={"left_out": told_of_texts(answer.left_out, limit)})
        )
    return current


def fitting_state(answer: StateAnswer, with_report: Callable[[StateAnswer], StateAnswer]) -> StateAnswer:
    """The same of a state, whose lists are bounded already: its texts get shorter until it fits."""
    current = with_report(answer)
    for limit in SHORTER:
        if size_of(current) <= MOST_BYTES:
            break
        smaller = shortened(answer, limit)
        for name in ("stage", "pipeline"):
            held = getattr(smaller, name)
            if held is not None:
                update = {"left_out": [*held.left_out, told_of_texts("", limit)]}
                smaller = smaller.model_copy(update={name: held.model_copy(update=update)})
        current = with_report(smaller)
    return current


def told_of_texts(already: str, limit: int) -> str:
    return "; ".join(one for one in (already, f"parts of texts longer than {limit} characters, for size") if one)


def shortened(answer: A, limit: int) -> A:
    """The answer with each of its texts cut to `limit` characters; a diagram, which means nothing when it is cut, goes."""
    return type(answer).model_validate(_cut(answer.model_dump(by_alias=True), limit))


def _cut(value: Any, limit: int) -> Any:
    match value:
        case StrEnum():
            return value
        case str():
            return quoted(value, limit) if len(value) > limit else value
        case list():
            return [_cut(one, limit) for one in value]
        case dict():
            long = {key for key in value if key == "mermaid" and len(value[key]) > _DIAGRAM}
            return {
                key: "" if key in long else one if key in _UNCUT else _cut(one, limit) for key, one in value.items()
            }
    return value


def size_of(answer: Answer) -> int:
    return len(json.dumps(answer.dump(), ensure_ascii=False).encode())


def _steps(answer: Diagnosis) -> Iterator[Diagnosis]:
    findings = [brief(one) for one in answer.findings]
    incidents = [*answer.incidents[:1], *map(_brief_incident, answer.incidents[1:])]
    root = answer.root_cause
    answer = answer.model_copy(update={"findings": findings, "incidents": incidents})
    yield answer
    if root is not None:
        root = root.model_copy(update={"effects": [brief(one) for one in root.effects]})
    # The first incident is that of the root cause, which stands above it with all its detail.
    incidents = [*map(_brief_incident, incidents[:1]), *incidents[1:]]
    answer = answer.model_copy(update={"root_cause": root, "incidents": incidents})
    yield answer
    whole = answer
    for names, least in ((_LISTS[1:], _SOME), (_LISTS, 1)):
        while any(len(getattr(answer, name)) > least for name in names):
            answer = _fewer(answer, whole, names, least)
            yield answer
    if root is not None:
        root = _bare(root)
    yield answer.model_copy(
        update={
            "root_cause": root,
            "incidents": [one.model_copy(update={"root_cause": root}) for one in answer.incidents],
        }
    )


def brief(finding: Finding) -> Finding:
    """What it is, its first proof and the first thing to do."""
    return finding.model_copy(
        update={
            "summary": quoted(finding.summary, SHORT),
            "evidence": [_short(one) for one in finding.evidence[:1]],
            "remedies": finding.remedies[:1],
            "effects": [],
            "sources": [],
        }
    )


def _bare(finding: Finding) -> Finding:
    update = {"evidence": [_short(one) for one in finding.evidence[:_FEW]], "effects": finding.effects[:_FEW]}
    return finding.model_copy(update={**update, "remedies": finding.remedies[:_FEW]})


def _brief_incident(one: Incident) -> Incident:
    return one.model_copy(update={"root_cause": brief(one.root_cause) if one.root_cause else None})


def _short(one: Evidence) -> Evidence:
    return one.model_copy(update={"value": quoted(one.value, SHORT)})


def _fewer(answer: Diagnosis, whole: Diagnosis, names: tuple[str, ...], least: int) -> Diagnosis:
    """The end of each of these lists goes, but for `least`: a quarter of a long one, the last of a short one."""
    update: dict[str, object] = {}
    for name in names:
        held = getattr(answer, name)
        kept = len(held) * 3 // 4 if len(held) > 2 * _SOME else len(held) - 1
        update[name] = held[: max(min(least, len(held)), kept)]
    answer = answer.model_copy(update=update)
    left = [whole.left_out] if whole.left_out else []
    for name in _LISTS:
        now, every = len(getattr(answer, name)), len(getattr(whole, name))
        if every > now:
            left.append(f"{every - now} of {every} {name.replace('_', ' ')} for size")
    return answer.model_copy(update={"left_out": "; ".join(left)})


def bounded_targets(one: Incident) -> Incident:
    """An incident whose targets are listed as far as anybody reads them; the rest is counted."""
    more = len(one.targets) - MOST_TARGETS
    return one.model_copy(update={"targets": one.targets[:MOST_TARGETS], "more_targets": more}) if more > 0 else one
