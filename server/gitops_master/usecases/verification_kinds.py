"""What a verification has read: the plan for its reader, from what was asked and what somebody expects."""

from collections.abc import Iterator

from gitops_master.model.argocd import Application
from gitops_master.model.expectations import Expectations, Keys
from gitops_master.model.kubernetes import ConfigMap, CustomResourceDefinition, Secret
from gitops_master.model.meta import Ref
from gitops_master.model.networking import Service
from gitops_master.ports.cluster import Also, Focus, ReadPlan

KINDS = frozenset({"*"})
"""What an Application manages can be of any kind. What of it is read is for the source to narrow, by the focus."""
_CONTROL_PLANES = {
    "argocd": "app.kubernetes.io/part-of=argocd",
    "kargo": "app.kubernetes.io/name=kargo",
}
"""By the labels of their manifests and charts."""


def plan(project: str, stage: str = "", expected: Expectations = Expectations()) -> ReadPlan:  # noqa: B008 - immutable
    """Of a Stage, or of a whole project: what it deploys, and what is expected beside that."""
    return ReadPlan(KINDS, Focus(project=project, stage=stage, verify=True), also(expected))


def also(expected: Expectations) -> Also:
    """What expectations name that no Application leads to. A namespace that is left out means those that are deployed to."""
    labels = [_selector(one.labels) for one in expected.workloads if one.labels and not one.namespace]
    labels += [label for key, label in _CONTROL_PLANES.items() if getattr(expected, key)]
    return Also(
        namespaces=tuple(dict.fromkeys(one.namespace for one in expected.workloads if one.namespace)),
        labels=tuple(dict.fromkeys(labels)),
        objects=tuple(dict.fromkeys(_objects(expected))),
        keyed=frozenset(_ref(Secret.KIND, one) for one in expected.secrets if one.keys and expected.secret_keys),
        kinds=(*expected.custom_resources, *((Application.KIND,) if expected.argocd else ())),
    )


def _objects(expected: Expectations) -> Iterator[Ref]:
    yield from (Ref(CustomResourceDefinition.KIND, "", name) for name in expected.crds)
    yield from (_ref(Secret.KIND, one) for one in expected.secrets)
    yield from (_ref(ConfigMap.KIND, one) for one in expected.config_maps)
    for title in expected.services:
        namespace, slash, name = title.rpartition("/")
        if slash:  # without a namespace it is one of those that are read anyway
            yield Ref(Service.KIND, namespace, name)


def _ref(kind: str, one: Keys) -> Ref:
    return Ref(kind, one.namespace, one.name)


def _selector(labels: dict[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
