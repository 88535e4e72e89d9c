"""What to read of the control planes: what runs them, that they live, and what they were told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import structs

from gitops_master.adapters.live.reads import Read
from gitops_master.facts.controllers import HEARTBEAT_LABEL
from gitops_master.model.meta import Object
from gitops_master.model.workloads import Deployment, Pod, StatefulSet

if TYPE_CHECKING:
    from gitops_master.adapters.live.scope import Sight

_NAMES = (
    "kargo",
    "argo-rollouts",
    *(f"argocd-{part}" for part in ("application-controller", "applicationset-controller", "repo-server", "server")),
)
LABELS = (f"app.kubernetes.io/name in ({','.join(_NAMES)})", "app.kubernetes.io/part-of=argocd")
"""The labels that the installation manifests and charts of the three set on what they deploy."""
USUAL = ("kargo", "argocd", "argo-rollouts")
"""Where the control planes are looked for when not all namespaces may be, and nobody said where they are."""


def workloads(sight: Sight) -> Iterator[Read]:
    """What runs them, and their heartbeats."""
    for kind in ("v1/Pod", "apps/Deployment", "apps/StatefulSet"):
        for labels in LABELS:
            yield from everywhere_or(sight, Read(kind=kind, labels=labels), sight.places)
    yield from everywhere_or(sight, Read(kind="coordination.k8s.io/Lease", labels=HEARTBEAT_LABEL), sight.places)


def settings(sight: Sight) -> Iterator[Read]:
    """What they were told, and what is said of them."""
    for namespace in sight.places:
        yield Read(kind="v1/ConfigMap", namespace=namespace)
        yield Read(kind="v1/Event", namespace=namespace, optional=True)
        yield Read(kind="v1/Secret", namespace=namespace, labels="argocd.argoproj.io/secret-type", optional=True)


def everywhere_or(sight: Sight, read: Read, namespaces: Iterable[str]) -> Iterator[Read]:
    """All namespaces at once; where that is not permitted, one after the other."""
    yield read
    if read in sight.refused:
        for namespace in namespaces:
            yield structs.replace(read, namespace=namespace)


def places(sight: Sight) -> list[str]:
    """Where the control planes are, by their pods, workloads and heartbeats, and by what Applications say."""
    snapshot = sight.snapshot
    types: tuple[type[Object], ...] = (Pod, Deployment, StatefulSet)
    labelled = [str(place) for type_ in types for place in snapshot.grouped(type_, of_control_plane)]
    leases = [one.namespace for one in snapshot.of_kind("coordination.k8s.io/Lease") if HEARTBEAT_LABEL in one.labels]
    argo_cd = [one.app.status.controller_namespace or one.app.namespace for one in sight.apps]
    found = sorted({*labelled, *leases, *argo_cd, *sight.told} - {""})
    return found if labelled else sorted({*found, *USUAL})


def of_control_plane(one: Object) -> list[str]:
    """Its namespace, if it belongs to one."""
    labels = one.labels
    is_one = labels.get("app.kubernetes.io/name") in _NAMES or labels.get("app.kubernetes.io/part-of") == "argocd"
    return [one.namespace] if is_one else []
