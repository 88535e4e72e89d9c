"""Which Secrets, ConfigMaps and volume claims pods name, who names them, and whether a pod starts without them."""

from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec

from gitops_master.facts.checked import checked
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.workloads import pods_of
from gitops_master.model.kubernetes import ConfigMap, PersistentVolumeClaim, Secret
from gitops_master.model.meta import Ref
from gitops_master.model.workloads import Container, Pod, PodSpec, Volume

_MADE_BY_KUBERNETES = Ref(ConfigMap.KIND, "", "kube-root-ca.crt")
"""Published into every namespace by the control plane, and mounted into nearly every pod."""


class _Make(Protocol):
    def __call__(self, name: str, *, optional: bool) -> "Named": ...


class Named(msgspec.Struct, frozen=True):
    """One reference. `optional`: a pod starts without it. `by`: `Deployment/web`."""

    ref: Ref
    by: str
    optional: bool = False


class Use(msgspec.Struct, frozen=True):
    """All references to one object. `optional`: every one of them is."""

    ref: Ref
    by: tuple[str, ...]
    optional: bool


def specs(deployed: Deployed) -> Iterator[tuple[str, str, PodSpec]]:
    """Namespace, owner's title and specification: of the workloads' templates, of their pods, and of Jobs still to run."""
    for one in checked(deployed):
        if one.template is not None:
            yield one.ref.namespace, one.title, one.template.spec
        for pod in one.pods:
            yield pod.namespace, one.title, pod.spec
    for job in deployed.jobs:
        if not any(each.type in {"Complete", "Failed"} and each.status == "True" for each in job.status.conditions):
            yield job.namespace, f"Job/{job.name}", job.spec.template.spec
            yield from ((pod.namespace, f"Job/{job.name}", pod.spec) for pod in pods_of(job, deployed.snapshot))


def uses(deployed: Deployed, kind: str) -> list[Use]:
    """What the pods name of a kind, each object once."""
    return [
        Use(ref, tuple(dict.fromkeys(one.by for one in named)), all(one.optional for one in named))
        for ref, named in deployed.once(_uses).items()
        if ref.kind == kind
    ]


def _uses(deployed: Deployed) -> dict[Ref, list[Named]]:
    found: dict[Ref, list[Named]] = {}
    for namespace, title, spec in specs(deployed):
        for one in _named(namespace, title, spec):
            if one.ref.name and one.ref.name != _MADE_BY_KUBERNETES.name:
                found.setdefault(one.ref, []).append(one)
    return found


def claimants(pods: Iterable[Pod]) -> dict[Ref, list[Pod]]:
    """The pods of each volume claim."""
    found: dict[Ref, list[Pod]] = {}
    for pod in pods:
        for volume in pod.spec.volumes:
            claim = volume.persistent_volume_claim
            if claim is not None:
                found.setdefault(Ref(PersistentVolumeClaim.KIND, pod.namespace, claim.claim_name), []).append(pod)
    return found


def _named(namespace: str, by: str, spec: PodSpec) -> Iterator[Named]:
    def secret(name: str, *, optional: bool) -> Named:
        return Named(Ref(Secret.KIND, namespace, name), by, optional)

    def config_map(name: str, *, optional: bool) -> Named:
        return Named(Ref(ConfigMap.KIND, namespace, name), by, optional)

    # The kubelet tries without a pull secret that it cannot find (kubernetes pkg/kubelet/kubelet_pods.go).
    for one in spec.image_pull_secrets:
        yield secret(one.name, optional=True)
    for volume in spec.volumes:
        yield from _of_volume(volume, secret, config_map)
    for container in (*spec.init_containers, *spec.containers):
        yield from _of_container(container, secret, config_map)


def _of_volume(volume: Volume, secret: _Make, config_map: _Make) -> Iterator[Named]:
    if volume.secret is not None:
        yield secret(volume.secret.secret_name, optional=volume.secret.optional)
    if volume.config_map is not None:
        yield config_map(volume.config_map.name, optional=volume.config_map.optional)
    for one in volume.projected.sources if volume.projected is not None else ():
        if one.secret is not None:
            yield secret(one.secret.name, optional=one.secret.optional)
        if one.config_map is not None:
            yield config_map(one.config_map.name, optional=one.config_map.optional)


def _of_container(container: Container, secret: _Make, config_map: _Make) -> Iterator[Named]:
    for one in container.env_from:
        if one.secret_ref is not None:
            yield secret(one.secret_ref.name, optional=one.secret_ref.optional)
        if one.config_map_ref is not None:
            yield config_map(one.config_map_ref.name, optional=one.config_map_ref.optional)
    for each in container.env:
        source = each.value_from
        if source is not None and source.secret_key_ref is not None:
            yield secret(source.secret_key_ref.name, optional=source.secret_key_ref.optional)
        if source is not None and source.config_map_key_ref is not None:
            yield config_map(source.config_map_key_ref.name, optional=source.config_map_key_ref.optional)
