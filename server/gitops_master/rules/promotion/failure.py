"""What rules about a failed or running step share: is the failure still the last word, what said so, what came of it."""

from datetime import datetime

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import Found, Patterns, first
from gitops_master.facts.promotion import StepRun, started
from gitops_master.facts.stage import LastPromotion, StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.kargo import Promotion
from gitops_master.model.meta import Ref
from gitops_master.rules.remedies import get, repromote

FAILED_PROMOTION = frozenset(
    {
        "promotion-failed",
        "auto-promotion-does-not-retry-failed-freight",
        "health-unknown-by-design-after-unsuccessful-promotion",
        "no-freight-promoted-yet",
        "manual-promotion-required",
    }
)
"""What the cause of a failed step accounts for."""

RUNNING_PROMOTION = frozenset(
    {
        "promotion-running",
        "promotion-pending",
        "promotion-failed",
        "stage-unhealthy",
        "no-freight-promoted-yet",
        "manual-promotion-required",
        "health-unknown-by-design-after-unsuccessful-promotion",
        "auto-promotion-does-not-retry-failed-freight",
    }
)
"""What the reason for a Promotion to be still running accounts for: an earlier failure is no longer the last word."""


def said(stage: StageView, patterns: Patterns, *uses: str) -> Found | None:
    """What the failed step said, if it matches and no newer Promotion is under way. `uses` narrows to step kinds."""
    step = stage.failed_step
    if stage.running is not None or (uses and (step is None or step.uses not in uses)):
        return None
    return first(patterns, stage.failure_texts)


def step_name(step: StepRun) -> str:
    """`Step 2 "push" (git-push)`."""
    return f'Step {step.index + 1} "{step.alias}" ({step.uses})'


def this_step(step: StepRun) -> str:
    """The same in the middle of a sentence."""
    return f"s{step_name(step)[1:]}"


def record(step: StepRun, field: str) -> str:
    return f"status.stepExecutionMetadata[{step.index}].{field}"


def failure_evidence(stage: StageView, found: Found) -> list[Evidence]:
    """The step's own words, its attempts where it had more than one, and the steps that were skipped for it."""
    evidence = [found.text.as_evidence()]
    last, step = stage.last, stage.failed_step
    if last is None:
        return evidence
    if step is not None:
        evidence += attempts(last.ref, step, last.finished_at)
    skipped = skipped_steps(last)
    if skipped:
        evidence.append(fact(last.ref, "status.stepExecutionMetadata", skipped))
    return evidence


def attempts(ref: Ref, step: StepRun, at: datetime | None = None) -> list[Evidence]:
    """Failed attempts of a step that may fail more than once; where one failure ends it, a count of 1 tells nothing."""
    if step.threshold == 1 or not step.execution.error_count:
        return []
    return [fact(ref, record(step, "errorCount"), f"{step.execution.error_count} of {step.threshold}", at)]


def running_evidence(promotion: Promotion, step: StepRun) -> Evidence:
    """Which step runs, of which kind, and since when."""
    status = f"{step.execution.status or 'Running'} ({step.alias}, {step.uses})"
    return fact(promotion, record(step, "status"), status, step.execution.started_at or started(promotion))


def change_step(stage: StageView, step: StepRun | None, title: str) -> Remedy:
    """A change of the template in its source; what the Stage holds shows whether it has arrived."""
    alias = step.alias if step is not None else ""
    index = next((f"[{at}]" for at, one in enumerate(stage.steps) if alias and one.as_ == alias), "")
    path = f".spec.promotionTemplate.spec.steps{index}"
    return advise(title, confirm_with=get("stages.kargo.akuity.io", stage.project, stage.name, path))


def promote_now(stage: StageView, why: str = "") -> Remedy:
    """The same Freight once more, where nothing has to be mended first."""
    retry = repromote(stage)
    title = f"P{retry.title.removeprefix('When the cause is gone, p')}{f'; {why}' if why else ''}"
    return retry.model_copy(update={"title": title})


def skipped_steps(last: LastPromotion) -> str:
    """`set-image, commit, sync: Skipped`; empty where none was."""
    names = [one.alias for one in last.status.step_execution_metadata if one.status == "Skipped"]
    return f"{', '.join(names)}: Skipped" if names else ""


def running_text(promotion: Promotion, step: StepRun) -> Text | None:
    """What the running step says of its last attempt; usually nothing."""
    if not step.message:
        return None
    return Text(promotion.ref, record(step, "message"), step.message, step.execution.started_at)
