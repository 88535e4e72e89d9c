from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.app_sources import project_of
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import peel
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application, AppProject
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.rules.app_faults import APP_EFFECTS, AppFault, afterwards, app_faults, excerpt
from gitops_master.rules.argocd.patterns import DESTINATION_REFUSED
from gitops_master.rules.registry import Hit, rule


@rule(
    "destination-not-allowed-in-appproject",
    area="argocd",
    title="The AppProject does not allow the destination",
    on=(StageView, ApplicationView),
    risk=Risk.MEDIUM,
    needs={Application.KIND},
    explains=APP_EFFECTS,
    sources=("argoproj/argo-cd util/argo/argo.go ValidatePermissions, controller/sync.go; argo-cd #11510",),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """`do not match any of the allowed destinations in project`, or an object's namespace `is not permitted in project`.

    Why: an AppProject lists the clusters and namespaces its Applications may use. A destination outside the list is an
    invalid spec (sync and health Unknown); an object for a namespace outside it is refused in the sync.

    How to tell: the text names project, server and namespace; compare them with spec.destinations of the AppProject.

    What to do: add the destination (server and namespace) to spec.destinations of the AppProject, by way of whoever owns it,
    or correct the Application's destination or the object's namespace; never move the Application to another project to get
    around it.

    Not this when: the project refuses a kind or a repository (resource-kind-not-permitted-in-appproject).
    """
    for fault in app_faults(view, DESTINATION_REFUSED):
        app = fault.application
        name = fault.group("in_project", "project_of_object") or (app.spec.project if app else "")
        held = project_of(app, view.snapshot, name)
        yield Hit(
            summary=f"AppProject {name or '(see the text)'} does not allow where Application {fault.name} deploys to: "
            f"{peel(fault.found.text.value)}",
            evidence=[excerpt(fault.found), *_destination(fault), *_allowed(held)],
            remedies=[_cure(fault, name, held), *afterwards(view, fault, refresh=True)],
            also_explains=fault.effects,
            subject=fault.trouble.ref,
        )


def _destination(fault: AppFault) -> list[Evidence]:
    if fault.application is None:
        return []
    goal = fault.application.spec.destination
    field, value = ("name", goal.name) if goal.name else ("server", goal.server)
    return [
        fact(fault.application, "spec.destination", f"{field}: {value}, namespace: {goal.namespace or 'none'}"),
    ]


def _allowed(held: AppProject | None) -> list[Evidence]:
    if held is None:
        return []
    listed = [f"{one.namespace or '(no namespace)'} on {one.server or one.name}" for one in held.spec.destinations]
    return [fact(held, "spec.destinations", ", ".join(listed[:10]) or "empty")]


def _cure(fault: AppFault, name: str, held: AppProject | None) -> Remedy:
    goal = fault.application.spec.destination if fault.application else None
    other = fault.group("namespace")
    namespace = other or (goal.namespace if goal else "")
    cluster = (goal.name or goal.server) if goal else ""
    what = f"namespace {namespace}{f' on {cluster}' if cluster else ''}" if namespace else "the destination"
    wrong = f"the namespace of that object ({other})" if other else f"the destination of {fault.name}"
    place = held.namespace if held is not None else fault.trouble.ref.namespace
    return advise(
        f"Add {what} to spec.destinations of AppProject {name}, by way of whoever owns it, or correct {wrong} if it is wrong; "
        "never move the Application to another project to get around it",
        *(
            [f"kubectl -n {place} get appprojects.argoproj.io {name} -o jsonpath='{{.spec.destinations}}'"]
            if name
            else []
        ),
        risk=Risk.MEDIUM,
    )
