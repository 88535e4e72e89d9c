"""Finalizers that Kubernetes itself sets: what each waits for. They go by themselves as soon as that is done."""

from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence
from gitops_master.model.kubernetes import PersistentVolumeClaim
from gitops_master.model.meta import Object
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Pod

PVC_PROTECTION = "kubernetes.io/pvc-protection"
_WAITS_FOR = {
    PVC_PROTECTION: "have every pod ended that still mounts the claim (`describe` lists them under Used By)",
    "kubernetes.io/pv-protection": "have the claim removed that the volume is bound to",
    "foregroundDeletion": "have the objects that it owns removed: one of them is held up by itself",
    "service.kubernetes.io/load-balancer-cleanup": "have the cloud controller release the load balancer; its log tells why it does not",
    "customresourcecleanup.apiextensions.k8s.io": "have the remaining objects of that kind removed: one of them has a finalizer itself",
}
"""kubernetes pkg/controller/volume/pvcprotection and pvprotection, garbagecollector, cloud-provider, apiextensions finalizer."""


def users_of(one: Object, snapshot: Snapshot) -> list[Pod]:
    """Pods that mount a claim which is held for that: each counts as long as its object exists."""
    if not isinstance(one, PersistentVolumeClaim) or PVC_PROTECTION not in one.metadata.finalizers:
        return []
    return [pod for pod in snapshot.all(Pod, one.namespace) if one.name in _claims(pod)]


def _claims(pod: Pod) -> set[str]:
    return {each.persistent_volume_claim.claim_name for each in pod.spec.volumes if each.persistent_volume_claim}


def mounted(pods: list[Pod]) -> list[Evidence]:
    path = "spec.volumes[].persistentVolumeClaim.claimName"
    return [
        fact(pod, path, f"{', '.join(sorted(_claims(pod)))} (pod is {pod.status.phase or 'unknown'})")
        for pod in pods[:3]
    ]


def release(one: Object, snapshot: Snapshot) -> str:
    """What lets go of the object, in words; empty where a finalizer is somebody else's."""
    if not one.metadata.finalizers or any(name not in _WAITS_FOR for name in one.metadata.finalizers):
        return ""
    name = one.metadata.finalizers[0]
    users = [pod.name for pod in users_of(one, snapshot)]
    if users:
        return (
            f"End the use of {one.name} by pod {', '.join(users)}: stop or change what runs it, by whoever owns that, when its data "
            f"is no longer needed; Kubernetes then takes {name} off by itself"
        )
    return f"Let Kubernetes finish: {_WAITS_FOR[name]}; it then takes {name} off by itself"
