"""What an application answers through the API server's proxy, and what the API server answers in its place: over both ways."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from gitops_master.adapters.kube_api import Surroundings
from gitops_master.adapters.live.service_proxy import KubeServiceProxy
from gitops_master.model.asking import MOST_BODY, Got, Proxied, Trouble
from gitops_master.ports.api import MOST_RELAYED
from tests.adapters.kube_api.worlds import Answers, FakeServer, Waits, api, kubeconfig, serving
from tests.adapters.kubectl_command.far_side import FarSide

ASK = Proxied("demo", "web", "http", "/healthz")
PATH = "/api/v1/namespaces/demo/services/web:http/proxy/healthz"
TOKEN = {"token": "s3cret-token-of-dev"}

FORBIDDEN = 'services "web:http" is forbidden: User "jane" cannot get resource "services/proxy" in API group "" in the namespace "demo"'
OWN_WORDS = [
    (403, "Forbidden", FORBIDDEN, "denied"),
    (401, "Unauthorized", "Unauthorized", "denied"),
    (403, "Forbidden", 'admission webhook "deny.example.com" denied the request: no proxy here', "denied"),
    (404, "NotFound", 'services "web" not found', "no-endpoints"),
    (404, "NotFound", 'endpoints "web" not found', "no-endpoints"),
    (503, "ServiceUnavailable", 'no endpoints available for service "web:http"', "no-endpoints"),
    (503, "ServiceUnavailable", 'no service port 81 found for service "web"', "other"),
    (503, "ServiceUnavailable", "error trying to reach service: dial tcp 10.0.0.9:8080: i/o timeout", "unreachable"),
]


def answer(status: int, body: str | bytes, media: str = "text/plain", **headers: str) -> Answers:
    async def answered(_request: web.Request) -> web.StreamResponse:
        content = body.encode() if isinstance(body, str) else body
        return web.Response(status=status, body=content, content_type=media, headers=headers)

    return answered


def status_object(code: int, reason: str, message: str) -> str:
    told = {"status": "Failure", "message": message, "reason": reason, "code": code}
    return json.dumps({"kind": "Status", "apiVersion": "v1", "metadata": {}, **told})


@asynccontextmanager
async def proxy(tmp_path: Path, **more: Any) -> AsyncIterator[tuple[FakeServer, KubeServiceProxy, Waits]]:
    waits = Waits()
    around = Surroundings(sleep=waits, random=lambda: 0.5)
    async with serving() as server, api(kubeconfig(tmp_path, server.url, TOKEN), around) as opened:
        yield server, KubeServiceProxy(opened, **more), waits


async def fetched(tmp_path: Path, answered: Answers, times: int = 1) -> Got:
    async with proxy(tmp_path) as (server, service_proxy, waits):
        server.answer(PATH, answered)
        found = await service_proxy.fetch([ASK], deadline_s=10)
        assert len(server.seen) == times, "an application is asked once"
        assert waits.seconds == []
        return found[ASK]


def trouble(got: Got) -> Trouble:
    assert got.trouble is not None
    return got.trouble


def test_what_is_kept_of_a_body_is_what_probes_expect() -> None:
    assert MOST_RELAYED == MOST_BODY


async def test_an_answer_comes_back_with_its_headers_and_the_time_it_took(tmp_path: Path) -> None:
    got = await fetched(tmp_path, answer(204, b"", **{"X-Version": "7"}))

    assert (got.status, got.body, got.headers["x-version"], got.by_proxy, got.trouble) == (204, b"", "7", False, None)
    assert got.elapsed_s > 0


@pytest.mark.parametrize("code", [301, 302, 307, 400, 401, 403, 404, 418, 429, 500, 502, 503, 504])
async def test_any_status_of_the_application_is_its_answer_at_once_and_with_its_body(tmp_path: Path, code: int) -> None:
    got = await fetched(
        tmp_path, answer(code, "db is down", Location="https://elsewhere.example.com/", **{"Retry-After": "1"})
    )

    assert (got.status, got.text, got.by_proxy, got.trouble) == (code, "db is down", False, None)


@pytest.mark.parametrize(("code", "reason", "message", "kind"), OWN_WORDS)
async def test_what_the_api_server_says_is_told_from_what_the_application_says(
    tmp_path: Path, code: int, reason: str, message: str, kind: str
) -> None:
    times = 2 if code == 401 else 1  # credentials that the API server refuses are had anew
    got = await fetched(tmp_path, answer(code, status_object(code, reason, message), "application/json"), times)

    assert (got.status, got.by_proxy, got.trouble) == (code, True, Trouble(kind, message))


@pytest.mark.parametrize(
    "body",
    [
        "no endpoints available for service",
        '{"status": "DOWN", "message": "no endpoints available for service \\"web\\""}',
        status_object(503, "ServiceUnavailable", "the database is down"),
        status_object(200, "ServiceUnavailable", 'no endpoints available for service "web"'),
        "[" * 20_000,
        b"\xff\xfe",
    ],
)
async def test_an_application_that_speaks_likewise_is_still_the_application(tmp_path: Path, body: str | bytes) -> None:
    got = await fetched(tmp_path, answer(503, body, "application/json"))

    assert (got.status, got.by_proxy, got.trouble) == (503, False, None)


@pytest.mark.parametrize("code", [200, 500])
async def test_of_a_huge_body_the_beginning_is_kept(tmp_path: Path, code: int) -> None:
    got = await fetched(tmp_path, answer(code, b"x" * (5 * MOST_BODY)))

    assert (got.status, got.body, got.truncated) == (code, b"x" * MOST_BODY, True)


async def test_a_body_of_exactly_the_limit_is_whole(tmp_path: Path) -> None:
    got = await fetched(tmp_path, answer(200, b"x" * MOST_BODY))

    assert (len(got.body), got.truncated) == (MOST_BODY, False)


async def test_a_compressed_body_is_bounded_by_what_it_becomes(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(20 * MOST_BODY))

    got = await fetched(tmp_path, answer(200, bomb, **{"Content-Encoding": "gzip"}))

    assert (got.status, len(got.body), got.truncated) == (200, MOST_BODY, True)


async def test_path_query_and_headers_arrive_as_asked_and_no_more(tmp_path: Path) -> None:
    ask = Proxied(
        "demo",
        "prom",
        "9090",
        "/api/v1/query?query=up%7Ba%3D%22b+c%22%7D&x=%26&empty=",
        "https",
        (("X-Scope-OrgID", "a|b"),),
    )
    path = "/api/v1/namespaces/demo/services/https:prom:9090/proxy/api/v1/query"

    async with proxy(tmp_path) as (server, service_proxy, _):
        server.answer(path, answer(200, "{}", "application/json"))
        found = await service_proxy.fetch([ask], deadline_s=10)

    assert found[ask].text == "{}"
    assert server.seen[0].query == (("query", 'up{a="b c"}'), ("x", "&"), ("empty", ""))
    headers = server.seen[0].headers
    assert (headers["X-Scope-OrgID"], headers["Accept"], headers["Accept-Encoding"]) == ("a|b", "*/*", "identity")


async def test_a_secret_header_gets_its_value_and_none_without_one(tmp_path: Path) -> None:
    one, other = (Proxied("demo", "grafana", "80", "/", secret_header=name) for name in ("X-Api-Key", "X-Other"))

    async with proxy(tmp_path, secrets={"x-api-key": "k3y"}) as (server, service_proxy, _):
        server.answer("/api/v1/namespaces/demo/services/grafana:80/proxy/", answer(200, "ok"))
        found = await service_proxy.fetch([one, other], deadline_s=10)

    assert [seen.headers.get("X-Api-Key") for seen in server.seen] == ["k3y"]
    assert found[one].status == 200
    assert found[other] == Got(trouble=Trouble("malformed", "there is no value for the header 'X-Other'"))


@pytest.mark.parametrize(
    "ask",
    [
        Proxied("demo/services", "web", "80", "/"),
        Proxied("..", "web", "80", "/"),
        Proxied("demo", "web/../x", "80", "/"),
        Proxied("demo", "a..b", "80", "/"),
        Proxied("demo", "https:web", "80", "/"),
        Proxied("demo", "web", "80/x", "/"),
        Proxied("demo", "web", "0", "/"),
        Proxied("demo", "web", "65536", "/"),
        Proxied("demo", "web", "", "/"),
        Proxied("demo", "web", "80", "/", "ftp"),
        *(
            Proxied("demo", "web", "80", path)
            for path in (
                "", "healthz", "//evil.example.com/x", "https://evil.example.com/", "/a//b", "/..", "/a/../../b", "/./a",
                "/%2e%2e/x", "/a%2Fb", "/a%5cb", "/a\\b", "/%252e%252e/x", "/a%00b", "/a\nb", "/%ff", "/a/..",
            )
        ),
        *(
            Proxied("demo", "web", "80", "/", headers=((name, value),))
            for name, value in (
                ("Authorization", "Bearer x"), ("Impersonate-User", "root"), ("X-Remote-User", "root"), ("Host", "x"),
                ("Connection", "upgrade"), ("a b", "x"), ("X-Ok", "a\r\nImpersonate-User: root"), ("X-Ok", "é"),
            )
        ),
    ],
)  # fmt: skip
async def test_what_leads_elsewhere_than_it_says_is_not_sent(tmp_path: Path, ask: Proxied) -> None:
    async with proxy(tmp_path) as (server, service_proxy, _):
        found = await service_proxy.fetch([ask], deadline_s=10)

    assert server.seen == []
    assert trouble(found[ask]).kind == "malformed"


async def test_one_that_hangs_costs_the_others_nothing(tmp_path: Path) -> None:
    released = asyncio.Event()

    async def hangs(_request: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response()

    slow = Proxied("demo", "web", "http", "/slow")
    async with proxy(tmp_path) as (server, service_proxy, _):
        server.answer(PATH, answer(200, "ok"))
        server.answer(PATH.replace("healthz", "slow"), hangs)
        found = await service_proxy.fetch([slow, ASK], deadline_s=0.3)
        released.set()

    assert (found[ASK].status, found[slow].status) == (200, 0)
    assert trouble(found[slow]).kind == "timeout"


async def test_no_way_to_the_api_server_is_told_for_each(tmp_path: Path) -> None:
    async with serving() as gone:
        url = gone.url
    async with api(kubeconfig(tmp_path, url, TOKEN)) as opened:
        found = await KubeServiceProxy(opened).fetch([ASK], deadline_s=5)

    why = trouble(found[ASK])
    assert (why.kind, "cannot be reached" in why.text) == ("other", True)


async def test_a_context_that_does_not_exist_is_told_for_each(tmp_path: Path) -> None:
    async with api(kubeconfig(tmp_path, "http://127.0.0.1:1"), context="nope") as opened:
        found = await KubeServiceProxy(opened).fetch([ASK], deadline_s=5)

    assert "nope" in trouble(found[ASK]).text


async def test_an_applications_own_401_asks_for_no_new_credentials(tmp_path: Path) -> None:
    plugin = tmp_path / "plugin"
    plugin.write_text(
        f"""#!/bin/sh
echo run >>{tmp_path}/runs
echo '{{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{{"token":"t0ken"}}}}'
"""
    )
    plugin.chmod(0o755)
    runs = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin), "interactiveMode": "Never"}
    async with serving() as server, api(kubeconfig(tmp_path, server.url, {"exec": runs})) as opened:
        server.answer(PATH, answer(401, "log in first"))
        found = await KubeServiceProxy(opened).fetch([ASK], deadline_s=10)

    assert (found[ASK].status, found[ASK].by_proxy) == (401, False)
    assert len(server.seen) == 1


# kubectl: what it shows is what can be known.

both_ways = pytest.mark.parametrize("way", ["near", "far"])


@both_ways
async def test_through_kubectl_nothing_is_relayed_unless_it_was_allowed(tmp_path: Path, way: str) -> None:
    far = FarSide(tmp_path).answers()

    found = await KubeServiceProxy(far.api(way)).fetch([ASK], deadline_s=30)

    assert trouble(found[ASK]).text.startswith("kubectl follows redirects and takes its token along")
    assert far.asked() == []


@both_ways
async def test_kubectl_shows_the_body_of_a_success(tmp_path: Path, way: str) -> None:
    far = FarSide(tmp_path).answers()
    asks = [ASK, Proxied("demo", "web", "http", "/a/?q=b%20c"), Proxied("demo", "web", "http", "/")]

    found = await KubeServiceProxy(far.api(way, relays=True)).fetch(asks, deadline_s=30)

    base = PATH.removesuffix("/healthz")
    paths = [PATH, f"{base}/a/?q=b%20c", f"{base}/"]
    assert [json.loads(found[ask].body)["path"] for ask in asks] == paths
    assert {found[ask].status for ask in asks} == {200}


@both_ways
async def test_of_a_huge_body_kubectl_still_tells_that_it_came(tmp_path: Path, way: str) -> None:
    far = FarSide(tmp_path).answers(f"head -c {3 * MOST_BODY} /dev/zero")

    found = await KubeServiceProxy(far.api(way, relays=True)).fetch([ASK], deadline_s=30)

    got = found[ASK]
    assert (got.status, got.truncated, len(got.body) <= MOST_BODY) == (200, True, True)


@both_ways
@pytest.mark.parametrize(("code", "reason", "message", "kind"), OWN_WORDS)
async def test_kubectl_repeats_what_the_api_server_says(
    tmp_path: Path, way: str, code: int, reason: str, message: str, kind: str
) -> None:
    said = f"Error from server ({reason}): {message}"
    if code == 401:
        said = f"error: You must be logged in to the server ({message})"
    (tmp_path / "said").write_text(said)
    far = FarSide(tmp_path).answers(f"cat {tmp_path}/said >&2; exit 1")

    found = await KubeServiceProxy(far.api(way, relays=True)).fetch([ASK], deadline_s=30)

    got = found[ASK]
    assert (got.status, got.by_proxy, got.trouble and got.trouble.kind) == (code, True, kind)


@both_ways
@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Error from server (ServiceUnavailable): the server is currently unable to handle the request", 503),
        ("Error from server (Forbidden): <html>sign in</html>", 403),
        ("Error from server (NotFound): the server could not find the requested resource", 404),
        ("error: You must be logged in to the server (the server has asked for the client to provide credentials)", 401),
        ('Error from server (InternalError): an error on the server ("db down") has prevented the request from succeeding', 500),
    ],
)  # fmt: skip
async def test_of_an_applications_failure_kubectl_tells_the_status(
    tmp_path: Path, way: str, said: str, code: int
) -> None:
    (tmp_path / "said").write_text(said)
    far = FarSide(tmp_path).answers(f"cat {tmp_path}/said >&2; exit 1")

    found = await KubeServiceProxy(far.api(way, relays=True)).fetch([ASK], deadline_s=30)

    assert found[ASK] == Got(code)


@both_ways
async def test_kubectl_sends_no_headers(tmp_path: Path, way: str) -> None:
    far = FarSide(tmp_path).answers()
    ask = Proxied("demo", "loki", "3100", "/ready", headers=(("X-Scope-OrgID", "a"),))

    found = await KubeServiceProxy(far.api(way, relays=True)).fetch([ask], deadline_s=30)

    assert "sends no headers" in trouble(found[ask]).text
    assert far.asked() == []
