"""The architecture of a project as manifests have it: Stages in their order and what each rests on. Names only, and bounded."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from gitops_master.facts.apps import AUTHORIZED
from gitops_master.facts.authorized_stages import entries
from gitops_master.facts.autopromotion import BadSelector, selects
from gitops_master.facts.policies import quote
from gitops_master.manifests import world as kinds
from gitops_master.manifests.template import PlacedStep, inflated, steps_of
from gitops_master.manifests.world import World
from gitops_master.model.finding import quoted
from gitops_master.model.kargo import PromotionPolicy
from gitops_master.model.manifest import Manifest, at, items, strings
from gitops_master.model.setup import Architecture, ScannedStage
from gitops_master.model.stage import Stage
from gitops_master.model.versions import Version

T = TypeVar("T")

MOST_STAGES = 40
MOST_NAMES = 25
"""Of each list of names."""
LONGEST = 200
CONFIGS_SINCE = Version(1, 5, 0)
"""Policies stand in the ProjectConfig since Kargo 1.5, before in the Project."""
_VARIABLE = re.compile(r"\$\{\{\s*(vars|ctx)\.(\w+)\s*\}\}")
_ARGOCD_STEPS = frozenset({"argocd-update", "argocd-wait"})


def scan(world: World, project: str) -> Architecture:
    """What the world holds of the project; what had to go is counted."""
    stages = world.all(kinds.STAGE, project)
    tiers = _tiers(stages)
    policies = _policies(world, project)
    ordered = sorted(stages, key=lambda one: (tiers[one.name], one.name))
    every = [_scanned(one, tiers[one.name], world, policies, project) for one in ordered[:MOST_STAGES]]
    left: list[str] = []
    apps = _applications(world, project, every)
    return Architecture(
        project=project,
        stages=every,
        warehouses=_few("Warehouses", _names(world, kinds.WAREHOUSE, project), left),
        applications=_few("Applications", apps, left),
        application_sets=_few("ApplicationSets", _places(world.all(kinds.APPLICATION_SET)), left),
        tasks=_few("tasks", [*_names(world, kinds.TASK, project), *_names(world, kinds.CLUSTER_TASK)], left),
        templates=_few(
            "templates", [*_names(world, kinds.TEMPLATE, project), *_names(world, kinds.CLUSTER_TEMPLATE)], left
        ),
        policies=_few("policies", [_told(one) for one in policies], left),
        service_accounts=_few("service accounts", _names(world, kinds.SERVICE_ACCOUNT, project), left),
        roles=_few("roles", _names(world, kinds.ROLE, project), left),
        left_out="; ".join([*_count("Stages", len(stages) - len(every), len(stages)), *left]),
    )


def _count(what: str, more: int, every: int) -> Iterator[str]:
    if more > 0:
        yield f"{more} of {every} {what}"


def _few(what: str, names: Sequence[str], left: list[str]) -> list[str]:
    left += _count(what, len(names) - MOST_NAMES, len(names))
    return [quoted(one, LONGEST) for one in names[:MOST_NAMES]]


def _names(world: World, kind: str, namespace: str | None = None) -> list[str]:
    return sorted(one.name for one in world.all(kind, namespace))


def _places(manifests: Iterable[Manifest]) -> list[str]:
    return sorted("/".join(part for part in (one.namespace, one.name) if part) for one in manifests)


def _applications(world: World, project: str, stages: Iterable[ScannedStage]) -> list[str]:
    """Those that Stages of the project name or may change; a namespace of Argo CD holds those of all."""
    named = {name.rpartition("/")[2] for stage in stages for name in stage.apps}
    every = world.all(kinds.APPLICATION)
    return _places(one for one in every if one.name in named or any(e.project == project for e in _authorized(one)))


def _authorized(app: Manifest) -> Sequence[Any]:
    return entries(app.annotations.get(AUTHORIZED, ""))


def upstream_of(stage: Manifest) -> list[str]:
    """The Stages that it takes Freight from, each once."""
    named = (
        one for request in items(stage.spec, "requestedFreight") for one in _texts(at(request, "sources", "stages"))
    )
    return list(dict.fromkeys(named))


def warehouses_of(stage: Manifest) -> list[str]:
    origins = (at(one, "origin", "name") for one in items(stage.spec, "requestedFreight"))
    return list(dict.fromkeys(one for one in origins if isinstance(one, str)))


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []


def _tiers(stages: Sequence[Manifest]) -> Mapping[str, int]:
    """How many Stages lie between each and a Warehouse, by the longest way; Stages in a circle count once."""
    upstream = {one.name: upstream_of(one) for one in stages}
    found = dict.fromkeys(upstream, 0)
    for _ in range(len(upstream)):
        above = {
            name: 1 + max((found[one] for one in named if one in found and one != name), default=-1) if named else 0
            for name, named in upstream.items()
        }
        above = {name: min(tier, len(upstream)) for name, tier in above.items()}
        if above == found:
            break
        found = above
    return found


def _scanned(
    stage: Manifest, tier: int, world: World, policies: Sequence[PromotionPolicy], project: str
) -> ScannedStage:
    sources = [at(one, "sources") for one in items(stage.spec, "requestedFreight")]
    steps = inflated(stage, world)
    return ScannedStage(
        name=stage.name,
        tier=tier,
        control_flow=not items(stage.spec, "promotionTemplate", "spec", "steps"),
        warehouses=[quoted(one, LONGEST) for one in warehouses_of(stage)[:MOST_NAMES]],
        upstream=[quoted(one, LONGEST) for one in upstream_of(stage)[:MOST_NAMES]],
        soak=_first(sources, "requiredSoakTime"),
        availability=_first(sources, "availabilityStrategy"),
        steps=[quoted(one.uses or f"task {one.task}", LONGEST) for one in steps_of(stage)][:MOST_NAMES],
        apps=_apps(stage, steps, world, project)[:MOST_NAMES],
        verification=_verification(stage)[:MOST_NAMES],
        auto_promotion=_auto_promotion(stage, policies, is_known=_knows_policies(world, project)),
    )


def _first(sources: Sequence[Any], key: str) -> str:
    return next((held for one in sources if isinstance(held := at(one, key), str)), "")


def _apps(stage: Manifest, steps: Iterable[PlacedStep], world: World, project: str) -> list[str]:
    """That its steps name, and that let it change them."""
    found = [name for step in steps if step.uses in _ARGOCD_STEPS for name in _named(step, stage, project)]
    for app in world.all(kinds.APPLICATION):
        if any((one.project, one.stage) == (project, stage.name) for one in _authorized(app)):
            found.append(app.name)
    return [quoted(one, LONGEST) for one in dict.fromkeys(found)]


def _named(step: PlacedStep, stage: Manifest, project: str) -> Iterator[str]:
    known = {("ctx", "stage"): stage.name, ("ctx", "project"): project}

    def put_in(text: str) -> str:
        return _VARIABLE.sub(lambda found: known.get((found[1], found[2]), step.vars.get(found[2], found[0])), text)

    for app in items(step.config, "apps"):
        name = app.get("name")
        if isinstance(name, str) and "${{" not in (told := put_in(put_in(name))):
            yield told


def _verification(stage: Manifest) -> list[str]:
    named = items(stage.spec, "verification", "analysisTemplates")
    return [quoted(str(one.get("name", "")), LONGEST) for one in named]


def _policies(world: World, project: str) -> list[PromotionPolicy]:
    """In their order, from where the installed version keeps them."""
    config = world.get(kinds.PROJECT_CONFIG, project, project)
    if world.kargo is not None and world.kargo < CONFIGS_SINCE:
        config = world.get(kinds.PROJECT, "", project)
    return (
        [made for one in items(config.spec, "promotionPolicies") if (made := _as(PromotionPolicy, one))]
        if config
        else []
    )


def _knows_policies(world: World, project: str) -> bool:
    config = world.get(kinds.PROJECT_CONFIG, project, project)
    return config is not None or world.lacks(kinds.PROJECT_CONFIG, project, project)


def _auto_promotion(stage: Manifest, policies: Sequence[PromotionPolicy], *, is_known: bool) -> bool | None:
    """By the first policy that fits; None where nobody can say."""
    typed = _as(Stage, {"metadata": {"name": stage.name, "labels": strings(stage.metadata.get("labels"))}})
    if typed is None or not (is_known or policies):
        return None
    try:
        return next((one.auto_promotion_enabled for one in policies if selects(one, typed)), False)
    except BadSelector:
        return None


def _told(policy: PromotionPolicy) -> str:
    return quote(policy)


def _as(type_: type[T], data: Any) -> T | None:
    try:
        return msgspec.convert(data, type_, strict=False)
    except msgspec.ValidationError:
        return None
