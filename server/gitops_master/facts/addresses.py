"""Where Kargo's UI is, as far as the cluster's own objects say."""

import re
from urllib.parse import quote

from gitops_master.model.gateways import HTTPRoute
from gitops_master.model.kubernetes import ConfigMap
from gitops_master.model.meta import Object
from gitops_master.model.networking import Ingress
from gitops_master.model.snapshot import Snapshot

_ADDRESS = re.compile(r"https?://(?!localhost\b|127\.)[\w.:-]+")


def kargo_address(snapshot: Snapshot) -> str:
    """The address of Kargo's UI: what its API is told (ConfigMap kargo-api), else the Ingress or HTTPRoute in front of it.

    `localhost` is the chart's default and says nothing. Empty where neither is known.
    """
    for one in snapshot.all(ConfigMap):
        given = one.data.get("ADMIN_ACCOUNT_TOKEN_ISSUER", "").rstrip("/")
        if _is_api(one) and _ADDRESS.fullmatch(given):
            path = one.data.get("API_BASE_PATH", "").strip("/")
            return f"{given}/{quote(path)}" if path else given
    exposed = next((address for one in snapshot.all(Ingress) if (address := _exposed(one))), "")
    return exposed or next((address for one in snapshot.all(HTTPRoute) if (address := _routed(one))), "")


def _is_api(one: Object) -> bool:
    labels = tuple(one.labels.get(f"app.kubernetes.io/{key}", "") for key in ("name", "component"))
    return one.name == "kargo-api" or labels == ("kargo", "api")


def _exposed(ingress: Ingress) -> str:
    """The host under which the Ingress exposes the service kargo-api."""
    encrypted = {host for one in ingress.spec.tls for host in one.hosts}
    for rule in ingress.spec.rules:
        served = {path.backend.service.name for path in rule.http.paths}
        if rule.host and ("kargo-api" in served or _is_api(ingress)):
            return f"{'https' if rule.host in encrypted else 'http'}://{rule.host}"
    return ""


def _routed(route: HTTPRoute) -> str:
    """The host under which the HTTPRoute exposes the service kargo-api: encrypted, as Gateways that serve people are."""
    served = {one.name for rule in route.spec.rules for one in rule.backend_refs}
    hosts = [host for host in route.spec.hostnames if "*" not in host]
    return f"https://{hosts[0]}" if hosts and ("kargo-api" in served or _is_api(route)) else ""
