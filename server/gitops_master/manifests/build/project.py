"""The Project, where there is none yet."""

from gitops_master.manifests.request import StageRequest
from gitops_master.manifests.world import PROJECT, World
from gitops_master.model.manifest import Draft

_HEAD = 'Kargo makes the namespace of the same name. One that is there already needs the label kargo.akuity.io/project: "true" first.'


def project(request: StageRequest, world: World) -> Draft | None:
    """None where it exists, or may: on a cluster where it could not be looked up."""
    name = request.project
    if world.get(PROJECT, "", name) is not None or (world.live_known and not world.lacks(PROJECT, "", name)):
        return None
    data = {"apiVersion": "kargo.akuity.io/v1alpha1", "kind": "Project", "metadata": {"name": name}}
    return Draft(data, "project.yaml", {(): _HEAD})
