"""The controllers behind it all: which are there, whether they live, which shard they serve."""

from datetime import timedelta
from functools import lru_cache

from msgspec import structs

from gitops_master.facts.workloads import is_ready
from gitops_master.model.kubernetes import ConfigMap, Lease
from gitops_master.model.meta import Object
from gitops_master.model.snapshot import LogKey, Snapshot
from gitops_master.model.workloads import Container, EnvVar, Pod

NAME, COMPONENT = "app.kubernetes.io/name", "app.kubernetes.io/component"
HEARTBEAT_LABEL = "kargo.akuity.io/controller"
HEARTBEAT_GRACE = timedelta(minutes=2)
"""A heartbeat Lease of Kargo >= 1.10.4 (pkg/heartbeat) lasts 120 s (seen on v1.11.2); older than that the controller counts as dead."""


def pods_named(snapshot: Snapshot, *names: str, component: str = "") -> list[Pod]:
    """Pods by app.kubernetes.io/name (suffix match, since Helm prefixes it) and component."""
    by_name = snapshot.grouped(Pod, name_keys)
    keys = (key for name in names for key in (name, f"-{name.removeprefix('argocd-')}"))
    found = {pod.ref: pod for key in keys for pod in by_name.get(key, ())}
    return [
        _with_config_maps(pod, snapshot)
        for pod in found.values()
        if not component or pod.labels.get(COMPONENT, "") == component
    ]


def name_keys(pod: Pod) -> list[str]:
    """What `pods_named` finds a pod by."""
    return _endings(pod.labels.get(NAME, ""))


@lru_cache(maxsize=1024)
def _endings(label: str) -> list[str]:
    """The label, and with a hyphen before it what is left of it behind each of its hyphens."""
    return [label, *(label[at:] for at, letter in enumerate(label) if letter == "-")] if label else []


def _with_config_maps(pod: Pod, snapshot: Snapshot) -> Pod:
    """The pod with the values its containers take from ConfigMaps: Kargo's chart sets most of a controller's that way."""
    if not any(one.env_from for one in pod.spec.containers):
        return pod
    filled = tuple(
        structs.replace(one, env=(*one.env, *_from_config_maps(one, pod.namespace, snapshot)))
        for one in pod.spec.containers
    )
    return structs.replace(pod, spec=structs.replace(pod.spec, containers=filled))


def _from_config_maps(container: Container, namespace: str, snapshot: Snapshot) -> list[EnvVar]:
    found = []
    for source in container.env_from:
        held = snapshot.get(ConfigMap, namespace, source.config_map_ref.name) if source.config_map_ref else None
        if held is not None:
            found += [EnvVar(name=f"{source.prefix}{name}", value=value) for name, value in held.data.items()]
    return found


def kargo_controllers(snapshot: Snapshot) -> list[Pod]:
    return pods_named(snapshot, "kargo", component="controller")


def argocd_pods(snapshot: Snapshot, component: str) -> list[Pod]:
    """Pods of one Argo CD component: `repo-server`, `application-controller`, `applicationset-controller`, …"""
    return pods_named(snapshot, f"argocd-{component}")


def rollouts_controllers(snapshot: Snapshot) -> list[Pod]:
    return pods_named(snapshot, "argo-rollouts")


def dns_pods(snapshot: Snapshot) -> list[Pod]:
    return [
        pod
        for pod in snapshot.all(Pod, "kube-system")
        if pod.labels.get("k8s-app") in {"kube-dns", "coredns"} or pod.name.startswith("coredns-")
    ]


def env(pod: Pod, name: str) -> str | None:
    """A literal environment value of any of the pod's containers."""
    for container in pod.spec.containers:
        for one in container.env:
            if one.name == name:
                return one.value
    return None


def shard(pod: Pod) -> str:
    return env(pod, "SHARD_NAME") or ""


def serves_unsharded(pod: Pod) -> bool:
    """Whether a Kargo controller takes what has no shard: unnamed ones always, named ones if they are the default."""
    return not shard(pod) or (env(pod, "IS_DEFAULT_CONTROLLER") or "").lower() == "true"


def serves(pod: Pod, wanted: str) -> bool:
    return shard(pod) == wanted if wanted else serves_unsharded(pod)


def in_charge(one: Object, snapshot: Snapshot) -> list[Pod]:
    """The Kargo controllers that reconcile an object of Kargo: those of its shard."""
    return serving(shard_of(one), snapshot)


def serving(wanted: str, snapshot: Snapshot) -> list[Pod]:
    return [pod for pod in kargo_controllers(snapshot) if serves(pod, wanted)]


def live(pods: list[Pod]) -> list[Pod]:
    return [pod for pod in pods if pod.status.phase == "Running" and is_ready(pod)]


def heartbeat(snapshot: Snapshot, wanted: str) -> Lease | None:
    """The heartbeat Lease of a shard's controller (Kargo >= 1.10.4)."""
    for lease in snapshot.all(Lease):
        label = lease.labels.get(HEARTBEAT_LABEL)
        if label is not None and (label == wanted or (not wanted and label in {"", "unnamed"})):
            return lease
    return None


def is_stale(lease: Lease, snapshot: Snapshot) -> bool:
    renewed = lease.spec.renew_time
    return renewed is not None and snapshot.observed_at - renewed > HEARTBEAT_GRACE


def containers(pod: Pod) -> tuple[Container, ...]:
    return pod.spec.containers


def log_keys(pod: Pod) -> list[LogKey]:
    return [LogKey(pod.namespace, pod.name, container.name) for container in pod.spec.containers]


def shard_of(one: Object) -> str:
    """The shard an object of Kargo belongs to: its spec's, else its label's."""
    spec = getattr(one, "spec", None)
    return getattr(spec, "shard", "") or one.labels.get("kargo.akuity.io/shard", "")
