from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.log_lines import controller_lines, said, wanted_logs
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Confidence, Evidence, Risk
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get


@rule(
    "stage-status-update-rejected-by-crd-validation",
    area="stage",
    title="Old verification records fail the new schema",
    on=StageView,
    risk=Risk.MEDIUM,
    explains={
        "promotion-pending",
        "promotion-not-picked-up",
        "stage-reconcile-error",
        "stage-not-yet-re-evaluated",
        "waiting-behind-other-promotion",
        "manual-promotion-required",
        "no-freight-promoted-yet",
        "kargo-crds-behind-controller",
        "promotion-concurrency-exhausted",
    },
    versions=("kargo = 1.5.2",),
    sources=("akuity/kargo#4383", "akuity/kargo#4384 (v1.5.3)", "akuity/kargo v1.5.2 api/v1alpha1/stage_types.go:699"),
)
def check(view: StageView) -> Iterator[Hit | Wanted]:
    """After the upgrade to 1.5.2 all Promotions of the Stage stay Pending.

    Why: this release made the id of a verification record mandatory. Stages with records from older releases lack it, so the
    API server refuses each write of their status, and no Promotion is ever admitted.

    How to tell: entries of status.freightHistory[].verificationHistory without id; the controller logs
    `verificationHistory[0].id: Required value`.

    What to do: upgrade past 1.5.2.

    Not this when: the log names another field as invalid.
    """
    bare = [
        f"status.freightHistory[{entry}].verificationHistory[{index}].id"
        for entry, one in enumerate(view.stage.status.freight_history)
        for index, info in enumerate(one.verification_history)
        if not info.id
    ]
    if not bare:
        return
    yield from wanted_logs(view.snapshot)
    lines = controller_lines(view.snapshot, "verificationHistory", "Required value", view.name)
    pending = [one for one in view.waiting_promotions if not one.is_terminal]
    if not lines and not pending:
        return
    evidence: list[Evidence] = [fact(view.stage, bare[0], "absent")]
    evidence += [fact(one, "status.phase", one.status.phase or "none", one.created) for one in pending[:1]]
    evidence += [line.as_evidence(said(line.value)) for line in lines[-1:]]
    yield Hit(
        summary=(
            f"Every status write of Stage {view.name} is refused: {bare[0]} has no value, which this release's schema requires"
            + (f", so {pending[0].name} is never admitted." if pending else ".")
        ),
        evidence=evidence,
        remedies=[
            advise(
                "Upgrade Kargo to v1.5.3 or later (controller and CRDs), where the id is optional again",
                risk=Risk.MEDIUM,
                confirm_with=get("stages.kargo.akuity.io", view.project, view.name, ".status.currentPromotion.name"),
            ),
            advise(
                "Until then only a cluster admin can give the old records an id in the Stage's status", risk=Risk.HIGH
            ),
        ],
        confidence=Confidence.HIGH if lines else Confidence.MEDIUM,
    )
