"""Promotions of a Stage: their order, the step that runs, the step that failed first."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from gitops_master.facts.texts import Text
from gitops_master.model.kargo import Promotion, PromotionStatus, Step, StepExecution
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage

_FAILED = frozenset({"Failed", "Errored"})


class StepRun(msgspec.Struct, frozen=True):
    """A step of a Promotion with how it went. `index` counts from 0, as in spec.steps."""

    index: int
    alias: str
    uses: str
    step: Step
    execution: StepExecution

    @property
    def message(self) -> str:
        return self.execution.message

    @property
    def threshold(self) -> int:
        """Consecutive failures that end the step; 1 (no retry) is Kargo's default for every kind."""
        return self.step.retry.error_threshold if self.step.retry and self.step.retry.error_threshold else 1


def promotions_to(stage: Stage, snapshot: Snapshot) -> Sequence[Promotion]:
    """All Promotions to the Stage, in the order they were read."""
    return snapshot.grouped(Promotion, _stages).get((stage.namespace, stage.name), ())


def _stages(one: Promotion) -> tuple[tuple[str, str]]:
    return ((one.namespace, one.spec.stage),)


def queue_order(promotions: Iterable[Promotion]) -> list[Promotion]:
    """Kargo's own order (pkg/api/promotion.go): Running, then waiting ones by name, then finished ones by name, newest first."""
    every = list(promotions)
    running = [one for one in every if one.status.phase == "Running"]
    waiting = [one for one in every if not one.is_terminal and one.status.phase != "Running"]
    finished = [one for one in every if one.is_terminal]
    return [
        *sorted(running, key=lambda one: one.name),
        *sorted(waiting, key=lambda one: one.name),
        *sorted(finished, key=lambda one: one.name, reverse=True),
    ]


def newest_first(promotions: Iterable[Promotion]) -> list[Promotion]:
    """By creation time: what "newest" means to auto-promotion's anti-loop rule."""
    return sorted(promotions, key=lambda one: (one.created.timestamp() if one.created else 0.0, one.name), reverse=True)


def step_runs(steps: tuple[Step, ...], status: PromotionStatus) -> list[StepRun]:
    """Every step with its execution, where there is one. Before Kargo 1.3 there is none."""
    runs = []
    by_alias = {one.alias: one for one in status.step_execution_metadata if one.alias}
    for index, step in enumerate(steps):
        alias = step.as_ or f"step-{index + 1}"
        execution = by_alias.get(alias)
        if execution is None and index < len(status.step_execution_metadata):
            execution = status.step_execution_metadata[index]
        runs.append(StepRun(index, alias, step.uses, step, execution or StepExecution(alias=alias)))
    return runs


def failed_step(steps: tuple[Step, ...], status: PromotionStatus) -> StepRun | None:
    """The step that ended the Promotion: the first Failed or Errored one that may not continue on error.

    Later steps are Skipped (evaluator.go), so the last one is never the culprit. Without step records (before 1.3) it is
    the one that `currentStep` counts to.
    """
    if status.phase not in _FAILED:
        return None
    runs = step_runs(steps, status)
    for run in runs:
        if run.execution.status in _FAILED and not (run.execution.continue_on_error or run.step.continue_on_error):
            return run
    if status.step_execution_metadata or not runs or not status.message:
        return None
    index = min(status.current_step, len(runs) - 1)
    bare = runs[index]
    execution = StepExecution(alias=bare.alias, status=status.phase, message=status.message)
    return StepRun(index, bare.alias, bare.uses, bare.step, execution)


def running_step(steps: tuple[Step, ...], status: PromotionStatus) -> StepRun | None:
    """The step a Running Promotion is at."""
    if status.phase != "Running":
        return None
    runs = step_runs(steps, status)
    by_status = next((run for run in runs if run.execution.status == "Running"), None)
    if by_status is not None:
        return by_status
    return runs[status.current_step] if status.current_step < len(runs) else None


def message_texts(ref: Ref, status: PromotionStatus, path: str = "status") -> list[Text]:
    """The Promotion's message and its steps' messages, each once."""
    texts: dict[str, Text] = {}
    for index, one in enumerate(status.step_execution_metadata):
        if one.message:
            at = one.finished_at or one.started_at
            texts.setdefault(one.message, Text(ref, f"{path}.stepExecutionMetadata[{index}].message", one.message, at))
    if status.message:
        texts.setdefault(status.message, Text(ref, f"{path}.message", status.message, status.finished_at))
    return list(texts.values())


def started(promotion: Promotion) -> datetime | None:
    """When it began: `startedAt` since 1.10, else its first step, else its creation."""
    first = next((one.started_at for one in promotion.status.step_execution_metadata if one.started_at), None)
    return promotion.status.started_at or first or promotion.created
