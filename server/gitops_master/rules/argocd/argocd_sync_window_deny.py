from collections.abc import Iterator

from gitops_master.facts import calls
from gitops_master.facts.advice import advise, by_hand
from gitops_master.facts.app_trouble import AppTrouble, app_troubles
from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.durations import stamp
from gitops_master.facts.patterns import Found, first
from gitops_master.facts.stage import StageView
from gitops_master.facts.sync_windows import Barrier, barrier
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application, AppProject
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.rules.app_faults import APP_EFFECTS, effects
from gitops_master.rules.argocd.patterns import SYNC_WINDOW
from gitops_master.rules.registry import Hit, View, rule
from gitops_master.rules.remedies import repromote

_PARKED = frozenset({Op.RUNNING, Op.RETRYING, Op.TERMINATING, Op.REQUESTED})


@rule(
    "argocd-sync-window-deny",
    area="argocd",
    title="A sync window of the AppProject keeps the sync back",
    on=(StageView, ApplicationView),
    needs={Application.KIND, AppProject.KIND},
    explains=APP_EFFECTS
    | {"argocd-update-step-timeout-too-short", "foreign-argocd-operation-blocks-update", "promotion-window-closed"},
    sources=(
        "akuity/kargo#2078",
        "akuity/kargo#3152",
        "akuity/kargo#3995",
        "argoproj/argo-cd#25361",
        "akuity/kargo v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go",
    ),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """The operation stays Running with `Sync operation blocked by sync window`, or automatic syncs just do not happen.

    Why: an active deny window, or an allow window that is closed, of the AppProject matches the Application. The sync of
    Kargo's step counts as automatic, but as manual where the Promotion names who created it (kargo.akuity.io/create-actor;
    v1.11.2). The operation is parked until the window ends; terminating it hangs for as long.

    How to tell: that message, or spec.syncWindows of the AppProject evaluated for now while the Application is OutOfSync
    and asked to sync.

    What to do: wait for the window's end and promote then, or change the window by way of whoever owns the project; a
    longer step timeout only helps short windows.

    Not this when: the window lets this sync pass (manualSync and a manual sync), or no window matches the Application.
    """
    for trouble in app_troubles(view):
        app = trouble.app
        found = first(SYNC_WINDOW, trouble.texts)
        wall = (barrier(app) or _past(view, app, trouble)) if app is not None else None
        if found is None and (app is None or wall is None or not _is_held(view, app, trouble)):
            continue
        yield Hit(
            summary=_summary(trouble, wall),
            evidence=[*_texts(found), *(_facts(app, wall) if app and wall else []), *_operation(app)],
            remedies=_remedies(view, trouble, wall),
            ends=f"{stamp(wall.opens)}, when the window ends" if wall and wall.opens else "",
            subject=trouble.ref,
            also_explains=effects(trouble),
        )


def _past(view: View, app: ApplicationView, trouble: AppTrouble) -> Barrier | None:
    """The window in which the step timed out, where the operation ended only after that."""
    if (
        not isinstance(view, StageView)
        or view.last is None
        or view.last.finished_at is None
        or not trouble.ended_promotion
    ):
        return None
    state, step = app.operation_state, view.failed_step
    if state is None or step is None or "timed out" not in step.message:
        return None
    wall = barrier(app, view.last.finished_at)
    ended = state.finished_at
    return wall if wall is not None and wall.opens is not None and (ended is None or ended >= wall.opens) else None


def _is_held(view: View, app: ApplicationView, trouble: AppTrouble) -> bool:
    """Without the message: an operation that is parked, or automatic sync that leaves the Application OutOfSync."""
    if _past(view, app, trouble) is not None:
        return True
    automated = app.app.spec.sync_policy.automated
    silent = app.sync == "OutOfSync" and automated is not None and automated.enabled and not app.complaints()
    return (app.op in _PARKED and trouble.holds_promotion) or (silent and app.op not in {Op.FAILED, Op.ORPHANED})


def _summary(trouble: AppTrouble, wall: Barrier | None) -> str:
    name = trouble.ref.name
    if wall is None:
        return f"A sync window of its AppProject blocks the sync of Application {name}"
    what = "an active deny window" if wall.kind == "deny" else "an allow window that is closed"
    until = f" until {stamp(wall.opens)}" if wall.opens else ""
    return f"AppProject {wall.project.name} keeps Application {name} from syncing{until}: {what} ({wall.schedule} for {wall.duration})"


def _texts(found: Found | None) -> list[Evidence]:
    return [found.text.as_evidence()] if found is not None else []


def _facts(app: ApplicationView, wall: Barrier) -> list[Evidence]:
    path = f"spec.syncWindows[{wall.index}]"
    return [
        fact(wall.project, path, f"kind: {wall.kind}, schedule: {wall.schedule}, duration: {wall.duration}"),
        fact(wall.project, f"{path}.manualSync", wall.manual_allowed),
        fact(app.app, "status.sync.status", app.sync),
    ]


def _operation(app: ApplicationView | None) -> list[Evidence]:
    state = app.operation_state if app is not None else None
    if app is None or state is None or app.op not in _PARKED:
        return []
    return [fact(app.app, "status.operationState.phase", state.phase, state.started_at)]


def _remedies(view: View, trouble: AppTrouble, wall: Barrier | None) -> list[Remedy]:
    until = f" ({stamp(wall.opens)})" if wall and wall.opens else ""
    found = [advise(f"Wait for the end of the window{until}: a parked operation then goes on by itself")]
    if isinstance(view, StageView) and trouble.ended_promotion:
        again, now = repromote(view), view.snapshot.observed_at
        # Within the window a Promotion anew would only wait until its step times out again.
        found.append(again if wall is not None and wall.opens is not None and wall.opens <= now else by_hand(again))
    if wall is not None and wall.manual_passes:
        namespace, name = trouble.ref.namespace, trouble.ref.name
        found.append(
            advise(
                "The window lets a manual sync pass",
                f"argocd app sync {namespace}/{name}",
                call=calls.sync_app(trouble.app) if trouble.app is not None else None,
                risk=Risk.MEDIUM,
            )
        )
    words = "If it cannot wait: whoever owns the AppProject may narrow the window in its source of truth"
    return [*found, advise(words, risk=Risk.MEDIUM)]
