"""How the manifests of a world hang together: what Stages request from whom, and names that mean one object.

A manifest without a namespace belongs to whatever namespace it will be applied to; names in it are looked for in all of them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gitops_master.facts.durations import parse_duration
from gitops_master.manifests.template import PlacedStep, inflated
from gitops_master.manifests.world import CLUSTER_ROLE, CLUSTER_TASK, CLUSTER_TEMPLATE, PROJECT, STAGE, World
from gitops_master.model.manifest import Manifest, Path, at

_CLUSTER_WIDE = frozenset({PROJECT, CLUSTER_TASK, CLUSTER_TEMPLATE, CLUSTER_ROLE})
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_DEEPEST = 5
"""Variables that name variables; Kargo evaluates them in turn, people stop at two."""
_LISTED = 4


class Request(NamedTuple):
    """One entry of `spec.requestedFreight`. `origin`: the Warehouse's name. `upstream`: Stages, in their order."""

    path: Path
    origin: str
    is_direct: bool
    upstream: tuple[str, ...]
    soaks: bool
    needs_all: bool

    def place(self, *more: str | int) -> Path:
        """The path of something in it: `request.place("origin", "name")`."""
        return (*self.path, *more)


def stages(world: World) -> list[Manifest]:
    """Those that are given; what a cluster holds beside them is what they are judged against."""
    return given(world, STAGE)


def given(world: World, kind: str) -> list[Manifest]:
    return [one for one in world.given if one.kind == kind]


def is_given(manifest: Manifest, world: World) -> bool:
    return any(one is manifest for one in world.given)


def requests(stage: Manifest) -> Iterator[Request]:
    """Those that say where their Freight comes from; the rest is for the schema to tell."""
    written = at(stage.data, "spec", "requestedFreight")
    for index, one in enumerate(written if isinstance(written, list | tuple) else ()):
        origin = at(one, "origin", "name")
        if not isinstance(origin, str):
            continue
        upstream = at(one, "sources", "stages")
        soak = at(one, "sources", "requiredSoakTime")
        yield Request(
            ("spec", "requestedFreight", index),
            origin,
            at(one, "sources", "direct") is True,
            tuple(str(name) for name in upstream) if isinstance(upstream, list | tuple) else (),
            bool(isinstance(soak, str) and parse_duration(soak)),
            at(one, "sources", "availabilityStrategy") == "All",
        )


def is_control_flow(stage: Manifest) -> bool:
    """Without steps of its own: it is never promoted to, and passes Freight on at once."""
    return not at(stage.data, "spec", "promotionTemplate", "spec", "steps")


def find(world: World, kind: str, namespace: str, name: str) -> Manifest | None:
    """The object of that name; of one that names it without knowing its own namespace, the only one there is."""
    found = world.get(kind, namespace, name)
    if found is not None or namespace or kind in _CLUSTER_WIDE:
        return found
    named = [one for one in world.all(kind) if one.name == name]
    return named[0] if len(named) == 1 else None


def is_missing(world: World, kind: str, namespace: str, name: str) -> bool:
    """Whether there is no such object for sure."""
    if not namespace and kind not in _CLUSTER_WIDE and any(one.name == name for one in world.all(kind)):
        return False
    return world.lacks(kind, namespace, name)


def siblings(world: World, kind: str, namespace: str) -> list[Manifest]:
    """Objects of a kind in the same namespace, or in any where that is not said."""
    return world.all(kind, namespace or None)


def plain(text: str, known: Mapping[str, str], stage: Manifest) -> str:
    """The text with its expressions replaced; empty where one of them is more than a name whose value is known."""
    for _ in range(_DEEPEST):
        parts = _EXPRESSION.findall(text)
        if not parts:
            return text if "${{" not in text else ""
        values = {part: _value(part, known, stage) for part in parts}
        if not all(values.values()):
            return ""
        text = _EXPRESSION.sub(lambda match: values[match[1]], text)  # noqa: B023
    return ""


def _value(expression: str, known: Mapping[str, str], stage: Manifest) -> str:
    if expression in {"ctx.project", "ctx.stage"}:
        return stage.namespace if expression == "ctx.project" else stage.name
    return known.get(expression.removeprefix("vars."), "") if expression.startswith("vars.") else ""


def where(step: PlacedStep, stage: Manifest, world: World, *more: str | int) -> tuple[Manifest, Path] | None:
    """Where to say something about a step: itself, or the Stage that takes it from a task which is not given."""
    if is_given(step.manifest, world):
        return step.manifest, step.place(*more)
    return (stage, ("spec", "promotionTemplate")) if is_given(stage, world) else None


def steps(stage: Manifest, world: World, *uses: str) -> Iterator[PlacedStep]:
    """The steps of those kinds that a Promotion to the Stage would run."""
    return (one for one in inflated(stage, world) if one.uses in uses)


def task_steps(stage: Manifest) -> Iterator[tuple[Path, Mapping[str, object]]]:
    """Steps of a Stage that name a task, with their places."""
    path: Path = ("spec", "promotionTemplate", "spec", "steps")
    written = at(stage.data, *path)
    for index, one in enumerate(written if isinstance(written, list | tuple) else ()):
        if isinstance(at(one, "task"), Mapping):
            yield (*path, index), one


def listed(names_: list[str] | tuple[str, ...] | set[str]) -> str:
    """`a, b and c`, in the given order; a set by name. Of many the first few, and how many more there are."""
    row = sorted(names_) if isinstance(names_, set) else list(names_)
    if len(row) > _LISTED + 1:
        row = [*row[:_LISTED], f"{len(row) - _LISTED} more"]
    return " and ".join([", ".join(row[:-1]), row[-1]] if len(row) > 1 else row)
