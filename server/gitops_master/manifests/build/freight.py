"""Where a Stage's Freight comes from: its origins, and what has to have verified it before."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gitops_master.manifests.build.existing import mapping, texts
from gitops_master.manifests.build.names import listed
from gitops_master.manifests.build.warehouse import can_make
from gitops_master.manifests.request import Availability, StageRequest
from gitops_master.manifests.world import STAGE, WAREHOUSE, World
from gitops_master.model.errors import UsageError
from gitops_master.model.manifest import Manifest, Path, at, items
from gitops_master.model.versions import Version

SOAK_SINCE, STRATEGY_SINCE = Version(1, 2, 0), Version(1, 3, 0)


class Requested(NamedTuple):
    """`rows`: spec.requestedFreight. `comments`: by place in it. `origins`: the Warehouses, in order."""

    rows: list[dict[str, Any]]
    comments: Mapping[Path, str]
    origins: tuple[str, ...]


def requested(request: StageRequest, world: World, existing: Manifest | None, notes: list[str]) -> Requested:
    """What the Stage is to request; of an existing one only what the request speaks of is another.

    Raises UsageError for upstream Stages and Warehouses that do not exist, for a circle, and for conditions that no upstream
    Stage can meet.
    """
    upstream = _upstream(request, world, notes)
    held = [dict(one) for one in items(existing.spec, "requestedFreight")] if existing else []
    if held and not request.upstream and not request.warehouses:
        rows = [_conditioned(request, world, {**one, "sources": mapping(one.get("sources"))}) for one in held]
        _used(request, rows)
        return Requested(rows, _comments(rows), tuple(_origin(one) for one in held))
    origins = request.warehouses or _origins_of(upstream) or (_only_warehouse(request, world),)
    by_origin = {_origin(one): one for one in held}
    rows = [_row(request, world, one, upstream, by_origin.get(one), notes) for one in dict.fromkeys(origins)]
    _used(request, rows)
    return Requested(rows, _comments(rows), tuple(_origin(one) for one in rows))


def _upstream(request: StageRequest, world: World, notes: list[str]) -> dict[str, Manifest | None]:
    found: dict[str, Manifest | None] = {}
    for name in dict.fromkeys(request.upstream):
        found[name] = world.get(STAGE, request.project, name)
        if found[name] is None and world.lacks(STAGE, request.project, name):
            there = listed(one.name for one in world.all(STAGE, request.project))
            raise UsageError(
                f"upstream Stage {name} does not exist in project {request.project}", f"Stages there are: {there}"
            )
        if found[name] is None:
            notes.append(
                f"Stage {name} is not among what was read: it is taken to exist and to request the same Freight."
            )
        if circle := _way(name, request.name, world, request.project):
            raise UsageError(
                f"Stage {request.name} would wait for itself: {' ← '.join((request.name, *circle))}",
                "name a Stage upstream that does not take its Freight from this one",
            )
    return found


def _way(start: str, goal: str, world: World, project: str) -> tuple[str, ...]:
    """From a Stage up to another one; empty where there is no way."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while ways:
        way = ways.pop()
        stage = world.get(STAGE, project, way[-1])
        for row in items(stage.spec, "requestedFreight") if stage else []:
            for name in texts(at(row, "sources", "stages")):
                if name == goal:
                    return (*way, goal)
                if name not in seen:
                    seen.add(name)
                    ways.append((*way, name))
    return ()


def _origins_of(upstream: Mapping[str, Manifest | None]) -> tuple[str, ...]:
    rows = [row for stage in upstream.values() if stage for row in items(stage.spec, "requestedFreight")]
    return tuple(dict.fromkeys(name for row in rows if (name := _origin(row))))


def _origin(row: Mapping[str, Any]) -> str:
    return str(at(row, "origin", "name") or "")


def _only_warehouse(request: StageRequest, world: World) -> str:
    known = [one.name for one in world.all(WAREHOUSE, request.project)]
    if len(known) > 1:
        raise UsageError(
            f"project {request.project} has several Warehouses, and none was named", f"name some of: {listed(known)}"
        )
    if known:
        return known[0]
    if can_make(request):
        return request.project
    raise UsageError(
        f"no Warehouse of project {request.project} is known, and none was named",
        "name one, or what a new one is to subscribe to: an image, a chart, or the repository's URL",
    )


def _row(
    request: StageRequest,
    world: World,
    origin: str,
    upstream: Mapping[str, Manifest | None],
    held: Mapping[str, Any] | None,
    notes: list[str],
) -> dict[str, Any]:
    stages = [name for name, stage in upstream.items() if stage is None or origin in _origins_of({name: stage})]
    if upstream and not stages:
        known = "; ".join(f"{name} requests {listed(_origins_of({name: one}))}" for name, one in upstream.items())
        raise UsageError(f"no upstream Stage requests Freight of Warehouse {origin}", known)
    row = {**held} if held else {"origin": {"kind": "Warehouse", "name": origin}}
    sources = mapping(row.get("sources"))
    if stages:
        sources.pop("direct", None)
        sources["stages"] = stages
        if len(stages) > 1 and at(sources, "autoPromotionOptions", "selectionPolicy") == "MatchUpstream":
            del sources["autoPromotionOptions"]
            notes.append("autoPromotionOptions is left out: MatchUpstream takes exactly one upstream Stage.")
        if len(stages) == 1:
            sources.pop("availabilityStrategy", None)
    elif not sources:
        sources = {"direct": True}
    return _conditioned(request, world, {**row, "sources": sources})


def _conditioned(request: StageRequest, world: World, row: dict[str, Any]) -> dict[str, Any]:
    """With soak time and availability where they can mean something: behind upstream Stages."""
    sources = row["sources"]
    stages = texts(sources.get("stages"))
    if request.soak and stages:
        _since(world, SOAK_SINCE, "soak", "requiredSoakTime")
        _soakable(request, world, stages)
        sources["requiredSoakTime"] = request.soak
    if request.availability and len(stages) > 1:
        _since(world, STRATEGY_SINCE, "availability", "availabilityStrategy")
        sources["availabilityStrategy"] = request.availability.value
    return row


def _since(world: World, version: Version, what: str, field: str) -> None:
    if world.kargo is not None and world.kargo < version:
        raise UsageError(
            f"{what}: Kargo {world.kargo} does not know {field}", f"it came with {version}; leave {what} out"
        )


def _soakable(request: StageRequest, world: World, stages: Sequence[str]) -> None:
    known = [one for name in stages if (one := world.get(STAGE, request.project, name)) is not None]
    idle = [one.name for one in known if not at(one.spec, "promotionTemplate", "spec", "steps")]
    if idle and len(idle) == len(stages):
        raise UsageError(
            f"soak: {listed(idle)} only controls the flow: Freight is never in it, so the time would never pass",
            "ask for soak behind the Stage that deploys",
        )


def _used(request: StageRequest, rows: Sequence[Mapping[str, Any]]) -> None:
    counts = [len(texts(at(row, "sources", "stages"))) for row in rows]
    if request.soak and not any(counts):
        raise UsageError(
            "soak needs an upstream Stage: Freight straight from a Warehouse has been nowhere",
            "name the upstream Stages",
        )
    if request.availability and max(counts, default=0) < 2:
        raise UsageError(
            f"availability {request.availability.value} is about several upstream Stages, and there is at most one",
            "name them all, or leave availability out",
        )


def _comments(rows: Sequence[Mapping[str, Any]]) -> dict[Path, str]:
    told: dict[Path, str] = {}
    for index, row in enumerate(rows):
        sources, place = row["sources"], (index, "sources")
        stages = texts(sources.get("stages"))
        if sources.get("direct"):
            told[(*place, "direct")] = "Straight from the Warehouse: nothing has to have verified it before."
        elif stages:
            told[(*place, "stages")] = "Only what was verified there, or approved by hand for this Stage."
        if "requiredSoakTime" in sources:
            told[(*place, "requiredSoakTime")] = (
                "How long it has to have been there as well; an approval by hand skips it."
            )
        if strategy := sources.get("availabilityStrategy"):
            everyone = strategy == Availability.ALL
            told[(*place, "availabilityStrategy")] = (
                "Each of them; without it one is enough." if everyone else "Any of them."
            )
    return told
