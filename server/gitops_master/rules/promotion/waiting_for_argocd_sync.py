from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.durations import human, lasting, parse_duration
from gitops_master.facts.promotion import StepRun, started
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Class, Evidence, Risk, Severity
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.app_operations import ARGOCD_STEPS, apps_of, is_of
from gitops_master.rules.promotion.failure import RUNNING_PROMOTION, running_evidence
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get

DEFAULT_TIMEOUT = timedelta(minutes=5)
"""argocd-update and argocd-wait, when retry.timeout is not set (akuity/kargo v1.11.2)."""
TAKEN_UP = timedelta(minutes=1)
"""A live application controller starts a requested operation within seconds (0.1 s seen on Argo CD v3.5.1)."""


@rule(
    "waiting-for-argocd-sync",
    area="promotion",
    title="The Promotion waits for Argo CD to finish its sync",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.LOW,
    risk=Risk.NONE,
    needs={Promotion.KIND, Application.KIND},
    explains=RUNNING_PROMOTION | {"application-not-fine"},
    sources=("akuity/kargo v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go", "akuity/kargo#5400"),
)
def check(stage: StageView) -> Iterator[Hit]:
    """A Promotion is Running in argocd-update or argocd-wait, and Argo CD is at work on it.

    Why: the step polls the Application until the operation it started has ended, for 5 minutes unless retry.timeout is set.

    How to tell: operationState of the Application is Running, its info names this Promotion, no error so far.

    What to do: wait. If the sync regularly takes longer, give the step a longer retry.timeout.

    Not this when: the operation belongs to somebody else, reports an error, or was never taken up.
    """
    yield from _being_synced(stage)
    running, step = stage.running, stage.running_step
    if running is None or step is None or step.uses not in ARGOCD_STEPS:
        return
    now, begun = stage.snapshot.observed_at, step.execution.started_at or started(running)
    given = step.step.retry.timeout if step.step.retry else ""
    timeout = parse_duration(given) if given else DEFAULT_TIMEOUT
    if begun is not None and timeout and now - begun > timeout + TAKEN_UP:
        return
    for app in apps_of(stage, step):
        if not _at_work(app, step, running):
            continue
        since = lasting(begun, now)
        yield Hit(
            summary=f"Promotion {running.name} has been waiting{since} for Argo CD to finish its sync of {app.app.name}.",
            evidence=_evidence(app, step, running),
            remedies=[advise("Wait for the sync", risk=Risk.NONE, confirm_with=_phase(app))],
            ends=f"when the sync has ended, at the latest {human(timeout)} after the step began"
            if timeout
            else "with the sync",
        )
        return


def _being_synced(stage: StageView) -> Iterator[Hit]:
    """The Promotion is over, but the Stage's health waits for a sync that is going on."""
    issue = next((one for one in stage.health_issues if "is being synced" in one), "")
    if not issue or stage.running is not None or stage.last_failed:
        return
    for app in stage.apps:
        if app.app.name not in issue or app.op not in {Op.RUNNING, Op.REQUESTED} or app.complaints():
            continue
        yield Hit(
            summary=f"The health of Stage {stage.name} waits for Argo CD to finish a sync of {app.app.name}.",
            evidence=[fact(stage.stage, "status.health.issues", issue), *_operation(app)],
            remedies=[advise("Wait for the sync", risk=Risk.NONE, confirm_with=_phase(app))],
            ends="when the sync has ended",
        )
        return


def _at_work(app: ApplicationView, step: StepRun, running: Promotion) -> bool:
    state, now = app.operation_state, app.snapshot.observed_at
    if app.complaints():
        return False
    if app.op is Op.REQUESTED:
        return step.execution.started_at is not None and now - step.execution.started_at < TAKEN_UP
    if app.op is Op.RUNNING and state is not None:
        return step.uses == "argocd-wait" or is_of(app, running.name, step.execution.started_at)
    return step.uses == "argocd-wait" and app.op is Op.SUCCEEDED and app.health == "Progressing"


def _evidence(app: ApplicationView, step: StepRun, running: Promotion) -> list[Evidence]:
    return [running_evidence(running, step), *_operation(app)]


def _operation(app: ApplicationView) -> list[Evidence]:
    evidence: list[Evidence] = []
    state = app.operation_state
    if state is not None:
        evidence.append(fact(app.app, "status.operationState.phase", state.phase, state.started_at))
        if state.message:
            evidence.append(fact(app.app, "status.operationState.message", state.message, state.started_at))
    else:
        evidence.append(fact(app.app, "operation", "requested"))
    return [*evidence, fact(app.app, "status.health.status", app.health or "none")]


def _phase(app: ApplicationView) -> str:
    return get("applications.argoproj.io", app.app.namespace, app.app.name, ".status.operationState.phase")
