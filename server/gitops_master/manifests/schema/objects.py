"""The schema of each kind of object that a pipeline is set up from: Kargo v1.11.2, and the outside of Argo Rollouts v1.9.1."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from gitops_master.manifests import world
from gitops_master.manifests.schema import analysis, parts
from gitops_master.manifests.schema.parts import ANYTHING, FLAG, SOME, SPAN, TEXT, TEXT_MAP, TEXTS, VARIABLES, WHOLE
from gitops_master.manifests.schema.rules import exactly_one
from gitops_master.manifests.schema.shapes import Faults, Fields, Given, ListOf, MapOf, SchemaFault, Shape, Text
from gitops_master.manifests.schema.subscriptions import SUBSCRIPTIONS
from gitops_master.model.manifest import Manifest, Path, at
from gitops_master.model.near import did_you_mean
from gitops_master.model.versions import Version

_VERSION = f"{world.KARGO}/v1alpha1"


class ObjectKind(NamedTuple):
    """`api_version`: the only one there is. `spec`: None where the kind has none. `since`: the first Kargo that has the kind."""

    api_version: str
    spec: Shape | None
    spec_required: bool = True
    since: Version | None = None
    rule: Callable[[Manifest], Faults] | None = None


METADATA = Fields(
    {
        "name": TEXT,
        "generateName": TEXT,
        "namespace": TEXT,
        "labels": TEXT_MAP,
        "annotations": TEXT_MAP,
        "finalizers": TEXTS,
        "ownerReferences": ListOf(MapOf(ANYTHING)),
        "managedFields": ANYTHING,
        "uid": TEXT,
        "resourceVersion": TEXT,
        "generation": WHOLE,
        "selfLink": TEXT,
        "creationTimestamp": ANYTHING,
        "deletionTimestamp": ANYTHING,
        "deletionGracePeriodSeconds": ANYTHING,
    }
)


def _match_upstream(value: Any, path: Path, given: Given) -> Faults:
    """The webhook's words on Freight that follows an upstream Stage (pkg/webhook/kubernetes/stage/webhook.go, v1.11.2)."""
    if at(value, "autoPromotionOptions", "selectionPolicy") != "MatchUpstream":
        return
    where = (*path, "autoPromotionOptions", "selectionPolicy")
    stages = value.get("stages")
    if value.get("direct") is True:
        yield SchemaFault(where, "MatchUpstream excludes direct: true", "take the Freight from one Stage")
    if not isinstance(stages, list | tuple) or len(stages) != 1:
        yield SchemaFault(where, "MatchUpstream needs exactly one Stage in sources.stages")


def _once_requested(value: Any, path: Path, given: Given) -> Faults:
    seen: dict[str, int] = {}
    for index, one in enumerate(value):
        name = at(one, "origin", "name")
        if isinstance(name, str) and seen.setdefault(name, index) != index:
            words = f"Freight of Warehouse {name!r} is requested in entry {seen[name]} already"
            yield SchemaFault((*path, index, "origin", "name"), words, "make one entry of them")


_ORIGIN = Fields({"kind!": Text(choices=("Warehouse",)), "name!": TEXT})
_SOURCES = Fields(
    {
        "direct": FLAG,
        "stages": TEXTS,
        "requiredSoakTime@1.2": SPAN,
        "availabilityStrategy@1.3": Text(choices=("All", "OneOf", "")),
        "autoPromotionOptions@1.8": Fields({"selectionPolicy": Text(choices=("NewestFreight", "MatchUpstream"))}),
    },
    rules=(_match_upstream,),
)
_REQUESTED = ListOf(Fields({"origin!": _ORIGIN, "sources!": _SOURCES}), 1, rules=(_once_requested,))
_TEMPLATE_REF = Fields({"name!": TEXT, "kind@1.3": Text(choices=("AnalysisTemplate", "ClusterAnalysisTemplate"))})
_VERIFICATION = Fields(
    {
        "analysisTemplates": ListOf(_TEMPLATE_REF),
        "args": ListOf(Fields({"name!": TEXT, "value!": TEXT})),
        "analysisRunMetadata": Fields({"labels": TEXT_MAP, "annotations": TEXT_MAP}),
    }
)
_PROMOTION_TEMPLATE = Fields({"spec!": Fields({"vars@1.1": VARIABLES, "steps": parts.steps(in_task=False)})})
STAGE = Fields(
    {
        "shard": TEXT,
        "vars@1.5": VARIABLES,
        "requestedFreight!": _REQUESTED,
        "promotionTemplate": _PROMOTION_TEMPLATE,
        "verification": _VERIFICATION,
    },
    gone={
        "promotionMechanisms@1.0": "Kargo 1.0 replaced it with promotionTemplate: write steps",
        "subscriptions@0.9": "Kargo 0.9 replaced it with requestedFreight: one entry a Warehouse, with origin and sources",
    },
)
WAREHOUSE = Fields(
    {
        "shard": TEXT,
        "interval": SPAN,
        "freightCreationPolicy": Text(choices=("Automatic", "Manual")),
        "freightCreationCriteria@1.8": Fields({"expression": TEXT}),
        "subscriptions!": SUBSCRIPTIONS,
    }
)
_POLICY = Fields(
    {
        "stage": Text(pattern=parts.DNS, what=parts.NAME_WORDS),
        "stageSelector": Fields({"name": TEXT, **parts.SELECTOR}),
        "autoPromotionEnabled": FLAG,
        "autoRollback@1.11": Fields(parts.OUTCOMES),
    },
    rules=(exactly_one("stage", "stageSelector", present=True),),
)


def _policies(value: Any, path: Path, given: Given) -> Faults:
    """Names of Stages that two policies have, and patterns that are none, as the webhook sees them."""
    seen: dict[str, int] = {}
    for index, one in enumerate(value):
        place: Path = ("stageSelector", "name") if isinstance(at(one, "stageSelector"), Mapping) else ("stage",)
        name = at(one, *place)
        if not isinstance(name, str) or not name:
            continue
        sort, colon, pattern = name.partition(":")
        if not colon and seen.setdefault(name, index) != index:
            words = f"policy {seen[name]} is for {name!r} already, and the webhook refuses a second one"
            yield SchemaFault((*path, index, *place), words, "keep one of them")
        elif colon and sort not in {"glob", "regex", "regexp"}:
            yield SchemaFault((*path, index, *place), f"{sort!r} is no sort of pattern", "write glob:… or regex:…")
        elif sort in {"regex", "regexp"} and not _compiles(pattern):
            yield SchemaFault((*path, index, *place), f"{pattern!r} is no regular expression")


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


_LINKS = {"freightLinks@1.11": parts.LINKS, "stageLinks@1.11": parts.LINKS}
PROJECT_CONFIG = Fields(
    {"promotionPolicies": ListOf(_POLICY, rules=(_policies,)), "webhookReceivers@1.6": parts.RECEIVERS, **_LINKS}
)
_GIT_CLIENT = Fields({"name!": SOME, "email!": parts.EMAIL, "signingKeySecret": parts.SECRET})
CLUSTER_CONFIG = Fields({"webhookReceivers": parts.RECEIVERS, "gitClient@1.10": _GIT_CLIENT, **_LINKS})
CLUSTER_CONFIG_KIND = f"{world.KARGO}/ClusterConfig"


def _named_as_project(manifest: Manifest) -> Faults:
    if manifest.namespace and manifest.name and manifest.name != manifest.namespace:
        words = f"is {manifest.name!r}, but a ProjectConfig is called as its project: {manifest.namespace!r}"
        yield SchemaFault(("metadata", "name"), words)


def _named_cluster(manifest: Manifest) -> Faults:
    if manifest.name and manifest.name != "cluster":
        yield SchemaFault(("metadata", "name"), f"is {manifest.name!r}, but the only ClusterConfig is called 'cluster'")


KINDS: Mapping[str, ObjectKind] = {
    world.PROJECT: ObjectKind(_VERSION, None),
    world.PROJECT_CONFIG: ObjectKind(_VERSION, PROJECT_CONFIG, False, Version(1, 5, 0), _named_as_project),
    CLUSTER_CONFIG_KIND: ObjectKind(_VERSION, CLUSTER_CONFIG, False, Version(1, 6, 0), _named_cluster),
    world.STAGE: ObjectKind(_VERSION, STAGE),
    world.WAREHOUSE: ObjectKind(_VERSION, WAREHOUSE),
    world.TASK: ObjectKind(_VERSION, parts.TASK_SPEC, since=Version(1, 2, 0)),
    world.CLUSTER_TASK: ObjectKind(_VERSION, parts.TASK_SPEC, since=Version(1, 2, 0)),
    world.TEMPLATE: ObjectKind("argoproj.io/v1alpha1", analysis.SPEC),
    world.CLUSTER_TEMPLATE: ObjectKind("argoproj.io/v1alpha1", analysis.SPEC),
}
_WRITTEN = ("Promotion", "Freight")
"""Kinds of Kargo that only Kargo writes; their fields are its matter."""
_PROJECT_SPEC = (
    "move promotionPolicies to a ProjectConfig of the same name in the project's namespace (Kargo 1.5), and remove spec"
)


def object_faults(manifest: Manifest, kargo: Version | None = None) -> Iterator[SchemaFault]:
    """What is wrong with an object of a known kind; nothing of any other. Configs of steps are not looked into.

    `kargo`: the installed version; where nobody knows it, v1.11.2 is taken.
    """
    kind = KINDS.get(manifest.kind)
    if kind is None:
        yield from _near_kind(manifest)
        return
    if manifest.api_version != kind.api_version:
        yield SchemaFault(("apiVersion",), f"{manifest.api_version!r} does not exist", f"write {kind.api_version}")
    if kind.since is not None and kargo is not None and kargo < kind.since:
        words = f"Kargo has this kind since v{kind.since.major}.{kind.since.minor}; installed is {kargo}"
        yield SchemaFault(("kind",), words, "upgrade Kargo, or leave it out")
    yield from _outside(manifest)
    yield from _spec(manifest, kind, Given(kargo))
    if kind.rule is not None:
        yield from kind.rule(manifest)


def _near_kind(manifest: Manifest) -> Faults:
    group, _, name = manifest.kind.rpartition("/")
    if group != world.KARGO or name in _WRITTEN:
        return
    known = [one.rpartition("/")[2] for one in KINDS if one.startswith(world.KARGO)]
    yield SchemaFault(
        ("kind",), f"Kargo has no kind {name!r}{did_you_mean(name, known)}", f"it has: {', '.join(known)}"
    )


def _outside(manifest: Manifest) -> Faults:
    """What every object has. Status is a controller's matter."""
    known = ("apiVersion", "kind", "metadata", "spec", "status")
    for key in manifest.data:
        if key not in known:
            yield SchemaFault(
                (str(key),), f"no such field{did_you_mean(str(key), known)}", f"it takes: {', '.join(known)}"
            )
    yield from METADATA.faults(manifest.data.get("metadata"), ("metadata",), Given())
    if isinstance(manifest.data.get("metadata"), Mapping) and not (
        manifest.name or manifest.metadata.get("generateName")
    ):
        yield SchemaFault(("metadata", "name"), "is missing")


def _spec(manifest: Manifest, kind: ObjectKind, given: Given) -> Faults:
    if kind.spec is None:
        # Versions that still have the field are Kargo 1.6 and before (its CRD; it does nothing since ProjectConfig came in 1.5).
        if "spec" in manifest.data and (given.kargo is None or given.kargo >= Version(1, 7, 0)):
            yield SchemaFault(("spec",), "no such field: Kargo 1.7 removed it", _PROJECT_SPEC)
    elif "spec" in manifest.data:
        yield from kind.spec.faults(manifest.data["spec"], ("spec",), given)
    elif kind.spec_required:
        yield SchemaFault(("spec",), "is missing")
