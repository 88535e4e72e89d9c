"""Sources that rule each other out."""

from collections.abc import Iterator

from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.pipeline import listed, requests, stages
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Level, at

_WITHOUT_MEANING = ("stages", "requiredSoakTime", "availabilityStrategy")


@check(
    "direct-source-bypasses-upstream",
    title="Freight is taken directly from the Warehouse, so the upstream Stages hold nothing back",
    level=Level.WARNING,
    sources=(
        "akuity/kargo v1.11.2 pkg/api/stage.go ListFreightAvailableToStage",
        "akuity/kargo v1.11.2 api/v1alpha1/stage_types.go IsFreightAvailable",
    ),
)
def direct(world: World) -> Iterator[Fault]:
    """A request has `direct: true` and names upstream Stages, a soak time or an availability strategy as well.

    Why: with `direct` all Freight of the Warehouse is available at once. What else stands in sources is not looked at: a version that
    upstream rejects enters all the same.

    How to tell: `direct: true` beside stages, requiredSoakTime or availabilityStrategy.

    What to do: leave `direct` out where upstream shall decide; else leave the rest out.

    Not this when: `direct` is false, or nothing stands beside it.
    """
    for stage in stages(world):
        for request in requests(stage):
            if not request.is_direct:
                continue
            idle = [one for one in _WITHOUT_MEANING if at(stage.data, *request.place("sources", one))]
            if idle:
                yield Fault(
                    stage,
                    request.place("sources", "direct"),
                    f"{stage.title} takes Freight of {request.origin} directly: what stands beside it ({listed(idle)}) has no effect",
                    "leave direct out if upstream Stages shall decide, else what stands beside it",
                )
