from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import human, parse_duration
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Severity
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get

_DEFAULT = timedelta(minutes=5)
"""argocd_updater.go and argocd_waiter.go DefaultTimeout, v1.11.2."""
_KINDS = frozenset({"argocd-update", "argocd-wait"})


@rule(
    "argocd-step-timeout-below-default",
    area="hints",
    title="An Argo CD step is given less time than it has by default",
    on=StageView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    sources=("akuity/kargo v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go",),
    is_hint=True,
)
def check(stage: StageView) -> Iterator[Hit]:
    """retry.timeout of an argocd-update or argocd-wait step is under five minutes.

    Why: the default is five minutes; a value meant to be generous (`3m`) makes it less. The timeout counts from the step's
    first attempt, not for each of them. A sync that outlives it goes on in Argo CD, but the Promotion has failed.

    How to tell: the step's retry.timeout.

    What to do: leave it out, or set what the slowest sync of the Application takes, with some room.

    Not this when: it is 0 (none) or at least 5m.
    """
    for index, step in enumerate(stage.steps):
        given = parse_duration(step.retry.timeout) if step.retry and step.retry.timeout else None
        if step.uses not in _KINDS or not given or given >= _DEFAULT:
            continue
        name = step.as_ or step.uses
        path = f"spec.promotionTemplate.spec.steps[{index}].retry.timeout"
        yield Hit(
            summary=f"Step {name} of Stage {stage.name} may take {human(given)} in all, less than the default of 5m.",
            evidence=[fact(stage.stage, path, step.retry.timeout if step.retry else "")],
            remedies=[
                advise(
                    f"Leave retry.timeout of step {name} out of Stage {stage.name}, where it is managed, or set it above what a sync takes",
                    confirm_with=get("stages.kargo.akuity.io", stage.project, stage.name, f".{path}"),
                )
            ],
        )
        return
