"""Objects that are not as their kind must be."""

from collections.abc import Iterator

from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.schema.objects import object_faults
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Level


@check(
    "schema-mismatch",
    title="An object does not fit the schema of its kind",
    level=Level.ERROR,
    sources=("akuity/kargo v1.11.2 charts/kargo/resources/crds", "akuity/kargo v1.11.2 pkg/webhook/kubernetes"),
)
def schema_mismatch(world: World) -> Iterator[Fault]:
    """The API server refuses a field of the wrong type or one that is missing, and drops a field that it does not know, so that what was
    meant never happens. Kargo's admission webhooks refuse more: a task beside `uses`, two policies for one Stage.

    How to tell: the field's path, what stands there, and what the installed version of Kargo takes; of Argo Rollouts' templates only
    the outside is looked at. What to do: correct the field as the fix says; where a newer Kargo has it, upgrade or do without.
    """
    for manifest in world.given:
        for one in object_faults(manifest, world.kargo):
            yield Fault(manifest, one.path, one.message, one.fix, one.level)
