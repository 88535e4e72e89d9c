from collections.abc import Iterator

from gitops_master.facts.release import release, release_evidence
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, change_step, failure_evidence, said
from gitops_master.rules.promotion.patterns import KIND_UNKNOWN
from gitops_master.rules.promotion.step_kinds import ENTERPRISE, REMOVED, SINCE, nearest
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote


@rule(
    "promotion-step-kind-unknown",
    area="promotion",
    title="The promotion template uses a step kind that Kargo does not know",
    on=StageView,
    needs={Promotion.KIND},
    explains=FAILED_PROMOTION,
    sources=("akuity/kargo v1.11.2 pkg/promotion/local_orchestrator.go", "seen on a live v1.11.2"),
)
def check(stage: StageView) -> Iterator[Hit]:
    """A Promotion is Errored because the kind of a step is not registered.

    Why: the name is mistyped, the step belongs to Kargo Enterprise, or it came with a later release. Neither the schema nor
    the webhook checks kinds, so it shows only when the step is reached.

    How to tell: `step kind "…" is not registered` (older releases: `error getting runner for step kind`, `no promotion step
    runner found for kind`, `runner not found for promotion step`).

    What to do: correct `uses` in the Stage's template or task, or upgrade; then promote again.

    Not this when: earlier releases had the kind and this one dropped it.
    """
    found = said(stage, KIND_UNKNOWN)
    step, last = stage.failed_step, stage.last
    if found is None or last is None:
        return
    kind = found.groups.get("kind") or (step.uses if step else "")
    if kind in REMOVED:
        return
    evidence = failure_evidence(stage, found)
    if step is not None:
        evidence.append(fact(last.ref, f"spec.steps[{step.index}].uses", step.uses))
    known = release(stage.snapshot) if stage.snapshot.versions.kargo is not None else "this Kargo"
    where = f'Step {step.index + 1} "{step.alias}"' if step is not None else "A step"
    yield Hit(
        summary=f'{where} of Stage {stage.name} uses the kind "{kind}", which {known} does not know{_why(kind)}.',
        evidence=[*evidence, *release_evidence(stage.snapshot)],
        remedies=[change_step(stage, step, _mend(kind, stage.name)), repromote(stage)],
    )


def _mend(kind: str, stage: str) -> str:
    where = f"in the promotionTemplate of Stage {stage} or in the task it comes from, in the source it is managed from"
    if kind in SINCE:
        return f"Upgrade Kargo to {SINCE[kind]} or later, or do without `uses: {kind}` {where}"
    if kind.startswith(ENTERPRISE):
        return f"Do without `uses: {kind}` {where}, or let a Kargo Enterprise controller run this Stage's Promotions"
    close = nearest(kind)
    return f"Correct `uses: {kind}`{f' to `uses: {close}`' if close else ''} {where}"


def _why(kind: str) -> str:
    if kind in SINCE:
        return f" (it came with Kargo {SINCE[kind]})"
    if kind.startswith(ENTERPRISE):
        return " (it belongs to Kargo Enterprise)"
    close = nearest(kind)
    return f" (there is {close})" if close else ""
