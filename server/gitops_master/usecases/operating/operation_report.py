"""The text of an operation: the plan, what became of it, what to do next."""

from gitops_master.model.finding import quoted
from gitops_master.model.operating import Gate, GateVerdict, GoAhead, Operated, Outcome, Plan, StagePlan
from gitops_master.model.printable import on_one_line
from gitops_master.usecases.operating.progress_report import progress_lines

MARKS = {
    GateVerdict.OPEN: "[x]",
    GateVerdict.CLOSED: "[ ]",
    GateVerdict.WAITING: "[ ]",
    GateVerdict.UNREADABLE: "[?]",
    GateVerdict.ASKED: "[-]",
}
_VERDICTS = {GoAhead.GO: "READY", GoAhead.WAITING: "NOT YET", GoAhead.BLOCKED: "BLOCKED"}
_OUTCOMES = {
    Outcome.PLANNED: "nothing was done",
    Outcome.REFUSED: "refused",
    Outcome.UNDER_WAY: "under way",
    Outcome.DONE: "done",
    Outcome.FAILED: "failed",
    Outcome.NOT_KNOWN: "not known",
}


def operation_report(answer: Operated) -> str:
    """The plan in the format people know, and how it went."""
    lines: list[str] = []
    if answer.plan is not None:
        lines += [*plan_lines(answer.plan), ""]
    if answer.promotions:
        lines += [*progress_lines(answer.promotions), ""]
    lines.append(f"Outcome: {_OUTCOMES[answer.outcome]}; {answer.message}")
    root = answer.diagnosis.get("root_cause")
    if isinstance(root, dict):
        lines.append(f"Root Cause: {root.get('summary', '')} [{root.get('id', '')}]")
    if answer.verification:
        lines.append(f"Verification: {answer.verification.get('verdict', '')}")
    if answer.action:
        lines.append(f"Action Required: {answer.action}")
    if answer.next_call:
        asked = ", ".join(f"{key}={value}" for key, value in answer.next_call.items() if key != "tool")
        lines.append(f"Next: {answer.next_call.get('tool', '')}({asked})")
    if answer.left_out:
        lines.append(f"Left out: {answer.left_out}")
    lines.append(f"Observed {answer.observed_at:%Y-%m-%dT%H:%M:%SZ} in {answer.context}".rstrip())
    return "\n".join(map(on_one_line, lines))


MOST_QUESTION = 3000
"""Characters of what a host shows in a dialogue."""


def question(plan: Plan) -> str:
    """What the user is asked, with the plan: the same for the same plan, so without what only time changes."""
    timeless = plan.model_copy(update={"plan_id": "", "expires_at": None})
    return quoted("\n".join(map(on_one_line, [plan.question, "", *plan_lines(timeless)])), MOST_QUESTION)


def plan_lines(plan: Plan) -> list[str]:
    """What consent is asked for."""
    title = f"{plan.operation.value.replace('_', ' ').upper()} PLAN"
    lines = [title, "=" * len(title)]
    if plan.project:
        lines.append(f"Project: {plan.project}")
    if plan.freight:
        lines.append(f"Freight: {plan.freight_label or plan.freight} ({plan.freight})")
    for target in plan.targets:
        lines += _target(target)
    if plan.how:
        lines.append(f"Way: {plan.how}")
    if plan.command:
        lines.append(f"Command: {plan.command}")
    lines.append(f"Verdict: {_VERDICTS[plan.verdict]}")
    if plan.plan_id and plan.expires_at is not None:
        lines.append(f"Plan: {plan.plan_id} (until {plan.expires_at:%Y-%m-%dT%H:%M:%SZ})")
    return lines


def _target(target: StagePlan) -> list[str]:
    lines = [target.target + (f": now {', '.join(target.now)}" if target.now else "")]
    for one in target.changes:
        lines.append(f"  {one.kind} {one.repo}: {one.before or 'none'} -> {one.after or 'none'}")
    lines += [f"  {_gate(one)}" for one in target.gates]
    if target.hold:
        lines.append(f"  Hold: {target.hold}")
    lines += [f"  Then: {one}" for one in target.next]
    lines += [f"  Note: {one}" for one in target.warnings]
    return lines


def _gate(gate: Gate) -> str:
    opens = f"; opens {gate.opens_at:%Y-%m-%dT%H:%M:%SZ}" if gate.opens_at is not None else ""
    return f"{MARKS[gate.verdict]} {gate.name}: {gate.verdict.value}, {gate.detail}{opens}"
