"""What every cause of this area accounts for, what it reads, and the remedies they share."""

from gitops_master.facts import calls
from gitops_master.facts.advice import advise
from gitops_master.facts.stage import StageView
from gitops_master.facts.verification_outcome import in_progress
from gitops_master.model.finding import Remedy, Risk
from gitops_master.model.kargo import VERIFICATION_TERMINAL
from gitops_master.model.rollouts import AnalysisRun, AnalysisTemplate, ClusterAnalysisTemplate
from gitops_master.model.workloads import Job, Pod
from gitops_master.rules.remedies import get, refresh_stage, reverify

EFFECTS = frozenset({
    "verification-unsuccessful", "freight-not-verified-upstream", "manual-promotion-required",
    "nothing-wrong-stale-errors", "stage-not-yet-re-evaluated",
})  # fmt: skip
"""Consequences of a verification that did not succeed: the Freight is not available downstream."""

HELD = frozenset({
    "promotion-pending", "waiting-for-running-verification", "stage-not-yet-re-evaluated", 
    "freight-not-verified-upstream", "manual-promotion-required", "nothing-wrong-stale-errors",
})  # fmt: skip
"""Consequences of a verification that does not end: the next Promotion stays Pending behind it."""

NEEDS = frozenset({AnalysisRun.KIND, AnalysisTemplate.KIND, ClusterAnalysisTemplate.KIND})
JOB_NEEDS = NEEDS | {Job.KIND, Pod.KIND}


def then_verify(stage: StageView) -> Remedy:
    """A run keeps the template it was made from: only a new one sees the repair."""
    title = f"Then verify the current Freight of {stage.name} again (a new AnalysisRun{_gate(stage)})"
    return reverify(stage).model_copy(update={"title": title})


def verify_anew(stage: StageView) -> Remedy:
    """Where nothing has to be mended first."""
    title = f"Request a verification of the current Freight of {stage.name}: that always makes a new AnalysisRun"
    return reverify(stage).model_copy(update={"title": title + (f" ({gate[2:]})" if (gate := _gate(stage)) else "")})


def _gate(stage: StageView) -> str:
    """Kargo drops a request in silence unless the Stage is Healthy (regular_stages.go verifyStageFreight, v1.11.2)."""
    return (
        "" if stage.health in {"", "Healthy"} else f"; taken only once the Stage is Healthy, it is {stage.health} now"
    )


def then_verify_anew(stage: StageView) -> list[Remedy]:
    """What leads to a new run from where the verification stands: Kargo takes no request before the record has ended."""
    view = stage.verification
    if view is None or view.phase in VERIFICATION_TERMINAL:
        return [then_verify(stage)]
    if in_progress(stage) is None:
        first = refresh_stage(stage)
        title = (
            f"Refresh Stage {stage.name}: its record says {view.phase or 'nothing'} though the AnalysisRun has ended"
        )
        return [first.model_copy(update={"title": title}), then_verify(stage)]
    return [abort(stage), then_verify(stage)]


def abort(
    stage: StageView, title: str = "Abort the running verification: Kargo takes no new request before it has ended"
) -> Remedy:
    """By the annotation with the verification's id: seen within 0.4 s on v1.11.2; the command line where the id is not known."""
    info = stage.verification_info
    command = f"kargo verify stage {stage.name} --project {stage.project} --abort"
    if info is not None and info.id:
        target = f"stages.kargo.akuity.io {stage.name}"
        command = f"kubectl -n {stage.project} annotate {target} kargo.akuity.io/abort={info.id} --overwrite"
    behind = stage.waiting_promotions
    starts = f", and Promotion {behind[0].name} starts, which waits behind it" if behind else ""
    return advise(
        title,
        command,
        call=calls.abort_verification(stage),
        risk=Risk.MEDIUM,
        destroys=f"this verification's result; it counts as Failed{starts}",
        confirm_with=get(
            "stages.kargo.akuity.io",
            stage.project,
            stage.name,
            ".status.freightHistory[0].verificationHistory[0].phase",
        ),
    )
