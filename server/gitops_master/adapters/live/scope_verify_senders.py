"""Who sends the traffic of routes, and what else decides about it; asked for where NetworkPolicies let in some only.

What a NetworkPolicy is taken to mean rests on it, nothing else does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gitops_master.adapters.live.reads import Read, Served
from gitops_master.adapters.live.resources import Resource
from gitops_master.adapters.live.scope_verify_ground import Ground, Place
from gitops_master.facts.api_kinds import plural
from gitops_master.model.gateways import Gateway, GRPCRoute, HTTPRoute, IngressRoute
from gitops_master.model.networking import Ingress, NetworkPolicy, Service

if TYPE_CHECKING:
    from gitops_master.adapters.live.scope import Sight

_CONTROLLERS = ("haproxy-ingress", "ingress-nginx", "kubernetes-ingress", "nginx-ingress", "traefik")
"""The label that the charts of ingress controllers set on their pods."""
_GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"
_PLUGINS = (
    ("cilium.io", "v2", ("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy")),
    ("crd.antrea.io", "v1beta1", ("NetworkPolicy", "ClusterNetworkPolicy")),
    ("crd.projectcalico.org", "v1", ("NetworkPolicy", "GlobalNetworkPolicy")),
    ("policy.networking.k8s.io", "v1alpha1", ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy")),
    ("projectcalico.org", "v3", ("NetworkPolicy", "GlobalNetworkPolicy")),
)
"""Where network plugins have policies of their own, which allow and forbid besides."""


def reads(sight: Sight, ground: Ground) -> Iterator[Read | Served]:
    held = [place.namespace for place in ground.full if place.cluster == ground.cluster]
    if not any(sight.snapshot.all(NetworkPolicy, one) for one in held):
        return
    yield ground.wide("v1/Namespace", optional=True)  # by whose labels policies select
    if not ground.cluster:
        yield from _plugins(sight, held)
    routes = (Ingress, IngressRoute, HTTPRoute, GRPCRoute)
    if any(sight.snapshot.all(type_, one) for type_ in routes for one in held):
        yield from _senders(sight, ground)


def _senders(sight: Sight, ground: Ground) -> Iterator[Read]:
    labels = f"app.kubernetes.io/name in ({','.join(_CONTROLLERS)})"
    yield ground.wide("v1/Pod", labels=labels, optional=True)
    yield ground.wide(Service.KIND, fields="spec.type=LoadBalancer", optional=True)
    gateways = sight.snapshot.all(Gateway)
    for gateway in gateways:
        own = f"{_GATEWAY_NAME}={gateway.name}"
        yield Place(gateway.namespace, ground.cluster).read(Service.KIND, labels=own, optional=True)
    addresses = {one.value for gateway in gateways for one in gateway.status.addresses}
    addresses |= {one for ingress in sight.snapshot.all(Ingress) for one in _addresses(ingress)}
    for service in sight.snapshot.all(Service):
        is_sender = _GATEWAY_NAME in service.labels or not addresses.isdisjoint(_addresses(service))
        if is_sender and service.spec.selector:
            pods = ",".join(f"{key}={value}" for key, value in sorted(service.spec.selector.items()))
            yield Place(service.namespace, ground.cluster).read("v1/Pod", labels=pods, optional=True)


def _addresses(one: Ingress | Service) -> set[str]:
    return {
        str(value) for each in one.status.load_balancer.ingress for value in each.values() if isinstance(value, str)
    }


def _plugins(sight: Sight, namespaces: list[str]) -> Iterator[Read | Served]:
    for group, version, kinds in _PLUGINS:
        served = Served(f"{group}/{version}")
        yield served
        why = sight.unserved(served)
        for kind in kinds:
            place = sight.resource(group, version, kind)
            if why:
                guessed = Resource(served.group_version, plural(kind))
                yield Read(kind=f"{group}/{kind}", resource=guessed, optional=True, left_out=why)
            elif place is not None:
                for namespace in namespaces if place.namespaced else [""]:
                    yield Read(kind=f"{group}/{kind}", namespace=namespace, resource=place, optional=True)
