"""One Stage that deploys a whole platform, all of it in order: objects that real controllers wrote, under new names."""

import json
from collections.abc import Iterator
from hashlib import sha1
from typing import Any, NamedTuple

from bench import generate
from bench.templates import Json

PROJECT, STAGE = generate.PROJECT, "platform"
PARTS = ("api", "web", "worker", "cron", "batch", "mail", "search", "feed")
"""The workloads of an Application."""
LEVEL = generate.PROD
_NOW = f"{generate.OBSERVED_AT:%Y-%m-%dT%H:%M:%SZ}"
_JUST_BEFORE = "2026-11-23T05:49:30.000000Z"


class Size(NamedTuple):
    """`pods` of each workload, in turn."""

    applications: int = 50
    namespaces: int = 10
    nodes: int = 30
    pods: tuple[int, ...] = (7, 8)

    @property
    def workloads(self) -> int:
        return self.applications * len(PARTS)

    @property
    def all_pods(self) -> int:
        return self.workloads * sum(self.pods) // len(self.pods)


class Platform:
    """Every object of a cluster that holds nothing else."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._world = generate.World(generate.Size(5, 5, 200))
        self._links = [{"name": _app(number), "namespace": "argocd"} for number in range(size.applications)]

    def objects(self) -> Iterator[Json]:
        for _, text in self._world.fixed():
            one = json.loads(text)
            if one["kind"] == "Lease":
                one["spec"]["renewTime"] = _JUST_BEFORE
            yield one
        yield from self._kargo()
        yield from _classes()
        for number in range(self._size.nodes):
            yield _node(number)
        for number in range(self._size.namespaces):
            hard = {"pods": "1000"}
            yield _one("v1", "ResourceQuota", "all", _namespace(number), spec={"hard": hard}, status={"hard": hard, "used": {"pods": "300"}})  # fmt: skip
        for number in range(self._size.applications):
            yield from self._application(number)

    def _values(self, number: int) -> dict[str, str]:
        names = {
            "app": _app(number),
            "service": _app(number),
            "stage": STAGE,
            "namespace": _namespace(self._home(number)),
        }
        return {**self._world.values(number, LEVEL, 0), **names}

    def _home(self, number: int) -> int:
        return number % self._size.namespaces

    def _kargo(self) -> Iterator[Json]:
        values = self._values(0)
        stage = json.loads(self._world.healthy.stage.text({**values, "uid": _uid("stage")})[1])
        stage["metadata"]["annotations"]["kargo.akuity.io/argocd-context"] = json.dumps(self._links)
        stage["spec"]["promotionTemplate"]["spec"]["steps"][-1]["config"]["apps"] = self._links
        checks = [{"uses": "argocd-update", "config": {"apps": self._links}}]
        stage["status"]["lastPromotion"]["status"]["healthChecks"] = checks
        yield stage
        held = stage["status"]["freightHistory"][0]["items"]
        for freight in held.values():
            yield _one("kargo.akuity.io/v1alpha1", "Freight", freight["name"], PROJECT, origin=freight["origin"])

    def _application(self, number: int) -> Iterator[Json]:
        values, name = self._values(number), _app(number)
        namespace = values["namespace"]
        app = json.loads(self._world.healthy.app.text({**values, "uid": _uid(name)})[1])  # type: ignore[union-attr]
        app["spec"]["destination"] = {"server": "https://kubernetes.default.svc", "namespace": namespace}
        app["metadata"]["annotations"]["kargo.akuity.io/authorized-stage"] = f"{PROJECT}:{STAGE}"
        app["status"]["reconciledAt"] = _NOW
        made = [*self._around(name, namespace)]
        for at, part in enumerate(PARTS):
            made += self._workload(values, part, self._size.pods[(number + at) % len(self._size.pods)])
        kept = [one for one in made if one["kind"] not in ("Pod", "ReplicaSet", "EndpointSlice")]
        app["status"]["resources"] = [_resource(one) for one in kept]
        yield app
        yield from made

    def _around(self, name: str, namespace: str) -> Iterator[Json]:
        yield _one("v1", "ConfigMap", f"{name}-settings", namespace, data={f"key-{at}": "x" * 100 for at in range(20)})
        yield _one("v1", "Secret", f"{name}-login", namespace, type="Opaque")
        path = {
            "path": "/",
            "pathType": "Prefix",
            "backend": {"service": {"name": f"{name}-api", "port": {"number": 80}}},
        }
        rule = {"host": f"{name}.example.test", "http": {"paths": [path]}}
        spec = {"ingressClassName": "public", "rules": [rule]}
        yield _one("networking.k8s.io/v1", "Ingress", name, namespace, spec=spec, status={"loadBalancer": {"ingress": [{"ip": "203.0.113.10"}]}})  # fmt: skip
        ready = {"type": "Ready", "status": "True", "reason": "Ready"}
        times = {"notAfter": "2027-01-23T08:00:00Z", "renewalTime": "2026-12-23T08:00:00Z"}
        yield _one("cert-manager.io/v1", "Certificate", name, namespace, spec={"secretName": f"{name}-login"}, status={**times, "conditions": [ready]})  # fmt: skip

    def _workload(self, values: dict[str, str], part: str, pods: int) -> Iterator[Json]:
        self._world.pods = pods
        found = [json.loads(text) for _, text in self._world.workload(self._world.running, values, part)]
        addresses = []
        sets = [one["metadata"]["uid"] for one in found if one["kind"] == "ReplicaSet"]
        for at, one in enumerate(found):
            one["metadata"]["namespace"] = values["namespace"]
            if one["kind"] == "Pod":
                one["metadata"]["ownerReferences"][0]["uid"] = sets[0]
                settings = {"configMapRef": {"name": f"{values['service']}-settings"}}
                login = {"secretRef": {"name": f"{values['service']}-login"}}
                one["spec"]["containers"][0]["envFrom"] = [settings, login]
                one["spec"]["nodeName"] = f"worker-{at % self._size.nodes}"
                addresses.append({"addresses": [f"10.244.0.{at}"], "conditions": {"ready": True}, "targetRef": {"kind": "Pod", "name": one["metadata"]["name"]}})  # fmt: skip
            else:
                one["spec"]["replicas"] = pods
                counts = ("replicas", "readyReplicas", "availableReplicas", "updatedReplicas")
                one["status"] |= {key: pods for key in counts if key in one["status"]}
        yield from found
        name, namespace = f"{values['service']}-{part}", values["namespace"]
        spec = {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}], "clusterIP": "None"}
        yield _one("v1", "Service", name, namespace, spec=spec)
        slice_ = _one("discovery.k8s.io/v1", "EndpointSlice", f"{name}-a1", namespace, addressType="IPv4")
        slice_["metadata"]["labels"] = {"kubernetes.io/service-name": name}
        yield {**slice_, "ports": [{"name": "", "port": 8080}], "endpoints": addresses}


def _app(number: int) -> str:
    return f"app{number:03}"


def _namespace(number: int) -> str:
    return f"{PROJECT}-team-{number}"


def _uid(name: str) -> str:
    text = sha1(name.encode(), usedforsecurity=False).hexdigest()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))


def _one(version: str, kind: str, name: str, namespace: str = "", **more: Any) -> Json:
    metadata = {"name": name, "uid": _uid(f"{kind}/{namespace}/{name}"), "creationTimestamp": "2026-11-01T00:00:00Z"}
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": metadata | ({"namespace": namespace} if namespace else {}),
        **more,
    }


def _resource(one: Json) -> Json:
    group, _, version = one["apiVersion"].rpartition("/")
    where = {"namespace": one["metadata"]["namespace"], "name": one["metadata"]["name"]}
    return {**({"group": group} if group else {}), "version": version, "kind": one["kind"], **where, "status": "Synced"}


def _classes() -> Iterator[Json]:
    yield _one("networking.k8s.io/v1", "IngressClass", "public", spec={"controller": "k8s.io/ingress-nginx"})
    yield _one("storage.k8s.io/v1", "StorageClass", "standard", provisioner="disk.example.test")


def _node(number: int) -> Json:
    """With the images that a kubelet reports, which are most of a Node."""
    held = {"Ready": "True", "MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False"}
    conditions = [{"type": type_, "status": status} for type_, status in held.items()]
    images = [{"names": [f"registry.example.net/apps/image-{at}@sha256:{at:064}"], "sizeBytes": at} for at in range(50)]
    return _one("v1", "Node", f"worker-{number}", spec={}, status={"conditions": conditions, "images": images})
