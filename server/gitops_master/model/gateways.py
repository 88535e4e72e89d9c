"""The Gateway API (gateway.networking.k8s.io) and Traefik's routes: the fields that probes and answers read."""

from typing import ClassVar

from msgspec import field

from gitops_master.model.kubernetes import CustomResource, Phase
from gitops_master.model.meta import Conditioned, Struct


class BackendRef(Struct, frozen=True):
    """Empty `kind`: a Service. Empty `namespace`: the route's own. `weight` 0: nothing is sent there."""

    name: str = ""
    namespace: str = ""
    kind: str = ""
    group: str = ""
    port: int | None = None
    weight: int = 1


class RouteRule(Struct, frozen=True):
    backend_refs: tuple[BackendRef, ...] = ()


class ParentRef(Struct, frozen=True):
    """Empty `kind`: a Gateway. Empty `namespace`: the route's own. `sectionName`: the listener."""

    name: str = ""
    namespace: str = ""
    kind: str = ""
    section_name: str = ""


class RouteSpec(Struct, frozen=True):
    hostnames: tuple[str, ...] = ()
    parent_refs: tuple[ParentRef, ...] = ()
    rules: tuple[RouteRule, ...] = ()


class RouteParent(Conditioned, frozen=True):
    """What one controller says of a route at one parent."""

    parent_ref: ParentRef = ParentRef()


class RouteStatus(Phase, frozen=True):
    parents: tuple[RouteParent, ...] = ()


class HTTPRoute(CustomResource, frozen=True):
    """Of the Gateway API: hosts and what they lead to. Which of them are encrypted, its Gateway says."""

    KIND: ClassVar[str] = "gateway.networking.k8s.io/HTTPRoute"
    spec: RouteSpec = RouteSpec()
    status: RouteStatus = RouteStatus()


class GRPCRoute(CustomResource, frozen=True):
    KIND: ClassVar[str] = "gateway.networking.k8s.io/GRPCRoute"
    spec: RouteSpec = RouteSpec()
    status: RouteStatus = RouteStatus()


class Listener(Struct, frozen=True):
    name: str = ""
    hostname: str = ""
    port: int = 0
    protocol: str = ""


class GatewaySpec(Struct, frozen=True):
    listeners: tuple[Listener, ...] = ()


class ListenerStatus(Conditioned, frozen=True):
    name: str = ""
    attached_routes: int = 0


class GatewayAddress(Struct, frozen=True):
    type: str = ""
    value: str = ""


class GatewayStatus(Phase, frozen=True):
    addresses: tuple[GatewayAddress, ...] = ()
    listeners: tuple[ListenerStatus, ...] = ()


class Gateway(CustomResource, frozen=True):
    KIND: ClassVar[str] = "gateway.networking.k8s.io/Gateway"
    spec: GatewaySpec = GatewaySpec()
    status: GatewayStatus = GatewayStatus()


class GrantFrom(Struct, frozen=True):
    group: str = ""
    kind: str = ""
    namespace: str = ""


class GrantTo(Struct, frozen=True):
    """Empty `name`: every object of the kind."""

    group: str = ""
    kind: str = ""
    name: str = ""


class GrantSpec(Struct, frozen=True):
    from_: tuple[GrantFrom, ...] = field(name="from", default=())
    to: tuple[GrantTo, ...] = ()


class ReferenceGrant(CustomResource, frozen=True):
    KIND: ClassVar[str] = "gateway.networking.k8s.io/ReferenceGrant"
    spec: GrantSpec = GrantSpec()


class TraefikTarget(Struct, frozen=True):
    """A service or a middleware. Empty `kind`: a Service; Traefik also has its own TraefikService."""

    name: str = ""
    namespace: str = ""
    kind: str = ""
    port: int | str | None = None


class TraefikRoute(Struct, frozen=True):
    match: str = ""
    services: tuple[TraefikTarget, ...] = ()
    middlewares: tuple[TraefikTarget, ...] = ()


class TraefikTLS(Struct, frozen=True):
    secret_name: str = ""


class TraefikSpec(Struct, frozen=True):
    routes: tuple[TraefikRoute, ...] = ()
    tls: TraefikTLS | None = None


class IngressRoute(CustomResource, frozen=True):
    KIND: ClassVar[str] = "traefik.io/IngressRoute"
    spec: TraefikSpec = TraefikSpec()


class Middleware(CustomResource, frozen=True):
    KIND: ClassVar[str] = "traefik.io/Middleware"
