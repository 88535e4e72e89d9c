"""AnalysisTemplates as drafts: made new, or put into one of the same name with what people tuned there kept."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from gitops_master.manifests.build.existing import editable
from gitops_master.manifests.world import TEMPLATE, World
from gitops_master.model.manifest import Draft, Manifest, Path, at, items

API_VERSION = "argoproj.io/v1alpha1"
TUNED = (
    "initialDelay",
    "interval",
    "count",
    "failureLimit",
    "inconclusiveLimit",
    "consecutiveErrorLimit",
    "consecutiveSuccessLimit",
)
"""Fields of a metric that say how patient it is; what somebody set stays."""


class VerificationDrafts(NamedTuple):
    """`spec`: the Stage's `spec.verification`; empty: it has none. `notes`: what a person should know, a sentence each."""

    drafts: tuple[Draft, ...] = ()
    spec: Mapping[str, Any] = {}
    notes: tuple[str, ...] = ()


NO_VERIFICATION = VerificationDrafts()


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """An AnalysisTemplate with one metric. `comments`: by place in the metric, () for the head of the file.

    `args`: what the Stage passes, by name; the template declares each without a value, so that a Stage which passes none is
    told so by Kargo. Kargo passes one value to all templates of a Stage that declare the name: each kind of proof has its own.
    """

    name: str
    file: str
    metric: Mapping[str, Any]
    args: Mapping[str, str]
    comments: Mapping[Path, str] = {}
    notes: tuple[str, ...] = ()


def template_draft(
    made: Template, namespace: str, world: World, taken: frozenset[str] = frozenset()
) -> tuple[Draft, tuple[str, ...]]:
    """The draft and notes. `taken`: names of metrics that other templates of the Stage have."""
    held = world.get(TEMPLATE, namespace, made.name)
    metrics = items(held.data, "spec", "metrics") if held else []
    provider = next(iter(made.metric["provider"]))
    place = next((at_ for at_, one in enumerate(metrics) if at(one, "provider", provider) is not None), len(metrics))
    old = metrics[place] if place < len(metrics) else {}
    name = str(old.get("name") or _free(made.metric["name"], taken))
    tuned = {key: old[key] for key in TUNED if key in old}
    metric = {**made.metric, "name": name, **tuned}
    spec: Mapping[str, Any] = held.spec if held else {}
    data = {
        **_base(held, made.name, namespace),
        "spec": {**spec, "args": _args(spec, made), "metrics": [*metrics[:place], metric, *metrics[place + 1 :]]},
    }
    comments = {("spec", "metrics", place, *path): text for path, text in made.comments.items() if path}
    if () in made.comments:
        comments[()] = made.comments[()]
    if made.args:
        comments["spec", "args"] = (
            "The Stage passes these: spec.verification.args. Kargo refuses the run where one is missing."
        )
    different = {key for key in tuned if tuned[key] != made.metric.get(key)}
    notes = (f"AnalysisTemplate {made.name} keeps its {', '.join(sorted(different))}",) if different else ()
    file = held.file if held and held.file else made.file
    return Draft(data, file, comments, held), notes


def _args(spec: Mapping[str, Any], made: Template) -> list[Mapping[str, Any]]:
    held = items(spec, "args")
    names = {one.get("name") for one in held}
    return [*held, *({"name": name} for name in made.args if name not in names)]


def _free(name: str, taken: frozenset[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}{number}", number + 1
    return free


def _base(held: Manifest | None, name: str, namespace: str) -> dict[str, Any]:
    if held is not None:
        return editable(held)
    return {"apiVersion": API_VERSION, "kind": "AnalysisTemplate", "metadata": {"name": name, "namespace": namespace}}
