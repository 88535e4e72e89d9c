"""The steps that manifests hold, each with its place and with what its expressions may name.

Kargo puts a task's steps where the task is named when a Promotion is created (pkg/api/promotion.go InflateSteps, v1.11.2). A task's
variables are then the step's: its defaults, unless the Promotion has a value of that name, after them those of the step that names it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gitops_master.manifests.world import CLUSTER_TASK, STAGE, TASK, World
from gitops_master.model.manifest import Manifest, Path, at, items

SEPARATOR = "::"
"""Between a task's alias and that of a step in it."""
_TEMPLATE: Path = ("spec", "promotionTemplate", "spec")


class PlacedStep(NamedTuple):
    """A step and where it stands: at `path` of `manifest`, which for a step out of a task is the task's.

    `vars`: name to text as written, empty where there is no value. `alias`: `as`, or what Kargo calls it; `task::step` where it
    comes out of one. `task`: the name of that task, also of one that could not be put in: then `data` is the step that names it.
    """

    path: Path
    data: Mapping[str, Any]
    manifest: Manifest
    vars: Mapping[str, str] = {}
    alias: str = ""
    task: str = ""

    @property
    def uses(self) -> str:
        """The kind of step; empty where it names a task."""
        found = self.data.get("uses")
        return found if isinstance(found, str) else ""

    @property
    def config(self) -> Mapping[str, Any]:
        found = self.data.get("config")
        return found if isinstance(found, Mapping) else {}

    def place(self, *more: str | int) -> Path:
        """The path of something in the step: `step.place("config", "path")`."""
        return (*self.path, *more)


def steps_of(manifest: Manifest) -> Iterator[PlacedStep]:
    """Those of a Stage, a PromotionTask or a ClusterPromotionTask as they are written; none of any other kind.

    Of a Stage's step that names a task, `task` is its name.
    """
    path = _where(manifest)
    if path is None:
        return
    shared = _shared(manifest)
    written = at(manifest.data, *path)
    for index, data in enumerate(written if isinstance(written, list | tuple) else ()):
        if isinstance(data, Mapping):
            known = {**shared, **values(data.get("vars"))}
            name = at(data, "task", "name")
            task = name if isinstance(name, str) else ""
            yield PlacedStep((*path, index), data, manifest, known, _alias(data, index), task)


def inflated(stage: Manifest, world: World) -> list[PlacedStep]:
    """The steps of a Promotion to the Stage, in order. A task that the world does not have is left as the step that names it."""
    steps: list[PlacedStep] = []
    for step in steps_of(stage):
        task = task_of(step, world)
        steps += [step] if task is None else _put_in(step, task, _shared(stage))
    return steps


def task_of(step: PlacedStep, world: World) -> Manifest | None:
    """The task that a Stage's step names; None where it names none, or the world does not have it."""
    reference = step.data.get("task")
    if not step.task or not isinstance(reference, Mapping):
        return None
    kind = reference.get("kind") or "PromotionTask"
    if kind == "ClusterPromotionTask":
        return world.get(CLUSTER_TASK, "", step.task)
    if kind != "PromotionTask":
        return None
    namespace = step.manifest.namespace
    found = world.get(TASK, namespace, step.task)
    if found is None and not namespace:
        # A Stage written without a namespace is one of whatever project it will be applied to.
        named = [one for one in world.all(TASK) if one.name == step.task]
        found = named[0] if len(named) == 1 else None
    return found


def values(variables: Any) -> dict[str, str]:
    """A list of `name` and `value` as a mapping, the later one winning; what is no text counts as no value."""
    found = {}
    for one in items({"vars": variables}, "vars"):
        name, value = one.get("name"), one.get("value")
        if isinstance(name, str):
            found[name] = value if isinstance(value, str) else ""
    return found


def _put_in(step: PlacedStep, task: Manifest, shared: Mapping[str, str]) -> Iterator[PlacedStep]:
    defaults = {name: value for name, value in values(task.spec.get("vars")).items() if value and not shared.get(name)}
    known = {**shared, **defaults, **values(step.data.get("vars"))}
    for inner in steps_of(task):
        names = {**known, **values(inner.data.get("vars"))}
        yield inner._replace(vars=names, alias=f"{step.alias}{SEPARATOR}{inner.alias}", task=step.task)


def _where(manifest: Manifest) -> Path | None:
    if manifest.kind == STAGE:
        return (*_TEMPLATE, "steps")
    return ("spec", "steps") if manifest.kind in {TASK, CLUSTER_TASK} else None


def _shared(manifest: Manifest) -> dict[str, str]:
    """What every step of it may name: a Stage's own variables, then its template's, which win."""
    own = values(manifest.spec.get("vars"))
    return {**own, **values(at(manifest.data, *_TEMPLATE, "vars"))} if manifest.kind == STAGE else own


def _alias(data: Mapping[str, Any], index: int) -> str:
    given = data.get("as")
    return given if isinstance(given, str) and given else f"step-{index + 1}"
