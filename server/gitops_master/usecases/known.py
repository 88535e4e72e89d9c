"""What exists in a project, by name: what the words of a request are matched against."""

from gitops_master.model.argocd import Application
from gitops_master.model.kargo import Freight, Project, Warehouse
from gitops_master.model.routing import Known, KnownFreight
from gitops_master.model.stage import Stage
from gitops_master.ports.cluster import ClusterReader, Focus, ReadPlan
from gitops_master.usecases.targets import find_project

DEADLINE_S = 15.0
KINDS = frozenset({Project.KIND, Stage.KIND, Warehouse.KIND, Freight.KIND, Application.KIND})


async def known(reader: ClusterReader, project: str = "") -> Known:
    """Of the project, or the only one there is. Raises UsageError where there is none or several, and what the reader raises."""
    snapshot = await reader.read(ReadPlan(KINDS, Focus(project=project)), deadline_s=DEADLINE_S)
    found = find_project(snapshot, project)
    return Known(
        project=found,
        stages=tuple(sorted(one.name for one in snapshot.all(Stage, found))),
        apps=tuple(sorted({one.name for one in snapshot.all(Application)})),
        freight=tuple(_freight(one) for one in snapshot.all(Freight, found)),
    )


def _freight(one: Freight) -> KnownFreight:
    images = (name for image in one.images for name in (image.tag, image.digest) if name)
    commits = (name for commit in one.commits for name in (commit.id, commit.tag) if name)
    return KnownFreight(name=one.name, alias=one.alias, images=tuple(images), commits=tuple(commits))
