"""Where routes from outside lead to, and who sends the traffic: Ingress, Gateway API, Traefik."""

from collections.abc import Hashable, Iterable

import msgspec

from gitops_master.facts.controllers import pods_named
from gitops_master.facts.services import GIVEN_TO_PODS, ServiceView
from gitops_master.model.gateways import Gateway, GRPCRoute, HTTPRoute, IngressRoute
from gitops_master.model.meta import Object, Ref
from gitops_master.model.networking import Ingress, IngressBackend, IngressClass, Service
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Pod

LEGACY_CLASS = "kubernetes.io/ingress.class"
_DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"
_GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"
_ACTIONS = "use-annotation"
"""As a port's name, to the AWS Load Balancer Controller: an annotation of the Ingress says what to do, not a Service."""
_CONTROLLERS = {
    "k8s.io/ingress-nginx": "ingress-nginx",
    "traefik.io/ingress-controller": "traefik",
    "nginx.org/ingress-controller": "nginx-ingress",
    "haproxy.org/ingress-controller": "kubernetes-ingress",
    "haproxy-ingress.github.io/controller": "haproxy-ingress",
}
"""What IngressClasses of common controllers say, and the label app.kubernetes.io/name of their charts' pods."""
_ISSUERS = frozenset({"cert-manager.io/issuer", "cert-manager.io/cluster-issuer"})
Route = Ingress | HTTPRoute | GRPCRoute | IngressRoute


class Backend(msgspec.Struct, frozen=True):
    """A Service that a route leads to. `path`: the field that names it."""

    service: Ref
    port: int | str | None
    path: str


class Sender(msgspec.Struct, frozen=True):
    """Who sends the traffic of a route. Empty `namespace`: not known; `labels` None: pods, but not known which."""

    namespace: str = ""
    labels: dict[str, str] | None = None
    on_host_network: bool = False

    def __str__(self) -> str:
        labels = ",".join(f"{key}={value}" for key, value in sorted((self.labels or {}).items()))
        return f"pods {labels} in namespace {self.namespace}" if self.namespace else "a sender that is not known"


def has_issuer(one: Ingress) -> bool:
    """Whether cert-manager makes a Certificate for it, which no Application manages."""
    return not _ISSUERS.isdisjoint(one.annotations)


def backends(route: Route) -> list[Backend]:
    """Each Service and port once; not what is no Service, and not those that get no share of the traffic."""
    match route:
        case Ingress():
            found = _of_ingress(route)
        case IngressRoute():
            found = _of_traefik(route)
        case HTTPRoute() | GRPCRoute():
            found = _of_gateway_api(route)
    return list({(one.service, one.port): one for one in reversed(found)}.values())[::-1]


def _of_ingress(one: Ingress) -> list[Backend]:
    named: list[tuple[str, IngressBackend]] = []
    if one.spec.default_backend is not None:
        named.append(("spec.defaultBackend", one.spec.default_backend))
    for number, rule in enumerate(one.spec.rules):
        named += [
            (f"spec.rules[{number}].http.paths[{at}].backend", path.backend) for at, path in enumerate(rule.http.paths)
        ]
    return [
        Backend(
            Ref(Service.KIND, one.namespace, backend.service.name),
            backend.service.port.number or backend.service.port.name or None,
            f"{path}.service.name",
        )
        for path, backend in named
        if backend.service.name and backend.service.port.name != _ACTIONS
    ]


def _of_gateway_api(one: HTTPRoute | GRPCRoute) -> list[Backend]:
    return [
        Backend(
            Ref(Service.KIND, backend.namespace or one.namespace, backend.name),
            backend.port,
            f"spec.rules[{number}].backendRefs[{at}].name",
        )
        for number, rule in enumerate(one.spec.rules)
        for at, backend in enumerate(rule.backend_refs)
        if backend.kind in {"", "Service"} and not backend.group and backend.weight
    ]


def _of_traefik(one: IngressRoute) -> list[Backend]:
    return [
        Backend(
            Ref(Service.KIND, service.namespace or one.namespace, service.name),
            service.port,
            f"spec.routes[{number}].services[{at}].name",
        )
        for number, route in enumerate(one.spec.routes)
        for at, service in enumerate(route.services)
        if service.kind in {"", "Service"} and "@" not in service.name
    ]


def class_name(one: Ingress, snapshot: Snapshot) -> str:
    """The class that an Ingress has: named, by the old annotation, or the default one; empty where it has none."""
    named = one.spec.ingress_class_name or one.annotations.get(LEGACY_CLASS, "")
    defaults = [each.name for each in snapshot.all(IngressClass) if each.annotations.get(_DEFAULT_CLASS) == "true"]
    return named or next(iter(defaults), "")


def gateways(one: HTTPRoute | GRPCRoute) -> list[Ref]:
    """Gateways that a route names as its parents, each once."""
    found = [
        Ref(Gateway.KIND, parent.namespace or one.namespace, parent.name)
        for parent in one.spec.parent_refs
        if parent.kind in {"", "Gateway"}
    ]
    return list(dict.fromkeys(found))


def senders(route: Route, snapshot: Snapshot) -> list[Sender]:
    """Who sends: the pods behind the Service that has the route's address, or the usual pods of its controller."""
    match route:
        case Ingress():
            pods = _at(_addresses(route), snapshot)
            held = snapshot.get(IngressClass, "", class_name(route, snapshot))
            name = _CONTROLLERS.get(held.spec.controller, "") if held is not None else ""
            pods = pods or (_as_senders(pods_named(snapshot, name)) if name else [])
        case IngressRoute():
            pods = _as_senders(pods_named(snapshot, "traefik"))
        case HTTPRoute() | GRPCRoute():
            pods = [each for ref in gateways(route) for each in _of_gateway(ref, snapshot)]
    return pods or [Sender()]


def _of_gateway(ref: Ref, snapshot: Snapshot) -> list[Sender]:
    gateway = snapshot.get(Gateway, ref.namespace, ref.name)
    addresses = {one.value for one in gateway.status.addresses} if gateway is not None else set()
    own = [one for one in snapshot.all(Service, ref.namespace) if one.labels.get(_GATEWAY_NAME) == ref.name]
    return [each for one in own for each in _behind(one, snapshot)] or _at(addresses, snapshot)


def _at(addresses: Iterable[str], snapshot: Snapshot) -> list[Sender]:
    by_address = snapshot.grouped(Service, _addresses)
    held = {one.ref: one for address in addresses for one in by_address.get(address, ())}
    return [each for one in held.values() for each in _behind(one, snapshot)]


def _behind(one: Service, snapshot: Snapshot) -> list[Sender]:
    if not one.spec.selector:
        return []
    pods = ServiceView(one, snapshot).pods
    return _as_senders(pods) if pods else [Sender(one.namespace, one.spec.selector)]


def _as_senders(pods: Iterable[Pod]) -> list[Sender]:
    """Pods that differ in what Kubernetes gives each of them only are one sender."""
    found: dict[Hashable, Sender] = {}
    for pod in pods:
        labels = {key: value for key, value in pod.labels.items() if key not in GIVEN_TO_PODS}
        found[(pod.namespace, *sorted(labels.items()))] = Sender(pod.namespace, labels, pod.spec.host_network)
    return list(found.values())


def _addresses(one: Object) -> list[str]:
    """Of an Ingress or a Service: IP addresses and names at which its load balancer is reached."""
    held = one.status.load_balancer.ingress if isinstance(one, Ingress | Service) else ()
    return [str(each[key]) for each in held for key in ("ip", "hostname") if each.get(key)]
