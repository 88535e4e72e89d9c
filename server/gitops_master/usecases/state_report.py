"""The state as plain text, line by line: no columns and no wrapping, so that any width will do."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from gitops_master.facts.durations import stamp
from gitops_master.model.printable import on_one_line
from gitops_master.model.state import (
    ApplicationState,
    FreightState,
    PipelineState,
    PromotionState,
    StageState,
    StateAnswer,
    VerificationState,
    one_line,
)

MOST_LINES = 8
"""Of one sort in a report; the structured answer has more."""


def state_report(answer: StateAnswer) -> str:
    """STAGE STATE or PIPELINE STATE: the headline first, what could not be read last."""
    lines: list[str] = []
    if answer.stage is not None:
        lines = ["STAGE STATE", "===========", *_stage(answer.stage, answer)]
    elif answer.pipeline is not None:
        lines = ["PIPELINE STATE", "==============", *_pipeline(answer.pipeline)]
    if answer.not_checked:
        gaps = (f"{one.what} ({one.reason})" for one in answer.not_checked)
        lines += ["", f"Not checked: {'; '.join(_few(gaps))}"]
    lines += ["", f"Observed {stamp(answer.observed_at)} in {answer.context}".rstrip()]
    return "\n".join(map(on_one_line, lines))


def _few(texts: Iterable[str], most: int = MOST_LINES) -> list[str]:
    every = list(texts)
    more = len(every) - most
    return [*every[:most], f"and {more} more"] if more > 0 else every


def _stage(stage: StageState, answer: StateAnswer) -> Iterator[str]:
    yield f"Stage: {stage.name}" + (f" ({stage.kind})" if stage.kind else "")
    yield f"Project: {stage.project}"
    yield f"State: {stage.standing.value}"
    yield stage.headline
    if stage.upstream:
        yield f"Takes Freight from: {', '.join(_few(stage.upstream))}"
    for one in stage.conditions:
        told = f": {one_line(one.message)}" if one.message else ""
        yield f"{one.type}: {one.status}" + (f" ({one.reason})" if one.reason else "") + told
    for freight in stage.current_freight:
        yield f"Holds: {_freight(freight)}"
    yield from _promotions(stage, answer)
    if stage.verification is not None:
        yield from _verification(stage.verification)
    if stage.health is not None:
        issues = f": {'; '.join(one_line(one) for one in _few(stage.health.issues, 3))}" if stage.health.issues else ""
        yield f"Health: {stage.health.status}{issues}"
    yield from (f"Application: {_application(one)}" for one in stage.applications[:MOST_LINES])
    yield from _coming(stage)
    yield from (f"Note: {one}" for one in stage.notes)
    yield from (f"Left out: {one}" for one in stage.left_out)
    if stage.url:
        yield f"UI: {stage.url}"


def _promotions(stage: StageState, answer: StateAnswer) -> Iterator[str]:
    if stage.current_promotion is not None:
        yield f"Promoting: {_promotion(stage.current_promotion)}"
    if stage.last_promotion is not None:
        yield f"Last Promotion: {_promotion(stage.last_promotion)}"
    for one in stage.queue[:MOST_LINES]:
        yield f"Queued {one.position}: {_promotion(one)}; ahead: {one.ahead}"
    if not stage.queue and not stage.kind:
        unread = any(one.what == "kargo.akuity.io/Promotion" for one in answer.not_checked)
        yield "Queue: not known, Promotions were not read in full" if unread else "Queue: empty"


def _coming(stage: StageState) -> Iterator[str]:
    auto = stage.auto_promotion
    if auto is not None:
        yield f"Auto-promotion: {auto.enabled}" + "".join(f"; {part}" for part in (auto.policy, auto.note) if part)
    for hold in stage.holds:
        where = f"{hold.origin} stays at {hold.freight_label or hold.freight[:7]}"
        yield f"Hold: {where} by {hold.actor or 'somebody'}{_since(hold.since)} ({hold.promotion})"
    for one in stage.next_freight:
        yield f"Next: {one.outlook}"
        for gate in one.gates[:MOST_LINES]:
            opens = f", opens {stamp(gate.opens)}" if gate.opens else ""
            yield f"  - gate {gate.name}: {gate.state}, {gate.detail}{opens}"
        if one.instead:
            yield f"  - until then auto-promotion may take {one.instead}"


def _freight(one: FreightState) -> str:
    carried = [
        *(f"{commit.repo}@{commit.tag or commit.id[:12]}" for commit in one.commits),
        *(f"{image.repo}:{image.tag or image.digest}" for image in one.images),
        *(f"{chart.repo}/{chart.name}:{chart.version}".lstrip("/") for chart in one.charts),
    ]
    alias = f" alias {one.alias}" if one.alias else ""
    return f"{one.label}{alias} of {one.origin}{_since(one.since)}: {', '.join(_few(carried, 4)) or 'nothing'}"


def _since(time: datetime | None) -> str:
    return f" since {stamp(time)}" if time else ""


def _promotion(one: PromotionState) -> str:
    parts = [f"{one.name} {one.phase or 'no phase yet'}"]
    if one.freight_label or one.freight:
        parts.append(f"of {one.freight_label or one.freight[:7]}")
    if one.created_by:
        parts.append(f"by {one.created_by}")
    if one.started_at:
        parts.append(f"from {stamp(one.started_at)}")
    if one.finished_at:
        parts.append(f"to {stamp(one.finished_at)}")
    text, step = " ".join(parts), one.step
    if step is None:
        return f"{text}: {one_line(one.message)}" if one.message else text
    at = f"step {step.index} of {step.total} ({step.alias}, {step.kind}), {step.errors} of {step.threshold} errors"
    told = (step.waits_for and f"waits for {step.waits_for}") or one_line(step.message)
    return f"{text}, at {at}" + (f": {told}" if told else "")


def _verification(one: VerificationState) -> Iterator[str]:
    told = f": {one_line(one.message)}" if one.message else ""
    run = f" (AnalysisRun {one.analysis_run})" if one.analysis_run else ""
    yield f"Verification: {one.phase}{run}{told}"
    for metric in one.metrics[:MOST_LINES]:
        yield f"  - metric {metric.name}: {metric.phase}" + (f": {one_line(metric.message)}" if metric.message else "")


def _application(one: ApplicationState) -> str:
    name = f"{one.namespace}/{one.name}"
    if one.found != "yes":
        return f"{name}: {'does not exist' if one.found == 'no' else 'not known, it was not read'} ({one.named_by})"
    operation = f", operation {one.operation}" + (f" ({one_line(one.message)})" if one.message else "")
    complaints = "".join(f"; {one_line(text)}" for text in one.complaints)
    return f"{name}: {one.sync}, {one.health}{operation}{complaints}"


def _pipeline(state: PipelineState) -> Iterator[str]:
    yield state.headline
    if state.stages:
        yield ""
    for one in state.stages:
        yield f"{one.standing.value.upper()} {one.name}: {one.line}"
    if state.warehouses:
        yield ""
    for source in state.warehouses:
        yield f"{source.standing.value.upper()} Warehouse {source.name}: {source.line}"
    for name in state.missing:
        yield f"Missing: {name}" if "(not read)" not in name else f"Not read: {name.removesuffix(' (not read)')}"
    yield from (f"Cycle: {one}" for one in state.cycles)
    yield from (f"Left out: {one}" for one in state.left_out)
    if state.url:
        yield f"UI: {state.url}"
