"""What is there already: the project and its surroundings as a cluster holds them, for what is to be set up beside them."""

from collections.abc import Iterator
from typing import NamedTuple

from gitops_master.facts.apps import default_namespace
from gitops_master.files.folder import Folder
from gitops_master.manifests.request import Proof, StageRequest
from gitops_master.manifests.world import (
    APPLICATION,
    APPLICATION_SET,
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    CLUSTER_TASK,
    CLUSTER_TEMPLATE,
    PROJECT,
    PROJECT_CONFIG,
    ROLE,
    ROLE_BINDING,
    SERVICE_ACCOUNT,
    STAGE,
    TASK,
    TEMPLATE,
    WAREHOUSE,
    World,
)
from gitops_master.model.errors import UsageError
from gitops_master.model.kargo import Project
from gitops_master.model.snapshot import Place, Snapshot
from gitops_master.model.versions import Versions
from gitops_master.ports.cluster import ClusterReader, Focus, ReadPlan
from gitops_master.ports.manifests import DryRunner, ManifestReader
from gitops_master.usecases.deadline import Deadline
from gitops_master.usecases.lint import Known
from gitops_master.usecases.targets import existing

OF_A_PROJECT = (STAGE, WAREHOUSE, PROJECT_CONFIG, TASK, TEMPLATE, SERVICE_ACCOUNT, ROLE, ROLE_BINDING)
OF_ARGO_CD = (APPLICATION, APPLICATION_SET)
OF_THE_CLUSTER = (CLUSTER_TASK, CLUSTER_TEMPLATE)
ROLES_OF_THE_CLUSTER = (CLUSTER_ROLE, CLUSTER_ROLE_BINDING)
"""Only where a Job's ServiceAccount is in question: few may list them."""
_CONTROL_PLANES = frozenset({Project.KIND, "apps/Deployment", "apps/StatefulSet", "v1/Pod"})


class Where(NamedTuple):
    """A cluster to look at. `runner`: its API server as a judge, where that was asked for."""

    manifests: ManifestReader
    cluster: ClusterReader
    runner: DryRunner | None = None


async def learned(request: StageRequest, where: Where, versions: Versions, deadline: Deadline) -> Known:
    """What the cluster holds around the request. `versions`: told; the cluster is asked for the others.

    Raises Unreachable or Forbidden where nothing at all can be read.
    """
    focus = Focus(survey=True, project=request.project)
    snapshot = await where.cluster.read(ReadPlan(_CONTROL_PLANES, focus), deadline_s=deadline.within(3600) / 2)
    argocd = default_namespace(snapshot)
    held = await where.manifests.held(list(_places(request, argocd)), deadline_s=deadline.within(3600))
    return Known(
        live=held.manifests,
        places=held.places,
        gaps=held.gaps,
        asked=True,
        versions=versions.or_else(snapshot.versions),
        argocd_namespace=argocd,
        context=snapshot.source,
        observed_at=snapshot.observed_at,
    )


def _places(request: StageRequest, argocd: str) -> Iterator[Place]:
    yield Place(PROJECT, "", request.project)
    for kind in OF_A_PROJECT:
        yield Place(kind, request.project)
    named = (one.partition("/")[0] for one in request.apps if "/" in one)
    for namespace in dict.fromkeys((argocd, *named)):
        for kind in OF_ARGO_CD:
            yield Place(kind, namespace)
    for kind in OF_THE_CLUSTER:
        yield Place(kind)
    if request.verification is Proof.JOB:
        for kind in ROLES_OF_THE_CLUSTER:
            yield Place(kind)
        if request.namespace and request.namespace != request.project:
            for kind in (ROLE, ROLE_BINDING):
                yield Place(kind, request.namespace)


async def only_project(where: Where, deadline: Deadline) -> str:
    """Of the cluster. Raises UsageError where there are none or several."""
    plan = ReadPlan(frozenset({Project.KIND}), Focus(survey=True))
    snapshot: Snapshot = await where.cluster.read(plan, deadline_s=deadline.within(3600) / 3)
    return _only(sorted(one.name for one in snapshot.all(Project)))


def project_of(folder: Folder) -> str:
    """The one that the folder's manifests are of. Raises UsageError where they are of none or several."""
    every = folder.found.manifests
    named = {one.name for one in every if one.kind == PROJECT} | {one.namespace for one in every if one.kind == STAGE}
    return _only(sorted(named - {""}))


def _only(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    raise UsageError("which project?", f"name it; there are: {existing(names)}")


def world_of(folder: Folder, known: Known) -> World:
    return World(
        folder.found.manifests,
        known.live,
        places=known.places,
        live_known=known.asked,
        versions=known.versions,
        argocd_namespace=known.argocd_namespace,
    )
