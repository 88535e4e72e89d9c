"""A Stage that has some of everything that a verification may ask for: by name, and so much of it that it is listed."""

import json
from collections.abc import Iterator
from typing import Any

from gitops_master.adapters.live import scope_verify_custom, scope_verify_named
from gitops_master.adapters.live.resources import RESOURCES
from gitops_master.model.expectations import Expectations, Keys, Workloads
from tests.probes import world

Objects = list[dict[str, Any]]
EXPECTED = Expectations(
    argocd=True,
    kargo=True,
    crds=("stages.kargo.akuity.io",),
    secrets=(Keys(name="mail"),),
    config_maps=(Keys(name="settings"),),
    services={"ingress/checks": {}},  # type: ignore[dict-item]
    workloads=(Workloads(namespace="ingress"), Workloads(labels={"app": "x"})),
    custom_resources=("external-secrets.io/ExternalSecret",),
)
_MANAGED = (
    "argoproj.io/Rollout",
    "batch/CronJob",
    "cert-manager.io/Certificate",
    "external-secrets.io/ExternalSecret",
    "gateway.networking.k8s.io/GRPCRoute",
    "gateway.networking.k8s.io/HTTPRoute",
    "traefik.io/IngressRoute",
)
_MANY = scope_verify_custom.FEW + 1
_NODES = scope_verify_named.MOST_NODES + 1
_NAMES = scope_verify_named.FEW + 1


def objects() -> Objects:
    """The world in order, and beside it what leads to every other request."""
    (app,) = [one for one in world.plain([]) if one["kind"] == "Application"]
    resources = [*app["status"]["resources"], *_resources(), {"version": "v1", "kind": "Thing", "group": "x.example.test", "name": "x"}]  # fmt: skip
    changes: list[dict[str, Any]] = [
        {"set": "Application argocd/shop-prod", "path": "status.resources", "value": resources},
        {"set": "Stage shop/prod", "path": "metadata.annotations", "value": {}},
        {"set": "Certificate shop-prod/web", "path": "status.conditions[0].status", "value": "False"},
        {"set": "Ingress shop-prod/web", "path": "metadata.annotations", "value": {"cert-manager.io/issuer": "x"}},
        {"set": "AnalysisRun shop/prod.v-1", "path": "status.metricResults[0].phase", "value": "Failed"},
        *({"add": one} for one in _more()),
    ]
    return list(json.loads(json.dumps(world.plain(changes), default=str)))


def _resources() -> Iterator[dict[str, str]]:
    """One of each kind in one namespace, many in another."""
    for kind in _MANAGED:
        group, _, name = kind.rpartition("/")
        version = RESOURCES[kind].group_version.rpartition("/")[2]
        for namespace, count in (("shop-prod", 1), ("shop-more", _MANY)):
            for number in range(count):
                yield {"group": group, "version": version, "kind": name, "namespace": namespace, "name": f"x{number}"}


def _more() -> Iterator[dict[str, Any]]:
    for number in range(_NODES):
        named = [{"name": f"s{number % _NAMES}"}]
        volumes = [{"configMap": {"name": f"c{number % _NAMES}"}}]
        spec = {"nodeName": f"n{number}", "imagePullSecrets": named, "volumes": volumes, "containers": []}
        yield _one("v1", "Pod", f"p{number}", spec, "shop-more")
    elsewhere = {"name": "api", "namespace": "backends"}
    spec = {"parentRefs": [{"name": "public", "namespace": "ingress"}], "rules": [{"backendRefs": [elsewhere]}]}
    yield _one("gateway.networking.k8s.io/v1", "HTTPRoute", "x0", spec)
    routes = [{"services": [elsewhere], "middlewares": [elsewhere]}]
    yield _one("traefik.io/v1alpha1", "IngressRoute", "x0", {"routes": routes, "tls": {"secretName": "a"}})
    hooks = [{"name": f"h{number}", "clientConfig": {"service": {"name": f"h{number}", "namespace": "hooks"}}} for number in range(_NAMES)]  # fmt: skip
    yield {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "many"},
        "webhooks": hooks,
    }
    yield _one("cert-manager.io/v1", "Certificate", "x0", {"secretName": "b"})


def _one(version: str, kind: str, name: str, spec: dict[str, Any], namespace: str = "shop-prod") -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}
