"""Where a monitoring product answers: as the expectations say, or the one Service that can only be it."""

from typing import Literal

import msgspec

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.replies import Asked, with_query
from gitops_master.model.asking import Get, Proxied
from gitops_master.model.expectations import Endpoint
from gitops_master.model.meta import Ref
from gitops_master.model.networking import Service, ServicePort
from gitops_master.model.verification import Verdict

Product = Literal["prometheus", "alertmanager", "loki", "grafana"]
TITLES: dict[Product, str] = {
    "prometheus": "Prometheus",
    "alertmanager": "Alertmanager",
    "loki": "Loki",
    "grafana": "Grafana",
}
_PORTS: dict[Product, int] = {"prometheus": 9090, "alertmanager": 9093, "loki": 3100, "grafana": 3000}
_PORT_NAMES = ("http-web", "web", "http", "service", "http-metrics")
"""Of the port with the product's API, in the prometheus-operator's manifests and the usual charts."""
_FRONTS = ("gateway", "query-frontend", "single-binary", "read")
"""Components of Loki that take queries, the best first (`app.kubernetes.io/component` in its chart)."""
_AUTHORIZATION = "authorization"


class Way(msgspec.Struct, frozen=True):
    """One product's API. `found`: nobody named it, it stood among the Services. `base`: a request without path and query."""

    title: str
    base: Asked
    target: Ref | str
    found: bool = False

    def ask(self, path: str, *query: tuple[str, str]) -> Asked:
        """GET of a path, which begins with a slash, below where the API is served."""
        if isinstance(self.base, Get):
            url = with_query(f"{self.base.url.rstrip('/')}{path}", *query)
            return msgspec.structs.replace(self.base, url=url)
        return msgspec.structs.replace(self.base, path=with_query(path, *query))


class NoWay(msgspec.Struct, frozen=True):
    """Why a product is not asked."""

    verdict: Verdict
    reason: str


def way_to(product: Product, stated: Endpoint | None, deployed: Deployed) -> Way | NoWay:
    """The way that is switched on; through the proxy where both are."""
    title = TITLES[product]
    if stated is None:
        return _found(product, deployed)
    if stated.service and deployed.proxy:
        if stated.header.lower() != _AUTHORIZATION:
            return _proxied(product, stated, deployed)
        if not (stated.url and deployed.http):
            reason = (
                f"the API server keeps the header Authorization for itself: give {product}.url, and ask with --http"
            )
            return NoWay(Verdict.SKIPPED, reason)
    if stated.url and deployed.http:
        return _with_headers(Way(title, Get(stated.url), stated.url), stated)
    if not (stated.url or stated.service):
        found = _found(product, deployed)
        return found if isinstance(found, NoWay) else _with_headers(found, stated)
    switch = "--proxy" if stated.service else "--http"
    return NoWay(Verdict.SKIPPED, f"{title} is not asked for ({switch})")


def _proxied(product: Product, stated: Endpoint, deployed: Deployed) -> Way | NoWay:
    place, _, port = stated.service.partition(":")
    namespace, _, name = place.rpartition("/")
    if not namespace:
        homes = sorted({one.namespace for one in deployed.snapshot.all(Service) if one.name == name})
        if len(homes) != 1:
            found = f"Services of that name are in {', '.join(homes)}" if homes else "no Service of that name was read"
            return NoWay(Verdict.UNKNOWN, f"{found}: write {product}.service as namespace/{stated.service}")
        [namespace] = homes
    base = Proxied(namespace, name, port, "/", stated.scheme)
    return _with_headers(Way(TITLES[product], base, Ref(Service.KIND, namespace, name)), stated)


def _with_headers(way: Way, stated: Endpoint) -> Way:
    headers = (("X-Scope-OrgID", stated.tenant),) if stated.tenant else ()
    base = msgspec.structs.replace(way.base, headers=headers, secret_header=stated.header)
    return msgspec.structs.replace(way, base=base)


def _found(product: Product, deployed: Deployed) -> Way | NoWay:
    """By the labels of the prometheus-operator and of the usual charts; two that may be it are none."""
    title = TITLES[product]
    nothing = NoWay(Verdict.SKIPPED, f"no {title} configured")
    if not deployed.proxy:
        return nothing
    candidates = [one for one in deployed.snapshot.all(Service) if _is(product, one) and _port(product, one)]
    # The operator adds a headless Service to each that a chart makes, with the same pods behind it.
    candidates = [one for one in candidates if one.spec.cluster_ip != "None"] or candidates
    for front in _FRONTS if product == "loki" else ():
        chosen = [one for one in candidates if one.labels.get("app.kubernetes.io/component") == front]
        candidates = chosen or candidates
        if chosen:
            break
    if len(candidates) > 1:
        names = ", ".join(sorted(f"{one.namespace}/{one.name}" for one in candidates)[:5])
        return NoWay(
            Verdict.SKIPPED, f"no {title} configured, and {len(candidates)} Services may be it ({names}): name one"
        )
    if not candidates:
        return nothing
    [service] = candidates
    port = _port(product, service)
    scheme = "https" if port and port.name.startswith("https") else "http"
    base = Proxied(service.namespace, service.name, str(port.port if port else ""), "/", scheme)
    return Way(title, base, service.ref, found=True)


def _is(product: Product, service: Service) -> bool:
    if service.spec.type == "ExternalName":
        return False
    labels = service.labels
    stack = labels.get("app", "") == f"kube-prometheus-stack-{product}"
    return stack or labels.get(f"operated-{product}") == "true" or labels.get("app.kubernetes.io/name") == product


def _port(product: Product, service: Service) -> ServicePort | None:
    ports = [one for one in service.spec.ports if one.protocol == "TCP"]
    usual = [one for one in ports if one.port == _PORTS[product]]
    named = [one for name in _PORT_NAMES for one in ports if one.name == name]
    return next(iter([*usual, *named, *(ports if len(ports) == 1 else [])]), None)
