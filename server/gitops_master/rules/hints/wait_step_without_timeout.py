from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import human
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Severity
from gitops_master.rules.registry import Hit, rule

_ENDLESS = frozenset({"git-wait-for-pr", "http"})
"""Step kinds without a default timeout (builtin/git_pr_waiter.go, http_requester.go); argocd-update has 5 minutes."""
_LONG = timedelta(hours=24)
"""Pull requests are commonly left for a working day."""


@rule(
    "wait-step-without-timeout",
    area="hints",
    title="A step that may wait for ever holds the Stage",
    on=StageView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    sources=("akuity/kargo v1.11.2 pkg/promotion/runner/builtin/git_pr_waiter.go",),
    is_hint=True,
)
def check(stage: StageView) -> Iterator[Hit]:
    """The running Promotion has been in git-wait-for-pr or http for more than a day.

    Why: these kinds have no timeout of their own. While one waits, no other Promotion of the Stage begins, not even of newer
    Freight.

    How to tell: the running step's kind, its age, and no retry.timeout.

    What to do: retry.timeout on the step, as long as people may reasonably take.

    Not this when: the step has a timeout, or has only just begun to wait.
    """
    running, step = stage.running, stage.running_step
    if running is None or step is None or step.uses not in _ENDLESS:
        return
    begun = step.execution.started_at
    if begun is None or stage.snapshot.observed_at - begun < _LONG or (step.step.retry and step.step.retry.timeout):
        return
    behind = len(stage.waiting_promotions)
    queue = f"; {behind} more wait behind it" if behind else ""
    yield Hit(
        summary=f"Step {step.alias} ({step.uses}) of Stage {stage.name} has no timeout and has held the Stage for "
        f"{human(stage.snapshot.observed_at - begun)}{queue}.",
        evidence=[
            fact(running, f"status.stepExecutionMetadata[{step.index}].startedAt", begun, begun),
            fact(running, f"spec.steps[{step.index}].uses", step.uses),
            fact(running, f"spec.steps[{step.index}].retry.timeout", "not set"),
        ],
        remedies=[
            advise(
                f"Set retry.timeout on step {step.alias} of Stage {stage.name}, where it is managed (72h, say); it holds for Promotions "
                "made from then on"
            )
        ],
    )
