from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.argocd import home
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application, AppProject
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.model.kubernetes import Namespace
from gitops_master.model.snapshot import Snapshot
from gitops_master.rules.app_faults import APP_EFFECTS, AppFault, afterwards, app_faults, excerpt
from gitops_master.rules.argocd.patterns import NAMESPACE_KIND
from gitops_master.rules.registry import Hit, rule

"""controller/sync.go: the core group is empty."""


@rule(
    "appproject-forbids-namespace-creation",
    area="argocd",
    title="The AppProject does not let Argo CD create the namespace",
    on=(StageView, ApplicationView),
    needs={Application.KIND, AppProject.KIND, Namespace.KIND},
    explains=APP_EFFECTS | {"destination-namespace-missing", "resource-kind-not-permitted-in-appproject"},
    sources=("argoproj/argo-cd#22869", "argoproj/argo-cd#20233", "argoproj/argo-cd controller/sync.go"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """`one or more synchronization tasks are not valid`, and the result of the Namespace says that it is not permitted.

    Why: CreateNamespace=true adds a Namespace to the sync. Namespace is a cluster-scoped kind; an AppProject other than the
    default one permits none of these unless its clusterResourceWhitelist names it.

    How to tell: the result `resource :Namespace is not permitted in project …`, CreateNamespace=true among the
    syncOptions, and the namespace of the destination does not exist yet.

    What to do: create the namespace by the platform's own way, or add exactly this kind to the project; then promote again.

    Not this when: another kind is refused (resource-kind-not-permitted-in-appproject); the destination itself is not
    allowed (destination-not-allowed-in-appproject).
    """
    for fault in app_faults(view, NAMESPACE_KIND):
        project = fault.group("project")
        name = fault.result.name if fault.result else _destination(fault)
        if name and view.snapshot.get(Namespace, "", name) is not None:
            continue
        held = view.snapshot.get(AppProject, home(fault.application, view.snapshot), project)
        missing = ", which does not exist," if _is_missing(view.snapshot, name) else ""
        yield Hit(
            summary=f"AppProject {project} does not permit the kind Namespace, so Argo CD may not create namespace {name}{missing} "
            f"for Application {fault.name}",
            evidence=[excerpt(fault.found), *_facts(fault), *_project(held), *_others(view.snapshot, name)],
            remedies=[*_remedies(project, held, name), *afterwards(view, fault)],
            also_explains=fault.effects,
            subject=fault.trouble.ref,
        )


def _destination(fault: AppFault) -> str:
    return fault.application.spec.destination.namespace if fault.application else ""


def _is_missing(snapshot: Snapshot, name: str) -> bool:
    return snapshot.get(Namespace, "", name) is None and bool(snapshot.all(Namespace))


def _facts(fault: AppFault) -> list[Evidence]:
    if fault.application is None:
        return []
    options = ", ".join(fault.application.spec.sync_policy.sync_options)
    return [
        fact(fault.application, "spec.syncPolicy.syncOptions", options or "none"),
        fact(fault.application, "spec.destination.namespace", fault.application.spec.destination.namespace),
    ]


def _project(held: AppProject | None) -> list[Evidence]:
    if held is None:
        return []
    allowed = [f"{one.group or 'core'}/{one.kind}" for one in held.spec.cluster_resource_whitelist]
    return [fact(held, "spec.clusterResourceWhitelist", ", ".join(allowed) or "empty")]


def _others(snapshot: Snapshot, name: str) -> list[Evidence]:
    if not _is_missing(snapshot, name):
        return []
    held = sorted(one.name for one in snapshot.all(Namespace))
    return [fact("Namespaces", "metadata.name", f"{name} is not among those read: {', '.join(held[:10])}")]


def _remedies(project: str, held: AppProject | None, name: str) -> list[Remedy]:
    create = advise(
        f"Create namespace {name} by the platform's own way (a manifest of the platform team; by hand only for a trial)",
        f"kubectl create namespace {name}",
        confirm_with=f"kubectl get namespace {name}",
    )
    words = (
        f"Or let AppProject {project} permit exactly this kind: clusterResourceWhitelist {{group: '', kind: Namespace}}"
    )
    if held is None:
        return [create, advise(words, risk=Risk.MEDIUM)]
    entry = '{"group":"","kind":"Namespace"}'
    append = bool(held.spec.cluster_resource_whitelist)
    path, value = (
        ("/spec/clusterResourceWhitelist/-", entry) if append else ("/spec/clusterResourceWhitelist", f"[{entry}]")
    )
    target = f"appprojects.argoproj.io {project}"
    patch = f"""kubectl -n {held.namespace} patch {target} --type json -p '[{{"op":"add","path":"{path}","value":{value}}}]'"""
    where = f"kubectl -n {held.namespace} get {target} -o jsonpath='{{.spec.clusterResourceWhitelist}}'"
    return [create, advise(words, patch, risk=Risk.MEDIUM, confirm_with=where)]
