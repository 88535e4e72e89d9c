"""Verification Jobs that nothing ends."""

from collections.abc import Iterator

from gitops_master.manifests.analysis import jobs, templates
from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Level, at


@check(
    "verification-job-without-deadline",
    title="Nothing ends the verification's Job if it hangs",
    level=Level.NOTE,
    sources=(
        "argoproj/argo-rollouts v1.9.1 metricproviders/job/job.go Resume",
        "argoproj/argo-rollouts v1.10.0-rc1 metricproviders/job/job.go processJobPods",
        "argoproj/argo-rollouts#4692",
    ),
)
def deadline(world: World) -> Iterator[Fault]:
    """A verification's Job has no activeDeadlineSeconds.

    Why: a Job that cannot start or hangs stays active for ever, the AnalysisRun with it, and no Promotion of the Stage begins
    meanwhile. backoffLimit counts only pods that end. Since Argo Rollouts 1.10 an image that cannot be pulled ends the measurement as
    Inconclusive; what hangs, or is never scheduled, still does not end.

    How to tell: the Job's spec, and that of its pods.

    What to do: activeDeadlineSeconds on the Job, as long as the test may take.

    Not this when: the Job or its pods have a deadline.
    """
    for template in templates(world):
        for job in jobs(template):
            if at(job.job, "spec", "activeDeadlineSeconds") is None and job.pod.get("activeDeadlineSeconds") is None:
                yield Fault(
                    template,
                    (*job.path, "spec"),
                    f"the Job of metric {job.metric} in {template.title} has no deadline: if it hangs, nothing ends it",
                    "set activeDeadlineSeconds to what the test may take",
                )
