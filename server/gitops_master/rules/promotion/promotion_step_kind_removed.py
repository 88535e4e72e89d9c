from collections.abc import Iterator

from gitops_master.facts.release import release_evidence
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, change_step, failure_evidence, said, step_name
from gitops_master.rules.promotion.patterns import KIND_UNKNOWN
from gitops_master.rules.promotion.step_kinds import REMOVED
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote


@rule(
    "promotion-step-kind-removed",
    area="promotion",
    title="The promotion template uses a step kind that this Kargo release no longer has",
    on=StageView,
    needs={Promotion.KIND},
    explains=FAILED_PROMOTION,
    sources=("akuity/kargo#3377 (v1.3.0)", "akuity/kargo#6274"),
)
def check(stage: StageView) -> Iterator[Hit]:
    """After an upgrade a Promotion is Errored because a step kind is not registered that used to be.

    Why: deprecated kinds are removed for good in a later release; templates that still use them are accepted and fail when
    the step is reached.

    How to tell: the message names a kind of the removed ones, such as helm-update-image (gone since 1.3).

    What to do: replace the step in the Stage's template or task by its successor, then promote again.

    Not this when: no release ever had the kind, or a later one brings it.
    """
    found = said(stage, KIND_UNKNOWN)
    last, step = stage.last, stage.failed_step
    if found is None or last is None:
        return
    kind = found.groups.get("kind") or (step.uses if step else "")
    if kind not in REMOVED:
        return
    gone, successor = REMOVED[kind]
    evidence = failure_evidence(stage, found)
    if step is not None:
        evidence.append(fact(last.ref, f"spec.steps[{step.index}].uses", step.uses))
    kargo = stage.snapshot.versions.kargo
    known = f" (this is {kargo})" if kargo is not None else ""
    where = step_name(step) if step is not None else f"A step of kind {kind}"
    yield Hit(
        summary=(
            f"{where} of Stage {stage.name} is of a kind that Kargo has not had since {gone}{known}; use {successor}."
        ),
        evidence=[*evidence, *release_evidence(stage.snapshot)],
        remedies=[
            change_step(
                stage,
                step,
                f"Replace `uses: {kind}` by {successor} in the promotionTemplate of Stage {stage.name} or in the task it comes "
                "from, in the source it is managed from",
            ),
            repromote(stage),
        ],
    )
