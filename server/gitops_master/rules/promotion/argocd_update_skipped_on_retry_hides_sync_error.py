from collections.abc import Iterator

from gitops_master.facts.advice import advise, by_hand
from gitops_master.facts.patterns import peel
from gitops_master.facts.promotion import StepRun, step_runs
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.app_operations import ARGOCD_STEPS, apps_of
from gitops_master.rules.promotion.failure import record
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_app, repromote


@rule(
    "argocd-update-skipped-on-retry-hides-sync-error",
    area="promotion",
    title="The Promotion counts as Succeeded although its Argo CD step failed and was then skipped",
    on=StageView,
    needs={Promotion.KIND, Application.KIND},
    versions=("kargo < 1.8.5",),
    explains=("application-not-fine", "stage-unhealthy", "nothing-wrong-stale-errors", "image-changed-outside-kargo"),
    sources=("akuity/kargo#5166", "akuity/kargo#5490 (fixed in v1.9.0, by #5510 in v1.8.5)"),
)
def check(stage: StageView) -> Iterator[Hit]:
    """Promotion Succeeded, Stage Healthy, Freight verified, but the Application does not run it.

    Why: these releases evaluate a step's condition again on each retry. After a failed attempt the condition no longer holds,
    so the step is marked Skipped, nothing counts as failed and no health check is registered.

    How to tell: an argocd-update step with status Skipped beside an error message; `performed 0 health checks`; the
    Application carries the error.

    What to do: mend what the message names, sync the Application, promote the same Freight again; upgrade to 1.8.5 or later. Until then
    do not trust the Freight's verification and do not promote it further.

    Not this when: the step was skipped by its own `if` without an attempt: it has no message then.
    """
    last = stage.last
    if last is None or last.status.phase != "Succeeded" or stage.running is not None:
        return
    for step in step_runs(last.steps, last.status):
        if step.uses not in ARGOCD_STEPS or step.execution.status != "Skipped" or not step.message:
            continue
        refreshes = [by_hand(refresh_app(app.ref)) for app in apps_of(stage, step) if not app.is_fine]
        yield Hit(
            summary=(
                f'Promotion {last.name} counts as Succeeded, but its step "{step.alias}" ({step.uses}) failed and was then '
                f"skipped: {peel(step.message)}"
            ),
            evidence=_evidence(stage, step),
            remedies=[
                advise("Mend what the step's message names; do not promote this Freight further until then"),
                *refreshes[:1],
                repromote(stage),
                advise("Upgrade Kargo to 1.8.5 or later, which no longer skips a step that has been tried"),
            ],
        )
        return


def _evidence(stage: StageView, step: StepRun) -> list[Evidence]:
    last = stage.last
    if last is None:
        return []
    evidence = [
        fact(last.ref, record(step, "status"), step.execution.status, step.execution.finished_at),
        fact(last.ref, record(step, "message"), step.message, step.execution.started_at),
    ]
    healthy = stage.condition("Healthy")
    if healthy is not None and healthy.message:
        evidence.append(fact(stage.stage, "status.conditions[Healthy].message", healthy.message))
    for app in apps_of(stage, step)[:1]:
        evidence.append(fact(app.app, "status.sync.status", app.sync or "none"))
        evidence += [text.as_evidence() for text in app.texts[:1]]
    return evidence
