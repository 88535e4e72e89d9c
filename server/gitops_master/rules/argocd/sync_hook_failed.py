from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.app_trouble import AppTrouble, app_troubles
from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.durations import human
from gitops_master.facts.hooks import Hook, awaited, failed_hooks, failure_of, log_keys, pod_evidence
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.snapshot import Snapshot, Wanted
from gitops_master.model.workloads import Job, Pod
from gitops_master.rules.app_faults import APP_EFFECTS, effects, end_sync, once_more
from gitops_master.rules.registry import Hit, View, rule

_TOO_LONG = timedelta(minutes=30)
"""A hook without any sign of failure is only slow until then: migrations of a quarter of an hour are ordinary."""
_LAST_LINES = 3


@rule(
    "sync-hook-failed",
    area="argocd",
    title="A sync hook failed or never ends",
    on=(StageView, ApplicationView),
    needs={Application.KIND, Job.KIND, Pod.KIND},
    explains=APP_EFFECTS | {"argocd-update-step-timeout-too-short", "foreign-argocd-operation-blocks-update"},
    sources=("argoproj/argo-cd#21055", "argoproj/argo-cd v3.5.1 gitops-engine/pkg/sync/sync_context.go"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit | Wanted]:
    """`one or more synchronization tasks completed unsuccessfully`, or `waiting for completion of hook …` for very long.

    Why: a PreSync, Sync or PostSync hook (mostly a Job: a migration, a test) ended in failure, or its pod cannot start or
    finish. The sync ends, or waits, with it; Argo CD has no time limit of its own for a sync.

    How to tell: hookPhase Failed or Error in syncResult.resources of an entry with a hookType; the Job's Failed condition;
    its pod's state and log. While it waits: the Job still exists, and its pod shows trouble or the wait exceeds 30 minutes.

    What to do: mend what the hook's log names; end a waiting operation by terminating it; then promote again.

    Not this when: the Job finished and is gone (hook-job-deleted-after-completion); the hook is merely slower than the
    step's timeout (argocd-update-step-timeout-too-short).
    """
    for trouble in app_troubles(view):
        app = trouble.app
        hook = _culprit(view.snapshot, trouble) if app is not None else None
        if hook is None and isinstance(view, ApplicationView) and _is_newest_word(view):
            hook = next(iter(failed_hooks(view)), None)
        if app is None or hook is None:
            continue
        lines, wanted = _log_tail(hook, view.snapshot)
        yield from wanted
        yield Hit(
            summary=_summary(app, hook, view.snapshot),
            evidence=[
                hook.text.as_evidence(), *_job(hook, view.snapshot), *pod_evidence(hook, view.snapshot)[:2], *lines,
            ],
            remedies=_remedies(view, trouble, app, hook),
            also_explains=effects(trouble),
            subject=app.ref,
        )  # fmt: skip


def _culprit(snapshot: Snapshot, trouble: AppTrouble) -> Hook | None:
    app = trouble.app
    if app is None:
        return None
    if app.op in {Op.FAILED, Op.RETRYING} or (trouble.ended_promotion and app.op is Op.FAILED_BEFORE):
        return next(iter(failed_hooks(app)), None)
    hook = awaited(app, trouble.texts) if app.op in {Op.RUNNING, Op.TERMINATING} else None
    if hook is None or _is_gone(hook, snapshot):
        return None
    job = hook.job(snapshot)
    return hook if (job and failure_of(job)) or pod_evidence(hook, snapshot) or _age(app) > _TOO_LONG else None


def _is_newest_word(app: ApplicationView) -> bool:
    """An operation that failed on the very revision that is Synced now: its objects were applied, its hook was not repeated."""
    state, now = app.operation_state, app.app.status.sync
    if app.op is not Op.FAILED_BEFORE or state is None or state.sync_result is None:
        return False
    deployed = app.app.last_deployed
    if deployed and state.finished_at and deployed > state.finished_at:
        return False
    tried = state.sync_result.revisions or ((state.sync_result.revision,) if state.sync_result.revision else ())
    return bool(tried) and tried == (now.revisions or (now.revision,))


def _is_gone(hook: Hook, snapshot: Snapshot) -> bool:
    return hook.kind == "Job" and snapshot.lacks(Job, hook.namespace, hook.name)


def _age(app: ApplicationView) -> timedelta:
    state = app.operation_state
    return app.snapshot.observed_at - state.started_at if state and state.started_at else timedelta()


def _summary(app: ApplicationView, hook: Hook, snapshot: Snapshot) -> str:
    told = pod_evidence(hook, snapshot)
    why = f" ({told[0].value})" if told else ""
    if hook.phase == "Running":
        return f"The sync of Application {app.app.name} has waited {human(_age(app))} for hook {hook.kind} {hook.name}{why}"
    still = f", though the Application itself is {app.sync} and {app.health}" if app.is_fine else ""
    return f"The sync of Application {app.app.name} failed with its hook {hook.kind} {hook.name}{why}{still}"


def _job(hook: Hook, snapshot: Snapshot) -> list[Evidence]:
    job = hook.job(snapshot)
    if job is None:
        return []
    failed = failure_of(job)
    if failed is not None:
        return [
            fact(job, "status.conditions[Failed]", f"{failed.reason}: {failed.message}", failed.last_transition_time)
        ]
    return [fact(job, "status", f"active: {job.status.active}, failed: {job.status.failed}", job.status.start_time)]


def _log_tail(hook: Hook, snapshot: Snapshot) -> tuple[list[Evidence], list[Wanted]]:
    found: list[Evidence] = []
    wanted: list[Wanted] = []
    for key in log_keys(hook, snapshot):
        log = snapshot.log(key)
        if log is None:
            wanted += [Wanted(key)] if snapshot.may_read(key) else []
            continue
        text = "\n".join([one for one in log.lines if one.strip()][-_LAST_LINES:])
        if text:
            found.append(fact(f"Pod {key.namespace}/{key.pod}", f"log of container {key.container}", text))
    return found[:1], wanted


def _remedies(view: View, trouble: AppTrouble, app: ApplicationView, hook: Hook) -> list[Remedy]:
    look = f"kubectl -n {hook.namespace} logs --tail=50 {'job/' if hook.kind == 'Job' else ''}{hook.name}"
    found = [advise(f"Mend what the log of hook {hook.name} names (in git, or what it needs to run)", look)]
    if app.op is Op.RUNNING:
        found = [*end_sync(view, trouble), *found]
    return [*found, *once_more(view, trouble)]
