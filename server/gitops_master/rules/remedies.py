"""Remedies with the real names filled in, written once. What came of each on a live stack is in docs/remedies.md.

Resource names are always written in full: other kinds share the plural (`stages`, `promotions`). Nothing here overrides a
gate: approving Freight is said in words, never as a command or a call. What is one of our operations carries the call of it, where
that is right by itself (facts/calls.py; `by_hand` takes it off).
"""

from gitops_master.facts import calls
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.reconciliation import kargo_namespace
from gitops_master.facts.stage import StageView
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Remedy, Risk
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.versions import Version

_STAGES, _PROMOTIONS, _WAREHOUSES = "stages.kargo.akuity.io", "promotions.kargo.akuity.io", "warehouses.kargo.akuity.io"
_APPLICATIONS = "applications.argoproj.io"
_OUTCOME = (".status.lastPromotion.name", ".status.lastPromotion.status.phase")
_OPERATION = (".status.operationState.startedAt", ".status.operationState.phase")
"""With the phase what tells a new one from the one before."""
_VERIFICATION = tuple(f".status.freightHistory[0].verificationHistory[0].{field}" for field in ("id", "phase"))
"""The record before it keeps its phase: only another id shows that the request was taken."""

CONTROLLER_RESTART = (
    "nothing, but running Promotions begin again at their first step: what an http step sent is sent again"
)
"""What it costs to restart a Kargo controller (seen on v1.11.2: a work folder does not outlive its pod)."""

_APP_STATE = (".status.sync.status", ".status.operationState.phase", ".status.conditions[*].message")


def get(plural: str, namespace: str, name: str, *paths: str) -> str:
    """A command that prints fields of an object, with spaces between them."""
    shown = " ".join(f"{{{path}}}" for path in paths)
    return f"kubectl -n {namespace} get {plural} {name} -o jsonpath='{shown}'"


def look_again(view: StageView | WarehouseView | ApplicationView) -> str:
    """A command that shows what the view's own object says of the last attempt."""
    ready = '.status.conditions[?(@.type=="Ready")].message'
    match view:
        case ApplicationView():
            return get(_APPLICATIONS, view.app.namespace, view.app.name, *_OPERATION)
        case WarehouseView():
            return get(_WAREHOUSES, view.project, view.name, ready)
    return get(_STAGES, view.project, view.name, ready)


def app_state(app: Ref) -> str:
    """A command that prints how an Application's comparison and last operation stand, and what it complains of."""
    return get(_APPLICATIONS, app.namespace, app.name, *_APP_STATE)


def repromote(view: StageView, freight: str = "") -> Remedy:
    """Promote the same Freight again: the supported retry. Auto-promotion never retries Freight that failed."""
    name = freight or (view.last.freight.name if view.last and view.last.freight else "")
    command = f"kargo promote --project {view.project} --stage {view.name} --freight {name}"
    return Remedy(
        title=f"When the cause is gone, promote the same Freight to {view.name} again{_by_hand(view, name)}",
        commands=[command] if name else [],
        call=calls.repromote(view, name),
        risk=Risk.MEDIUM,
        confirm_with=get(_STAGES, view.project, view.name, *_OUTCOME),
        destroys=_hold_note(view, name),
    )


def _by_hand(view: StageView, freight: str) -> str:
    newest = next(iter(view.promotions_of(freight)), None)
    failed = newest is not None and newest.status.phase in {"Failed", "Errored", "Aborted"}
    return " (auto-promotion will not retry it)" if view.auto_promotion and failed else ""


def _hold_note(view: StageView, freight: str) -> str:
    """On Kargo >= 1.11 promoting anything but the newest Freight pauses auto-promotion."""
    kargo = view.snapshot.versions.kargo
    newest = {one.freight.name for one in view.next_freight}
    if not view.auto_promotion or (kargo is not None and kargo < Version(1, 11, 0)) or not freight or freight in newest:
        return ""
    return "nothing; if newer Freight exists by then, this one puts auto-promotion of its Warehouse on hold"


def promote_candidate(view: StageView, freight: str) -> Remedy:
    return Remedy(
        title=f"If it should go out: promote Freight {freight[:7]} to {view.name}",
        commands=[f"kargo promote --project {view.project} --stage {view.name} --freight {freight}"],
        call=calls.promote(view, freight),
        risk=Risk.MEDIUM,
        confirm_with=get(_STAGES, view.project, view.name, ".status.freightSummary"),
    )


def refresh_stage(view: StageView) -> Remedy:
    """Wakes the Stage; idempotent (seen on Kargo v1.11.2: handled within 0.6 s)."""
    command = (
        f"kubectl -n {view.project} annotate {_STAGES} {view.name} kargo.akuity.io/refresh=$(date +%s) --overwrite"
    )
    return Remedy(
        title=f"Refresh Stage {view.name}",
        commands=[command],
        call=calls.refresh_stage(view),
        confirm_with=get(_STAGES, view.project, view.name, ".status.lastHandledRefresh"),
    )


def refresh_warehouse(view: WarehouseView) -> Remedy:
    name = f"{_WAREHOUSES} {view.name}"
    return Remedy(
        title=f"Refresh Warehouse {view.name} for an immediate discovery",
        commands=[f"kubectl -n {view.project} annotate {name} kargo.akuity.io/refresh=$(date +%s) --overwrite"],
        call=calls.refresh_warehouse(view),
        confirm_with=get(_WAREHOUSES, view.project, view.name, ".status.discoveredArtifacts.discoveredAt"),
    )


def upgrade_kargo(snapshot: Snapshot, release: str, why: str = "") -> Remedy:
    """Also what tells that it is done: the image that the controllers run."""
    pods = f"kubectl -n {kargo_namespace(snapshot)} get pods -l app.kubernetes.io/component=controller"
    return Remedy(
        title=f"Upgrade Kargo to {release} or later{f': {why}' if why else ''}",
        risk=Risk.MEDIUM,
        destroys=CONTROLLER_RESTART,
        confirm_with=f"{pods} -o jsonpath='{{.items[*].spec.containers[*].image}}'",
    )


def try_again(view: StageView | WarehouseView) -> Remedy:
    """What makes Kargo ask a repository again: a discovery, or the Promotion anew."""
    return refresh_warehouse(view) if isinstance(view, WarehouseView) else repromote(view)


def reverify(view: StageView) -> Remedy:
    """Ignored unless the Stage is Healthy and its newest verification has ended."""
    return Remedy(
        title=f"Verify the current Freight of {view.name} again",
        commands=[f"kargo verify stage {view.name} --project {view.project}"],
        call=calls.reverify(view),
        confirm_with=get(_STAGES, view.project, view.name, *_VERIFICATION),
    )


def abort_promotion(view: StageView, promotion: str) -> Remedy:
    """Leaves a running Argo CD operation alone, and auto-promotion will not retry the Freight."""
    return Remedy(
        title=f"Abort Promotion {promotion}",
        commands=[f"kargo promote --project {view.project} --name {promotion} --abort"],
        call=calls.abort_promotion(view, promotion),
        risk=Risk.MEDIUM,
        reversible=False,
        destroys="this attempt; health is Unknown until the next successful Promotion",
        confirm_with=get(_PROMOTIONS, view.project, promotion, ".status.phase"),
    )


def refresh_app(app: Ref, *, hard: bool = False) -> Remedy:
    """Normal takes a new commit up at once; hard renders anew, past a cached error (seen on Argo CD v3.5.1)."""
    kind = "hard" if hard else "normal"
    target = f"{_APPLICATIONS} {app.name}"
    return Remedy(
        title=f"Let Argo CD compare {app.name} again" + (" and render it anew" if hard else ""),
        commands=[f"kubectl -n {app.namespace} annotate {target} argocd.argoproj.io/refresh={kind} --overwrite"],
        call=calls.refresh_app(app, hard=hard),
        confirm_with=get(_APPLICATIONS, app.namespace, app.name, ".status.conditions"),
    )


def terminate_operation(view: ApplicationView) -> Remedy:
    """Only while that very operation runs: the patch tests that first (setting Terminating on nothing does harm)."""
    asked, state = view.app.operation, view.operation_state
    users = {
        "/operation": asked.initiated_by.username if asked is not None else "",
        "/status/operationState/operation": state.operation.initiated_by.username if state is not None else "",
    }
    tests = (
        f',{{"op":"test","path":"{at}/initiatedBy/username","value":"{user}"}}' for at, user in users.items() if user
    )
    test = "".join(tests)
    patch = (
        '[{"op":"test","path":"/status/operationState/phase","value":"Running"}'
        + test
        + ',{"op":"replace","path":"/status/operationState/phase","value":"Terminating"}]'
    )
    return Remedy(
        title=f"Terminate the operation of {view.app.name} (abort waiting Promotions first: they start it again)",
        commands=[f"kubectl -n {view.app.namespace} patch {_APPLICATIONS} {view.app.name} --type json -p '{patch}'"],
        call=calls.terminate_operation(view),
        risk=Risk.MEDIUM,
        reversible=False,
        destroys="the running sync and its hook Jobs",
        confirm_with=get(_APPLICATIONS, view.app.namespace, view.app.name, ".status.operationState.phase"),
    )


def sync_app(view: ApplicationView) -> Remedy:
    """An Argo CD sync of what the Application tracks, by the command line that knows its options."""
    return Remedy(
        title=f"Sync {view.app.name} once by hand",
        commands=[f"argocd app sync {view.app.namespace}/{view.app.name}"],
        call=calls.sync_app(view),
        risk=Risk.MEDIUM,
        confirm_with=get(_APPLICATIONS, view.app.namespace, view.app.name, *_OPERATION),
    )


NAMED = {
    "repromote": lambda view: repromote(view),
    "reverify": lambda view: reverify(view),
    "refresh-stage": lambda view: refresh_stage(view),
    "refresh-warehouse": lambda view: refresh_warehouse(view),
    "refresh-app": lambda view: refresh_app(view.ref),
    "refresh-app-hard": lambda view: refresh_app(view.ref, hard=True),
    "sync-app": lambda view: sync_app(view),
}
"""Remedies a signature can name in `then`. Each fits one kind of view; a name that does not fit is left out."""
