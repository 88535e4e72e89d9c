"""What every cause of this area accounts for, what it reads, and the remedies they share."""

from gitops_master.facts.stage import StageView
from gitops_master.model.finding import Remedy, Risk
from gitops_master.model.rollouts import AnalysisRun, AnalysisTemplate, ClusterAnalysisTemplate
from gitops_master.model.workloads import Job, Pod
from gitops_master.rules.remedies import advise, get, reverify

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
    return reverify(stage).model_copy(
        update={"title": f"Then verify the current Freight of {stage.name} again (a new AnalysisRun)"}
    )


def verify_anew(stage: StageView) -> Remedy:
    """Where nothing has to be mended first."""
    return reverify(stage).model_copy(
        update={
            "title": f"Request a verification of the current Freight of {stage.name}: that always makes a new AnalysisRun"
        }
    )


def abort(stage: StageView) -> Remedy:
    """By the REST API or the annotation with the verification's id: seen within 0.4 s on v1.11.2."""
    info = stage.verification_info
    command = (
        f"kubectl -n {stage.project} annotate stages.kargo.akuity.io {stage.name} "
        f"kargo.akuity.io/abort={info.id if info else '<id>'} --overwrite"
    )
    return advise(
        "Abort the verification",
        command,
        risk=Risk.MEDIUM,
        destroys="this verification's result; it counts as Failed",
        confirm_with=get(
            "stages.kargo.akuity.io",
            stage.project,
            stage.name,
            ".status.freightHistory[0].verificationHistory[0].phase",
        ),
    )
