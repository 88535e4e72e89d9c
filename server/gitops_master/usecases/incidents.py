"""A whole project: targets that share a root cause become one incident; victims are counted with their patient."""

from collections.abc import Sequence

from gitops_master.model.finding import Class, Finding, Incident, Verdict
from gitops_master.rules.ranking import Ranked

UPSTREAM = frozenset({"freight-not-verified-upstream", "waiting-for-all-upstreams", "waiting-for-upstream-match"})
"""Findings whose subject is the upstream Stage that the target waits for."""

VERDICTS = {Class.FAULT: Verdict.BROKEN, Class.WAITING: Verdict.WAITING, Class.HEALTHY: Verdict.HEALTHY}
_ORDER = {Verdict.BROKEN: 0, Verdict.WAITING: 1, Verdict.UNKNOWN: 2, Verdict.HEALTHY: 3}


def waits_for(ranked: Ranked) -> str:
    """The upstream Stage (as a subject) that the root cause points at; empty where it points nowhere."""
    root = ranked.root
    return root.subject if root is not None and root.id in UPSTREAM else ""


def group(analyses: Sequence[tuple[str, Ranked]]) -> list[Incident]:
    """Incidents, worst first, then by how much they hold back. Targets without a finding make none."""
    by_target = dict(analyses)
    causes: dict[tuple[str, str], Finding] = {}
    targets: dict[tuple[str, str], list[str]] = {}
    for target, ranked in analyses:
        patient = _patient(target, by_target)
        root = by_target[patient].root
        if root is None or root.class_ is Class.HEALTHY:
            root = ranked.root
        if root is None:
            continue
        key = (root.id, root.subject)
        causes.setdefault(key, root)
        targets.setdefault(key, []).append(target)
    found = [
        Incident(verdict=VERDICTS[cause.class_], root_cause=cause, targets=targets[key])
        for key, cause in causes.items()
    ]
    return sorted(found, key=lambda one: (_ORDER[one.verdict], -len(one.targets), one.targets))


def _patient(target: str, by_target: dict[str, Ranked]) -> str:
    """Follows `waits for` upstream as far as it leads; a cycle ends where it began."""
    seen = {target}
    while True:
        upstream = waits_for(by_target[target])
        if not upstream or upstream in seen or upstream not in by_target:
            return target
        seen.add(upstream)
        target = upstream
