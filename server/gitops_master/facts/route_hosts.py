"""What each kind of route says of its hosts: encrypted or not, where, how access is kept."""

import re
from collections.abc import Iterator

import msgspec

from gitops_master.facts.deployed import Deployed
from gitops_master.model.expectations import AuthClass
from gitops_master.model.gateways import Gateway, GRPCRoute, HTTPRoute, IngressRoute, Listener
from gitops_master.model.meta import Ref
from gitops_master.model.networking import Ingress, IngressRule

_NGINX = "nginx.ingress.kubernetes.io/"
_ENCRYPTS = (
    "alb.ingress.kubernetes.io/certificate-arn",
    "networking.gke.io/managed-certificates",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
)
"""Annotations that bring a certificate without `spec.tls`."""
_TRAEFIK_TLS = "traefik.ingress.kubernetes.io/router.tls"
_ENCRYPTED = {"HTTPS", "TLS"}
_HOST = re.compile(r"(?<!!)(?<!! )\b(Host(?:Header|Regexp)?)\(([^)]{0,2000})\)")
"""Of a Traefik rule; `!Host(…)` is a host that is not served."""
REGEXP = "HostRegexp"
_QUOTED = re.compile(r"[`\"']([^`\"']{1,300})[`\"']")


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """One mention of a host. `name` may be empty (every host), a wildcard, or no host name at all. `port` 0: the usual one."""

    name: str
    source: Ref
    path: str
    tls: bool
    port: int = 0
    addresses: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    implied: AuthClass | None = None
    implied_by: str = ""
    grpc: bool = False


def of_ingresses(deployed: Deployed) -> Iterator[Named]:
    """Hosts of rules, and those of `spec.tls` that no rule names."""
    for one in deployed.live(Ingress):
        balancers = one.status.load_balancer.ingress
        addresses = frozenset(str(held[key]) for held in balancers for key in ("ip", "hostname") if held.get(key))
        for rule in one.spec.rules:
            implied, implied_by = _implied(one, rule)
            yield Named(
                name=rule.host,
                source=one.ref,
                path="spec.rules[].host",
                tls=_is_encrypted(one, rule.host),
                addresses=addresses,
                services=frozenset(
                    f"{one.namespace}/{path.backend.service.name}"
                    for path in rule.http.paths
                    if path.backend.service.name
                ),
                implied=implied,
                implied_by=implied_by,
            )
        ruled = {rule.host.lower() for rule in one.spec.rules}
        for host in [
            host for tls in one.spec.tls for host in tls.hosts if host.lower() not in ruled and "*" not in host
        ]:
            yield Named(name=host, source=one.ref, path="spec.tls[].hosts[]", tls=True, addresses=addresses)


def _is_encrypted(ingress: Ingress, host: str) -> bool:
    named = [name for one in ingress.spec.tls for name in one.hosts]
    if any(covers(name, host) for name in named) or any(not one.hosts for one in ingress.spec.tls):
        return True
    notes = ingress.annotations
    return notes.get(_TRAEFIK_TLS, "").lower() == "true" or any(notes.get(key) for key in _ENCRYPTS)


def covers(pattern: str, host: str) -> bool:
    """Whether a name of a certificate or listener holds for a host; a wildcard stands for labels in front."""
    pattern, host = pattern.lower(), host.lower()
    return pattern == host or (pattern.startswith("*.") and host.endswith(pattern[1:]) and len(host) > len(pattern) - 1)


def _implied(ingress: Ingress, rule: IngressRule) -> tuple[AuthClass | None, str]:
    """How ingress-nginx was told to keep access to the host's first page. Nothing where an address list may do instead."""
    notes = ingress.annotations
    is_whole = any(path.path in {"", "/"} for path in rule.http.paths)
    if not is_whole or notes.get(f"{_NGINX}satisfy") == "any":
        return None, ""
    if notes.get(f"{_NGINX}auth-url"):
        return "forward-auth", f"annotation {_NGINX}auth-url"
    if notes.get(f"{_NGINX}auth-type") == "basic" and notes.get(f"{_NGINX}auth-secret"):
        return "basic", f"annotation {_NGINX}auth-type"
    if notes.get(f"{_NGINX}auth-tls-secret") and notes.get(f"{_NGINX}auth-tls-verify-client", "on") == "on":
        return "mtls", f"annotation {_NGINX}auth-tls-secret"
    return None, ""


def of_gateway_routes(deployed: Deployed) -> Iterator[Named]:
    """Hosts of HTTPRoutes and GRPCRoutes; of a route that names none, those of its Gateway's listeners."""
    routes: list[HTTPRoute | GRPCRoute] = [*deployed.live(HTTPRoute), *deployed.live(GRPCRoute)]
    for one in routes:
        joined = _listeners(deployed, one)
        hosts = one.spec.hostnames or tuple(dict.fromkeys(listener.hostname for _, listener in joined)) or ("",)
        refs = [ref for rule in one.spec.rules for ref in rule.backend_refs if ref.name]
        services = frozenset(f"{ref.namespace or one.namespace}/{ref.name}" for ref in refs)
        for host in hosts:
            fitting = [(gateway, at) for gateway, at in joined if not at.hostname or covers(at.hostname, host)]
            encrypted = [at for _, at in fitting if at.protocol in _ENCRYPTED]
            plain = [at for _, at in fitting if at.protocol == "HTTP"]
            listener = next(iter(encrypted or plain), None)
            yield Named(
                name=host,
                source=one.ref,
                path="spec.hostnames[]" if one.spec.hostnames else "spec.parentRefs[]",
                # Of a Gateway that was not read nothing is known; those that serve people encrypt.
                tls=bool(encrypted) or not fitting,
                port=listener.port if listener else 0,
                addresses=frozenset(held.value for gateway, _ in fitting for held in gateway.status.addresses) - {""},
                services=services,
                grpc=isinstance(one, GRPCRoute),
            )


def _listeners(deployed: Deployed, route: HTTPRoute | GRPCRoute) -> list[tuple[Gateway, Listener]]:
    found = []
    for parent in route.spec.parent_refs:
        gateway = deployed.snapshot.get(Gateway, parent.namespace or route.namespace, parent.name)
        if gateway is None or parent.kind not in {"", "Gateway"}:
            continue
        wanted = parent.section_name
        found += [(gateway, one) for one in gateway.spec.listeners if not wanted or one.name == wanted]
    return found


def of_traefik_routes(deployed: Deployed) -> Iterator[Named]:
    """Hosts of `Host(…)` in the rules of IngressRoutes."""
    for one in deployed.live(IngressRoute):
        for index, route in enumerate(one.spec.routes):
            named = [held for held in route.services if held.kind in {"", "Service"} and held.name]
            services = frozenset(f"{held.namespace or one.namespace}/{held.name}" for held in named)
            for matcher, inside in _HOST.findall(route.match):
                # A pattern is no host name, whatever it looks like.
                names = [f"{REGEXP}({inside})"] if matcher == REGEXP else _QUOTED.findall(inside)
                for name in names:
                    yield Named(
                        name=name,
                        source=one.ref,
                        path=f"spec.routes[{index}].match",
                        tls=one.spec.tls is not None,
                        services=services,
                    )
