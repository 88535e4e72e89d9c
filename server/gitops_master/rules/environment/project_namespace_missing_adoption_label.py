from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.project import ProjectView
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Evidence, Risk
from gitops_master.model.kargo import Project
from gitops_master.model.kubernetes import Namespace
from gitops_master.rules.registry import Hit, rule

LABEL = "kargo.akuity.io/project"
_REASON = "ExistingNamespaceMissingLabel"
_WORDS = "not labeled as a Project namespace"


@rule(
    "project-namespace-missing-adoption-label",
    area="environment",
    title="The Project does not adopt its namespace",
    on=(StageView, WarehouseView, ApplicationView, ProjectView),
    needs={Project.KIND},
    explains={
        "project-not-ready",
        "application-not-fine",
        "stage-reconcile-error",
        "warehouse-not-ready",
        "no-freight-promoted-yet",
        "requested-warehouse-not-found",
        "admission-policy-denies-object",
        "promotion-not-picked-up",
        "custom-resource-not-ready",
    },
    sources=(
        "akuity/kargo#1443",
        "akuity/kargo#2076",
        "akuity/kargo v1.11.2 pkg/controller/management/projects/projects.go:477",
    ),
)
def check(view: StageView | WarehouseView | ApplicationView | ProjectView) -> Iterator[Hit]:
    """A Project is not Ready, and Stages or Warehouses in its namespace are refused.

    Why: a namespace with the Project's name existed before it, without the label by which Kargo recognises project
    namespaces; Kargo never takes over a namespace that did not say so.

    How to tell: the Project's condition with the reason ExistingNamespaceMissingLabel (Stalled since 1.1, Ready before), or
    its message; the namespace's labels.

    What to do: label the namespace, in its source; the Project is tried again by itself.

    Not this when: the namespace has the label; then another step of making the Project ready fails.
    """
    names = _projects(view)
    for project in view.snapshot.all(Project):
        told = [one for one in project.status.conditions if one.reason == _REASON or _WORDS in one.message]
        if project.name not in names or not (told or _WORDS in project.status.message):
            continue
        namespace = view.snapshot.get(Namespace, "", project.name)
        if namespace is not None and namespace.labels.get(LABEL) == "true":
            continue
        evidence = [fact(project, f"status.conditions[{one.type}].reason", one.reason) for one in told[:1]]
        evidence += [fact(project, f"status.conditions[{one.type}].message", one.message) for one in told[:1]]
        if not told:
            evidence.append(fact(project, "status.message", project.status.message))
        yield Hit(
            summary=f"Project {project.name} does not adopt namespace {project.name}, which existed before it and lacks the label "
            f"{LABEL}=true.",
            evidence=[*evidence, *_ready(project), *_labels(namespace)],
            remedies=[
                advise(
                    "Label the namespace (in its source, if it has one): it then belongs to the Project",
                    f"kubectl label namespace {project.name} {LABEL}=true",
                    risk=Risk.MEDIUM,
                    destroys="nothing now; a Project that is deleted later takes the namespace with it",
                    confirm_with=f"kubectl get projects.kargo.akuity.io {project.name} "
                    "-o jsonpath='{.status.conditions[?(@.type==\"Ready\")].status}'",
                ),
            ],
            subject=project.ref,
        )


def _projects(view: StageView | WarehouseView | ApplicationView | ProjectView) -> set[str]:
    """The Projects that the view depends on: its own, or those an Application brings things into."""
    if not isinstance(view, ApplicationView):
        return {view.project}
    ours = [one for one in view.app.status.resources if one.group == "kargo.akuity.io"]
    return {one.namespace or one.name for one in ours} | ({view.app.spec.destination.namespace} if ours else set())


def _ready(project: Project) -> list[Evidence]:
    return [
        fact(project, "status.conditions[Ready].status", f"{one.status} ({one.reason})")
        for one in project.status.conditions
        if one.type == "Ready" and one.reason != _REASON
    ]


def _labels(namespace: Namespace | None) -> list[Evidence]:
    if namespace is None:
        return []
    return [fact(namespace, f"metadata.labels[{LABEL}]", namespace.labels.get(LABEL, "no such label"))]
