from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.controllers import kargo_controllers, live
from gitops_master.facts.durations import human, lasting, parse_duration, stamp
from gitops_master.facts.patterns import peel, search
from gitops_master.facts.promotion import StepRun, started
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Confidence, Evidence, Risk, Severity
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.app_operations import ARGOCD_STEPS
from gitops_master.rules.promotion.failure import RUNNING_PROMOTION, attempts, running_evidence, running_text, this_step
from gitops_master.rules.promotion.gates import PATIENCE, polls_in_vain
from gitops_master.rules.promotion.patterns import WILL_BE_RETRIED
from gitops_master.rules.promotion.pull_requests import PULL_REQUEST_STEPS
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get


@rule(
    "waiting-for-step-in-progress",
    area="promotion",
    title="The Promotion's current step is at work",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.LOW,
    risk=Risk.NONE,
    needs={Promotion.KIND},
    explains=RUNNING_PROMOTION,
    sources=(
        "akuity/kargo v1.11.2 pkg/promotion/local_orchestrator.go",
        "akuity/kargo v1.11.2 pkg/controller/promotions/promotions.go",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """A Promotion is Running in a step that clones, renders, downloads, asks an outside system, or is about to be retried.

    Why: the status is written only after a step's attempt, so a long clone looks idle. A failed attempt below the error
    threshold is retried by itself; an http step asks again every 30 seconds (its pollInterval; every 5 minutes before 1.11).

    How to tell: the current step's kind, when it began, its message `…; step will be retried`.

    What to do: wait; read the step's message if it has one.

    Not this when: the step waits for a pull request or for Argo CD, or has polled beyond reason, or no controller is alive.
    """
    running, step = stage.running, stage.running_step
    if running is None or step is None or step.uses in PULL_REQUEST_STEPS or not step.uses:
        return
    text, pods = running_text(running, step), kargo_controllers(stage.snapshot)
    retried = text is not None and search(WILL_BE_RETRIED, text) is not None
    if (step.uses in ARGOCD_STEPS and not retried) or polls_in_vain(stage, step) or (pods and not live(pods)):
        return
    begun = step.execution.started_at or started(running)
    since = lasting(begun, stage.snapshot.observed_at)
    what = f"{'has been' if since else 'is'} at work{_on(step)}{since}"
    if retried and text is not None:
        what = f"is to be retried after: {peel(text.value)}"
    queued = [one.name for one in stage.waiting_promotions]
    behind = f"; {len(queued)} more queued behind it" if queued else ""
    yield Hit(
        summary=f"Promotion {running.name} is running: {this_step(step)} {what}{behind}.",
        evidence=_evidence(running, step, queued, stage),
        remedies=[advise("Wait for the step to end", risk=Risk.NONE, confirm_with=_phase(stage, running))],
        ends=_ends(step),
        confidence=_confidence(stage, step),
    )


def _on(step: StepRun) -> str:
    target = step.step.config.get("url") or step.step.config.get("repoURL")
    return f" on {target}" if target and "${{" not in str(target) else ""


def _evidence(running: Promotion, step: StepRun, queued: list[str], stage: StageView) -> list[Evidence]:
    evidence = [running_evidence(running, step)]
    text = running_text(running, step)
    if text is not None:
        evidence.append(text.as_evidence())
    evidence += attempts(running.ref, step)
    for key in ("url", "repoURL", "successExpression"):
        if step.step.config.get(key):
            evidence.append(fact(running, f"spec.steps[{step.index}].config.{key}", step.step.config[key]))
    if queued:
        evidence.append(fact(stage.stage, "Pending Promotions", queued[:3]))
    return evidence[:5]


def _confidence(stage: StageView, step: StepRun) -> Confidence:
    """A step that has been at it for long without a timeout may as well hang: nothing tells the two apart from outside."""
    begun = step.execution.started_at
    bounded = step.step.retry is not None and bool(step.step.retry.timeout)
    is_long = begun is not None and stage.snapshot.observed_at - begun > PATIENCE
    return Confidence.MEDIUM if is_long and not bounded else Confidence.HIGH


def _ends(step: StepRun) -> str:
    timeout = parse_duration(step.step.retry.timeout) if step.step.retry else None
    begun = step.execution.started_at
    if timeout and begun is not None:
        return f"when the step has ended, or fails at {stamp(begun + timeout)} (retry.timeout {human(timeout)})"
    return f"when step {step.alias} has ended; it has no timeout"


def _phase(stage: StageView, running: Promotion) -> str:
    return get("promotions.kargo.akuity.io", stage.project, running.name, ".status.phase")
