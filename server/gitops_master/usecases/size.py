"""An answer that stays small: hosts hand every byte of it to a model, and some refuse a long one.

Whatever is taken out is counted in the answer, so that nobody takes the rest for all.
"""

import json
from collections.abc import Callable, Iterator

from gitops_master.model.finding import Diagnosis, Evidence, Finding, Incident, quoted

MOST_BYTES = 32 * 1024
"""Of the answer as JSON with its report. MCP hosts warn from about 10,000 tokens on."""
SHORT = 300
"""Characters of a text that stands beside others."""
MOST_TARGETS = 50
_FEW = 3
_LISTS = ("incidents", "findings", "not_checked")


def fitting(answer: Diagnosis, with_report: Callable[[Diagnosis], Diagnosis]) -> Diagnosis:
    """The answer with its report, made smaller step by step until it fits: the first cause keeps its detail longest."""
    current = with_report(answer)
    for smaller in _steps(answer):
        if _size(current) <= MOST_BYTES:
            break
        current = with_report(smaller)
    return current


def _size(answer: Diagnosis) -> int:
    return len(json.dumps(answer.dump(), ensure_ascii=False).encode())


def _steps(answer: Diagnosis) -> Iterator[Diagnosis]:
    findings = [brief(one) for one in answer.findings]
    incidents = [*answer.incidents[:1], *map(_brief_incident, answer.incidents[1:])]
    root = answer.root_cause
    answer = answer.model_copy(update={"findings": findings, "incidents": incidents})
    yield answer
    if root is not None:
        root = root.model_copy(update={"effects": [brief(one) for one in root.effects]})
    first = [one.model_copy(update={"root_cause": root}) for one in incidents[:1]]
    answer = answer.model_copy(update={"root_cause": root, "incidents": [*first, *incidents[1:]]})
    yield answer
    whole = answer
    while any(len(getattr(answer, name)) > 1 for name in _LISTS):
        answer = _halved(answer, whole)
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


def _halved(answer: Diagnosis, whole: Diagnosis) -> Diagnosis:
    update: dict[str, object] = {}
    left = [whole.left_out] if whole.left_out else []
    for name in _LISTS:
        held, every = getattr(answer, name), getattr(whole, name)
        kept = held[: max(1, len(held) // 2)]
        update[name] = kept
        if len(every) > len(kept):
            left.append(f"{len(every) - len(kept)} of {len(every)} {name.replace('_', ' ')} for size")
    return answer.model_copy(update={**update, "left_out": "; ".join(left)})


def bounded_targets(one: Incident) -> Incident:
    """An incident whose targets are listed as far as anybody reads them; the rest is counted."""
    more = len(one.targets) - MOST_TARGETS
    return one.model_copy(update={"targets": one.targets[:MOST_TARGETS], "more_targets": more}) if more > 0 else one
