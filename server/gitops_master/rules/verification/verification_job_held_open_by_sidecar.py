from collections.abc import Iterator
from datetime import datetime, timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import human
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification import JobRun, VerificationView
from gitops_master.facts.verification_outcome import in_progress, template_names
from gitops_master.model.workloads import ContainerStatus, Pod
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.verification.effects import HELD, JOB_NEEDS, then_verify_anew

_SETTLED = timedelta(minutes=2)
"""A sidecar that ends with its neighbour does so within the grace period, 30 s by default."""


@rule(
    "verification-job-held-open-by-sidecar",
    area="verification",
    title="The verification's Job cannot end: a sidecar keeps its pod alive",
    on=StageView,
    needs=JOB_NEEDS,
    explains=HELD,
    sources=("argoproj/argo-rollouts@v1.9.1 metricproviders/job/job.go Resume", "kubernetes/enhancements#753"),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification stays Running; its test is done, but its pod is not.

    Why: a Job's pod is complete when all its containers have ended. One that a service mesh or secret agent put into the pod
    runs for ever, so the Job never completes and the AnalysisRun waits.

    How to tell: in the Job's running pod one container has ended with exit code 0, minutes ago, and another still runs.

    What to do: keep the injector away from the Job's pods (for Istio the label sidecar.istio.io/inject: "false"), or use
    native sidecars (an init container with restartPolicy Always); then verify again.

    Not this when: the test itself still runs, or has failed and is being tried again.
    """
    view = in_progress(stage)
    held = _held(view) if view is not None else None
    if view is None or held is None:
        return
    job, pod, done, sidecar, at = held
    yield Hit(
        summary=f"The test of the verification in {stage.name} ended {human(stage.snapshot.observed_at - at)} ago, but its pod lives on: "
        f"container {sidecar.name} does not end, so the Job never completes.",
        evidence=[
            fact(pod, f"status.containerStatuses[{done.name}].state.terminated.exitCode", 0, at),
            fact(pod, f"status.containerStatuses[{sidecar.name}].state.running", f"image {sidecar.image}"),
            fact(job.job, "status.active", f"{job.job.status.active} (not complete)"),
        ],
        remedies=[
            advise(
                f"Keep {sidecar.name} out of the Job's pods, in the pod template of {template_names(stage)} (for Istio the label "
                'sidecar.istio.io/inject: "false"), or use the injector\'s native sidecar mode'
            ),
            *then_verify_anew(stage),
        ],
    )


def _held(view: VerificationView) -> tuple[JobRun, Pod, ContainerStatus, ContainerStatus, datetime] | None:
    now = view.snapshot.observed_at
    for job in view.jobs[:1]:
        for pod in job.pods:
            statuses = pod.status.container_statuses
            done = [one for one in statuses if one.state.terminated is not None]
            alive = [one for one in statuses if one.state.running is not None]
            ends = [
                one.state.terminated.finished_at
                for one in done
                if one.state.terminated and one.state.terminated.finished_at
            ]
            failed = any(one.state.terminated and one.state.terminated.exit_code for one in done)
            if done and alive and ends and not failed and now - max(ends) > _SETTLED:
                return job, pod, done[0], alive[0], max(ends)
    return None
