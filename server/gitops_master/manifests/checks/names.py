"""Names that Kubernetes or Kargo cannot use."""

import re
from collections.abc import Iterator, Mapping

from gitops_master.manifests import world as kinds
from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.schema.objects import KINDS
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Level, Manifest, Path, items
from gitops_master.model.versions import Version

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
_LONGEST_LABEL, _LONGEST_NAME = 63, 253
_SHORTENED = Version(1, 7, 0)
"""Since then Kargo puts a hash into a label that would be too long (internal/kubernetes/naming.go)."""
_OF_CORE = {kinds.SERVICE_ACCOUNT, kinds.APPLICATION, kinds.APPLICATION_SET}
_NAMED = frozenset(KINDS) | _OF_CORE
_CHARACTERS = "lower-case letters, digits and '-', letters or digits at both ends"


@check(
    "name-too-long",
    title="A name that is too long, or no name",
    level=Level.ERROR,
    sources=(
        "akuity/kargo v1.11.2 pkg/webhook/kubernetes/project/webhook.go ensureNamespace",
        "akuity/kargo v1.11.2 pkg/kubernetes/naming.go",
        "argoproj/argo-rollouts v1.9.1 metricproviders/job/job.go newJobName",
    ),
)
def name_too_long(world: World) -> Iterator[Fault]:
    """A Project's name becomes a namespace: 63 characters without dots, or creating it fails. A Stage's name becomes a label: before Kargo
    1.7 one of more than 63 characters cannot be promoted to; since then the label holds a hash. A shard is a label as it is. The names
    of Promotions and AnalysisRuns shorten the Stage's themselves. A Job's name holds its metric's.

    How to tell: length and characters of names, by what Kargo makes of them. What to do: rename before the first Promotion; a rename
    later makes another object.
    """
    for manifest in world.given:
        if manifest.kind in _NAMED:
            yield from _own(manifest)
            yield from _namespace(manifest)
        if manifest.kind == kinds.STAGE:
            yield from _stage(manifest, world.kargo)
        if manifest.kind in {kinds.STAGE, kinds.WAREHOUSE}:
            yield from _shard(manifest)
        if manifest.kind in {kinds.TEMPLATE, kinds.CLUSTER_TEMPLATE}:
            yield from _jobs(manifest)


def _own(manifest: Manifest) -> Iterator[Fault]:
    name, path = manifest.name, ("metadata", "name")
    if not name:
        return
    if manifest.kind in {kinds.PROJECT, kinds.NAMESPACE}:
        yield from _label(manifest, path, name, "a Project's name is that of its namespace")
    elif len(name) > _LONGEST_NAME:
        yield Fault(manifest, path, f"has {len(name)} characters; a name has at most {_LONGEST_NAME}")
    elif not _NAME.fullmatch(name):
        yield Fault(manifest, path, f"{name!r} is no name", f"{_CHARACTERS}, parts joined by dots")


def _namespace(manifest: Manifest) -> Iterator[Fault]:
    if manifest.namespace:
        yield from _label(manifest, ("metadata", "namespace"), manifest.namespace, "it is a namespace")


def _label(manifest: Manifest, path: Path, name: str, why: str) -> Iterator[Fault]:
    if len(name) > _LONGEST_LABEL:
        yield Fault(
            manifest, path, f"has {len(name)} characters, but {why}: at most {_LONGEST_LABEL}", "choose a shorter one"
        )
    elif not _LABEL.fullmatch(name):
        yield Fault(manifest, path, f"{name!r} cannot be, since {why}", _CHARACTERS)


def _stage(stage: Manifest, kargo: Version | None) -> Iterator[Fault]:
    if not _LONGEST_LABEL < len(stage.name) <= _LONGEST_NAME:
        return
    words = f"has {len(stage.name)} characters; the label kargo.akuity.io/stage takes {_LONGEST_LABEL}"
    if kargo is not None and kargo < _SHORTENED:
        told = f"{words}, so before Kargo 1.7 no Promotion can be created"
        yield Fault(stage, ("metadata", "name"), told, "choose a shorter one")
    else:
        told = f"{words}, so it holds a hash since Kargo 1.7, and a selector by the name finds nothing"
        yield Fault(stage, ("metadata", "name"), told, "choose a shorter one", Level.WARNING)


def _shard(manifest: Manifest) -> Iterator[Fault]:
    shard = manifest.spec.get("shard")
    if isinstance(shard, str) and (len(shard) > _LONGEST_LABEL or not _LABEL_VALUE.fullmatch(shard)):
        words = f"{shard!r} becomes the label kargo.akuity.io/shard, which it cannot be"
        yield Fault(manifest, ("spec", "shard"), words, f"at most {_LONGEST_LABEL} letters, digits, '-', '_' and '.'")


def _jobs(template: Manifest) -> Iterator[Fault]:
    for index, metric in enumerate(items(template.spec, "metrics")):
        name, provider = metric.get("name"), metric.get("provider")
        if isinstance(name, str) and isinstance(provider, Mapping) and "job" in provider and not _NAME.fullmatch(name):
            words = f"the Job is called <uid>.{name}.<n>, which is no name"
            yield Fault(template, ("spec", "metrics", index, "name"), words, _CHARACTERS)
