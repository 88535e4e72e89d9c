from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Class, Risk, Severity
from gitops_master.rules.app_faults import APP_EFFECTS, apps_of, stage_effects
from gitops_master.rules.patterns import Pattern, find
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise, get

PRUNE_CONFIRMATION = Pattern(
    "prune-confirmation",
    r"waiting for pruning confirmation of (?P<object>\S+)(?P<more> and \d+ more resources?)?",
    "argoproj/argo-cd@v3.5.1 gitops-engine/pkg/sync/sync_context.go",
    vectors=(
        "waiting for pruning confirmation of /PersistentVolumeClaim/uploads",
        "Waiting for pruning confirmation of apps/Deployment/web and 2 more resources",
    ),
)
_PLURAL = "applications.argoproj.io"


@rule(
    "waiting-for-pruning-confirmation",
    area="argocd",
    title="A sync waits until somebody confirms a deletion",
    on=(StageView, ApplicationView),
    class_=Class.WAITING,
    severity=Severity.MEDIUM,
    risk=Risk.HIGH,
    needs={Application.KIND},
    explains=APP_EFFECTS | {"foreign-argocd-operation-blocks-update", "waiting-for-step-in-progress"},
    sources=("argoproj/argo-cd gitops-engine/pkg/sync/sync_context.go", "argoproj/argo-cd#29323"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """The operation stays Running with `waiting for pruning confirmation of …`; a Promotion in argocd-update waits with it.

    Why: an object that is gone from git carries the sync option Prune=confirm: it is deleted only when a person has agreed.

    How to tell: operationState.message names the object.

    What to do: decide whether it may go. If it may, set the annotation argocd.argoproj.io/deletion-approved to the present
    time; if not, put the object back into git.

    Not this when: the sync waits for a deletion that is already under way (a finalizer).
    """
    for app in apps_of(view):
        state = app.operation_state
        asked = find(PRUNE_CONFIRMATION, state.message) if state is not None else None
        if app.op is not Op.RUNNING or state is None or asked is None:
            continue
        what = asked["object"] + (asked["more"] or "")
        place, name = app.app.namespace, app.app.name
        yield Hit(
            summary=f"The sync of Application {name} waits until somebody confirms that {what} may be deleted.",
            evidence=[
                fact(app.app, "status.operationState.phase", state.phase, state.started_at),
                fact(app.app, "status.operationState.message", state.message),
            ],
            remedies=[
                advise("If it must stay: put the object back into git; the next revision no longer wants it deleted"),
                advise(
                    f"If {what} may be deleted: confirm it",
                    f"kubectl -n {place} annotate {_PLURAL} {name} "
                    "argocd.argoproj.io/deletion-approved=$(date -u +%Y-%m-%dT%H:%M:%SZ) --overwrite",
                    risk=Risk.HIGH,
                    destroys=f"{what}, with whatever it holds",
                    confirm_with=get(_PLURAL, place, name, ".status.operationState.phase"),
                ),
            ],
            ends="when somebody sets the annotation argocd.argoproj.io/deletion-approved, or the object is back in git",
            subject=app.ref,
            also_explains=stage_effects(view, app),
        )
