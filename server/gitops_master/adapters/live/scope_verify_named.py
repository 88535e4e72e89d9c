"""What the objects of a verified namespace refer to by name: there, in other namespaces, or in none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from gitops_master.adapters.live.reads import Read, Served
from gitops_master.adapters.live.resources import RESOURCES
from gitops_master.adapters.live.scope_control import of_control_plane
from gitops_master.adapters.live.scope_verify_ground import LISTS, Ground, Place
from gitops_master.facts.controllers import name_keys
from gitops_master.facts.pod_references import named, revisions
from gitops_master.facts.services import makers
from gitops_master.facts.workloads import unquiet, values_of
from gitops_master.model.gateways import GRPCRoute, HTTPRoute, IngressRoute
from gitops_master.model.kubernetes import PersistentVolumeClaim
from gitops_master.model.meta import Ref
from gitops_master.model.networking import Ingress, Service
from gitops_master.model.operators import Certificate
from gitops_master.model.rollouts import Rollout
from gitops_master.model.snapshot import Keys, Snapshot, owners
from gitops_master.model.webhooks import MutatingWebhookConfiguration, ValidatingWebhookConfiguration
from gitops_master.model.workloads import DaemonSet, Deployment, Pod, StatefulSet

if TYPE_CHECKING:
    from gitops_master.adapters.live.scope import Sight

FEW = 4
"""Objects of one kind in a namespace that are asked for one by one; the metadata of all of them is cheaper than more requests."""
MOST_NAMED = 100
"""That are asked for one by one where a list is not permitted."""
MOST_NODES = 40
"""That are asked for one by one."""
_TOO_MANY = f"not asked: only {MOST_NAMED} of a namespace are asked for by name"
_SECRET, _CONFIG_MAP, _SLICE = "v1/Secret", "v1/ConfigMap", "discovery.k8s.io/EndpointSlice"
_GATEWAY, _GRANT, _MIDDLEWARE = (
    "gateway.networking.k8s.io/Gateway",
    "gateway.networking.k8s.io/ReferenceGrant",
    "traefik.io/Middleware",
)
_DONE = frozenset({"Succeeded", "Failed"})
_ENDS = frozenset({_SECRET, "v1/Namespace", "v1/Node", "networking.k8s.io/IngressClass", "storage.k8s.io/StorageClass"})


def reads(sight: Sight, ground: Ground) -> Iterator[Read]:
    taken = _taken(sight.snapshot)
    for place in ground.full:
        is_known = all(sight.asked(place.read(kind)) for kind in LISTS)
        yield from _of_pods(sight, place, taken.get(place.namespace, ()), is_known=is_known)
        if is_known:
            yield from _routes(sight, place)
            yield from _coming(sight, place)
    if ground.full:
        yield ground.wide("apiregistration.k8s.io/APIService")
        yield ground.wide(ValidatingWebhookConfiguration.KIND)
        yield ground.wide(MutatingWebhookConfiguration.KIND)
        yield from _nodes(sight, ground)
        yield from _classes(sight, ground)
        yield from _webhook_services(sight, ground)
    yield from _asked_for(sight, ground)


def ends_here(read: Read | Served) -> bool:
    """Whether what it brings, if it brings all that was asked for, names nothing that a verification reads."""
    return isinstance(read, Read) and (read.kind in _ENDS or (read.kind == _CONFIG_MAP and read.bare))


def _taken(snapshot: Snapshot) -> dict[str, set[tuple[str, str]]]:
    """Kind and name of what pods take from Secrets and ConfigMaps, or will that workloads make, namespace by namespace."""
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for pods in snapshot.grouped(Pod, revisions).values():
        found[pods[0].namespace].update((kind, name) for kind, name, _ in named(pods[0].spec))
    for type_ in _TEMPLATED:
        made = cast(
            "Iterable[tuple[str, str, str]]", snapshot.grouped(type_, _of_template)
        )  # once, however often it is asked for
        for namespace, kind, name in made:
            found[namespace].add((kind, name))
    return found


def _of_pods(sight: Sight, place: Place, taken: Iterable[tuple[str, str]], *, is_known: bool) -> Iterator[Read]:
    """Secrets and ConfigMaps that pods, or the workloads that should have some, and what is reached name.

    `is_known`: how many there are; until then, those are asked for that are too many already to be asked for by name.
    """
    snapshot, names = sight.snapshot, {_SECRET: set[str](), _CONFIG_MAP: set[str]()}
    for kind, name in taken:
        names[kind].add(name)
    names[_SECRET].update(tls.secret_name for one in snapshot.all(Ingress, place.namespace) for tls in one.spec.tls)
    names[_SECRET].update(one.spec.secret_name for one in snapshot.all(Certificate, place.namespace))
    routes = (one.spec.tls for one in snapshot.all(IngressRoute, place.namespace))
    names[_SECRET].update(one.secret_name for one in routes if one is not None)
    for kind, found in names.items():
        found.discard("")
        if is_known:
            yield from _some(sight, place, kind, sorted(found))
        elif len(found) > FEW:
            yield _list(place, kind)


def _of_template(one: Deployment | StatefulSet | DaemonSet | Rollout) -> Iterable[tuple[str, str, str]]:
    return {(one.namespace, kind, name) for kind, name, _ in named(one.spec.template.spec)}


def _of_node(pod: Pod) -> Iterator[tuple[str, str]]:
    if pod.spec.node_name and pod.status.phase not in _DONE:
        yield pod.namespace, pod.spec.node_name


_TEMPLATED: tuple[type[Any], ...] = (Deployment, StatefulSet, DaemonSet, Rollout)


def _some(sight: Sight, place: Place, kind: str, names: Collection[str]) -> Iterator[Read]:
    """Metadata of objects by name; of many, as a list where that is permitted: it says what is absent as well."""
    if len(names) > FEW:
        every = _list(place, kind)
        yield every
        if every not in sight.refused:
            return
    for at, name in enumerate(names):
        yield place.read(kind, name, bare=True, left_out=_TOO_MANY if at >= MOST_NAMED else "")


def _list(place: Place, kind: str) -> Read:
    return place.read(kind, bare=True, optional=True)


def _routes(sight: Sight, place: Place) -> Iterator[Read]:
    """Gateways and middlewares of routes, and what lies in other namespaces than the route itself."""
    http = (one.spec for one in sight.snapshot.all(HTTPRoute, place.namespace))
    grpc = (one.spec for one in sight.snapshot.all(GRPCRoute, place.namespace))
    for spec in (*http, *grpc):
        for parent in spec.parent_refs:
            if parent.kind in ("", "Gateway"):
                yield _elsewhere(place, parent.namespace).read(_GATEWAY, parent.name)
        for backend in (one for rule in spec.rules for one in rule.backend_refs):
            if backend.namespace not in ("", place.namespace) and backend.kind in ("", "Service"):
                other = _elsewhere(place, backend.namespace)
                yield other.read(_GRANT)
                yield from _service(other, [backend.name])
    for traefik in (one for each in sight.snapshot.all(IngressRoute, place.namespace) for one in each.spec.routes):
        for middleware in traefik.middlewares:
            yield _elsewhere(place, middleware.namespace).read(_MIDDLEWARE, middleware.name)
        for service in traefik.services:
            if service.namespace not in ("", place.namespace) and service.kind in ("", "Service"):
                yield from _service(_elsewhere(place, service.namespace), [service.name])


def _coming(sight: Sight, place: Place) -> Iterator[Read]:
    """Whether a node is on its way for pods that have none: autoscalers say so in Events that are no Warnings."""
    if place.namespace in sight.snapshot.grouped(Pod, _of_waiting):
        for reason in ("TriggeredScaleUp", "Nominated"):
            yield place.read("v1/Event", fields=f"reason={reason}", optional=True)


def _of_waiting(pod: Pod) -> list[str]:
    return [pod.namespace] if pod.status.phase == "Pending" and not pod.spec.node_name else []


def _elsewhere(place: Place, namespace: str) -> Place:
    return place._replace(namespace=namespace or place.namespace)


def _service(place: Place, names: Iterable[str]) -> Iterator[Read]:
    """Services of a namespace that is not looked at otherwise, and who answers for them."""
    named = sorted(set(names) - {""})
    for name in named if len(named) <= FEW else [""]:
        yield place.read(Service.KIND, name)
    yield place.read(_SLICE)


def _nodes(sight: Sight, ground: Ground) -> Iterator[Read]:
    """Those that pods run on."""
    for cluster in sorted(ground.clusters):
        held = {place.namespace for place in ground.full if place.cluster == cluster}
        running = cast("Iterable[tuple[str, str]]", sight.snapshot.grouped(Pod, _of_node))
        names = sorted({node for namespace, node in running if namespace in held})
        if len(names) > MOST_NODES:
            every = ground.wide("v1/Node", cluster=cluster, optional=True)
            yield every
            if every not in sight.refused:
                continue
        for name in names:
            yield ground.wide("v1/Node", name, cluster=cluster)


def _classes(sight: Sight, ground: Ground) -> Iterator[Read]:
    """What claims and Ingresses are a class of."""
    held = [place.namespace for place in ground.full if place.cluster == ground.cluster]
    if any(sight.snapshot.all(PersistentVolumeClaim, one) for one in held):
        yield ground.wide("storage.k8s.io/StorageClass")
    if any(sight.snapshot.all(Ingress, one) for one in held):
        yield ground.wide("networking.k8s.io/IngressClass")


def _webhook_services(sight: Sight, ground: Ground) -> Iterator[Read]:
    """Who answers for admission webhooks; that the API server can reach them is not ours to see."""
    services: dict[str, set[str]] = {}
    validating = (each for one in sight.snapshot.all(ValidatingWebhookConfiguration) for each in one.webhooks)
    mutating = (each for one in sight.snapshot.all(MutatingWebhookConfiguration) for each in one.webhooks)
    for service in (webhook.client_config.service for webhook in (*validating, *mutating)):
        if service is not None:
            services.setdefault(service.namespace, set()).add(service.name)
    for namespace, names in sorted(services.items()):
        yield from _service(Place(namespace, ground.cluster), names)


def _asked_for(sight: Sight, ground: Ground) -> Iterator[Read]:
    """Single objects that somebody named."""
    homes = [place.namespace for place in (*ground.full, *ground.others) if not place.cluster]
    for ref in sight.also.objects:
        if ref.kind not in RESOURCES:
            continue
        is_namespaced = RESOURCES[ref.kind].namespaced
        for namespace in ([ref.namespace] if ref.namespace else homes) if is_namespaced else [""]:
            yield Read(kind=ref.kind, namespace=namespace, name=ref.name, keys=ref in sight.also.keyed)
            if ref.kind == Service.KIND:
                yield from _behind(sight, Ref(ref.kind, namespace, ref.name))


def _behind(sight: Sight, ref: Ref) -> Iterator[Read]:
    """Endpoints of a Service, and its pods: their readiness probe says where to ask."""
    yield Read(kind=_SLICE, namespace=ref.namespace)
    service = sight.snapshot.get(Service, ref.namespace, ref.name)
    if service is not None and service.spec.selector:
        labels = ",".join(f"{key}={value}" for key, value in sorted(service.spec.selector.items()))
        yield Read(kind=Pod.KIND, namespace=ref.namespace, labels=labels)


GROUPED: Mapping[str, Sequence[Keys]] = {
    Pod.KIND: (
        owners, makers, revisions, unquiet, name_keys, of_control_plane, _of_node, _of_waiting,
        values_of("app"), values_of("app.kubernetes.io/name"),
    )
}  # fmt: skip
"""What a verification, and the looks at what to read for it, group objects of these kinds by; among labels, those that Services
usually select."""
