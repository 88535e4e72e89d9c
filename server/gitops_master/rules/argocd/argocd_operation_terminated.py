from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.argocd import home
from gitops_master.facts.patterns import Pattern
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application, OperationState
from gitops_master.model.finding import Confidence, Remedy, Risk
from gitops_master.rules.app_faults import APP_EFFECTS, app_faults, excerpt
from gitops_master.rules.registry import Hit, View, rule
from gitops_master.rules.remedies import repromote, sync_app

TERMINATED = Pattern(
    "operation-terminated",
    r"\bOperation terminated\b(?P<timeout>, triggered by controller sync timeout)?",
    "argoproj/argo-cd@v3.5.1 gitops-engine/pkg/sync/sync_context.go Terminate, controller/appcontroller.go",
    vectors=("Operation terminated", "Operation terminated, triggered by controller sync timeout (retried 5 times)."),
)


@rule(
    "argocd-operation-terminated",
    area="argocd",
    title="A sync was ended before it was done",
    on=(StageView, ApplicationView),
    risk=Risk.MEDIUM,
    needs={Application.KIND},
    explains=APP_EFFECTS,
    sources=(
        "argoproj/argo-cd v3.5.1 gitops-engine/pkg/sync/sync_context.go Terminate",
        "argoproj/argo-cd v3.5.1 controller/appcontroller.go controller sync timeout",
    ),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """The last operation is Failed with `Operation terminated`; the Promotion that waited for it failed with the same words.

    Why: somebody terminated it (UI, `argocd app terminate-op`), or it ran longer than Argo CD's own limit
    (controller.sync.timeout.seconds). What it had applied stays; running hooks are deleted.

    How to tell: the operation's message, with `triggered by controller sync timeout` in the second case.

    What to do: find out what it had been waiting for, then promote or sync again.

    Not this when: a hook or object of the sync failed by itself, or a newer sync succeeded since.
    """
    for one in app_faults(view, TERMINATED):
        app = one.trouble.app
        state = app.operation_state if app else None
        if app is not None and (app.op is not Op.FAILED or state is None or _hook_failed(state)):
            continue
        by_timeout = "timeout" in one.found.groups
        place = home(app.app if app else None, view.snapshot)
        how = "Argo CD's own sync timeout" if by_timeout else "a request to terminate it"
        times = (
            [
                fact(app.app, "status.operationState.phase", state.phase, state.finished_at),
                fact(app.app, "status.operationState.startedAt", state.started_at or "absent"),
            ]
            if app and state
            else []
        )
        yield Hit(
            summary=f"The last sync of Application {one.name} was ended by {how} before it was done.",
            evidence=[excerpt(one.found), *times],
            remedies=_remedies(view, app, place, by_timeout=by_timeout),
            confidence=Confidence.HIGH if app else Confidence.MEDIUM,
            subject=one.trouble.ref,
            also_explains=one.effects,
        )


def _hook_failed(state: OperationState) -> bool:
    """A hook that failed, or hung until the sync was ended, is the cause behind the termination."""
    results = state.sync_result.resources if state.sync_result else ()
    return any(one.hook_type and one.hook_phase in {"Failed", "Error", "Running"} for one in results)


def _remedies(view: View, app: ApplicationView | None, place: str, *, by_timeout: bool) -> list[Remedy]:
    first = (
        advise(
            f"See what the sync waited for; raise controller.sync.timeout.seconds in ConfigMap argocd-cmd-params-cm of {place} only if it "
            "legitimately takes that long",
            f"kubectl -n {place} get configmap argocd-cmd-params-cm -o yaml",
            risk=Risk.MEDIUM,
        )
        if by_timeout
        else advise(
            "Ask who terminated the sync, and why (the Application's events name the time)",
            *(
                [f"kubectl -n {app.app.namespace} get events --field-selector involvedObject.name={app.app.name}"]
                if app
                else []
            ),
            risk=Risk.NONE,
        )
    )
    if isinstance(view, StageView):
        return [first, *([repromote(view)] if view.last_failed else [])]
    return [first, *([sync_app(app)] if app else [])]
