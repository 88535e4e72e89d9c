"""The Applications that Stages' steps name, and those that manifests hold or would make.

An ApplicationSet stands for the Applications of its template: names with placeholders match as patterns.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from gitops_master.facts.apps import AUTHORIZED
from gitops_master.facts.authorized_stages import Flaw, entries, flaw
from gitops_master.manifests.pipeline import is_given, plain, steps
from gitops_master.manifests.template import PlacedStep
from gitops_master.manifests.world import APPLICATION, APPLICATION_SET, World
from gitops_master.model.manifest import Manifest, Path, at, items, strings
from gitops_master.model.versions import Version

UPDATE, WAIT = "argocd-update", "argocd-wait"
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}")


class AppUse(NamedTuple):
    """An entry of `config.apps` of a step. `name`: empty where it is not known, or selected by `labels`.

    `namespace`: empty where it is not known. `number`: of the entry.
    """

    stage: Manifest
    step: PlacedStep
    number: int
    data: Mapping[str, Any]
    name: str
    namespace: str
    labels: Mapping[str, str]

    @property
    def title(self) -> str:
        """`Application argocd/web`, or by its labels."""
        if self.name:
            return f"Application {self.namespace}/{self.name}"
        return f"Applications with {', '.join(f'{key}={value}' for key, value in sorted(self.labels.items()))}"


class KnownApp(NamedTuple):
    """An Application, or the template of an ApplicationSet. `base`: where its metadata and spec stand in the manifest."""

    manifest: Manifest
    base: Path
    may_differ: bool = False
    """Whether a template patch may change what is judged here."""

    @property
    def is_template(self) -> bool:
        return bool(self.base)

    @property
    def name(self) -> str:
        return str(at(self.manifest.data, *self.base, "metadata", "name") or "")

    @property
    def namespace(self) -> str:
        return str(at(self.manifest.data, *self.base, "metadata", "namespace") or self.manifest.namespace)

    @property
    def annotations(self) -> Mapping[str, str]:
        return strings(at(self.manifest.data, *self.base, "metadata", "annotations"))

    @property
    def labels(self) -> Mapping[str, str]:
        return strings(at(self.manifest.data, *self.base, "metadata", "labels"))

    @property
    def spec(self) -> Mapping[str, Any]:
        found = at(self.manifest.data, *self.base, "spec")
        return found if isinstance(found, Mapping) else {}

    @property
    def sources(self) -> list[tuple[Path, Mapping[str, Any]]]:
        """Its sources with their places in the manifest."""
        several = items(self.spec, "sources")
        if several:
            return [((*self.base, "spec", "sources", index), one) for index, one in enumerate(several)]
        one = self.spec.get("source")
        return [((*self.base, "spec", "source"), one)] if isinstance(one, Mapping) else []

    @property
    def title(self) -> str:
        """`Application argocd/web`, or of which ApplicationSet it is the template."""
        return f"the template of {self.manifest.title}" if self.is_template else self.manifest.title

    def place(self, *more: str | int) -> Path:
        return (*self.base, *more)


def app_uses(stage: Manifest, world: World, *kinds: str) -> Iterator[AppUse]:
    """What a Promotion to the Stage would touch, step by step."""
    for step in steps(stage, world, *(kinds or (UPDATE, WAIT))):
        for index, data in enumerate(items(step.config, "apps")):
            given, name = data.get("namespace"), data.get("name")
            namespace = plain(str(given), step.vars, stage) if given else world.argocd_namespace
            known = plain(name, step.vars, stage) if isinstance(name, str) else ""
            labels = {} if name else strings(at(data, "selector", "matchLabels"))
            is_plain = not at(data, "selector", "matchExpressions") and not any("${{" in one for one in labels.values())
            yield AppUse(stage, step, index, data, known, namespace, labels if is_plain else {})


def known_apps(world: World) -> list[KnownApp]:
    """Applications first."""
    single = [KnownApp(one, ()) for one in world.all(APPLICATION)]
    made = [
        KnownApp(one, ("spec", "template"), may_differ=bool(one.spec.get("templatePatch")))
        for one in world.all(APPLICATION_SET)
    ]
    return [*single, *made]


@lru_cache(maxsize=1)
def _by_name(world: World) -> Mapping[str, Sequence[KnownApp]]:
    """Those with a plain name by it, the others under the empty one: a large world is asked thousands of times."""
    found: dict[str, list[KnownApp]] = {"": []}
    for one in known_apps(world):
        found.setdefault("" if "{{" in one.name else one.name, []).append(one)
    return found


def matching(use: AppUse, world: World) -> list[KnownApp]:
    """Those that the entry can mean; what is given before what a cluster holds."""
    if not use.namespace or not (use.name or use.labels):
        return []
    index = _by_name(world)
    fit = [*index.get(use.name, ()), *index[""]] if use.name else [one for each in index.values() for one in each]
    found = [one for one in fit if _fits(one.namespace, use.namespace) and _is_meant(one, use)]
    makers = {one.manifest.name for one in found if one.is_template and is_given(one.manifest, world)}
    found = [one for one in found if is_given(one.manifest, world) or not _is_made_by(one, makers)]
    return sorted(found, key=lambda one: not is_given(one.manifest, world))


def _is_made_by(app: KnownApp, makers: set[str]) -> bool:
    """Whether the cluster holds it as the old work of an ApplicationSet that is given, and will make it anew."""
    owners = items(app.manifest.metadata, "ownerReferences")
    return any(one.get("kind") == "ApplicationSet" and one.get("name") in makers for one in owners)


def _is_meant(app: KnownApp, use: AppUse) -> bool:
    if use.name:
        return _matches(app.name, use.name)
    return all(key in app.labels and _matches(app.labels[key], value) for key, value in use.labels.items())


def _fits(given: str, wanted: str) -> bool:
    return not given or _matches(given, wanted)


def _matches(pattern: str, text: str) -> bool:
    if "{{" not in pattern:
        return pattern == text
    parts = (re.escape(one) for one in _PLACEHOLDER.split(pattern))
    return re.fullmatch(".*".join(parts), text) is not None


def refusal(app: KnownApp, stage: Manifest, kargo: Version | None) -> Flaw | None:
    """Why the Application does not let the Stage change it; None where it does, or that cannot be told."""
    value = app.annotations.get(AUTHORIZED, "")
    if app.may_differ and AUTHORIZED in str(app.manifest.spec.get("templatePatch")):
        return None
    if app.is_template and "{{" in value:
        fits = any(_matches(one.strip(), f"{stage.namespace}:{stage.name}") for one in value.split(","))
        return None if fits or not stage.namespace else Flaw.OTHER
    project = stage.namespace
    if not project:  # of whatever project the annotation means
        project = next((one.project for one in entries(value) if one.stage == stage.name), "")
    return flaw(value, f"{project}:{stage.name}", kargo)
