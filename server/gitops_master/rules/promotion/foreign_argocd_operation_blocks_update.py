from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.durations import human, stamp
from gitops_master.facts.promotion import StepRun, started
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Risk
from gitops_master.model.kargo import Promotion
from gitops_master.model.meta import Ref
from gitops_master.rules.promotion.app_operations import BUSY, UPDATE_STEPS, apps_of, initiator, is_of
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, RUNNING_PROMOTION, record, said
from gitops_master.rules.promotion.patterns import TIMED_OUT
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote, terminate_operation

PATIENCE = timedelta(minutes=5)
"""The step's own default timeout: an operation that takes longer lets the Promotion fail."""


@rule(
    "foreign-argocd-operation-blocks-update",
    area="promotion",
    title="Somebody else's Argo CD operation keeps the Promotion waiting",
    on=StageView,
    risk=Risk.MEDIUM,
    needs={Promotion.KIND, Application.KIND},
    explains=FAILED_PROMOTION | RUNNING_PROMOTION | {"waiting-for-argocd-sync", "argocd-update-step-timeout-too-short"},
    sources=("akuity/kargo v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go mustPerformUpdate",),
)
def check(stage: StageView) -> Iterator[Hit]:
    """argocd-update waits, or has timed out, while the Application is busy with an operation that is not the Promotion's.

    Why: the step never interrupts an operation that it did not start; it waits for its end.

    How to tell: operationState is Running, started before the step, and initiatedBy or the info names somebody else (another
    Promotion, a person, automated sync). Kargo's log says `current operation was initiated by …: waiting`.

    What to do: see why that operation does not end (a hook, retries); let it end or terminate it, then promote again.

    Not this when: the operation was started by this very Promotion, or has run for a few minutes only.
    """
    held = _held(stage)
    if held is None:
        return
    promotion, ref, step = held
    for app in apps_of(stage, step):
        state, since = app.operation_state, step.execution.started_at
        if state is None or app.op not in BUSY or state.started_at is None or is_of(app, promotion, since):
            continue
        age = stage.snapshot.observed_at - state.started_at
        if age < PATIENCE or (since is not None and state.started_at > since + PATIENCE):
            continue
        who = _who(app)
        yield Hit(
            summary=(
                f"Promotion {promotion} cannot update Application {app.app.name}: it has been busy for {human(age)} with an "
                f"operation started by {who} at {stamp(state.started_at)}."
            ),
            evidence=_evidence(app, step, ref),
            remedies=[
                advise(
                    f"See why that operation of {app.app.name} does not end"
                    + (f': it says "{state.message}"' if state.message else "")
                ),
                *([terminate_operation(app)] if app.op in {Op.RUNNING, Op.RETRYING} else []),
                *([repromote(stage)] if stage.running is None else []),
            ],
        )
        return


def _held(stage: StageView) -> tuple[str, Ref, StepRun] | None:
    """The Promotion that waits or has timed out in argocd-update."""
    if stage.running is not None:
        step, begun = stage.running_step, started(stage.running)
        waits = step is not None and step.uses in UPDATE_STEPS and begun is not None
        return (stage.running.name, stage.running.ref, step) if step is not None and waits else None
    if stage.last is None or stage.failed_step is None or said(stage, TIMED_OUT, *UPDATE_STEPS) is None:
        return None
    return stage.last.name, stage.last.ref, stage.failed_step


def _who(app: ApplicationView) -> str:
    return f"Promotion {app.promotion}" if app.promotion else initiator(app) or "somebody else"


def _evidence(app: ApplicationView, step: StepRun, ref: Ref) -> list[Evidence]:
    state = app.operation_state
    told = step.message or f"{step.execution.status or 'Running'} ({step.alias}, {step.uses})"
    evidence = [fact(ref, record(step, "message" if step.message else "status"), told, step.execution.started_at)]
    if state is not None:
        evidence.append(fact(app.app, "status.operationState.phase", state.phase, state.started_at))
        evidence.append(fact(app.app, "status.operationState.operation.initiatedBy.username", initiator(app) or "none"))
        if app.promotion:
            path = "status.operationState.operation.info[kargo.akuity.io/promotion]"
            evidence.append(fact(app.app, path, app.promotion))
        if state.message:
            evidence.append(fact(app.app, "status.operationState.message", state.message, state.started_at))
    return evidence
