"""Applications asked through a real API server: what they answer, and what it answers where it does not get to them.

Endpoints on loopback are put into the storage: the server would refuse them from a client, and proxies to them all the same.
"""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import web

from gitops_master.adapters.kube_api import Access, KubeApi
from gitops_master.adapters.kubectl_command import KubectlApi, kubectl_command
from gitops_master.adapters.live.service_proxy import KubeServiceProxy
from gitops_master.model.asking import Got, Proxied
from gitops_master.ports.api import Api
from tests.live.certificates import Pair
from tests.live.kubeconfig import write_kubeconfig
from tests.live.loading import load
from tests.live.server import ControlPlane, free_port

MAY = {"apiGroups": [""], "resources": ["services/proxy"], "verbs": ["get"]}
HOST = "127.0.0.1"


class Application:
    """Answers by the last part of the path; `seen` are its requests, by path and headers."""

    def __init__(self) -> None:
        self.port = 0
        self.points_to = ""
        self.seen: list[tuple[str, dict[str, str]]] = []

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append((request.raw_path, {name.lower(): value for name, value in request.headers.items()}))
        match request.path.rpartition("/")[2]:
            case "broken":
                return web.Response(status=503, text="db down", headers={"Retry-After": "1"})
            case "login":
                return web.Response(status=302, headers={"Location": self.points_to or "/start?next=/"})
            case "forbidden":
                return web.json_response({"error": "not you"}, status=403)
        return web.Response(text="ok", headers={"X-Version": "7"})


class World(NamedTuple):
    cluster: ControlPlane
    app: Application
    config: Path


async def _serving(app: Application, certificate: Pair | None = None) -> web.ServerRunner:
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate.certificate, certificate.key)
    runner = web.ServerRunner(web.Server(app), shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0, ssl_context=context).start()
    app.port = runner.addresses[0][1]
    return runner


async def _end(runner: web.ServerRunner) -> None:
    """A connection that the API server keeps open for later would wait for its farewell, longer than a test's event loop lasts."""
    if runner.server is not None:
        for connection in runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()
    await runner.cleanup()


def _behind(name: str, port: int) -> list[dict[str, Any]]:
    """A Service, its Endpoints and the pod that these lead to. Port 0: no endpoints."""
    meta = {"name": name, "namespace": "demo", "uid": name, "creationTimestamp": "2026-11-23T08:00:00Z"}
    pod = {"kind": "Pod", "namespace": "demo", "name": name}
    ports = [{"name": "http", "port": port, "protocol": "TCP"}]
    subsets = [{"addresses": [{"ip": HOST, "targetRef": pod}], "ports": ports}] if port else []
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": meta,
            "spec": {
                "clusterIP": "None",
                "type": "ClusterIP",
                "ports": [{"name": "http", "port": 80, "targetPort": 8080}],
            },
        },
        {"apiVersion": "v1", "kind": "Endpoints", "metadata": meta, "subsets": subsets},
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": meta,
            "spec": {"containers": [{"name": "web", "image": "web"}]},
            "status": {"podIP": HOST, "podIPs": [{"ip": HOST}]},
        },
    ]


@pytest.fixture
async def world(cluster: ControlPlane, tmp_path: Path) -> AsyncIterator[World]:
    app = Application()
    runner = await _serving(app)
    load(cluster, [*_behind("web", app.port), *_behind("empty", 0), *_behind("closed", free_port())])
    load(cluster, [one for one in _behind("bare", 0) if one["kind"] == "Service"])
    try:
        yield World(cluster, app, write_kubeconfig(tmp_path / "config", [cluster.context("reader")]))
    finally:
        await _end(runner)


async def _fetched(api: Api, *asks: Proxied) -> list[Got]:
    try:
        found = await KubeServiceProxy(api).fetch(asks, deadline_s=30)
    finally:
        await api.close()
    return [found[ask] for ask in asks]


def _http(config: Path) -> Api:
    return KubeApi.open(Access(kubeconfig=(config,)))


def _web(path: str, **more: Any) -> Proxied:
    return Proxied("demo", "web", "80", path, **more)


async def test_an_application_answers_for_itself(world: World) -> None:
    world.cluster.grant("reader", [MAY], "demo")
    asks = [_web(path) for path in ("/", "/a/ok?x=1%262&q=a%20b", "/broken", "/forbidden", "/login")]

    found = await _fetched(_http(world.config), *asks, _web("/x", headers=(("X-Scope-OrgID", "t"),)))

    assert [(got.status, got.by_proxy, got.trouble) for got in found] == [
        (code, False, None) for code in (200, 200, 503, 403, 302, 200)
    ]
    assert [got.text for got in found[:4]] == ["ok", "ok", "db down", '{"error": "not you"}']
    assert found[0].headers["x-version"] == "7"
    assert found[4].headers["location"].endswith("/api/v1/namespaces/demo/services/web:80/proxy/start?next=/")
    assert (
        sorted(path for path, _ in world.app.seen)
        == ["/", "/a/ok?q=a%20b&x=1%262", "/broken", "/forbidden", "/login", "/x"]
        or [path for path, _ in world.app.seen].count("/broken") == 1
    )
    assert [headers.get("x-scope-orgid") for path, headers in world.app.seen if path == "/x"] == ["t"]
    assert not [headers for _, headers in world.app.seen if "authorization" in headers]


async def test_one_that_speaks_tls_is_asked_so_whoever_signed_its_certificate(world: World) -> None:
    world.cluster.grant("reader", [MAY], "demo")
    app = Application()
    runner = await _serving(app, world.cluster.authority.server("app", ["elsewhere.example.com"]))
    load(world.cluster, _behind("tls", app.port))

    [good, wrong] = await _fetched(
        _http(world.config), Proxied("demo", "tls", "http", "/", "https"), Proxied("demo", "web", "http", "/", "https")
    )
    await _end(runner)

    assert (good.status, good.text) == (200, "ok")
    assert wrong.trouble is not None
    assert (wrong.by_proxy, wrong.trouble.kind) == (True, "unreachable")


OWN_WORDS = {
    Proxied("demo", "empty", "http", "/"): (503, "no-endpoints"),
    Proxied("demo", "empty", "80", "/"): (503, "no-endpoints"),
    Proxied("demo", "bare", "80", "/"): (404, "no-endpoints"),
    Proxied("demo", "closed", "80", "/"): (503, "unreachable"),
    Proxied("demo", "web", "81", "/"): (503, "other"),
    Proxied("demo", "web", "other", "/"): (503, "no-endpoints"),
    Proxied("demo", "missing", "80", "/"): (404, "no-endpoints"),
    Proxied("elsewhere", "web", "80", "/"): (403, "denied"),
}


@pytest.mark.parametrize("way", ["http", "kubectl"])
async def test_the_server_says_itself_that_it_did_not_get_there(world: World, way: str, kubectl: Path) -> None:
    world.cluster.grant("reader", [MAY], "demo")
    api = _http(world.config) if way == "http" else _kubectl(kubectl, world.config)

    found = await _fetched(api, *OWN_WORDS)

    told = {
        ask: (got.status, got.trouble.kind if got.trouble else "") for ask, got in zip(OWN_WORDS, found, strict=True)
    }
    assert told == OWN_WORDS
    assert {got.by_proxy for got in found} == {True}
    assert world.app.seen == []


def _kubectl(kubectl: Path, config: Path) -> Api:
    environ = {"KUBECONFIG": str(config), "HOME": str(config.parent)}
    return KubectlApi(kubectl_command(str(kubectl)), environ=environ, relays=True)


async def test_kubectl_shows_what_it_can(world: World, kubectl: Path) -> None:
    world.cluster.grant("reader", [MAY], "demo")

    found = await _fetched(_kubectl(kubectl, world.config), _web("/"), _web("/a/"), _web("/broken"), _web("/forbidden"))

    assert [(got.status, got.text, got.by_proxy, got.trouble) for got in found] == [
        (200, "ok", False, None),
        (200, "ok", False, None),
        (503, "", False, None),
        (403, "", False, None),
    ]


async def test_kubectl_gives_its_token_to_whom_an_application_points_at(world: World, kubectl: Path) -> None:
    """Why requests are not relayed through kubectl unless somebody allowed it. Should this fail, that caution can go."""
    world.cluster.grant("reader", [MAY], "demo")
    other = Application()
    runner = await _serving(other, world.cluster.authority.server("other"))
    world.app.points_to = f"https://localhost:{other.port}/there"

    [by_kubectl] = await _fetched(_kubectl(kubectl, world.config), _web("/login"))
    taken = [headers.get("authorization") for _, headers in other.seen]
    [by_http] = await _fetched(_http(world.config), _web("/login"))
    await _end(runner)

    assert (by_kubectl.status, taken) == (200, [f"Bearer {world.cluster.tokens['reader']}"])
    assert (by_http.status, len(other.seen)) == (302, 1)
