"""Freight that a Stage asks for and can never get."""

from collections.abc import Iterator

from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.pipeline import Request, find, listed, requests, stages
from gitops_master.manifests.world import STAGE, World
from gitops_master.model.manifest import Level, Manifest


@check(
    "stage-unreachable-for-freight",
    title="No Freight of a requested origin can reach the Stage",
    level=Level.ERROR,
    sources=(
        "akuity/kargo v1.11.2 pkg/api/stage.go ListFreightAvailableToStage",
        "akuity/kargo v1.11.2 api/v1alpha1/stage_types.go FreightSources",
    ),
)
def unreachable(world: World) -> Iterator[Fault]:
    """A request without any source, or whose upstream Stages do not handle Freight of that origin.

    Why: a Stage verifies only Freight that it requests itself, so what is taken from it must be of an origin that it requests too. A
    request with neither `direct` nor `stages` is accepted, and gets nothing but what somebody approves by hand.

    How to tell: sources without `direct: true` and without stages; or an upstream Stage none of whose requests has the origin. With
    availabilityStrategy All one such Stage is enough, else the other upstream Stages still let Freight through: a warning.

    What to do: request the origin in the upstream Stage as well, or take it directly from the Warehouse.

    Not this when: the upstream Stage does not exist (that is told by itself), or is not known here.
    """
    for stage in stages(world):
        for request in requests(stage):
            if not request.is_direct:
                yield from _of(stage, request, world)


def _of(stage: Manifest, request: Request, world: World) -> Iterator[Fault]:
    if not request.upstream:
        yield Fault(
            stage,
            request.place("sources"),
            f"{stage.title} requests Freight of {request.origin}, but neither directly nor from a Stage: none will ever be available",
            "set direct: true, or name the upstream Stages under stages",
        )
        return
    dead = {name for name in request.upstream if _handles(stage, name, request.origin, world) is False}
    for index, name in enumerate(request.upstream):
        if name in dead:
            is_closed = request.needs_all or len(dead) == len(set(request.upstream))
            yield Fault(
                stage,
                request.place("sources", "stages", index),
                f"{stage.title} takes Freight of {request.origin} from Stage {name}, which does not request that origin"
                + ("" if is_closed else f"; it can only come through {listed(set(request.upstream) - dead)}"),
                f"request {request.origin} in Stage {name} too, or take it from a Stage that does, or directly",
                level=None if is_closed else Level.WARNING,
            )


def _handles(stage: Manifest, name: str, origin: str, world: World) -> bool | None:
    """Whether the Stage of that name requests the origin; None where it is not known."""
    upstream = find(world, STAGE, stage.namespace, name)
    return None if upstream is None else any(one.origin == origin for one in requests(upstream))
