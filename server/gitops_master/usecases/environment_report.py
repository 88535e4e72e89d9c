"""The environment as plain text, line by line: no columns and no wrapping, so that any width will do."""

from collections.abc import Iterator

from gitops_master.facts.durations import stamp
from gitops_master.model.environment import (
    Certainty,
    ContextState,
    ControllerState,
    EnvironmentAnswer,
    Lack,
    ProjectState,
    QuestionState,
    Reach,
    RightState,
    ValueState,
    Verdict,
)
from gitops_master.model.printable import on_one_line

MOST_LINES = 12
"""Of one sort in the report; the structured answer has more."""
ASK = "I need your cluster details to proceed:"


def environment_report(answer: EnvironmentAnswer) -> str:
    """ENVIRONMENT: where, as whom, what is there; then what is missing; what could not be read last."""
    lines = ["ENVIRONMENT", "===========", f"Context: {answer.context or 'none'}"]
    if answer.problem:
        lines += [f"Problem: {_flat(answer.problem)}"]
    lines += [f"Cluster: {_context(one)}" for one in answer.contexts[:MOST_LINES]]
    lines += list(_installed(answer))
    lines += [_project(one) for one in answer.projects[:MOST_LINES]]
    lines += [f"Controller: {controller_line(one)}" for one in answer.controllers[:MOST_LINES]]
    told = [one for one in answer.values if answer.observed_at is not None or one.certainty is Certainty.GIVEN]
    if told:
        lines += ["", "Values:", *(f"  {_value(one)}" for one in told)]
    if answer.rights:
        lines += ["", "Rights:", *(f"  {_right(one)}" for one in answer.rights)]
    lines += [f"Note: {one}" for one in answer.notes]
    lines += question_lines(answer.questions)
    if answer.left_out:
        lines += [f"Left out: {', '.join(answer.left_out)}"]
    if answer.not_checked:
        gaps = [f"{one.what} ({one.reason})" for one in answer.not_checked]
        more = [f"and {len(gaps) - MOST_LINES} more"] if len(gaps) > MOST_LINES else []
        lines += ["", f"Not checked: {'; '.join([*gaps[:MOST_LINES], *more])}"]
    if answer.observed_at is not None:
        lines += ["", f"Observed {stamp(answer.observed_at)}"]
    return "\n".join(map(on_one_line, lines))


def _flat(text: str) -> str:
    return " ".join(text.split())


def _context(one: ContextState) -> str:
    told = {Reach.YES: "reachable", Reach.NO: "not reachable", Reach.NOT_ASKED: "not asked"}[one.reachable]
    parts = [told, f"Kubernetes {one.server_version}" if one.server_version else "", _flat(one.problem)]
    return f"{one.name}{' (current)' if one.current else ''}: {', '.join(filter(None, parts))}"


def _installed(answer: EnvironmentAnswer) -> Iterator[str]:
    if answer.identity:
        groups = f" (groups {', '.join(answer.identity_groups)})" if answer.identity_groups else ""
        yield f"As: {answer.identity}{groups}"
    if answer.versions:
        yield f"Versions: {', '.join(f'{product} {version}' for product, version in answer.versions.items())}"
    if answer.groups:
        yield f"API groups: {', '.join(f'{group} {versions}' for group, versions in answer.groups.items())}"
    if answer.kargo_address:
        yield f"Kargo: {answer.kargo_address}"
    if answer.config_file:
        yield f"Configuration: {answer.config_file}"


def _project(one: ProjectState) -> str:
    parts = []
    for key, names in (("stages", one.stages), ("warehouses", one.warehouses)):
        number = str(one.counts.get(key, f"at least {len(names)}" if names else "an unknown number of"))
        shown = f" ({', '.join(names[:8])}{', …' if len(names) > 8 else ''})" if names else ""
        parts.append(f"{number} {key}{shown}")
    return f"Project: {one.name}, {', '.join(parts)}; by {one.source}"


def controller_line(one: ControllerState) -> str:
    """`kargo kargo/kargo-controller, shard eu: ready, heartbeat 12 s ago`."""
    shard = f", shard {one.shard}" if one.shard else ""
    ready = {"yes": "ready", "no": "not ready"}.get(one.ready, "readiness not known")
    beat = f", heartbeat {one.heartbeat_age_s} s ago" if one.heartbeat_age_s is not None else ""
    note = f" ({one.note})" if one.note else ""
    return f"{one.product} {one.namespace}/{one.name}{shard}: {ready}{beat}{note}"


def _value(one: ValueState) -> str:
    value = one.value or "unknown"
    source = f" ({one.source})" if one.source else ""
    others = f"; also: {', '.join(one.alternatives)}" if one.alternatives else ""
    if one.certainty is Certainty.UNKNOWN and one.alternatives:
        others = f"; one of: {', '.join(one.alternatives)}"
    return f"{one.key}: {value}{source}{others}{f'; {_flat(one.note)}' if one.note else ''}"


def _right(one: RightState) -> str:
    told = {
        Verdict.ALLOWED: "works",
        Verdict.PARTLY: "works with gaps",
        Verdict.DENIED: "does not work",
        Verdict.UNKNOWN: "not known whether it works",
    }[one.verdict]
    shown = [lack_line(each) for each in one.lacking[:3]]
    more = [f"and {len(one.lacking) - 3} more"] if len(one.lacking) > 3 else []
    parts = "; ".join([*shown, *more, *filter(None, [one.note])])
    return f"{one.tool}: {told}" + (f": {parts}" if parts else "")


def lack_line(one: Lack) -> str:
    """What is missing, as a grant of it would be put."""
    told = "lacks" if one.is_known else "not known"
    return f"{told} {one.grant}"


def question_lines(questions: list[QuestionState]) -> list[str]:
    """The template to put to the user, as far as something is missing."""
    if not questions:
        return []
    lines = ["", ASK]
    for one in questions:
        choices = f" one of: {', '.join(one.choices)}" if one.choices else ""
        lines.append(f"- {one.question} {one.answer or choices.strip()}".rstrip())
    return lines
