"""The Applications that a Stage deploys through, as far as they are known."""

from typing import NamedTuple

from gitops_master.manifests.build.names import listed
from gitops_master.manifests.request import StageRequest
from gitops_master.manifests.world import APPLICATION, World
from gitops_master.model.errors import UsageError
from gitops_master.model.manifest import Manifest, at, items

AUTHORIZED = "kargo.akuity.io/authorized-stage"
_ROLLING = ("", "HEAD")


class App(NamedTuple):
    """`namespace`: where it is. `is_default`: whether that is where Kargo looks anyway. `manifest`: None where it is not known."""

    name: str
    namespace: str
    is_default: bool
    manifest: Manifest | None = None

    @property
    def title(self) -> str:
        return f"{self.namespace}/{self.name}"


class Source(NamedTuple):
    """Of an Application. `tool`: kustomize, helm or empty, as far as it says so itself."""

    repo_url: str
    chart: str = ""
    path: str = ""
    revision: str = ""
    tool: str = ""


def applications(request: StageRequest, world: World, stage: Manifest | None) -> tuple[App, ...]:
    """Those that are named, else those that the Stage's steps name, else those that already let the Stage change them.

    Raises UsageError for a name of several.
    """
    if texts := request.apps or (_of_steps(stage) if stage else ()):
        return tuple({one.title: one for one in (_found(text, world) for text in texts)}.values())
    wanted = f"{request.project}:{request.name}"
    mine = [one for one in world.all(APPLICATION) if wanted in entries(one.annotations.get(AUTHORIZED, ""))]
    return tuple(_app(one, world) for one in sorted(mine, key=lambda one: (one.namespace, one.name)))


def entries(value: str) -> list[str]:
    """The Stages of the annotation, `project:stage` each, blanks taken out."""
    return [":".join(part.strip() for part in one.split(":", 1)) for one in value.split(",") if one.strip()]


def _of_steps(stage: Manifest) -> tuple[str, ...]:
    """As far as they are no expressions; those of a task stand in the variables that the Stage gives it."""
    found: list[str] = []
    for step in items(stage.spec, "promotionTemplate", "spec", "steps"):
        if step.get("uses") == "argocd-update":
            named = [
                (str(app.get("namespace") or ""), str(app.get("name") or "")) for app in items(step, "config", "apps")
            ]
        else:
            given = {str(one.get("name")): str(one.get("value")) for one in items(step, "vars")}
            names = [one for one in given if one.rstrip("0123456789") == "app"]
            named = [(given.get("appNamespace", ""), given[one]) for one in names]
        found += ["/".join(part for part in pair if part) for pair in named if pair[1] and "${" not in "".join(pair)]
    return tuple(found)


def _found(text: str, world: World) -> App:
    namespace, _, name = text.rpartition("/")
    if namespace:
        return App(name, namespace, namespace == world.argocd_namespace, world.get(APPLICATION, namespace, name))
    usual = world.get(APPLICATION, world.argocd_namespace, name)
    if usual is not None:
        return App(name, world.argocd_namespace, True, usual)
    others = [one for one in world.all(APPLICATION) if one.name == name]
    if len(others) > 1:
        where = listed(f"{one.namespace}/{one.name}" for one in others)
        raise UsageError(f"Application {name} exists in several namespaces: {where}", "give it as NAMESPACE/NAME")
    return _app(others[0], world) if others else App(name, world.argocd_namespace, True)


def _app(manifest: Manifest, world: World) -> App:
    namespace = manifest.namespace or world.argocd_namespace
    return App(manifest.name, namespace, namespace == world.argocd_namespace, manifest)


def sources(app: App) -> list[Source]:
    """Its sources; spec.sources wins over spec.source, as Argo CD has it. Empty where the Application is not known."""
    if app.manifest is None:
        return []
    spec = app.manifest.spec
    one = at(spec, "source")
    rows = items(spec, "sources") or ([one] if isinstance(one, dict) else [])
    return [
        Source(
            str(row.get("repoURL") or ""),
            str(row.get("chart") or ""),
            str(row.get("path") or ""),
            str(row.get("targetRevision") or ""),
            next((tool for tool in ("kustomize", "helm") if tool in row), ""),
        )
        for row in rows
    ]


def revision_of(source: Source) -> str:
    """The branch it tracks; empty for the default one, and for what cannot be told from a commit or a range of versions."""
    text = source.revision
    is_commit = len(text) == 40 and all(one in "0123456789abcdef" for one in text)
    return "" if text in _ROLLING or is_commit or any(one in text for one in "*<>=^~ ") else text


def path_of(source: Source) -> str:
    return source.path.strip("/").removeprefix("./")
