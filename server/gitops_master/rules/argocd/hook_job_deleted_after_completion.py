from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.app_trouble import app_troubles
from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.hooks import Hook, awaited, completion_event
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Confidence, Evidence, Remedy, Risk
from gitops_master.model.kubernetes import Event
from gitops_master.model.versions import Version
from gitops_master.model.workloads import Job, Pod
from gitops_master.rules.app_faults import APP_EFFECTS, effects, end_sync, once_more
from gitops_master.rules.registry import Hit, rule

_KEEPS_HOOKS = Version(3, 0, 0)
_LONG = timedelta(minutes=20)
"""Where Jobs were not listed in full: so long a wait for a Job that is nowhere to be seen."""


@rule(
    "hook-job-deleted-after-completion",
    area="argocd",
    title="A hook's Job was removed before Argo CD saw how it ended",
    on=(StageView, ApplicationView),
    risk=Risk.MEDIUM,
    needs={Application.KIND, Event.KIND, Job.KIND, Pod.KIND},
    explains=APP_EFFECTS
    | {"sync-hook-failed", "argocd-update-step-timeout-too-short", "foreign-argocd-operation-blocks-update"},
    sources=(
        "argoproj/argo-cd#4979",
        "argoproj/argo-cd#6880",
        "argoproj/argo-cd#21055",
        "argoproj/argo-cd v3.0.0 test/e2e/hook_test.go TestHookFinalizer",
    ),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """The operation says `waiting for completion of hook batch/Job/…`, but there is no such Job any more.

    Why: the Job's own ttlSecondsAfterFinished (or some clean-up) deleted it right after it finished; Argo CD learns the
    outcome from the Job itself and so waits for ever. Since 3.0 a finalizer (argocd.argoproj.io/hook-finalizer) keeps a hook
    until Argo CD has seen how it ended, unless somebody takes that off.

    How to tell: that message; no Job of the name in the destination namespace; an event `Completed` of it may be left.

    What to do: terminate the operation, take the ttl out of the hook (a hook-delete-policy does that work), sync again.

    Not this when: the Job still exists: then it runs, or failed (sync-hook-failed).
    """
    for trouble in app_troubles(view):
        app = trouble.app
        if app is None or app.op not in {Op.RUNNING, Op.TERMINATING}:
            continue
        hook = awaited(app, trouble.texts)
        if hook is None or hook.kind != "Job" or hook.job(view.snapshot) is not None:
            continue
        event = completion_event(hook, view.snapshot)
        surely = view.snapshot.lacks(Job, hook.namespace, hook.name)
        if event is None and not surely and not _is_likely(app, hook):
            continue
        seen = "absent" if surely else "not among the Jobs that were read"
        shown: list[Evidence] = [hook.text.as_evidence(), fact(f"Job {hook.namespace}/{hook.name}", "metadata", seen)]
        if event is not None:
            shown.append(fact(event, "reason", f"{event.reason}: {event.text}", event.seen))
        yield Hit(
            summary=f"The sync of Application {app.app.name} waits for hook Job {hook.name}, which finished and was deleted "
            "before Argo CD saw its outcome, so it waits for ever",
            evidence=shown,
            remedies=[*end_sync(view, trouble), *_for_good(app, hook), *once_more(view, trouble)],
            confidence=Confidence.HIGH if surely else Confidence.MEDIUM if event else Confidence.LOW,
            subject=app.ref,
            also_explains=effects(trouble),
        )


def _is_likely(app: ApplicationView, hook: Hook) -> bool:
    """A long wait for a Job that nobody saw, nor its pods, although nothing kept Jobs from being read."""
    refused = any(gap.kind == Job.KIND for gap in app.snapshot.gaps)
    state = app.operation_state
    since = state.started_at if state is not None else None
    long = since is not None and app.snapshot.observed_at - since > _LONG
    return long and not refused and not hook.pods(app.snapshot)


def _for_good(app: ApplicationView, hook: Hook) -> list[Remedy]:
    words = (
        f"In git: remove ttlSecondsAfterFinished from Job {hook.name} (or whatever cleans it up) and give it "
        "argocd.argoproj.io/hook-delete-policy: BeforeHookCreation instead"
    )
    installed = app.snapshot.versions.argo_cd
    if installed is not None and installed >= _KEEPS_HOOKS:
        return [advise(words)]
    newer = "Besides, upgrade Argo CD to 3.0 or later: it keeps a finished hook until it has seen the outcome"
    return [advise(words), advise(newer, risk=Risk.MEDIUM)]
