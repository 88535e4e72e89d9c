from collections.abc import Iterator

from gitops_master.facts import autopromotion
from gitops_master.facts.advice import advise
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Evidence, Severity
from gitops_master.model.stage import Stage
from gitops_master.rules.registry import Hit, rule


@rule(
    "stage-without-verification",
    area="hints",
    title="Freight goes on by itself from a Stage that tests nothing",
    on=StageView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    sources=("akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go",),
    is_hint=True,
)
def check(stage: StageView) -> Iterator[Hit]:
    """Freight counts as verified here as soon as the Stage is Healthy, and is promoted downstream without a person.

    Why: without spec.verification Kargo marks Freight verified when the Applications are healthy. Pods that start are then
    the only test between here and the next Stage.

    How to tell: no spec.verification; another Stage takes Freight from this one, without a soak time, and is promoted
    automatically.

    What to do: give this Stage a verification, or the next one a requiredSoakTime.

    Not this when: a person promotes the next Stage, or a soak time lies between, or the Stage only passes Freight on.
    """
    if stage.is_control_flow or stage.stage.spec.verification is not None or stage.health != "Healthy":
        return
    for other in stage.takers:
        taken = [one for one in other.spec.requested_freight if stage.name in one.sources.stages]
        if any(one.sources.required_soak_time for one in taken) or _takes_elsewhere(other):
            continue
        if not autopromotion.is_enabled(other, stage.snapshot):
            continue
        yield Hit(
            summary=f"Stage {stage.name} verifies nothing, and Stage {other.name} takes its Freight automatically and at once.",
            evidence=[
                fact(stage.stage, "spec.verification", "not set"),
                fact(other, "spec.requestedFreight[].sources.stages", ", ".join(taken[0].sources.stages)),
                *_automatic(other),
            ],
            remedies=[
                advise(
                    f"Give Stage {stage.name} a spec.verification (a smoke test is enough), or Stage {other.name} a requiredSoakTime"
                )
            ],
        )
        return


def _automatic(other: Stage) -> Iterator[Evidence]:
    """What the Stage says itself; releases before 1.7 leave that to the policies."""
    if other.status.auto_promotion_enabled:
        yield fact(other, "status.autoPromotionEnabled", True)


def _takes_elsewhere(other: Stage) -> bool:
    """A Stage without steps passes Freight on at once; whether that matters is for those behind it."""
    return not other.spec.promotion_template.spec.steps
