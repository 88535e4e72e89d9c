from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import stamp
from gitops_master.facts.patterns import peel
from gitops_master.facts.promotion import StepRun
from gitops_master.facts.stage import LastPromotion, StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.failure import attempts, skipped_steps
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote


@rule(
    "promotion-failed",
    area="promotion",
    title="The last Promotion did not succeed",
    on=StageView,
    needs={Promotion.KIND},
    explains={"stage-unhealthy", "no-freight-promoted-yet", "manual-promotion-required"},
    sources=("akuity/kargo v1.11.2 pkg/promotion/orchestrator.go DetermineFinalPhase",),
    is_symptom=True,
)
def check(stage: StageView) -> Iterator[Hit]:
    """The Stage's last Promotion is Failed or Errored, and nothing more specific recognised its step's message.

    Why: the first step that failed without continueOnError ends the Promotion; the steps after it are Skipped. Failed means
    that the step said no, Errored that it could not be carried out.

    How to tell: status.lastPromotion of the Stage, stepExecutionMetadata of the Promotion: the first Failed or Errored entry.

    What to do: mend what the step's own message names, then promote the same Freight again: auto-promotion never retries it.

    Not this when: a newer Promotion runs or succeeded; or a more specific finding explains the message.
    """
    last, step = stage.last, stage.failed_step
    if last is None or not stage.last_failed or stage.running is not None:
        return
    message = (step.message if step else "") or last.status.message
    when = f" at {stamp(last.finished_at)}" if last.finished_at else ""
    evidence: list[Evidence] = [text.as_evidence() for text in stage.failure_texts[:2]]
    if step is not None:
        evidence += attempts(last.ref, step)
    skipped = skipped_steps(last)
    if skipped:
        evidence.append(fact(last.ref, "status.stepExecutionMetadata", skipped))
    yield Hit(
        summary=f"Promotion {last.name} ended {last.status.phase}{when} {_where(last, step)}: {' '.join(peel(message).split())}",
        evidence=evidence,
        remedies=[advise("Mend what the step's own message names"), repromote(stage)],
    )


def _where(last: LastPromotion, step: StepRun | None) -> str:
    """The step that ended it. Without any record, a message that speaks of no step was written before the first began."""
    if not last.status.step_execution_metadata and not last.status.current_step and "step" not in last.status.message:
        return "before its first step"
    return (
        f'in step {step.index + 1} "{step.alias}" ({step.uses})' if step else "in a step that its record does not name"
    )
