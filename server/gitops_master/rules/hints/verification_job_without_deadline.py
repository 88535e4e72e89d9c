from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import human
from gitops_master.facts.progress import listed
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification_outcome import begun, in_progress, templates
from gitops_master.model.finding import Class, Severity
from gitops_master.rules.registry import Hit, rule

_LONG = timedelta(minutes=10)
"""Smoke tests take seconds to a few minutes; only then is a missing limit worth a word."""


@rule(
    "verification-job-without-deadline",
    area="hints",
    title="Nothing ends the verification's Job if it hangs",
    on=StageView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    sources=("argoproj/argo-rollouts metricproviders/job/job.go", "argoproj/argo-rollouts#4692"),
    is_hint=True,
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification has been running for more than ten minutes, and its Job has no activeDeadlineSeconds.

    Why: a Job that cannot start or hangs stays active for ever, the AnalysisRun with it (Argo Rollouts before 1.10 does not
    look at pods at all), and no Promotion of the Stage begins meanwhile.

    How to tell: the job metric's spec in the running AnalysisRun.

    What to do: activeDeadlineSeconds (as long as the test may take) and backoffLimit in the template's Job.

    Not this when: the Job has a deadline, or the verification has ended.
    """
    view = in_progress(stage)
    since = begun(view) if view is not None else None
    if view is None or view.run is None or since is None or stage.snapshot.observed_at - since < _LONG:
        return
    for metric in view.run.spec.metrics:
        job = metric.provider.get("job")
        spec = job.get("spec") if isinstance(job, dict) else None
        if not isinstance(spec, dict) or spec.get("activeDeadlineSeconds"):
            continue
        yield Hit(
            summary=f"The Job of metric {metric.name} in the verification of {stage.name} has run for "
            f"{human(stage.snapshot.observed_at - since)} and has no deadline: if it hangs, nothing ends it.",
            evidence=[
                fact(view.run, f"spec.metrics[{metric.name}].provider.job.spec.activeDeadlineSeconds", "not set"),
                fact(view.run, "status.phase", view.run.status.phase or "empty", since),
            ],
            remedies=[
                advise(
                    f"Set activeDeadlineSeconds and backoffLimit in the Job of metric {metric.name} in {_templates(stage)}; it holds for the "
                    "next verification"
                )
            ],
        )
        return


def _templates(stage: StageView) -> str:
    return listed(f"{one.kind} {one.name}" for one in templates(stage)) if templates(stage) else "its AnalysisTemplate"
