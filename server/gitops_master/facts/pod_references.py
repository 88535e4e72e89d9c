"""Which Secrets, ConfigMaps and volume claims pods name, who names them, and whether a pod starts without them."""

from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from gitops_master.facts.checked import checked
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.workloads import pods_of
from gitops_master.model.kubernetes import ConfigMap, PersistentVolumeClaim, Secret
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import NameReference, Pod, PodSpec

_MADE_BY_KUBERNETES = "kube-root-ca.crt"
"""Published into every namespace by the control plane, and mounted into nearly every pod."""


Named = tuple[str, str, bool]
"""Kind, name, and whether a pod starts without it."""


class Use(msgspec.Struct, frozen=True):
    """All references to one object. `by`: `Deployment/web`. `optional`: pods start without it, all of them."""

    ref: Ref
    by: tuple[str, ...]
    optional: bool


def specs(deployed: Deployed) -> Iterator[tuple[str, str, PodSpec]]:
    """Namespace, owner's title and specification: of the workloads' templates, of their pods, and of Jobs still to run."""
    for one in checked(deployed):
        if one.template is not None:
            yield one.ref.namespace, one.title, one.template.spec
        for pod in _of_each_revision(one.pods, deployed.snapshot):
            yield pod.namespace, one.title, pod.spec
    for job in deployed.jobs:
        if not any(each.type in {"Complete", "Failed"} and each.status == "True" for each in job.status.conditions):
            yield job.namespace, f"Job/{job.name}", job.spec.template.spec
            yield from ((pod.namespace, f"Job/{job.name}", pod.spec) for pod in pods_of(job, deployed.snapshot))


def _of_each_revision(pods: Sequence[Pod], snapshot: Snapshot) -> Collection[Pod]:
    """One pod of each."""
    if pods and snapshot.grouped(Pod, revisions).get(revision(pods[0])) == [*pods]:  # as most of the time
        return pods[-1:]
    return {revision(pod): pod for pod in pods}.values()


def revisions(pod: Pod) -> tuple[tuple[str, str, str]]:
    """What pods are grouped by that name the same."""
    return (revision(pod),)


def revision(pod: Pod) -> tuple[str, str, str]:
    """The same for pods that were made from one template: what one of them names, all do."""
    metadata = pod.metadata
    owners = metadata.owner_references
    if not owners:
        return metadata.namespace, metadata.name, ""
    # A ReplicaSet and a Job have one template; StatefulSets and DaemonSets say which of theirs it was.
    return metadata.namespace, owners[0].uid or owners[0].name, metadata.labels.get("controller-revision-hash", "")


def uses(deployed: Deployed, kind: str) -> list[Use]:
    """What the pods name of a kind, each object once."""
    return deployed.once(_uses).get(kind, [])


def _uses(deployed: Deployed) -> dict[str, list[Use]]:
    """By kind."""
    by_owner: dict[tuple[str, str], dict[Named, None]] = {}
    for namespace, title, spec in specs(deployed):
        by_owner.setdefault((namespace, title), {}).update(dict.fromkeys(named(spec)))
    found: dict[Ref, list[tuple[str, bool]]] = {}
    for (namespace, title), names in by_owner.items():
        for kind, name, optional in names:
            if name and name != _MADE_BY_KUBERNETES:
                found.setdefault(Ref(kind, namespace, name), []).append((title, optional))
    uses: dict[str, list[Use]] = {}
    for ref, each in found.items():
        one = Use(ref, tuple(dict.fromkeys(by for by, _ in each)), all(optional for _, optional in each))
        uses.setdefault(ref.kind, []).append(one)
    return uses


def claimants(pods: Iterable[Pod]) -> dict[Ref, list[Pod]]:
    """The pods of each volume claim."""
    found: dict[Ref, list[Pod]] = {}
    for pod in pods:
        for volume in pod.spec.volumes:
            claim = volume.persistent_volume_claim
            if claim is not None:
                found.setdefault(Ref(PersistentVolumeClaim.KIND, pod.namespace, claim.claim_name), []).append(pod)
    return found


def named(spec: PodSpec) -> list[Named]:
    """What a pod takes from Secrets and ConfigMaps; the same perhaps twice."""
    # The kubelet tries without a pull secret that it cannot find (kubernetes pkg/kubelet/kubelet_pods.go).
    found = [(Secret.KIND, one.name, True) for one in spec.image_pull_secrets]
    for volume in spec.volumes:
        if volume.secret is not None:
            found.append((Secret.KIND, volume.secret.secret_name, volume.secret.optional))
        if volume.config_map is not None:
            found.append((ConfigMap.KIND, volume.config_map.name, volume.config_map.optional))
        for each in volume.projected.sources if volume.projected is not None else ():
            found += _pair(each.secret, each.config_map)
    for container in (*spec.init_containers, *spec.containers):
        for source in container.env_from:
            found += _pair(source.secret_ref, source.config_map_ref)
        for variable in container.env:
            value = variable.value_from
            if value is not None:
                found += _pair(value.secret_key_ref, value.config_map_key_ref)
    return found


def _pair(secret: NameReference | None, config_map: NameReference | None) -> list[Named]:
    found = [(Secret.KIND, secret.name, secret.optional)] if secret is not None else []
    if config_map is not None:
        found.append((ConfigMap.KIND, config_map.name, config_map.optional))
    return found
