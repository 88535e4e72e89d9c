from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.app_sources import project_of, refusing_list
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import peel
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application, AppProject, GroupKind
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.rules.app_faults import APP_EFFECTS, AppFault, afterwards, app_faults, excerpt
from gitops_master.rules.argocd.patterns import DEPENDENCY_REFUSED, REFUSED_BY_PROJECT
from gitops_master.rules.registry import Hit, rule


@rule(
    "resource-kind-not-permitted-in-appproject",
    area="argocd",
    title="The AppProject does not permit a kind or source of the Application",
    on=(StageView, ApplicationView),
    risk=Risk.MEDIUM,
    needs={Application.KIND},
    explains=APP_EFFECTS,
    sources=("argoproj/argo-cd controller/sync.go, util/argo/argo.go; argo-cd #1329",),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """`resource …:… is not permitted in project`, a repository that is not, or a project that does not exist.

    Why: an AppProject lists kinds and source repositories, Helm dependencies included, and the project must exist. A
    cluster-scoped kind must stand in clusterResourceWhitelist. A namespaced one is allowed, unless
    namespaceResourceBlacklist has it or there is a namespaceResourceWhitelist that has not.

    How to tell: the text names the kind or the repository, and the project; compare it with the project's lists.

    What to do: have exactly that kind or repository permitted by whoever owns the AppProject, or take it out of the
    manifests; create the project first where it is missing.

    Not this when: the kind is Namespace, for CreateNamespace=true (appproject-forbids-namespace-creation); it is the
    destination that is refused (destination-not-allowed-in-appproject).
    """
    for fault in app_faults(view, (REFUSED_BY_PROJECT, DEPENDENCY_REFUSED)):
        app = fault.application
        name = fault.group("missing") or (app.spec.project if app else "")
        held = project_of(app, view.snapshot, name)
        cure, shown = _cure(fault, name, held)
        message = peel(fault.found.text.value)
        yield Hit(
            summary=f"AppProject {name} of Application {fault.name} does not exist: {message}"
            if fault.group("missing")
            else f"AppProject {name or '(see the text)'} does not permit something that Application {fault.name} uses: {message}",
            evidence=[excerpt(fault.found), *shown],
            remedies=[cure, *afterwards(view, fault, refresh=True)],
            also_explains=fault.effects,
            subject=fault.trouble.ref,
        )


def _cure(fault: AppFault, name: str, held: AppProject | None) -> tuple[Remedy, list[Evidence]]:
    place = held.namespace if held is not None else fault.trouble.ref.namespace
    project = f"AppProject {name}" if name else "the AppProject"
    get = f"kubectl -n {place} get appprojects.argoproj.io {name}"
    kind = fault.group("kind")
    if fault.group("missing"):
        title = f"Create {project} in its source of truth, or correct spec.project of {fault.name}"
        return advise(title, f"kubectl -n {place} get appprojects.argoproj.io", risk=Risk.MEDIUM), []
    if kind:
        return _for_kind(fault, kind, project, get, held)
    repository = fault.group("repo").strip("'\"") or "the repository that the text names"
    repos = [fact(held, "spec.sourceRepos", ", ".join(held.spec.source_repos[:10]) or "empty")] if held else []
    return (
        advise(
            f"Add {repository} to spec.sourceRepos of {project}, by way of whoever owns it, or use a repository that it permits",
            *([f"{get} -o jsonpath='{{.spec.sourceRepos}}'"] if name else []),
            risk=Risk.MEDIUM,
        ),
        repos,
    )


def _for_kind(
    fault: AppFault, kind: str, project: str, get: str, held: AppProject | None
) -> tuple[Remedy, list[Evidence]]:
    group = fault.group("group")
    entry = f"{{group: '{group}', kind: {kind}}}"
    known = fault.result is not None and fault.result.kind == kind
    if fault.result is None or not known:
        title = f"Add {entry} to the list of {project} that has to do with it (clusterResourceWhitelist, namespaceResourceWhitelist)"
        return advise(f"{title}, by way of whoever owns it, or take it out of the manifests", risk=Risk.MEDIUM), []
    place, denied = refusing_list(held, group, kind, namespaced=bool(fault.result.namespace))
    step = f"Take {entry} off spec.{place} of {project}" if denied else f"Add {entry} to spec.{place} of {project}"
    unsure = (
        " (or take it off namespaceResourceBlacklist, whichever it has)" if held is None and "namesp" in place else ""
    )
    return (
        advise(
            f"{step}{unsure}, by way of whoever owns it, or take {kind} {fault.result.name} out of the manifests",
            f"{get} -o jsonpath='{{.spec.{place}}}'",
            risk=Risk.MEDIUM,
        ),
        [fact(held, f"spec.{place}", _listed(held, place))] if held is not None else [],
    )


def _listed(held: AppProject, place: str) -> str:
    lists: dict[str, tuple[GroupKind, ...]] = {
        "clusterResourceWhitelist": held.spec.cluster_resource_whitelist,
        "clusterResourceBlacklist": held.spec.cluster_resource_blacklist,
        "namespaceResourceWhitelist": held.spec.namespace_resource_whitelist,
        "namespaceResourceBlacklist": held.spec.namespace_resource_blacklist,
    }
    return ", ".join(f"{one.group or 'core'}/{one.kind}" for one in lists[place][:12]) or "empty"
