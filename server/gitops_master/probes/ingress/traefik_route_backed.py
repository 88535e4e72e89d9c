"""Level 3: whether what Traefik's routes name is there."""

from collections.abc import Iterator

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.routes import backends
from gitops_master.model.gateways import IngressRoute, Middleware, TraefikTarget
from gitops_master.model.meta import Ref
from gitops_master.model.networking import EndpointSlice, Service
from gitops_master.model.snapshot import Snapshot
from gitops_master.probes.backends import backend_faults
from gitops_master.probes.objects import Fault, judged, named, not_live
from gitops_master.probes.registry import Seen, probe
from gitops_master.probes.tls_secrets import secret_faults

_OWN_SERVICE = "traefik.io/TraefikService"


@probe(
    "traefik-route-backed",
    level=3,
    order=3,
    kinds=[IngressRoute.KIND, Middleware.KIND, Service.KIND, EndpointSlice.KIND],
    counts="routes",
    nothing="no IngressRoute of Traefik belongs to it",
    manages=[IngressRoute.KIND],
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Traefik's IngressRoutes.

    Reads: the services, middlewares and the TLS Secret that they name, other than those of another provider (a name with @)
    PASS: all exist, endpoints are ready
    WARN: the workload behind it is scaled to zero
    FAIL: one does not exist; no ready endpoint
    UNKNOWN, SKIPPED: UNKNOWN: Secrets may not be read, or the pods behind it are starting. SKIPPED: none
    Rights: list ingressroutes, middlewares, traefikservices (traefik.io), services, pods; list endpointslices (discovery.k8s.io); get secrets by name
    """
    for one in deployed.managed_of(IngressRoute.KIND):
        if not isinstance(one.live, IngressRoute):
            yield from not_live(one, deployed.snapshot)
            continue
        services = [each.name for route in one.live.spec.routes for each in route.services]
        yield from judged(
            one.ref, _faults(one.live, deployed.snapshot), f"leads to {', '.join(dict.fromkeys(services)) or 'nothing'}"
        )


def _faults(one: IngressRoute, snapshot: Snapshot) -> Iterator[Fault]:
    for backend in backends(one):
        yield from backend_faults(snapshot, backend.service, backend.port, one, backend.path)
    for number, route in enumerate(one.spec.routes):
        for at, target in enumerate(route.services):
            if target.kind == "TraefikService":
                yield from _named(one, target, _OWN_SERVICE, f"spec.routes[{number}].services[{at}].name", snapshot)
        for at, target in enumerate(route.middlewares):
            yield from _named(one, target, Middleware.KIND, f"spec.routes[{number}].middlewares[{at}].name", snapshot)
    if one.spec.tls is not None and one.spec.tls.secret_name:
        yield from secret_faults(snapshot, one.spec.tls.secret_name, one, "spec.tls.secretName")


def _named(one: IngressRoute, target: TraefikTarget, kind: str, path: str, snapshot: Snapshot) -> list[Fault]:
    """Traefik drops a route as a whole if its middleware or service does not exist."""
    if "@" in target.name:
        return []
    ref = Ref(kind, target.namespace or one.namespace, target.name)
    return named(snapshot, ref, f"so that Traefik drops the route of {one.ref}", one, path)
