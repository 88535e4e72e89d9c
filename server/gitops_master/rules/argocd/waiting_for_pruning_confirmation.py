from collections.abc import Iterator
from datetime import datetime

from gitops_master.facts.advice import advise, by_hand
from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.patterns import Pattern, find
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application, OperationState
from gitops_master.model.finding import Class, Evidence, Remedy, Risk, Severity
from gitops_master.rules.app_faults import APP_EFFECTS, apps_of, stage_effects
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get, terminate_operation

PRUNE_CONFIRMATION = Pattern(
    "prune-confirmation",
    r"waiting for pruning confirmation of (?P<group>[\w.-]*)/(?P<kind>\w+)/(?P<name>[^\s/]+)(?P<more> and \d+ more \w+)?",
    "argoproj/argo-cd@v3.5.1 gitops-engine/pkg/sync/sync_context.go setRunningPhase; the core group is empty",
    versions="argo-cd >= 2.14",
    vectors=(
        "waiting for pruning confirmation of /PersistentVolumeClaim/uploads",
        "waiting for pruning confirmation of apps/Deployment/web and 2 more resources",
    ),
)
_PLURAL = "applications.argoproj.io"
APPROVAL = "argocd.argoproj.io/deletion-approved"


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
    sources=(
        "argoproj/argo-cd v3.5.1 gitops-engine/pkg/sync/sync_context.go",
        "argoproj/argo-cd v3.5.1 pkg/apis/application/v1alpha1/types.go IsDeletionConfirmed",
        "argoproj/argo-cd#29323",
    ),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """The operation stays Running with `waiting for pruning confirmation of …`; a Promotion in argocd-update waits with it.

    Why: an object that is gone from git carries the sync option Prune=confirm: it is deleted only when a person has agreed.

    How to tell: operationState.message names the object; an approval counts only if it is not older than the sync's start.

    What to do: decide whether it may go. If it may, set the annotation argocd.argoproj.io/deletion-approved to the present
    time (it approves all that this sync asks about); if not, put the object back into git and terminate the sync.

    Not this when: the sync waits for a deletion that is already under way (a finalizer).
    """
    for app in apps_of(view):
        state = app.operation_state
        asked = find(PRUNE_CONFIRMATION, state.message) if state is not None else None
        if app.op is not Op.RUNNING or state is None or asked is None or _counts(app, state):
            continue
        more = asked["more"] or ""
        what = f"{asked['kind']} {asked['name']}{more}"
        yield Hit(
            summary=f"The sync of Application {app.app.name} waits until somebody confirms that {what} may be deleted.",
            evidence=_evidence(app, state),
            remedies=_remedies(app, what, several=bool(more)),
            ends=f"when somebody sets the annotation {APPROVAL}, or the sync is terminated",
            subject=app.ref,
            also_explains=stage_effects(view, app),
        )


def _counts(app: ApplicationView, state: OperationState) -> bool:
    """Whether somebody has approved this sync; Argo CD takes a moment to go on."""
    try:
        approved = datetime.fromisoformat(app.app.annotations.get(APPROVAL, ""))
    except ValueError:
        return False
    return approved.tzinfo is not None and state.started_at is not None and approved >= state.started_at


def _evidence(app: ApplicationView, state: OperationState) -> list[Evidence]:
    old = app.app.annotations.get(APPROVAL, "")
    return [
        fact(app.app, "status.operationState.message", state.message),
        fact(app.app, "status.operationState.phase", state.phase, state.started_at),
        fact(app.app, f"metadata.annotations[{APPROVAL}]", f"{old} (not for this sync)" if old else "absent"),
    ]


def _remedies(app: ApplicationView, what: str, *, several: bool) -> list[Remedy]:
    place, name = app.app.namespace, app.app.name
    every = "; one approval counts for all of them" if several else ""
    return [
        advise(
            f"See what this sync would delete (the command lists the names{every})",
            get(_PLURAL, place, name, ".status.resources[?(@.requiresPruning==true)].name"),
            risk=Risk.NONE,
        ),
        advise(f"If {what} must stay: put it back into git, then terminate this sync, which would still delete it"),
        by_hand(terminate_operation(app)),
        advise(
            f"If {what} may be deleted: confirm it",
            f"kubectl -n {place} annotate {_PLURAL} {name} {APPROVAL}=$(date -u +%Y-%m-%dT%H:%M:%SZ) --overwrite",
            risk=Risk.HIGH,
            destroys=f"{what}, with whatever is in it",
            confirm_with=get(_PLURAL, place, name, ".status.operationState.phase", ".status.operationState.message"),
        ),
    ]
