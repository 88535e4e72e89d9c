"""Objects of kinds that not every namespace has, as far as Applications manage them, and the definitions of those kinds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from gitops_master.adapters.live import scope_apps
from gitops_master.adapters.live.reads import Read, Served
from gitops_master.adapters.live.resources import RESOURCES, Resource, group_version
from gitops_master.facts.routes import has_issuer
from gitops_master.model.argocd import Application
from gitops_master.model.meta import condition
from gitops_master.model.networking import Ingress
from gitops_master.model.operators import Certificate
from gitops_master.model.registry import kind_of

if TYPE_CHECKING:
    from gitops_master.adapters.live.scope import Sight
    from gitops_master.adapters.live.scope_verify_ground import Ground, Place

CRD = "apiextensions.k8s.io/CustomResourceDefinition"
FEW = 4
"""Objects of one kind in a namespace that are asked for one by one; more of them come as a list, whoever manages them."""
MOST = 400
"""Requests for objects of such kinds."""
_TOO_MANY = f"not asked: only {MOST} requests are made for objects of such kinds"
_BUILT_IN = frozenset({
    "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "authentication.k8s.io",
    "authorization.k8s.io", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io",
    "flowcontrol.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io", "rbac.authorization.k8s.io", "resource.k8s.io",
    "scheduling.k8s.io", "storage.k8s.io",
})  # fmt: skip
"""Groups with a dot that API servers serve by themselves (k8s.io/kubernetes pkg/controlplane, 1.36)."""
_USUAL_VERSIONS = ("v1", "v1beta1", "v1alpha1")
"""Where a kind is looked for of which only the group is known."""
_OF_CERTIFICATES = (
    "cert-manager.io/CertificateRequest",
    "acme.cert-manager.io/Order",
    "acme.cert-manager.io/Challenge",
)


class _Kind(NamedTuple):
    """One kind in one version on one cluster."""

    group: str
    version: str
    kind: str
    cluster: str

    @property
    def title(self) -> str:
        return kind_of(group_version(self.group, self.version), self.kind)

    @property
    def served(self) -> Served:
        return Served(group_version(self.group, self.version))


def is_custom(group: str) -> bool:
    """Whether kinds of the group are brought by definitions (or by an aggregated API)."""
    return "." in group and group not in _BUILT_IN


def reads(sight: Sight, ground: Ground) -> Iterator[Read | Served]:
    asked = 0
    for one in _managed(sight, ground):
        if isinstance(one, Read) and not one.left_out and one.kind != CRD:
            asked += 1
            if asked > MOST:
                one = Read(
                    kind=one.kind, namespace=one.namespace, name=one.name, resource=one.resource, left_out=_TOO_MANY
                )
        yield one
    for kind in sight.also.kinds:
        yield from _everywhere(sight, kind)
    for place in ground.full:
        yield from _certificates(sight, place)


def _managed(sight: Sight, ground: Ground) -> Iterator[Read | Served]:
    named: dict[_Kind, dict[str, dict[str, None]]] = {}
    for app in sight.apps:
        cluster = scope_apps.destination(sight, app.app.spec.destination)
        for one in app.app.status.resources:
            if not one.hook and (is_custom(one.group) or (one.group, one.kind) == ("batch", "CronJob")):
                kind = _Kind(one.group, one.version or "v1", one.kind, cluster)
                named.setdefault(kind, {}).setdefault(one.namespace, {})[one.name] = None
    mixed = set(ground.mixed)
    for kind, places in named.items():
        place = _resource(sight, kind)
        if place is None:
            yield from _unserved(sight, ground, kind)
            continue
        if is_custom(kind.group):
            yield ground.wide(CRD, f"{place.plural}.{kind.group}", cluster=kind.cluster)
        for namespace, names in places.items():
            if (namespace, kind.cluster) not in mixed:
                yield from _objects(kind, place, namespace, names)


def _objects(kind: _Kind, place: Resource, namespace: str, names: dict[str, None]) -> Iterator[Read]:
    alone, resource = bool(kind.cluster), None if RESOURCES.get(kind.title) == place else place
    namespace = namespace if place.namespaced else ""
    for name in names if len(names) <= FEW else ("",):
        yield Read(
            kind=kind.title, namespace=namespace, name=name, cluster=kind.cluster, resource=resource, alone=alone
        )
    if kind.title == "argoproj.io/Rollout":
        yield Read(kind="argoproj.io/AnalysisRun", namespace=namespace, cluster=kind.cluster, alone=alone)


def _resource(sight: Sight, kind: _Kind) -> Resource | None:
    """Where it lives, in the version that the Application names: a server may serve no other."""
    known = RESOURCES.get(kind.title)
    if known is not None:
        return known._replace(group_version=kind.served.group_version) if is_custom(kind.group) else known
    return None if kind.cluster else sight.resource(kind.group, kind.version, kind.kind)


def _unserved(sight: Sight, ground: Ground, kind: _Kind) -> Iterator[Read | Served]:
    """Asks where the kind lives; where the server does not know, which definitions it has at all, and for those of the group."""
    if kind.cluster:
        why = "not asked: what another cluster serves is not looked up"
    else:
        yield kind.served
        if not sight.asked(kind.served):
            return
        yield ground.wide(CRD, cluster="")
        for one in sight.snapshot.of_kind(CRD):  # what keeps it from being served, its definition may say
            if one.name.endswith(f".{kind.group}"):
                yield ground.wide(CRD, one.name, cluster="")
        absent = f"{kind.served.group_version} with this kind is not served by this cluster"
        why = sight.unserved(kind.served) or absent
    guessed = Resource(kind.served.group_version, f"{kind.kind.lower()}s")
    yield Read(kind=kind.title, resource=guessed, cluster=kind.cluster, alone=bool(kind.cluster), left_out=why)


def _everywhere(sight: Sight, kind: str) -> Iterator[Read | Served]:
    """Every object of a kind that somebody wants to see in order."""
    if kind == Application.KIND:  # any page of them tells whether Argo CD works, and one of them may be 100 KiB
        yield Read(kind=kind, one_page=True)
        return
    known = RESOURCES.get(kind)
    if known is not None:
        yield Read(kind=kind)
        return
    group, _, name = kind.rpartition("/")
    tried = [Served(group_version(group, version)) for version in _USUAL_VERSIONS]
    yield from tried
    found = [place for version in _USUAL_VERSIONS if (place := sight.resource(group, version, name)) is not None]
    if found:
        yield Read(kind=kind, resource=found[0])
        yield Read(kind=CRD, name=f"{found[0].plural}.{group}")
    elif all(sight.asked(one) for one in tried):
        yield Read(kind=CRD)
        guessed = Resource(tried[0].group_version, f"{name.lower()}s")
        why = f"this kind is not served by this cluster as {', '.join(_USUAL_VERSIONS)}"
        yield Read(kind=kind, resource=guessed, left_out=why)


def _certificates(sight: Sight, place: Place) -> Iterator[Read]:
    """Those that cert-manager makes for an Ingress; how far those are that are not ready."""
    if any(has_issuer(one) for one in sight.snapshot.all(Ingress, place.namespace)):
        yield place.read(Certificate.KIND)
    ready = (condition(one.status.conditions, "Ready") for one in sight.snapshot.all(Certificate, place.namespace))
    if any(one is None or one.status != "True" for one in ready):
        for kind in _OF_CERTIFICATES:
            yield place.read(kind, optional=True)
