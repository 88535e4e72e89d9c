from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.durations import human, stamp
from gitops_master.facts.promotion import StepRun
from gitops_master.facts.stage import LastPromotion, StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Confidence, Evidence, Remedy
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.app_operations import ARGOCD_STEPS, apps_of, is_of
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, change_step, said, step_name
from gitops_master.rules.promotion.patterns import TIMED_OUT
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote

TIMEOUTS = (*(timedelta(minutes=one) for one in (15, 30)), *(timedelta(hours=one) for one in (1, 2, 6, 24)))
"""What is proposed: the first that leaves room for twice the time that was needed."""
STILL_FRESH = timedelta(hours=1)
"""An operation that runs on for longer after the step gave up is stuck rather than slow."""


@rule(
    "argocd-update-step-timeout-too-short",
    area="promotion",
    title="The Argo CD step gave up while the sync was still progressing",
    on=StageView,
    needs={Promotion.KIND, Application.KIND},
    explains=FAILED_PROMOTION | {"transient-error-without-step-retry"},
    sources=("akuity/kargo#3919", "akuity/kargo#3995", "akuity/kargo v1.11.2 pkg/promotion/local_orchestrator.go"),
)
def check(stage: StageView) -> Iterator[Hit]:
    """argocd-update or argocd-wait is Errored with `timed out after`, but the sync itself went well.

    Why: these steps give up after 5 minutes unless retry.timeout says otherwise; slow hooks and rollouts take longer. Argo
    CD goes on with the operation, only the Promotion is recorded as failed.

    How to tell: the operation that this Promotion started ended well after the step did, or is still advancing.

    What to do: give the step a longer retry.timeout and promote the same Freight again; the Applications need nothing.

    Not this when: the operation failed, is held up by a hook, a sync window or somebody else's operation, or never began.
    """
    found = said(stage, TIMED_OUT, *ARGOCD_STEPS)
    step, last = stage.failed_step, stage.last
    if found is None or step is None or last is None:
        return
    for app in apps_of(stage, step):
        outcome = _outcome(app, step, last)
        if not outcome:
            continue
        by_sync = step.uses != "argocd-wait"
        yield Hit(
            summary=(
                f"{step_name(step)} gave up after {found.groups['timeout']} while {'its sync of ' if by_sync else ''}"
                f"Application {app.app.name} was still progressing; {outcome}."
            ),
            evidence=[found.text.as_evidence(), *_evidence(app, step, last)],
            remedies=[_longer(stage, step, app), repromote(stage)],
            confidence=Confidence.HIGH if app.op is Op.SUCCEEDED else Confidence.MEDIUM,
        )
        return


def _outcome(app: ApplicationView, step: StepRun, last: LastPromotion) -> str:
    """What became of the sync after the step ended; empty where it did not go on well."""
    state, ended = app.operation_state, step.execution.finished_at or last.finished_at
    if ended is None or app.complaints():
        return ""
    if step.uses == "argocd-wait":
        since = app.progressing_since
        return f"it became Healthy at {stamp(since)}" if app.is_fine and since is not None and since > ended else ""
    if state is None or not is_of(app, last.name, step.execution.started_at):
        return ""
    if app.op is Op.SUCCEEDED and state.finished_at is not None and state.finished_at > ended:
        return f"it succeeded at {stamp(state.finished_at)}, {human(state.finished_at - ended)} later"
    fresh = app.snapshot.observed_at - ended < STILL_FRESH
    return "it is still running" if app.op is Op.RUNNING and state.finished_at is None and fresh else ""


def _evidence(app: ApplicationView, step: StepRun, last: LastPromotion) -> list[Evidence]:
    timeout = step.step.retry.timeout if step.step.retry else ""
    told = timeout or "no retry.timeout on the step: the default of 5m0s holds"
    evidence = [fact(last.ref, f"spec.steps[{step.index}].retry.timeout", told)]
    state = app.operation_state
    if state is not None:
        evidence.append(
            fact(app.app, "status.operationState.phase", f"{state.phase}: {state.message}", state.started_at)
        )
        if state.finished_at is not None:
            evidence.append(fact(app.app, "status.operationState.finishedAt", state.finished_at, state.finished_at))
        hooks = [one for one in (state.sync_result.resources if state.sync_result else ()) if one.hook_type]
        evidence += [
            fact(app.app, f"hook {one.kind}/{one.name}", f"{one.hook_type} {one.hook_phase}") for one in hooks[:1]
        ]
    return evidence


def _longer(stage: StageView, step: StepRun, app: ApplicationView) -> Remedy:
    begun, state = step.execution.started_at, app.operation_state
    ended = app.progressing_since if step.uses == "argocd-wait" else state.finished_at if state is not None else None
    took = ended - begun if begun is not None and ended is not None else timedelta()
    enough = next((one for one in TIMEOUTS if one >= 2 * took), TIMEOUTS[-1])
    this_time = f": this time it took {human(took)}" if took else ""
    return change_step(
        stage,
        step,
        f"Set `retry.timeout: {human(enough)}` on step {step.alias} of Stage {stage.name}, in the source the Stage is managed "
        f"from{this_time}",
    )
