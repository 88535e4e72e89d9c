from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import lasting
from gitops_master.facts.promotion import started
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Confidence, Risk, Severity
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.failure import running_evidence
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get


@rule(
    "promotion-running",
    area="promotion",
    title="A Promotion is running",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.LOW,
    needs={Promotion.KIND},
    explains={
        "stage-unhealthy",
        "promotion-failed",
        "no-freight-promoted-yet",
        "waiting-behind-other-promotion",
        "promotion-pending",
    },
    sources=("akuity/kargo v1.11.2 pkg/controller/promotions/promotions.go",),
    is_symptom=True,
)
def check(stage: StageView) -> Iterator[Hit]:
    """A Promotion of the Stage is Running.

    Why: Promotions legitimately take from seconds to days (a pull request to merge, an outside gate).

    How to tell: the Promotion's phase and its current step.

    What to do: see what the current step waits for.

    Not this when: the current step's kind tells what is being waited for; that is then the finding.
    """
    running, step = stage.running, stage.running_step
    if running is None:
        return
    begun = started(running)
    since = lasting(begun, stage.snapshot.observed_at)
    at = f' in step {step.index + 1} "{step.alias}" ({step.uses})' if step else ""
    yield Hit(
        summary=f"Promotion {running.name} {'has been' if since else 'is'} running{since}{at}.",
        evidence=[running_evidence(running, step) if step else fact(running, "status.phase", "Running", begun)],
        remedies=[
            advise(
                "Wait for the step, or look at what it waits for",
                risk=Risk.NONE,
                confirm_with=get("promotions.kargo.akuity.io", stage.project, running.name, ".status.phase"),
            )
        ],
        confidence=Confidence.MEDIUM,
        ends="when its steps have ended",
    )
