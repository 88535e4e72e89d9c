"""Stages that wait for each other."""

from collections.abc import Iterator, Mapping

from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.pipeline import is_given, requests
from gitops_master.manifests.world import STAGE, World
from gitops_master.model.manifest import Level, Manifest, Path

_Edges = Mapping[str, Mapping[str, Path]]


@check(
    "stages-form-a-cycle",
    title="Stages wait for each other in a circle",
    level=Level.ERROR,
    sources=("akuity/kargo v1.11.2 pkg/api/stage.go ListFreightAvailableToStage",),
)
def cycle(world: World) -> Iterator[Fault]:
    """A Stage takes Freight of a Warehouse from a Stage that, over others or not, takes it from the first.

    Why: Freight enters where it was verified upstream; in a circle each Stage waits for another one of it. Kargo does not look for
    circles.

    How to tell: follow sources.stages of one origin.

    What to do: let the first Stage of the circle take its Freight directly from the Warehouse.

    Not this when: a Stage of the circle has `direct: true`, or another upstream Stage that Freight reaches.
    """
    homes = dict.fromkeys(one.namespace for one in world.all(STAGE))
    for home in homes:
        held = [one for one in world.all(STAGE) if one.namespace == home]
        for origin in dict.fromkeys(request.origin for stage in held for request in requests(stage)):
            yield from _of(origin, {one.name: one for one in held}, world)


def _of(origin: str, held: Mapping[str, Manifest], world: World) -> Iterator[Fault]:
    edges = {name: _upstream(stage, origin) for name, stage in held.items()}
    told: set[str] = set()
    for name in edges:
        ring = _ring(name, edges)
        mine = next((one for one in ring if is_given(held[one], world)), None)
        if not ring or mine is None or told & set(ring):
            continue
        told |= set(ring)
        turned = [*ring[ring.index(mine) :], *ring[: ring.index(mine)]]
        yield Fault(
            held[mine],
            edges[mine][turned[1 % len(turned)]],
            f"Freight of {origin} cannot enter: {' takes it from '.join([*turned, mine])}",
            f"set direct: true in the Stage that shall be the first for {origin}",
        )


def _upstream(stage: Manifest, origin: str) -> dict[str, Path]:
    """Of a Stage with a single way in for the Freight, or where all of them must be passed."""
    for request in requests(stage):
        if request.origin == origin and not request.is_direct and (request.needs_all or len(request.upstream) == 1):
            return {name: request.place("sources", "stages", at) for at, name in enumerate(request.upstream)}
    return {}


def _ring(start: str, edges: _Edges) -> list[str]:
    """The names on a way from a Stage back to itself."""
    way: list[tuple[str, Iterator[str]]] = [(start, iter(edges[start]))]
    seen = {start}
    while way:
        following = next(way[-1][1], None)
        if following is None:
            way.pop()
        elif following == start:
            return [name for name, _ in way]
        elif following in edges and following not in seen:
            seen.add(following)
            way.append((following, iter(edges[following])))
    return []
