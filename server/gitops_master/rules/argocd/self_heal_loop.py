from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application, OperationState
from gitops_master.model.finding import Confidence, Evidence, Risk, Severity
from gitops_master.rules.app_faults import APP_EFFECTS, apps_of, stage_effects
from gitops_master.rules.registry import Hit, rule

_OFTEN = 3
"""Attempts in a row: the pause grows from 2 s by a factor of 3, so the third says that something writes again each time."""
_RECENT = timedelta(minutes=30)
"""The pause between attempts ends at 5 minutes: an older record is not a loop that still turns."""
_LIVELY = frozenset({Op.RUNNING, Op.RETRYING, Op.SUCCEEDED})


@rule(
    "self-heal-loop",
    area="argocd",
    title="Argo CD and another writer undo each other's changes",
    on=(StageView, ApplicationView),
    severity=Severity.MEDIUM,
    needs={Application.KIND},
    explains=APP_EFFECTS | {"foreign-argocd-operation-blocks-update", "stage-not-yet-re-evaluated"},
    sources=("argoproj/argo-cd controller/appcontroller.go shouldSelfHeal",),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """The Application is synced again every few minutes at the same revision; Kargo says again and again that it is being synced.

    Why: selfHeal puts a live object back to what git says, and something (an autoscaler, an operator, a webhook, a person)
    changes it again. Each attempt succeeds, and each is undone.

    How to tell: the last operation is automatic, its sync.autoHealAttemptsCount is 3 or more, and it is recent.

    What to do: find who writes the field (managedFields of the object) and let one of the two own it: take the field out of
    git, list it in spec.ignoreDifferences with RespectIgnoreDifferences=true, or stop the other writer.

    Not this when: the attempts fail (then their error is the cause), or an ApplicationSet rewrites the Application itself.
    """
    for app in apps_of(view):
        state = app.operation_state
        if state is None or app.op not in _LIVELY or not _turns(app, state):
            continue
        attempts = state.operation.sync.auto_heal_attempts_count if state.operation.sync else 0
        drifted = [one.title for one in app.managed if one.resource.status == "OutOfSync"]
        what = f" ({', '.join(drifted[:3])})" if drifted else ""
        yield Hit(
            summary=f"Argo CD has put Application {app.app.name} back {attempts} times in a row at one revision: something changes "
            f"it again each time{what}.",
            evidence=_evidence(app, state, attempts, drifted),
            remedies=[
                advise(
                    "See which managers write the object, and find the one besides argocd-controller",
                    *[_managers(app, one) for one in drifted[:1]],
                ),
                advise(
                    "Let one of the two own the field: take it out of git, or list it in spec.ignoreDifferences with the sync option "
                    "RespectIgnoreDifferences=true, or stop the other writer",
                    risk=Risk.MEDIUM,
                ),
            ],
            confidence=Confidence.HIGH if drifted else Confidence.MEDIUM,
            subject=app.ref,
            also_explains=stage_effects(view, app) - {"promotion-failed"},
        )


def _turns(app: ApplicationView, state: OperationState) -> bool:
    sync, at = state.operation.sync, state.finished_at or state.started_at
    recent = at is not None and app.snapshot.observed_at - at < _RECENT
    heals = app.app.spec.sync_policy.automated
    return recent and sync is not None and sync.auto_heal_attempts_count >= _OFTEN and bool(heals and heals.self_heal)


def _evidence(app: ApplicationView, state: OperationState, attempts: int, drifted: list[str]) -> list[Evidence]:
    at = state.finished_at or state.started_at
    found = [
        fact(app.app, "status.operationState.operation.sync.autoHealAttemptsCount", attempts, at),
        fact(app.app, "status.operationState.phase", state.phase, at),
        fact(app.app, "status.sync.status", app.sync or "none"),
    ]
    return [
        *found,
        *([fact(app.app, "status.resources[].status", f"OutOfSync: {', '.join(drifted)}")] if drifted else []),
    ]


def _managers(app: ApplicationView, title: str) -> str:
    one = next(each for each in app.managed if each.title == title)
    kind = f"{one.resource.kind}.{one.resource.group}" if one.resource.group else one.resource.kind
    place = f"-n {one.resource.namespace} " if one.resource.namespace else ""
    return f"kubectl {place}get {kind.lower()} {one.resource.name} --show-managed-fields -o yaml"
