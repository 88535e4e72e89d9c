"""The names that a request may mean: Stages, Applications and Freight of one project."""

from gitops_master.facts.stage import StageView
from gitops_master.model.argocd import Application
from gitops_master.model.errors import UsageError
from gitops_master.model.kargo import Freight, Project, Warehouse
from gitops_master.model.routing import Known, KnownFreight
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.ports.cluster import ClusterReader, Focus, ReadPlan
from gitops_master.usecases.targets import existing

DEADLINE_S = 20.0
KINDS = frozenset([*(one.KIND for one in (Project, Stage, Warehouse, Freight, Application)), "v1/Pod", "v1/ConfigMap"])
"""Pods and ConfigMaps: the controller's own say where it looks for Applications."""


async def known(reader: ClusterReader, project: str = "") -> Known:
    """Reads once. No project: the only one there is; of several, the Stages and Freight of all, and no project.

    An empty environment has no names, which is no error. Raises UsageError where a project was named that does not exist,
    UnreadableInput and Unreachable where nothing can be read.
    """
    snapshot = await reader.read(ReadPlan(KINDS, Focus(project=project)), deadline_s=DEADLINE_S)
    projects = {one.name for one in snapshot.all(Project)} | {one.namespace for one in snapshot.all(Stage)}
    projects |= {one.namespace for one in snapshot.all(Warehouse)}
    if project and project not in projects:
        raise UsageError(f"no project {project!r} in {snapshot.source}", f"projects there: {existing(projects)}")
    chosen = project or (next(iter(projects)) if len(projects) == 1 else "")
    stages = [one for one in snapshot.all(Stage) if not chosen or one.namespace == chosen]
    return Known(
        project=chosen,
        stages=tuple(dict.fromkeys(one.name for one in stages)),
        apps=_applications(stages, snapshot, every=not project),
        freight=tuple(_freight(one) for one in snapshot.all(Freight) if not chosen or one.namespace == chosen),
    )


def _applications(stages: list[Stage], snapshot: Snapshot, *, every: bool) -> tuple[str, ...]:
    """Those that the Stages deploy; where no project was named, the others, too: people ask about Argo CD alone."""
    linked = [link.name for stage in stages for link in StageView(stage, snapshot).links]
    others = [one.name for one in snapshot.all(Application)] if every or not linked else []
    return tuple(dict.fromkeys([*linked, *others]))


def _freight(freight: Freight) -> KnownFreight:
    """With chart versions among the images: a version is a version to whoever asks for it."""
    images = [f"{one.repo_url}:{one.tag}" if one.tag else f"{one.repo_url}@{one.digest}" for one in freight.images]
    images += [one.digest for one in freight.images if one.digest and one.tag]
    charts = [f"{one.name or one.repo_url}:{one.version}" for one in freight.charts if one.version]
    commits = [word for one in freight.commits for word in (one.id, one.tag) if word]
    return KnownFreight(name=freight.name, alias=freight.alias, images=(*images, *charts), commits=tuple(commits))
