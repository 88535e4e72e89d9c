from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise, by_hand
from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.durations import lasting
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application, OperationState
from gitops_master.model.finding import Remedy, Risk
from gitops_master.rules.app_faults import APP_EFFECTS, apps_of, stage_effects
from gitops_master.rules.registry import Hit, View, rule
from gitops_master.rules.remedies import get, refresh_app, repromote

_JUST_NOW = timedelta(minutes=1)
"""The controller takes both fields in one patch; in a listing they may be seconds apart."""
_PLURAL = "applications.argoproj.io"


@rule(
    "orphaned-sync-operation",
    area="argocd",
    title="A sync operation that no controller will ever finish",
    on=(StageView, ApplicationView),
    risk=Risk.MEDIUM,
    needs={Application.KIND},
    explains=APP_EFFECTS | {"foreign-argocd-operation-blocks-update", "argocd-update-step-timeout-too-short"},
    sources=("argoproj/argo-cd#18613", "argoproj/argo-cd#17155", "argoproj/argo-cd#29636"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """The Application looks busy for hours; terminate answers that no operation is in progress; Kargo waits for ever.

    Why: the controller works on `operation`; operationState is only its record. Somebody emptied `operation` (or a crash
    left it so) while the record said Running or Terminating: nobody advances it any more. A record that says Succeeded
    without result and end time blocks automatic syncs in the same way.

    How to tell: `operation` is absent and operationState.phase is Running or Terminating, or Succeeded without syncResult
    and finishedAt.

    What to do: one patch that puts an operation back and asks for its termination; the controller then cleans up and ends
    it without a sync. Then promote or sync again.

    Not this when: `operation` is there: then it really runs, or waits for a retry, a hook or a sync window.
    """
    for app in apps_of(view):
        state = app.operation_state
        if app.op is not Op.ORPHANED or state is None:
            continue
        begun = state.started_at
        if begun is not None and view.snapshot.observed_at - begun < _JUST_NOW:
            continue
        age = lasting(begun, view.snapshot.observed_at)
        yield Hit(
            summary=f"The operation of Application {app.app.name} is orphaned: its record says {state.phase}{age}, but `operation` "
            "is empty, so no controller will finish it",
            evidence=[
                fact(app.app, "operation", "absent"),
                fact(app.app, "status.operationState.phase", state.phase, begun),
                fact(app.app, "status.operationState.finishedAt", state.finished_at or "absent"),
                *([fact(app.app, "status.operationState.message", state.message)] if state.message else []),
            ],
            remedies=_remedies(view, app, state),
            subject=app.ref,
            also_explains=stage_effects(view, app),
        )


def _remedies(view: View, app: ApplicationView, state: OperationState) -> list[Remedy]:
    namespace, name = app.app.namespace, app.app.name
    look = get(_PLURAL, namespace, name, ".status.operationState.phase")
    if state.phase == "Succeeded":
        patch = '[{"op":"test","path":"/status/operationState/phase","value":"Succeeded"},{"op":"remove","path":"/status/operationState"}]'
        cure = advise(
            "Remove the empty record, then let Argo CD compare again: automatic sync works from then on",
            f"kubectl -n {namespace} patch {_PLURAL} {name} --type json -p '{patch}'",
            risk=Risk.MEDIUM,
            destroys="the record of the last operation",
            confirm_with=look,
        )
        return [cure, by_hand(refresh_app(app.ref))]
    patch = (
        '{"operation":{"initiatedBy":{"username":"orphan-cleanup"},"sync":{}},'
        '"status":{"operationState":{"phase":"Terminating"}}}'
    )
    cure = advise(
        "Put an operation back and ask for its termination in one patch (abort waiting Promotions of this Application first: "
        "they would start a sync at once); no sync is run",
        f"kubectl -n {namespace} patch {_PLURAL} {name} --type merge -p '{patch}'",
        risk=Risk.MEDIUM,
        destroys="what is left of that sync, its hook Jobs included",
        confirm_with=look,
    )
    return [cure, *([by_hand(repromote(view))] if isinstance(view, StageView) and view.last_failed else [])]
