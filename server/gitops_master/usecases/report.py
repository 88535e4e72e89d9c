"""The short text report: some hosts show a model only the structured answer, others only the text, so it is in both."""

from gitops_master.model.finding import Diagnosis, Evidence, Finding, Incident, Remedy
from gitops_master.model.printable import on_one_line

MOST_LINES = 6
MOST_EVIDENCE = 5
MOST_TARGETS = 10
EFFECT = 160
"""What follows from the cause mostly repeats its message, which stands above: one line of it is enough."""


def diagnosis_report(answer: Diagnosis) -> str:
    """DIAGNOSIS in the format people know: who, phase, health, root cause, evidence, fix, risk."""
    lines = ["DIAGNOSIS", "=========", f"{answer.target.kind}: {answer.target.name}"]
    if answer.project and answer.target.kind != "Project":
        lines.append(f"Project: {answer.project}")
    lines.append(f"Verdict: {answer.verdict.value}")
    if answer.status.phase:
        lines.append(f"Phase: {_one_line(answer.status.phase)}")
    if answer.status.health:
        lines.append(f"Health: {_one_line(answer.status.health)}")
    if answer.incidents:
        lines += _incidents(answer)
    elif answer.root_cause is not None:
        lines += _root(answer.root_cause)
    else:
        lines.append("Root Cause: none found" + (" (see Not checked)" if answer.not_checked else ""))
    if answer.findings:
        lines += ["", "Also seen:", *(f"- {one.id}: {one.summary}" for one in answer.findings[:MOST_LINES])]
    if answer.not_checked:
        lines += ["", f"Not checked: {_gaps(answer)}"]
    if answer.left_out:
        lines += ["", f"Left out: {answer.left_out}"]
    lines += ["", f"Observed {answer.observed_at:%Y-%m-%dT%H:%M:%SZ} in {answer.context}".rstrip()]
    return "\n".join(map(on_one_line, lines))


def _root(root: Finding) -> list[str]:
    lines = [f"Root Cause: {root.summary} [{root.id}]"]
    if root.ends:
        lines.append(f"Ends: {root.ends}")
    if root.evidence:
        lines += ["Evidence:", *(f"  - {_evidence(one)}" for one in root.evidence[:MOST_EVIDENCE])]
    if root.effects:
        lines += ["Follows from it:", *(f"  - {_one_line(one.summary, EFFECT)}" for one in root.effects[:MOST_LINES])]
    if root.remedies:
        lines.append("Recommended Fix:")
        for number, remedy in enumerate(root.remedies, start=1):
            lines += _remedy(number, remedy)
    lines.append(f"Risk Level: {root.risk.value}")
    return lines


def _evidence(one: Evidence) -> str:
    where = f"{one.object} {one.path}".strip()
    seen = f" ({one.observed_at:%Y-%m-%dT%H:%M:%SZ})" if one.observed_at else ""
    return f"{where} = {_one_line(one.value)}{seen}" if one.value else where + seen


def _one_line(text: str, limit: int = 300) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= limit else joined[: limit - 1] + "…"


def _remedy(number: int, remedy: Remedy) -> list[str]:
    lines = [f"  {number}. {remedy.title}"]
    lines += [line for command in remedy.commands for line in f"     {command}".split("\n")]
    if remedy.call:
        lines.append(f"     call: {_call(remedy.call)}")
    if remedy.destroys:
        lines.append(f"     destroys: {remedy.destroys}")
    if remedy.confirm_with:
        lines.append(f"     confirm: {remedy.confirm_with}")
    return lines


def _call(call: dict[str, str | bool]) -> str:
    """`operate operation=refresh_stage project=granite stage=prod`."""
    given = (f"{key}={'true' if value is True else value}" for key, value in call.items() if key != "tool")
    return " ".join((str(call["tool"]), *given))


def _incidents(answer: Diagnosis) -> list[str]:
    lines = []
    for number, one in enumerate(answer.incidents, start=1):
        cause = one.root_cause
        if cause is not None:
            lines.append(f"{number}. [{one.verdict.value}] {cause.summary} [{cause.id}]")
            lines.append(f"   holds back: {_targets(one)}")
            lines += [f"   fix: {remedy.title}" for remedy in cause.remedies[:1]]
    return lines


def _targets(one: Incident) -> str:
    more = len(one.targets) + (one.more_targets or 0) - MOST_TARGETS
    return ", ".join(one.targets[:MOST_TARGETS]) + (f" and {more} more" if more > 0 else "")


def _gaps(answer: Diagnosis) -> str:
    shown = [f"{one.what} ({one.reason})" for one in answer.not_checked[:MOST_LINES]]
    more = len(answer.not_checked) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")
