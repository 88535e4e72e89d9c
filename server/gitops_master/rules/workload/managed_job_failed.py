from collections.abc import Iterator

from gitops_master.facts.advice import advise, by_hand
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.failing_pods import held_up
from gitops_master.facts.hooks import failure_of
from gitops_master.facts.probe_words import job_failed, job_logs
from gitops_master.model.finding import Risk
from gitops_master.model.snapshot import Wanted
from gitops_master.model.workloads import Job
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import sync_app
from gitops_master.rules.workload.effects import EFFECTS, NEEDS

_HOOK = "argocd.argoproj.io/hook"


@rule(
    "managed-job-failed",
    area="workload",
    title="A Job among the Application's ordinary resources has failed",
    on=ApplicationView,
    risk=Risk.MEDIUM,
    needs=NEEDS | {Job.KIND},
    explains=EFFECTS,
    sources=("argoproj/argo-cd gitops-engine/pkg/health/health_job.go",),
)
def check(app: ApplicationView) -> Iterator[Hit | Wanted]:
    """The Application is Degraded although all its Deployments run; one of its resources is a Job that has failed.

    Why: a failed Job stays Degraded for as long as it exists, and a sync does not run it again: it is there already. Its
    template cannot be changed either.

    How to tell: a managed Job (no hook) with condition Failed; its reason, and how its pod's container ended.

    What to do: mend what made it fail, then remove the finished Job so that self-heal or a sync makes it anew; for good, make it a
    sync hook with hook-delete-policy BeforeHookCreation.

    Not this when: the Job is a sync hook (its failure fails the sync), or it is still trying.
    """
    for one in app.managed:
        job = one.live
        if not isinstance(job, Job) or _HOOK in job.annotations or app.health in {"", "Healthy"}:
            continue
        failed = failure_of(job)
        if failed is None:
            continue
        yield from job_logs(job, app.snapshot)
        ns = job.namespace
        told = job_failed(job, failed, app.app.name, app.snapshot, keeps_degraded=True)
        automated = app.app.spec.sync_policy.automated
        heals = automated is not None and automated.self_heal
        yield Hit(
            summary=told.summary,
            evidence=told.evidence,
            remedies=[
                *told.remedies,
                advise(
                    f"Then remove the finished Job; {'self-heal' if heals else 'a sync'} makes it anew",
                    f"kubectl -n {ns} delete job {job.name}",
                    risk=Risk.MEDIUM,
                    destroys="the Job's record and its pods' logs",
                    confirm_with=f"kubectl -n {ns} get jobs",
                ),
                *([] if heals else [by_hand(sync_app(app))]),
                advise(
                    "For good: make it a sync hook (argocd.argoproj.io/hook: Sync, hook-delete-policy: BeforeHookCreation)"
                ),
            ],
            also_explains=held_up(app),
        )
        return
