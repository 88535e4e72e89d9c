from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import Pattern, find
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification import VerificationView
from gitops_master.facts.verification_outcome import (
    MetricFacts,
    ended_badly,
    in_progress,
    metrics,
    run_evidence,
    template_names,
    was_aborted,
)
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.verification.effects import EFFECTS, HELD, JOB_NEEDS, then_verify_anew

JOB_GONE = Pattern(
    "verification-job-gone",
    r'\bjobs?\.batch "(?P<job>[^"]+)" not found',
    "argoproj/argo-rollouts@v1.9.1 metricproviders/job/job.go: Resume asks the lister (`job.batch`), Run the API server (`jobs.batch`)",
    vectors=(
        'jobs.batch "07f0c543-c50b-4a08-9dd5-c8fbc3943d9d.smoke.1" not found',
        'job.batch "07f0c543-c50b-4a08-9dd5-c8fbc3943d9d.smoke.1" not found',
    ),
)


@rule(
    "verification-job-vanished",
    area="verification",
    title="The verification's Job was removed before its result was read",
    on=StageView,
    needs=JOB_NEEDS,
    explains=EFFECTS | HELD,
    sources=("argoproj/argo-rollouts@v1.9.1 metricproviders/job/job.go Resume",),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification is in Error; its measurement says that the Job was not found.

    Why: the Rollouts controller looks at the Job at growing intervals. A Job with a short ttlSecondsAfterFinished (or one
    that a clean-up tool or a person removes) is gone by then, whatever its result was.

    How to tell: a measurement of a job metric in Error with `jobs.batch "…" not found`.

    What to do: leave ttlSecondsAfterFinished out of the template (the Job goes with its AnalysisRun) or set at least 600;
    keep clean-up tools away from the project's namespace; then verify again.

    Not this when: the Job was never made (quota, permission), or the AnalysisRun itself is gone.
    """
    view = ended_badly(stage) or in_progress(stage)
    if view is None or was_aborted(view):
        return
    one = next((each for each in metrics(view) if _is_gone(each)), None)
    if one is None:
        return
    ttl = _ttl(one)
    why = f" (its template sets ttlSecondsAfterFinished: {ttl})" if ttl else ""
    yield Hit(
        summary=f"The Job of metric {one.result.name} in the verification of {stage.name} was removed before its result was read{why}.",
        evidence=[*_evidence(view, one), *run_evidence(view, one.message, named=True)],
        remedies=[
            _keep(stage, ttl),
            *then_verify_anew(stage),
        ],
    )


def _keep(stage: StageView, ttl: str) -> Remedy:
    names = template_names(stage)
    if ttl:
        return advise(
            f"Take ttlSecondsAfterFinished: {ttl} out of the Job in {names}, in its source (the Job goes with its AnalysisRun), or set at "
            "least 600"
        )
    title = (
        f"Keep clean-up tools away from Jobs in namespace {stage.project} with the label analysisrun.argoproj.io/uid"
    )
    return advise(title, f"kubectl -n {stage.project} get events --field-selector involvedObject.kind=Job")


def _is_gone(one: MetricFacts) -> bool:
    erring = one.last is not None and one.last.phase == "Error"
    return erring and one.provider in {"job", ""} and find(JOB_GONE, one.message) is not None


def _ttl(one: MetricFacts) -> str:
    value = one.job_spec.get("ttlSecondsAfterFinished")
    return "" if value is None else str(value)


def _evidence(view: VerificationView, one: MetricFacts) -> list[Evidence]:
    if view.run is None or one.last is None:
        return []
    place = f"{one.path}.measurements[{len(one.result.measurements) - 1}].message"
    found = [fact(view.run, place, one.message, one.last.finished_at)]
    ttl = _ttl(one)
    if ttl:
        path = f"spec.metrics[{one.result.name}].provider.job.spec.ttlSecondsAfterFinished"
        found.append(fact(view.run, path, ttl))
    return found
