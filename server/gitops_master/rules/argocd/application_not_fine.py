from collections.abc import Iterator

from gitops_master.facts.advice import advise, by_hand
from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.patterns import peel
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Severity
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import app_state, refresh_app


@rule(
    "application-not-fine",
    area="argocd",
    title="An Application is not Synced and Healthy",
    on=ApplicationView,
    severity=Severity.MEDIUM,
    needs={Application.KIND},
    explains={"stage-unhealthy"},
    sources=("argoproj/argo-cd controller/appcontroller.go",),
    is_symptom=True,
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """The Application complains, its last sync failed, or its health is not Healthy, and nothing more specific says why.

    Why: the texts that Argo CD gives are quoted as they are.

    How to tell: status.conditions, status.operationState (if it is current), status.health, the managed resources.

    What to do: mend what the texts name.

    Not this when: a failed operation is history: the Application is Synced, or a later sync succeeded.
    """
    texts = app.texts
    troubled = [one for one in app.troubled if one.health is not None]
    if app.health in {"Healthy", "", "Suspended"} and not texts:
        return
    evidence = [text.as_evidence() for text in texts[:2]]
    evidence.append(fact(app.app, "status.health.status", app.health or "none"))
    evidence.append(fact(app.app, "status.sync.status", app.sync or "none"))
    for one in troubled[:2]:
        if one.health is not None:
            evidence.append(fact(one.ref, "health", f"{one.health.status}: {one.health.message}".rstrip(": ")))
    detail = peel(texts[0].value) if texts else ", ".join(one.title for one in troubled[:3])
    state = f"{app.sync or 'not compared'} and {app.health or 'without health'}"
    failed = " (its last sync failed)" if app.op is Op.FAILED else ""
    again = refresh_app(app.ref)
    compared = [one for one in app.complaints() if not one.value.startswith("SyncError")]
    yield Hit(
        summary=f"Application {app.app.name} is {state}{failed}: {detail}".rstrip(": "),
        evidence=evidence,
        remedies=[
            advise("Mend what Argo CD names", confirm_with=app_state(app.ref)),
            again if compared else by_hand(again),  # a comparison takes nothing else away
        ],
    )
