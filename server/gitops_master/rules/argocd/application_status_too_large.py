from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Risk
from gitops_master.rules.app_faults import APP_EFFECTS, app_faults, excerpt
from gitops_master.rules.patterns import Pattern
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise

TOO_LARGE = Pattern(
    "application-status-too-large",
    r"status exceeds the Kubernetes resource size limit",
    "argoproj/argo-cd controller/appcontroller.go persistAppStatus (unreleased after v3.5.1)",
    vectors=("application status exceeds the Kubernetes resource size limit",),
)


@rule(
    "application-status-too-large",
    area="argocd",
    title="The Application has grown past what Kubernetes can store",
    on=(StageView, ApplicationView),
    risk=Risk.MEDIUM,
    needs={Application.KIND},
    explains=APP_EFFECTS | {"argocd-application-controller-not-processing", "stage-not-yet-re-evaluated"},
    sources=("argoproj/argo-cd controller/appcontroller.go persistAppStatus",),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """What the Application shows no longer changes; a condition says that its status exceeds the size limit.

    Why: the API server stores about 1.5 MB an object. Thousands of managed resources, long messages and a long history make
    the status larger, so each write of it is refused and what is shown is old.

    How to tell: an UnknownError condition with these words; a very long status.resources.

    What to do: split the Application; as first aid a smaller spec.revisionHistoryLimit and the sync option
    ApplyOutOfSyncOnly=true.

    Not this when: it is one managed object that is too large (its own apply fails).
    """
    for one in app_faults(view, TOO_LARGE):
        app = one.application
        counted = (
            [
                fact(app, "status.resources", f"{len(app.status.resources)} resources"),
                fact(app, "status.history", f"{len(app.status.history)} entries"),
            ]
            if app
            else []
        )
        yield Hit(
            summary=f"The status of Application {one.name} is too large to be stored, so what it shows is out of date.",
            evidence=[excerpt(one.found), *counted],
            remedies=[
                advise(
                    "As first aid set spec.revisionHistoryLimit to a small number and the sync option ApplyOutOfSyncOnly=true, where "
                    "the Application is managed"
                ),
                advise("Split the Application into several, each with fewer resources", risk=Risk.MEDIUM),
            ],
            subject=one.trouble.ref,
            also_explains=one.effects,
        )
