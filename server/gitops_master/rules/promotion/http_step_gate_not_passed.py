from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import human, stamp
from gitops_master.facts.patterns import peel
from gitops_master.facts.promotion import started
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Confidence, Evidence
from gitops_master.model.kargo import Promotion, Step
from gitops_master.model.meta import Ref
from gitops_master.rules.promotion.failure import (
    FAILED_PROMOTION,
    RUNNING_PROMOTION,
    change_step,
    failure_evidence,
    running_evidence,
    said,
    step_name,
)
from gitops_master.rules.promotion.gates import polls_in_vain
from gitops_master.rules.promotion.patterns import GATE_REFUSED
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import abort_promotion, repromote


@rule(
    "http-step-gate-not-passed",
    area="promotion",
    title="An outside system does not let the Promotion pass",
    on=StageView,
    needs={Promotion.KIND},
    explains=FAILED_PROMOTION | RUNNING_PROMOTION | {"waiting-for-step-in-progress"},
    sources=("akuity/kargo v1.11.2 pkg/promotion/runner/builtin/http_requester.go",),
)
def check(stage: StageView) -> Iterator[Hit]:
    """An http step fails with `response met failure criteria`, or polls without end.

    Why: the step asks an outside system (an approval, a scan, a change window). Where the answer meets failureExpression the
    Promotion fails at once; where it meets neither expression the step asks again, for ever unless retry.timeout is set.

    How to tell: the message with the HTTP status; or an http step without timeout that has been Running for over an hour.

    What to do: see what the outside system says about this change, and whether successExpression and failureExpression fit
    its answers. Give the step a retry.timeout.

    Not this when: the request itself could not be sent, or the step has been polling for a short time only.
    """
    yield from _refused(stage)
    yield from _polling(stage)


def _refused(stage: StageView) -> Iterator[Hit]:
    found = said(stage, GATE_REFUSED)
    step, last = stage.failed_step, stage.last
    if found is None or step is None or last is None:
        return
    url = str(step.step.config.get("url", "the outside system"))
    yield Hit(
        summary=f"{step_name(step)} was refused by {url}: {peel(found.text.value)}.",
        evidence=[*failure_evidence(stage, found), *_criteria(step.step, last.ref, step.index)],
        remedies=[advise(f"See why {url} refuses this change, and settle it there"), repromote(stage)],
    )


def _polling(stage: StageView) -> Iterator[Hit]:
    running, step = stage.running, stage.running_step
    if running is None or step is None or not polls_in_vain(stage, step):
        return
    begun, url = step.execution.started_at or started(running), str(step.step.config.get("url", "the outside system"))
    if begun is None:
        return
    yield Hit(
        summary=(
            f"{step_name(step)} has been asking {url} for {human(stage.snapshot.observed_at - begun)} (since {stamp(begun)}) "
            "without an answer that meets its success or failure expression, and has no timeout."
        ),
        evidence=[
            running_evidence(running, step),
            *_criteria(step.step, running.ref, step.index),
            fact(running, f"spec.steps[{step.index}].retry.timeout", "not set"),
        ],
        remedies=[
            advise(f"See what {url} answers and whether the step's expressions fit; let the gate open or refuse"),
            abort_promotion(stage, running.name),
            change_step(
                stage,
                step,
                f"Give step {step.alias} of Stage {stage.name} a `retry.timeout`, in the source the Stage is managed from",
            ),
        ],
        confidence=Confidence.MEDIUM,
    )


def _criteria(step: Step, ref: Ref, index: int) -> list[Evidence]:
    given = {key: step.config[key] for key in ("url", "successExpression", "failureExpression") if step.config.get(key)}
    return [fact(ref, f"spec.steps[{index}].config.{key}", value) for key, value in given.items()]
