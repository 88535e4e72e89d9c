from collections.abc import Iterator

from gitops_master.facts.durations import human, stamp
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification import VerificationView
from gitops_master.facts.verification_origin import head_start
from gitops_master.facts.verification_outcome import run_evidence, templates
from gitops_master.model.finding import Evidence, Severity
from gitops_master.model.kargo import VERIFICATION_TERMINAL
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.verification.effects import EFFECTS, NEEDS, verify_anew

_CAUSES = frozenset({
    "verification-test-failed", "analysis-inconclusive", "metric-provider-request-failed", "prometheus-query-returns-no-data",
    "verification-job-service-account-forbidden", "verification-job-pod-not-starting", "verification-aborted-by-user",
    "analysis-argument-not-declared-in-template", "verification-argument-invalid", "analysisrun-creation-refused",
})  # fmt: skip
"""What the old run died of says nothing about this verification."""


@rule(
    "verification-reuses-existing-analysisrun",
    area="verification",
    title="The verification took over the result of an old AnalysisRun",
    on=StageView,
    severity=Severity.MEDIUM,
    needs=NEEDS,
    explains=EFFECTS | _CAUSES,
    sources=(
        "akuity/kargo#6372",
        "akuity/kargo#2314",
        "akuity/kargo#1636",
        "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go startVerification, pkg/controller/promotions/promotions.go:647",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """After a new Promotion the verification ends in the second it starts, even if its template was corrected in between.

    Why: unless a re-verification is requested, Kargo first looks for an AnalysisRun of the same Stage and Freight collection
    and adopts its result instead of starting another. Promoting the Freight that is there already requests one; Freight that
    comes back after another does not.

    How to tell: the verification's AnalysisRun was created long before the verification (and the last Promotion) began.

    What to do: request a re-verification: that always makes a new run, from the template as it is now.

    Not this when: the run was created when the verification started.
    """
    view = stage.verification
    run = view.run if view is not None else None
    started = view.info.start_time if view is not None else None
    older = head_start(view) if view is not None else None
    if view is None or run is None or run.created is None or started is None or older is None:
        return
    if view.phase not in VERIFICATION_TERMINAL or (view.phase == "Successful" and not _newer_templates(stage, view)):
        return
    promoted = stage.last.finished_at if stage.last else None
    if promoted is not None and promoted < run.created:
        return
    evidence = [
        fact(run, "metadata.creationTimestamp", run.created),
        fact(stage.stage, f"{view.path}.startTime", started),
        *([fact(stage.stage, "status.lastPromotion.finishedAt", promoted)] if promoted else []),
        *run_evidence(view),
        *_newer_templates(stage, view),
    ]
    yield Hit(
        summary=f"The verification in {stage.name} at {stamp(started)} measured nothing: it took over the result ({view.phase}) of "
        f"AnalysisRun {run.name}, which is {human(older)} older.",
        evidence=evidence,
        remedies=[verify_anew(stage)],
    )


def _newer_templates(stage: StageView, view: VerificationView) -> list[Evidence]:
    created = view.run.created if view.run else None
    return [
        fact(one.object, "metadata.creationTimestamp", one.object.created)
        for one in templates(stage)
        if one.object is not None
        and one.object.created is not None
        and created is not None
        and one.object.created > created
    ]
