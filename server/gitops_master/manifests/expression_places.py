"""Where manifests hold expressions, and what each may use there (pkg/promotion/evaluator.go, v1.11.2)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from gitops_master.manifests.expr_scope import (
    ANY,
    CTX,
    DISCOVERED,
    EVERYWHERE,
    PLACE,
    STATUS,
    Members,
    Names,
    Scope,
)
from gitops_master.manifests.template import SEPARATOR, PlacedStep, inflated, steps_of, task_of, values
from gitops_master.manifests.world import CLUSTER_TASK, STAGE, TASK, WAREHOUSE, World
from gitops_master.model.manifest import Level, Manifest, Path, at, items
from gitops_master.model.versions import Version

_ALL = {**EVERYWHERE, **STATUS}
_RAW = {
    "http": ("successExpression", "failureExpression", "errorExpression"),
    "outputs": ("fromExpression",),
}
"""Fields of configs that are expressions as a whole, evaluated by the step after those in delimiters."""
_FILTER_NAMES = ["id", "commitDate", "author", "committer", "subject", "tag", "creatorDate", "tagger", "annotation"]


class Place(NamedTuple):
    """A text with expressions at a path of a manifest. `raw`: it is one as a whole. `condition`: an `if`, which must hold one."""

    manifest: Manifest
    path: Path
    text: str
    scope: Scope
    raw: bool = False
    condition: bool = False


def places(manifest: Manifest, world: World) -> Iterator[Place]:
    """All of a Stage, a task or a Warehouse; none of any other kind."""
    if manifest.kind == STAGE:
        yield from _of_stage(manifest, world)
    elif manifest.kind in {TASK, CLUSTER_TASK}:
        yield from _of_task(manifest, world)
    elif manifest.kind == WAREHOUSE:
        yield from _of_warehouse(manifest, world.kargo)


def _names(kargo: Version | None, more: Members) -> Members:
    older = kargo is not None and kargo < (1, 8, 0)
    # Until 1.7 the Secrets of a project were the values of a name; since 1.5 there is a function.
    return {"ctx": CTX, **more, **({"secrets": ANY} if older else {})}


def _variables(names: Iterable[str]) -> Names:
    return Names(dict.fromkeys(names, ANY), "no such variable is declared, and Kargo puts null")


def _of_stage(stage: Manifest, world: World) -> Iterator[Place]:
    template: Path = ("spec", "promotionTemplate", "spec")
    known: dict[str, Any] = {}
    for path in (("spec", "vars"), (*template, "vars")):
        for place, name, text in _listed(stage, path):
            scope = Scope(_names(world.kargo, {"vars": _variables(known)}), EVERYWHERE, world.kargo)
            yield Place(stage, place, text, scope)
            known[name] = text
    seen: dict[str, Names] = {}
    steps = list(steps_of(stage))
    for step in steps:
        outputs = Names({**seen, step.alias: ANY}, _not_before(step, steps))
        before = {"outputs": outputs, "stepMetas": ANY}
        yield from _of_step(step, _names(world.kargo, before), known, world.kargo)
        seen |= _aliases(step, stage, world)
    yield from _of_verification(stage, world.kargo)


def _not_before(step: PlacedStep, steps: list[PlacedStep]) -> str:
    return f"no step before {step.alias!r} has that alias, so nothing can be taken from it"


def _aliases(step: PlacedStep, stage: Manifest, world: World) -> dict[str, Names]:
    """What later steps may ask for: a task's steps under its alias, and what its compose-output steps give as the alias itself."""
    found = {step.alias: ANY}
    task = task_of(step, world)
    for inner in steps_of(task) if task is not None else ():
        found[f"{step.alias}{SEPARATOR}{inner.alias}"] = ANY
    return found


def _of_step(step: PlacedStep, names: Members, shared: Iterable[str], kargo: Version | None) -> Iterator[Place]:
    known = list(shared)
    for path, name, text in _listed(step.manifest, step.place("vars")):
        yield Place(step.manifest, path, text, Scope({**names, "vars": _variables(known)}, EVERYWHERE, kargo))
        known.append(name)
    scope = Scope({**names, "vars": _variables(known)}, _ALL, kargo)
    yield from _of_config(step, scope)


def _of_config(step: PlacedStep, scope: Scope) -> Iterator[Place]:
    condition = step.data.get("if")
    if isinstance(condition, str) and condition:
        yield Place(step.manifest, step.place("if"), condition, scope, condition=True)
    for path, text in _texts(step.config, step.place("config")):
        yield Place(step.manifest, path, text, scope)
    yield from _raw(step)


def _raw(step: PlacedStep) -> Iterator[Place]:
    for key in _RAW["http"] if step.uses == "http" else ():
        text = step.config.get(key)
        if isinstance(text, str) and text and not _delimited(text):
            yield Place(step.manifest, step.place("config", key), text, Scope(), raw=True)
    if step.uses in {"http", "json-parse", "toml-parse", "yaml-parse"}:
        for index, one in enumerate(items(step.config, "outputs")):
            text = one.get("fromExpression")
            if isinstance(text, str) and text and not _delimited(text):
                where = step.place("config", "outputs", index, "fromExpression")
                yield Place(step.manifest, where, text, Scope(), raw=True)


def _of_verification(stage: Manifest, kargo: Version | None) -> Iterator[Place]:
    """Arguments may use the Stage's own variables, not the promotion template's, and no more of ctx than where they are."""
    own = values(stage.spec.get("vars"))
    words = "arguments may use the Stage's spec.vars, not the promotion template's; Kargo puts null"
    more: dict[str, Names] = {"ctx": Names(PLACE)}
    if own:
        more["vars"] = Names(dict.fromkeys(own, ANY), words)
    for path, _, text in _listed(stage, ("spec", "verification", "args")):
        yield Place(stage, path, text, Scope(more, EVERYWHERE, kargo))


def _of_task(task: Manifest, world: World) -> Iterator[Place]:
    """What is not declared in the task may come from the Stages that use it."""
    own = values(task.spec.get("vars"))
    steps = list(steps_of(task))
    given = _given_by_stages(task, world)
    for index, step in enumerate(steps):
        before = {one.alias: ANY for one in steps[: index + 1]}
        known = {**own, **values(step.data.get("vars"))}
        words = (
            f"the task declares no such variable{', nor do all Stages that use it' if given else ''}; Kargo puts null"
        )
        variables = Names(dict.fromkeys({*known, *given}, ANY), words, Level.WARNING)
        told = Names(before, f"no step of this task before {step.alias!r} has that alias")
        more = {"vars": variables, "outputs": ANY, "stepMetas": ANY, "task": Names({"outputs": told})}
        scope = Scope(_names(world.kargo, more), _ALL, world.kargo)
        for path, _, text in _listed(task, step.place("vars")):
            yield Place(task, path, text, scope._replace(functions=EVERYWHERE))
        yield from _of_config(step, scope)
    for path, _, text in _listed(task, ("spec", "vars")):
        yield Place(task, path, text, Scope(None, EVERYWHERE, world.kargo))


def _given_by_stages(task: Manifest, world: World) -> set[str]:
    """The variables that each Stage which uses the task has."""
    found: list[set[str]] = []
    for stage in world.all(STAGE):
        for step in inflated(stage, world):
            if step.manifest is task:
                found.append(set(step.vars))
    return set.intersection(*found) if found else set()


def _of_warehouse(warehouse: Manifest, kargo: Version | None) -> Iterator[Place]:
    criteria = at(warehouse.spec, "freightCreationCriteria", "expression")
    if isinstance(criteria, str) and criteria.strip():
        path: Path = ("spec", "freightCreationCriteria", "expression")
        yield Place(warehouse, path, criteria, Scope({}, DISCOVERED, kargo), raw=True)
    for index, one in enumerate(items(warehouse.spec, "subscriptions")):
        text = at(one, "git", "expressionFilter")
        if isinstance(text, str) and text:
            path = ("spec", "subscriptions", index, "git", "expressionFilter")
            yield Place(warehouse, path, text, Scope(dict.fromkeys(_FILTER_NAMES, ANY), {}, kargo), raw=True)


def _listed(manifest: Manifest, path: Path) -> Iterator[tuple[Path, str, str]]:
    """Of a list of names and values: each value's path, the name and the text."""
    found = at(manifest.data, *path)
    for index, one in enumerate(found if isinstance(found, list | tuple) else ()):
        if isinstance(one, Mapping) and isinstance(one.get("name"), str) and isinstance(one.get("value", ""), str):
            yield (*path, index, "value"), one["name"], one.get("value", "")


def _texts(data: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from _texts(value, (*path, str(key)))
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            yield from _texts(value, (*path, index))


def _delimited(text: str) -> bool:
    return "${{" in text or "${%" in text
