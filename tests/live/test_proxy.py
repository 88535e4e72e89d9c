"""The harness itself: what the proxy passes on, and each fault as a plain client sees it."""

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from yarl import URL

from tests.live import faults
from tests.live.certificates import Authority, Pair
from tests.live.loading import load
from tests.live.proxy import Proxy
from tests.live.server import ControlPlane

STAGES = "/apis/kargo.akuity.io/v1alpha1/namespaces/demo/stages"
SOON = aiohttp.ClientTimeout(total=0.3)
"""For what never answers; long enough on a busy machine for nothing to have to come of it."""


def _stage(name: str) -> dict[str, object]:
    return {
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": name, "namespace": "demo", "uid": name, "creationTimestamp": "2024-10-21T18:00:00Z"},
    }


@pytest.fixture
async def client(cluster: ControlPlane) -> AsyncIterator[aiohttp.ClientSession]:
    load(cluster, [_stage("dev"), _stage("prod")])
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=cluster.ca))
    headers = {"Authorization": f"Bearer {cluster.tokens['master']}"}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        yield session


async def test_what_is_not_broken_is_passed_on_as_it_is(
    cluster: ControlPlane, proxy: Proxy, client: aiohttp.ClientSession
) -> None:
    target = f"{STAGES}?limit=1&labelSelector=a%2Fb%21%3Dc"

    async with client.get(URL(f"{proxy.url}{target}", encoded=True)) as answer:
        body = await answer.read()

    assert (answer.status, body) == (200, cluster.request("GET", target).body)
    assert [(seen.method, seen.target) for seen in proxy.requests] == [("GET", target)]


async def test_a_refusal_of_the_real_server_comes_through(proxy: Proxy, client: aiohttp.ClientSession) -> None:
    async with client.get(f"{proxy.url}{STAGES}", headers={"Authorization": "Bearer nobody"}) as answer:
        assert answer.status == 401


async def test_a_watch_streams_while_it_goes_on(
    cluster: ControlPlane, proxy: Proxy, client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{proxy.url}{STAGES}?watch=true") as answer:
        names = [json.loads(await answer.content.readline())["object"]["metadata"]["name"] for _ in range(2)]
        await asyncio.to_thread(load, cluster, [_stage("test")])
        names.append(json.loads(await answer.content.readline())["object"]["metadata"]["name"])

    assert names == ["dev", "prod", "test"]


async def test_a_write_goes_through_with_its_body(
    cluster: ControlPlane, proxy: Proxy, client: aiohttp.ClientSession
) -> None:
    patch = {"metadata": {"annotations": {"kargo.akuity.io/refresh": "now"}}}
    headers = {"Content-Type": "application/merge-patch+json"}

    async with client.patch(f"{proxy.url}{STAGES}/dev", data=json.dumps(patch), headers=headers) as answer:
        assert answer.status == 200

    stored = cluster.must("GET", f"{STAGES}/dev")["metadata"]
    assert stored["annotations"] == {"kargo.akuity.io/refresh": "now"}
    assert stored["creationTimestamp"] == "2024-10-21T18:00:00Z"


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (faults.UNAUTHORIZED, 401),
        (faults.FORBIDDEN, 403),
        (faults.NOT_FOUND, 404),
        (faults.CONFLICT, 409),
        (faults.EXPIRED, 410),
        (faults.TOO_MANY, 429),
        (faults.SERVER_ERROR, 500),
        (faults.UNAVAILABLE, 503),
        (faults.GATEWAY, 503),
        (faults.GARBAGE, 200),
        (faults.LOGIN_PAGE, 200),
        (faults.EMPTY, 200),
    ],
)
async def test_a_reply_is_replaced_where_the_pattern_says_and_as_often_as_it_says(
    fault: faults.Reply, status: int, proxy: Proxy, client: aiohttp.ClientSession
) -> None:
    proxy.break_(r"GET .*/stages\?", fault, times=1)
    answers = []

    for target in (STAGES, f"{STAGES}?limit=5", f"{STAGES}?limit=5"):
        async with client.get(f"{proxy.url}{target}") as answer:
            answers.append((answer.status, await answer.read() == fault.body))

    assert answers == [(200, False), (status, True), (200, False)]


async def test_too_many_requests_say_when_to_come_back(proxy: Proxy, client: aiohttp.ClientSession) -> None:
    proxy.break_(STAGES, faults.TOO_MANY)

    async with client.get(f"{proxy.url}{STAGES}") as answer:
        assert answer.headers["Retry-After"] == "1"


async def test_a_continued_list_can_have_expired(proxy: Proxy, client: aiohttp.ClientSession) -> None:
    proxy.break_(r"continue=", faults.EXPIRED, times=1)

    async with client.get(f"{proxy.url}{STAGES}?limit=1") as answer:
        token = (await answer.json())["metadata"]["continue"]
    async with client.get(f"{proxy.url}{STAGES}", params={"limit": "1", "continue": token}) as answer:
        assert answer.status == 410
    async with client.get(f"{proxy.url}{STAGES}", params={"limit": "1", "continue": token}) as answer:
        assert [one["metadata"]["name"] for one in (await answer.json())["items"]] == ["prod"]


async def test_a_slow_answer_comes_when_the_test_lets_it(proxy: Proxy, client: aiohttp.ClientSession) -> None:
    hold = faults.Hold(asyncio.Event(), asyncio.Event())
    proxy.break_(STAGES, hold)
    asked = asyncio.create_task(client.get(f"{proxy.url}{STAGES}").__aenter__())

    await hold.asked.wait()
    assert not asked.done()
    hold.release.set()

    assert (await asked).status == 200


async def test_silence_never_answers(proxy: Proxy, client: aiohttp.ClientSession) -> None:
    proxy.break_(STAGES, faults.Silence())

    with pytest.raises(TimeoutError):
        await client.get(f"{proxy.url}{STAGES}", timeout=SOON)


async def test_a_cut_reply_ends_in_the_middle(proxy: Proxy, client: aiohttp.ClientSession) -> None:
    proxy.break_(STAGES, faults.Cut())

    async with client.get(f"{proxy.url}{STAGES}") as answer:
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


async def test_a_stalled_reply_stays_open_in_the_middle(proxy: Proxy, client: aiohttp.ClientSession) -> None:
    proxy.break_(STAGES, faults.Cut(stall=True))

    async with client.get(f"{proxy.url}{STAGES}", timeout=aiohttp.ClientTimeout(total=5, sock_read=0.3)) as answer:
        assert answer.status == 200
        with pytest.raises(TimeoutError):
            await answer.read()


async def test_a_redirect_leads_elsewhere(proxy: Proxy, client: aiohttp.ClientSession) -> None:
    proxy.break_(STAGES, faults.Redirect("https://127.0.0.1:1/"))

    async with client.get(f"{proxy.url}{STAGES}", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, "https://127.0.0.1:1/")


@pytest.mark.parametrize(
    ("issue", "words"),
    [
        (lambda plane: plane.authority.server("elsewhere", ["elsewhere.example.net"]), "certificate is not valid for"),
        (lambda plane: plane.authority.server("expired", expired=True), "certificate has expired"),
        (lambda plane: Authority(plane.folder, "nobody-knows").server("foreign"), "unable to get local issuer"),
    ],
    ids=["wrong host", "expired", "unknown authority"],
)
async def test_a_certificate_that_does_not_do_is_refused(
    issue: Callable[[ControlPlane], Pair], words: str, cluster: ControlPlane, client: aiohttp.ClientSession
) -> None:
    async with Proxy(cluster, issue(cluster)) as proxy:
        with pytest.raises(aiohttp.ClientConnectorCertificateError, match=words):
            await client.get(f"{proxy.url}{STAGES}")

    assert proxy.requests == []


@pytest.mark.parametrize("broken", [faults.mute, faults.black_hole])
async def test_nobody_there_says_anything(
    broken: Callable[[], contextlib.AbstractContextManager[str]], client: aiohttp.ClientSession
) -> None:
    with broken() as url, pytest.raises(TimeoutError):
        await client.get(f"{url}{STAGES}", timeout=SOON)


def test_a_black_hole_does_not_even_connect() -> None:
    with faults.black_hole() as url, socket.socket() as probe:
        probe.settimeout(0.3)
        with pytest.raises(TimeoutError):
            probe.connect(("127.0.0.1", int(url.rpartition(":")[2])))
