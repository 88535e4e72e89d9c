"""Writes docs/findings.md: what every rule says in one of its own cases, so that texts can be judged side by side.
`--check` only compares.
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import yaml

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.finding import Diagnosis, Evidence, Finding, Remedy
from gitops_master.rules.registry import all_rules
from gitops_master.usecases.analyze_stage import analyze
from tests import worlds
from tools.generated import ROOT, keep

CASES = ROOT / "tests" / "rules"
PAGE = ROOT / "docs" / "findings.md"
MOST_EVIDENCE = 5
MOST_TEXT = 200
HEAD = f"""<!-- Generated from the rules and their cases by `make docs`; change those, not this page. -->

# Findings

What each rule says in the first of its cases (`tests/rules/<id>.yaml`) in which it is the root cause; where it never is one, in the
first in which it fires. At most {MOST_EVIDENCE} pieces of evidence are shown, each cut to {MOST_TEXT} characters. What a rule is
about in general: [rules](../references/rules/index.md).
"""


class Shown(NamedTuple):
    """A rule's finding in one case."""

    case: str
    is_root: bool
    finding: Finding


def page() -> str:
    every = sorted(all_rules(), key=lambda one: (one.area, one.id))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        shown = dict(
            zip((one.id for one in every), pool.map(show, (one.id for one in every), chunksize=4), strict=True)
        )
    lines = [HEAD]
    for area, rules in groupby(every, key=lambda one: one.area):
        lines.append(f"## {area}\n")
        for one in rules:
            lines += [f"### {one.id}: {one.title}\n", *_finding(shown[one.id])]
            lines += [""] if lines[-1] else []
    return "\n".join(lines).rstrip() + "\n"


def show(rule_id: str) -> Shown:
    """The finding of the first case in which the rule is the root, else of the first in which it fires."""
    first: Shown | None = None
    for case in yaml.load((CASES / f"{rule_id}.yaml").read_text(), yaml.CSafeLoader):
        one = _in_case(rule_id, case) if case["fires"] else None
        if one is not None and one.is_root:
            return one
        first = first or one
    if first is None:
        raise LookupError(f"no case of {rule_id} in which it fires")
    return first


def _in_case(rule_id: str, case: dict[str, Any]) -> Shown | None:
    with TemporaryDirectory() as folder:
        place, request = worlds.rule_case(case, Path(folder) / "world")
        answer = asyncio.run(analyze(SnapshotReader(place), request))
    roots = _roots(answer)
    for one in roots:
        if one.id == rule_id:
            return Shown(case["name"], True, one)
    found = (inner for one in [*roots, *answer.findings] for inner in _nested(one))
    return next((Shown(case["name"], False, one) for one in found if one.id == rule_id), None)


def _roots(answer: Diagnosis) -> list[Finding]:
    causes = [answer.root_cause, *(one.root_cause for one in answer.incidents)]
    return [one for one in causes if one is not None]


def _nested(finding: Finding) -> Iterator[Finding]:
    yield finding
    for effect in finding.effects:
        yield from _nested(effect)


def _finding(shown: Shown) -> list[str]:
    one = shown.finding
    place = "root cause" if shown.is_root else "not the root cause here"
    lines = [
        _text(one.summary),
        "",
        f"{one.class_.value}; severity {one.severity.value}, confidence {one.confidence.value}, risk {one.risk.value}; {place}, on {one.subject}",
        f"(case: {_text(_line(shown.case))}; manual: [{one.id}](../references/rules/{one.id}.md))",
    ]
    if one.ends:
        lines += ["", f"Ends: {_text(one.ends)}"]
    lines += ["", "Evidence:", "", *(f"- {_evidence(seen)}" for seen in one.evidence[:MOST_EVIDENCE])]
    if len(one.evidence) > MOST_EVIDENCE:
        lines.append(f"- … and {len(one.evidence) - MOST_EVIDENCE} more")
    lines += ["", "Remedies:" if one.remedies else "No remedy.", ""]
    for number, remedy in enumerate(one.remedies, start=1):
        lines += _remedy(number, remedy)
    return lines


def _evidence(one: Evidence) -> str:
    where = _code(f"{one.object} {one.path}".strip())
    value = f" = {_code(_line(one.value))}" if one.value else ""
    seen = f" ({one.observed_at:%Y-%m-%dT%H:%M:%SZ})" if one.observed_at else ""
    return where + value + seen


def _remedy(number: int, remedy: Remedy) -> list[str]:
    indent = " " * (len(str(number)) + 2)
    kept = "" if remedy.reversible else ", cannot be undone"
    lines = [f"{number}. {_text(remedy.title)} (risk {remedy.risk.value}{kept})"]
    if remedy.commands:
        commands = [line for command in remedy.commands for line in command.splitlines()]
        lines += [f"{indent}```sh", *(f"{indent}{line}" for line in commands), f"{indent}```"]
    if remedy.destroys:
        lines.append(f"{indent}- destroys: {_text(remedy.destroys)}")
    if remedy.confirm_with:
        lines.append(f"{indent}- confirm with: {_code(remedy.confirm_with)}")
    return lines


def _text(text: str) -> str:
    """Outside of code spans: `<name>` would be taken for markup."""
    return " ".join(text.split()).replace("<", "\\<")


def _line(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= MOST_TEXT else joined[: MOST_TEXT - 1] + "…"


def _code(text: str) -> str:
    """A code span on one line, whatever the text holds."""
    line = " ".join(text.split())
    return f"`` {line} ``" if "`" in line else f"`{line}`"


def main(arguments: list[str]) -> int:
    return keep(PAGE, page(), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
