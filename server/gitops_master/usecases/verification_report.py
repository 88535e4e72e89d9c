"""VERIFICATION REPORT, in the format people know: a line a probe, what failed with what to do."""

from itertools import groupby

from gitops_master.model.printable import on_one_line
from gitops_master.model.verification import Check, KargoVerification, Level, Verdict, Verification
from gitops_master.probes.engine import NOT_ASKED_FOR

MARKS = {Verdict.PASS: "[x]", Verdict.WARN: "[!]", Verdict.FAIL: "[ ]", Verdict.SKIPPED: "[-]", Verdict.UNKNOWN: "[?]"}
_WORDS = {Verdict.FAIL: "FAILED"}
MOST_TEXT = 300


def verification_report(answer: Verification) -> str:
    """The whole answer in lines."""
    lines = ["VERIFICATION REPORT", "===================", f"{answer.target.kind}: {answer.target.name}"]
    if answer.project and answer.target.kind != "Project":
        lines.append(f"Project: {answer.project}")
    lines.append(f"Timestamp: {answer.observed_at:%Y-%m-%dT%H:%M:%SZ}")
    for level in answer.levels:
        lines += ["", *_level(level)]
    if answer.kargo is not None:
        lines += ["", *_kargo(answer.kargo)]
    lines += ["", f"Overall: {_overall(answer)}", f"Action Required: {answer.action}"]
    if answer.next_call:
        asked = ", ".join(f"{key}={value}" for key, value in answer.next_call.items() if key != "tool")
        lines.append(f"Find out why: {answer.next_call['tool']} ({asked})")
    if answer.not_checked:
        lines += ["", "Not checked:", *(f"- {one.what}: {one.reason}" for one in answer.not_checked)]
    if answer.left_out:
        lines += ["", f"Left out: {answer.left_out}"]
    lines += ["", f"Observed {answer.observed_at:%Y-%m-%dT%H:%M:%SZ} in {answer.context}".rstrip()]
    return "\n".join(map(on_one_line, lines))


def _overall(answer: Verification) -> str:
    warned = sum(level.counts.get(Verdict.WARN.value, 0) for level in answer.levels)
    if answer.verdict is Verdict.FAIL:
        return f"FAIL at Level {answer.failed_level}"
    if answer.verdict is Verdict.PASS and warned:
        return f"PASS with {warned} warning{'s' if warned > 1 else ''}"
    return answer.verdict.value


def _level(level: Level) -> list[str]:
    head = f"Level {level.number} ({level.title}): {level.verdict.value}"
    lines = [f"{head} ({level.reason})" if level.reason else head]
    skipped = [one for one in level.checks if one.verdict is Verdict.SKIPPED]
    off = [one.probe for one in skipped if one.observed.startswith(NOT_ASKED_FOR)]
    told = [one for one in level.checks if one.verdict is not Verdict.SKIPPED]
    groups = [list(group) for _, group in groupby(told, lambda one: (one.probe, one.verdict))]
    for _, alike in groupby(groups, _alike):
        held = list(alike)
        lines += _checks(", ".join(checks[0].probe for checks in held), held[0][0].verdict, held[0])
    if not level.reason:
        lines += [
            f"{MARKS[Verdict.SKIPPED]} {one.probe}: {_short(one.observed)}" for one in skipped if one.probe not in off
        ]
        lines += [f"{MARKS[Verdict.SKIPPED]} {NOT_ASKED_FOR}: {', '.join(off)}"] if off else []
    return lines


def _alike(checks: list[Check]) -> tuple[str, ...]:
    """The same for probes that one thing keeps from seeing anything: they are told in one line."""
    first = checks[0]
    if first.verdict is not Verdict.UNKNOWN or any(one.target or one.of is not None or one.more for one in checks):
        return (first.probe, first.verdict.value)
    return tuple(one.observed for one in checks)


def _checks(probe: str, verdict: Verdict, checks: list[Check]) -> list[str]:
    """A probe's line, and of what is not fine a line an object."""
    count = next((f": {one.good}/{one.of} {one.what}" for one in checks if one.of is not None), "")
    line = f"{MARKS[verdict]} {probe}{count}"
    if verdict is Verdict.PASS:
        return [line]
    return [f"{line} {_WORDS.get(verdict, verdict.value)}", *(each for one in checks for each in _objects(one))]


def _objects(check: Check) -> list[str]:
    where = f"{check.target}: " if check.target else ""
    lines = [f"    {where}{_short(check.observed)}"]
    if check.expected and check.verdict in {Verdict.FAIL, Verdict.WARN}:
        lines.append(f"      expected: {_short(check.expected)}")
    if check.verdict is Verdict.FAIL:
        for remedy in check.remedies[:1]:
            lines.append(f"      next: {remedy.title}")
            lines += [line for command in remedy.commands[:2] for line in f"            {command}".split("\n")]
    if check.more:
        lines.append(f"    and {check.more} more")
    return lines


def _kargo(held: KargoVerification) -> list[str]:
    run = f" (AnalysisRun {held.analysis_run})" if held.analysis_run else ""
    lines = [f"Kargo's verification: {held.phase}{run}"]
    lines += [f"  {one}" for one in (held.belongs, held.message, held.access) if one]
    return [*lines, *(f"  - {one}" for one in held.metrics)]


def _short(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= MOST_TEXT else joined[: MOST_TEXT - 1] + "…"
