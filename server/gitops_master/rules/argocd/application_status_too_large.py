from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import Pattern
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.rules.app_faults import APP_EFFECTS, AppFault, app_faults, excerpt
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get

TOO_LARGE = Pattern(
    "application-status-too-large",
    r"status exceeds the Kubernetes resource size limit",
    "argoproj/argo-cd@v3.5.0 controller/appcontroller.go persistAppStatus (argo-cd #27802)",
    versions="argo-cd >= 3.5: before that only the controller's log tells (`Error updating application`)",
    vectors=(
        "UnknownError: Application status exceeds the Kubernetes resource size limit and could not be persisted. The displayed status "
        "may be stale. Reduce the number of managed resources, set ApplyOutOfSyncOnly=true, lower spec.revisionHistoryLimit, or split "
        "the Application.",
    ),
)
_PLURAL = "applications.argoproj.io"
_HISTORY = 10
"""Entries that Argo CD keeps where spec.revisionHistoryLimit is not set (v3.5.1 common.go RevisionHistoryLimit)."""


@rule(
    "application-status-too-large",
    area="argocd",
    title="The Application has grown past what Kubernetes can store",
    on=(StageView, ApplicationView),
    risk=Risk.MEDIUM,
    needs={Application.KIND},
    explains=APP_EFFECTS | {"argocd-application-controller-not-processing", "stage-not-yet-re-evaluated"},
    sources=("argoproj/argo-cd v3.5.1 controller/appcontroller.go persistAppStatus", "argoproj/argo-cd#27802"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """What the Application shows no longer changes; a condition says that its status exceeds the size limit.

    Why: the API server stores about 1.5 MB an object. Thousands of managed resources, the result of a sync of all of them, long
    messages and a long history make the status larger, so each write of it is refused and what is shown is old. Argo CD writes
    this one condition into the old status instead.

    How to tell: an UnknownError condition with these words; a very long status.resources.

    What to do: split the Application; as first aid a smaller spec.revisionHistoryLimit and the sync option
    ApplyOutOfSyncOnly=true.

    Not this when: it is one managed object that is too large (its own apply fails).
    """
    for one in app_faults(view, TOO_LARGE):
        yield Hit(
            summary=f"The status of Application {one.name} is too large to be stored, so what it shows is out of date.",
            evidence=[excerpt(one.found), *_sizes(one.application)],
            remedies=_remedies(one),
            subject=one.trouble.ref,
            also_explains=one.effects,
        )


def _sizes(app: Application | None) -> list[Evidence]:
    """What the status is made of, as far as the old one tells, and how old that is."""
    if app is None:
        return []
    state = app.status.operation_state
    results = len(state.sync_result.resources) if state is not None and state.sync_result is not None else 0
    found = [fact(app, "status.resources", f"{len(app.status.resources)} resources")]
    if results:
        found.append(fact(app, "status.operationState.syncResult.resources", f"{results} results"))
    if len(app.status.history) > 1:
        found.append(fact(app, "status.history", f"{len(app.status.history)} entries"))
    if app.status.reconciled_at is not None:
        found.append(fact(app, "status.reconciledAt", app.status.reconciled_at, app.status.reconciled_at))
    return found


def _remedies(one: AppFault) -> list[Remedy]:
    place, name = one.trouble.ref.namespace, one.trouble.ref.name
    done = get(_PLURAL, place, name, ".status.reconciledAt", ".status.conditions[*].message")
    return [
        advise(
            f"Keep fewer entries of the history (default {_HISTORY}) and set the sync option ApplyOutOfSyncOnly=true; for good: where the "
            "Application is managed",
            f'kubectl -n {place} patch {_PLURAL} {name} --type merge -p \'{{"spec":{{"revisionHistoryLimit":1}}}}\'',
            destroys="older entries of the history, which a rollback would need",
            confirm_with=done,
        ),
        advise(
            "Split the Application into several, each with fewer resources; a resource that moves must not be pruned by the old one "
            "(Prune=false on it first)",
            risk=Risk.MEDIUM,
            confirm_with=done,
        ),
    ]
