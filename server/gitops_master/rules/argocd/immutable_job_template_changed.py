from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import find
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.model.workloads import Job
from gitops_master.rules.app_faults import APP_EFFECTS, AppFault, afterwards, app_faults, excerpt
from gitops_master.rules.argocd.patterns import IMMUTABLE_JOB, NEW_IMAGE
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import app_state

_HOOKS = ("argocd.argoproj.io/hook", "helm.sh/hook")
"""The API server prints the refused pod template into its answer."""


@rule(
    "immutable-job-template-changed",
    area="argocd",
    title="A Job from an earlier release stands in the way of the new one",
    on=(StageView, ApplicationView),
    needs={Application.KIND, Job.KIND},
    explains=APP_EFFECTS | {"immutable-field-changed", "manifest-rejected-as-invalid", "sync-hook-failed"},
    sources=("argoproj/argo-cd#14910", "argoproj/argo-cd#5882"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """Every release after the first fails with `Job.batch "…" is invalid: spec.template … field is immutable`.

    Why: a Job without hook annotations is an ordinary resource of the Application. It stays after it has completed, the
    next release changes its pod template (an image tag is enough), and the API server lets nobody change that.

    How to tell: the refusal names the Job; the Job still exists, completed, with the image of the earlier release, and
    carries no argocd.argoproj.io/hook annotation.

    What to do: make the Job a hook that is deleted before its next creation, or give it a name per release, or Force and
    Replace for this one resource; delete the finished Job once; then promote again.

    Not this when: the object is not a Job (immutable-field-changed), or the old Job is gone by now.
    """
    for fault in app_faults(view, IMMUTABLE_JOB):
        namespace, name = _place(fault), fault.group("name")
        if namespace and view.snapshot.lacks(Job, namespace, name):
            continue
        job = view.snapshot.get(Job, namespace, name)
        new = find(NEW_IMAGE, fault.found.span)
        tail = f", and the new release brings {new[1]}" if new else ""
        yield Hit(
            summary=f"Application {fault.name} cannot be synced: Job {name}{_made_with(job)} is an ordinary Job that is still "
            f"there, and its pod template is immutable{tail}",
            evidence=[excerpt(fault.found), *(_facts(job) if job else [])],
            remedies=[*_remedies(fault, namespace, name), *afterwards(view, fault)],
            also_explains=fault.effects,
            subject=fault.trouble.ref,
        )


def _place(fault: AppFault) -> str:
    if fault.result is not None and fault.result.namespace:
        return fault.result.namespace
    return fault.application.spec.destination.namespace if fault.application else ""


def _images(job: Job) -> str:
    return ", ".join(one.image for one in job.spec.template.spec.containers)


def _made_with(job: Job | None) -> str:
    return f" (image {_images(job)})" if job is not None else ""


def _facts(job: Job) -> list[Evidence]:
    done = job.status.completion_time
    hook = next((job.annotations[one] for one in _HOOKS if one in job.annotations), "")
    found = [
        fact(job, "spec.template.spec.containers[0].image", _images(job)),
        fact(job, "metadata.annotations", f"hook: {hook}" if hook else f"none of {', '.join(_HOOKS)}: not a hook"),
    ]
    if done is not None:
        found.append(fact(job, "status.completionTime", done, done))
    return found


def _remedies(fault: AppFault, namespace: str, name: str) -> list[Remedy]:
    place = f" -n {namespace}"
    return [
        advise(
            f"In git: make Job {name} a hook (argocd.argoproj.io/hook: PreSync with hook-delete-policy: BeforeHookCreation), or "
            "name it after the release, or annotate only this Job with argocd.argoproj.io/sync-options: Force=true,Replace=true",
            confirm_with=app_state(fault.trouble.ref),
        ),
        advise(
            f"Delete the finished Job {name} once, when its owner agrees and needs its logs no more",
            *([f"kubectl{place} delete job {name}"] if namespace else []),
            risk=Risk.MEDIUM,
            destroys=f"Job {name}, its pods and their logs",
            confirm_with=f"kubectl{place} get jobs" if namespace else "",
        ),
    ]
