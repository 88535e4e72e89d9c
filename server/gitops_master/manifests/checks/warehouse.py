"""Warehouses that do not exist."""

from collections.abc import Iterator

from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.near import near
from gitops_master.manifests.pipeline import is_missing, requests, siblings, stages
from gitops_master.manifests.world import WAREHOUSE, World
from gitops_master.model.manifest import Level


@check(
    "requested-warehouse-not-found",
    title="The Warehouse of requested Freight does not exist",
    level=Level.ERROR,
    sources=("akuity/kargo v1.11.2 pkg/api/stage.go ListFreightAvailableToStage",),
)
def missing(world: World) -> Iterator[Fault]:
    """A Stage requests Freight of a Warehouse that its project does not have.

    Why: Freight is looked up by its Warehouse; the Stage's reconciliation ends with an error where that is not found.

    How to tell: origin.name of a requested Freight that no Warehouse of the project has.

    What to do: correct the name, or add the Warehouse.

    Not this when: the Warehouse is in another set of files, and the cluster was not asked.
    """
    for stage in stages(world):
        for request in requests(stage):
            if is_missing(world, WAREHOUSE, stage.namespace, request.origin):
                others = [one.name for one in siblings(world, WAREHOUSE, stage.namespace)]
                yield Fault(
                    stage,
                    request.place("origin", "name"),
                    f"{stage.title} requests Freight of Warehouse {request.origin}, which does not exist",
                    near(request.origin, others) or "add the Warehouse, or name one that exists",
                )
