"""What Stages verify their Freight by: templates, their arguments, the Jobs they make, and what those may do.

Kargo puts all templates of a Stage into one AnalysisRun in the project's namespace: their arguments become one list, of which each
needs a value; given arguments that no template declares are dropped (pkg/rollouts/analysis_template.go, v1.11.2).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gitops_master.manifests.pipeline import find, given
from gitops_master.manifests.world import CLUSTER_TEMPLATE, STAGE, TEMPLATE, World
from gitops_master.model.manifest import Manifest, Path, at, items

_ARGUMENT = re.compile(r"\{\{\s*args\.([\w.-]+)\s*\}\}")
TEMPLATES = (TEMPLATE, CLUSTER_TEMPLATE)


class TemplateUse(NamedTuple):
    """An entry of `spec.verification.analysisTemplates`. `template`: None where the world does not have it."""

    stage: Manifest
    path: Path
    kind: str
    name: str
    template: Manifest | None


class JobUse(NamedTuple):
    """A metric that runs a Job. `path`: of the Job in the template; `pod`: the spec of its pods, at `pod_path`."""

    template: Manifest
    metric: str
    path: Path
    job: Mapping[str, Any]
    pod: Mapping[str, Any]

    @property
    def pod_path(self) -> Path:
        return (*self.path, "spec", "template", "spec")

    @property
    def account(self) -> str:
        """The ServiceAccount that its pods run as, in the namespace of the AnalysisRun."""
        return str(self.pod.get("serviceAccountName") or self.pod.get("serviceAccount") or "default")

    @property
    def account_path(self) -> Path:
        return (*self.pod_path, "serviceAccountName")

    @property
    def containers(self) -> list[tuple[Path, Mapping[str, Any]]]:
        """Init containers too, with their places."""
        keys = ("initContainers", "containers")
        return [((*self.pod_path, key, i), one) for key in keys for i, one in enumerate(items(self.pod, key))]


def template_uses(stage: Manifest, world: World) -> list[TemplateUse]:
    """In their order; an entry without a name is for the schema to tell."""
    found = []
    for index, one in enumerate(items(stage.data, "spec", "verification", "analysisTemplates")):
        name = one.get("name")
        if not isinstance(name, str) or not name or "${{" in name:
            continue
        kind = CLUSTER_TEMPLATE if one.get("kind") == "ClusterAnalysisTemplate" else TEMPLATE
        template = find(world, kind, "" if kind == CLUSTER_TEMPLATE else stage.namespace, name)
        path = ("spec", "verification", "analysisTemplates", index)
        found.append(TemplateUse(stage, path, kind, name, template))
    return found


def templates(world: World) -> list[Manifest]:
    """Those that are given."""
    return [one for kind in TEMPLATES for one in given(world, kind)]


def users(template: Manifest, world: World) -> list[Manifest]:
    """Stages that verify by the template."""
    return [one for one in world.all(STAGE) if any(use.template is template for use in template_uses(one, world))]


def metrics(template: Manifest) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    written = at(template.data, "spec", "metrics")
    for index, one in enumerate(written if isinstance(written, list | tuple) else ()):
        if isinstance(one, Mapping):
            yield ("spec", "metrics", index), one


def jobs(template: Manifest) -> Iterator[JobUse]:
    for path, metric in metrics(template):
        job = at(metric, "provider", "job")
        pod = at(job, "spec", "template", "spec")
        if isinstance(job, Mapping) and isinstance(pod, Mapping):
            yield JobUse(template, str(metric.get("name") or ""), (*path, "provider", "job"), job, pod)


def declared(template: Manifest) -> dict[str, bool]:
    """Argument names, and whether each has a value of its own."""
    return {
        str(one["name"]): one.get("value") is not None or one.get("valueFrom") is not None
        for one in items(template.data, "spec", "args")
        if isinstance(one.get("name"), str)
    }


def defaults(template: Manifest) -> dict[str, str]:
    """Arguments with the plain values that the template gives them."""
    return {
        str(one["name"]): str(one["value"])
        for one in items(template.data, "spec", "args")
        if isinstance(one.get("name"), str) and one.get("value") is not None
    }


def given_arguments(stage: Manifest) -> dict[str, tuple[Path, str]]:
    """Of `spec.verification.args`: place and value; without a value, empty."""
    written = at(stage.data, "spec", "verification", "args")
    found: dict[str, tuple[Path, str]] = {}
    for index, one in enumerate(written if isinstance(written, list | tuple) else ()):
        name, value = at(one, "name"), at(one, "value")
        if isinstance(name, str):
            found[name] = (("spec", "verification", "args", index), value if isinstance(value, str) else "")
    return found


def named_arguments(template: Manifest) -> dict[str, Path]:
    """Arguments that the template's texts name, each with the first place."""
    found: dict[str, Path] = {}
    for path, text in _texts(template.spec.get("metrics"), ("spec", "metrics")):
        for name in _ARGUMENT.findall(text):
            found.setdefault(name, path)
    return found


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(one, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for index, one in enumerate(value):
            yield from _texts(one, (*path, index))
