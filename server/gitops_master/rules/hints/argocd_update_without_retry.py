from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import find
from gitops_master.facts.promotion import StepRun, failed_step
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Severity
from gitops_master.rules.promotion.network_patterns import NETWORK_TROUBLE, NOT_TRANSIENT
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get

_THRESHOLDS = ".spec.promotionTemplate.spec.steps[*].retry.errorThreshold"
_LOOKS_BACK = 10
"""Promotions: an error that did not come back in so many is not worth a setting."""


@rule(
    "argocd-update-without-retry",
    area="hints",
    title="argocd-update gives up at the first error, and has done so on a passing one",
    on=StageView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    sources=(
        "akuity/kargo v1.11.2 pkg/promotion/registry.go",
        "akuity/kargo v1.11.2 pkg/promotion/local_orchestrator.go",
        "akuity/kargo v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go (mustPerformUpdate)",
    ),
    is_hint=True,
    unless=NOT_TRANSIENT,
)
def check(stage: StageView) -> Iterator[Hit]:
    """An earlier Promotion of this Stage failed in argocd-update on a network error that had passed by the next one.

    Why: retry.errorThreshold is 1 by default: one failed attempt ends the Promotion, and auto-promotion does not try that
    Freight again.

    How to tell: the Stage's step has no errorThreshold above 1; a Promotion among the last ten failed there on a connection
    error.

    What to do: retry.errorThreshold: 3 on the step (three failures in a row, two retries). Attempts follow each other within
    seconds (three were used up in 5 s on v1.11.2): that bridges a broken connection, not the restart of a server.

    Not this when: the error is lasting, no Promotion ever failed so, or the sync itself failed: the step then reads the same
    record again at each attempt, and only the Application's own spec.syncPolicy.retry repeats the sync.
    """
    if not any(
        one.uses == "argocd-update" and (one.retry is None or one.retry.error_threshold < 2) for one in stage.steps
    ):
        return
    last = stage.last.name if stage.last else ""
    for one in stage.by_age[:_LOOKS_BACK]:
        step = failed_step(one.spec.steps, one.status) if one.name != last else None
        if step is None or not _was_passing(step):
            continue
        yield Hit(
            summary=f"Step {step.alias} of Stage {stage.name} is not retried; Promotion {one.name} failed on a passing error there.",
            evidence=[
                fact(
                    one, f"status.stepExecutionMetadata[{step.index}].message", step.message, step.execution.finished_at
                ),
                fact(one, f"spec.steps[{step.index}].retry.errorThreshold", step.threshold),
            ],
            remedies=[
                advise(
                    f"Set retry.errorThreshold: 3 on step {step.alias} of Stage {stage.name}, where it is managed (bridges seconds, no more)",
                    confirm_with=get("stages.kargo.akuity.io", stage.project, stage.name, _THRESHOLDS),
                )
            ],
        )
        return


def _was_passing(step: StepRun) -> bool:
    return (
        step.uses == "argocd-update"
        and step.threshold < 2
        and find(NETWORK_TROUBLE, step.message) is not None
        and find(NOT_TRANSIENT, step.message) is None
        and "failed with:" not in step.message
    )
