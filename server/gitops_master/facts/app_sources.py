"""Where an Application's manifests come from, and what its AppProject lists."""

from fnmatch import fnmatchcase

from gitops_master.facts.argocd import home
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application, AppProject, Source
from gitops_master.model.finding import Evidence
from gitops_master.model.snapshot import Snapshot


def sources(app: Application) -> list[tuple[str, Source]]:
    """Each source with its place; spec.sources wins over spec.source where both are set."""
    if app.spec.sources:
        return [(f"spec.sources[{index}]", one) for index, one in enumerate(app.spec.sources)]
    return [("spec.source", app.spec.source)] if app.spec.source is not None else []


def source_in(app: Application, text: str, revision: str = "") -> tuple[str, Source] | None:
    """The one that a text is about: the only one, or the only one whose URL or revision it names."""
    every = sources(app)
    named = [pair for pair in every if pair[1].repo_url and pair[1].repo_url in text]
    named = named or [pair for pair in every if revision and pair[1].target_revision == revision]
    candidates = named or every
    return candidates[0] if len(candidates) == 1 else None


def source_facts(app: Application, found: tuple[str, Source] | None, *, revision: bool) -> list[Evidence]:
    """URL (and revision) of the source, or of every source where the text does not tell which one it is."""
    shown = []
    for place, one in [found] if found else sources(app)[:3]:
        shown.append(fact(app, f"{place}.repoURL", one.repo_url))
        if revision:
            shown.append(fact(app, f"{place}.targetRevision", one.target_revision or "HEAD (not set)"))
    return shown[:4]


def project_of(app: Application | None, snapshot: Snapshot, name: str = "") -> AppProject | None:
    wanted = name or (app.spec.project if app is not None else "")
    return snapshot.get(AppProject, home(app, snapshot), wanted) if wanted else None


def refusing_list(project: AppProject | None, group: str, kind: str, *, namespaced: bool) -> tuple[str, bool]:
    """(the list that refuses the kind, whether it is a blacklist): AppProject.IsGroupKindNamePermitted in Argo CD v3.5.1."""
    spec = project.spec if project is not None else None
    if namespaced:
        denied = spec.namespace_resource_blacklist if spec else ()
        names = ("namespaceResourceBlacklist", "namespaceResourceWhitelist")
    else:
        denied = spec.cluster_resource_blacklist if spec else ()
        names = ("clusterResourceBlacklist", "clusterResourceWhitelist")
    listed = any(fnmatchcase(group, one.group) and fnmatchcase(kind, one.kind) for one in denied)
    return (names[0], True) if listed else (names[1], False)
