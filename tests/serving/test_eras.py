"""Real clients over real sockets, in both eras of the protocol: with sessions, without, and with replicas that share a key."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.request_state import RequestStateSecurity
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, ElicitResult
from starlette.types import Receive, Scope, Send

from gitops_master.mcp_server import build_server
from gitops_master.serving.authentication import Authentication
from gitops_master.serving.http import HttpApp, asgi_app
from gitops_master.serving.http_settings import HttpSettings
from tests.serving.worlds import ERAS, JSON, Served, Tokens, ask, listened, served
from tests.tools.test_operating import DECLINE, YES, Host, Sources

PROMOTE = {"stage": "prod", "freight": "1.0"}


@asynccontextmanager
async def connected(url: str, mode: str, *, token: str = "", host: Host | None = None) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode, elicitation_callback=host) as client,
    ):
        yield client


def _answer(result: Any) -> JSON:
    assert isinstance(result, CallToolResult)
    assert not result.is_error, result.content
    data: JSON = result.structured_content or {}
    return data


@pytest.mark.parametrize("sessions", [True, False])
@pytest.mark.parametrize("mode", ERAS)
async def test_a_client_finds_and_calls_what_there_is(mode: str, sessions: bool) -> None:
    async with served(sessions=sessions) as server, connected(server.url, mode) as client:
        tools = {one.name for one in (await client.list_tools()).tools}
        state = _answer(await client.call_tool("get_stage_state", {"project": "shop"}))
        prompts = (await client.list_prompts()).prompts
        uri = (await client.list_resources()).resources[0].uri
        read = await client.read_resource(uri)

    assert {"analyze_stage", "promote_freight"} <= tools
    assert state["report"]
    assert prompts
    assert read.contents


@pytest.mark.parametrize("mode", ERAS)
@pytest.mark.parametrize(("said", "written"), [(YES, 1), (DECLINE, 0)])
async def test_the_user_is_asked_and_what_is_agreed_to_is_done(mode: str, said: ElicitResult, written: int) -> None:
    sources, host = Sources(), Host(said)

    # One place: who is asked must be able to answer while the call holds it.
    async with served(sources, concurrency=1) as server, connected(server.url, mode, host=host) as client:
        answer = _answer(await client.call_tool("promote_freight", PROMOTE))

    assert len(host.shown) == 1
    assert len(sources.world.written) == written
    assert answer["outcome"] in (("under_way", "done") if written else ("refused",))


@pytest.mark.parametrize("mode", ERAS)
async def test_what_is_followed_is_told_as_it_goes(mode: str) -> None:
    told: list[tuple[float, str | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, message))

    async with served() as server, connected(server.url, mode, host=Host(YES)) as client:
        _answer(await client.call_tool("promote_freight", {**PROMOTE, "wait_seconds": 1}, progress_callback=note))

    assert told
    assert [number for number, _ in told] == sorted({number for number, _ in told})
    assert all(message for _, message in told)


@pytest.mark.parametrize("mode", ERAS)
async def test_a_call_knows_whose_it_is(mode: str) -> None:
    whose: list[str | None] = []

    class Noting(Sources):
        def reader(self, context: str = "") -> Any:
            token = get_access_token()
            whose.append(token.subject if token else None)
            return super().reader(context)

    async with served(Noting(), authentication=Authentication(Tokens(ada="a", bob="b"))) as server:
        for token in ("a", "b", "a"):
            async with connected(server.url, mode, token=token) as client:
                await client.call_tool("get_stage_state", {"project": "shop"})

    assert whose == ["ada", "bob", "ada"]


async def test_nobody_gets_into_the_session_of_another() -> None:
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    initialize = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    async with served(authentication=Authentication(Tokens(ada="a", bob="b"))) as server:
        opened = await ask(server.url, initialize, headers={"Authorization": "Bearer a"})
        session = {"Mcp-Session-Id": opened.headers["Mcp-Session-Id"], "MCP-Protocol-Version": "2025-11-25"}
        ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
        statuses = [
            (await ask(server.url, ping, headers={**session, "Authorization": f"Bearer {token}"})).status
            for token in "ba"
        ]

    assert statuses == [404, 200]


class Replicas:
    """Two applications behind one address, each request to the other one in turn."""

    def __init__(self, *apps: HttpApp) -> None:
        self._apps = apps
        self._next = 0
        self.metrics = [app.metrics for app in apps]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            async with AsyncExitStack() as running:
                await receive()
                for app in self._apps:
                    await running.enter_async_context(app.running())
                await send({"type": "lifespan.startup.complete"})
                await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        self._next += 1
        await self._apps[self._next % len(self._apps)](scope, receive, send)

    async def drain(self) -> None:
        for app in self._apps:
            await app.drain()


@asynccontextmanager
async def replicas(sources: Sources) -> AsyncIterator[Served]:
    """Servers of their own, which share the key and the cluster."""
    http = HttpSettings(port=0, drain_s=0, sessions=False)
    apps = []
    for _ in range(2):
        state = RequestStateSecurity(keys=[b"s" * 32])
        built = build_server(sources, version="test", request_state=state)  # type: ignore[arg-type]
        apps.append(asgi_app(built, http, None))
    async with listened(Replicas(*apps), http) as server:  # type: ignore[arg-type]
        yield server


@pytest.mark.parametrize("mode", ERAS)
async def test_a_replica_does_what_another_has_planned(mode: str) -> None:
    sources = Sources()

    async with replicas(sources) as server, connected(server.url, mode) as client:
        planned = _answer(await client.call_tool("promote_freight", PROMOTE))
        again = _answer(await client.call_tool("promote_freight", PROMOTE))
        done = _answer(await client.call_tool("promote_freight", {**PROMOTE, "plan_id": planned["plan"]["plan_id"]}))
        once = _answer(await client.call_tool("promote_freight", {**PROMOTE, "plan_id": again["plan"]["plan_id"]}))
    counts = [one.text().decode().count('tool="promote_freight"') for one in server.app.metrics]  # type: ignore[attr-defined]

    assert planned["outcome"] == "planned"
    assert done["outcome"] in ("under_way", "done")
    assert once["outcome"] == "refused"
    assert len(sources.world.written) == 1
    assert all(counts)


async def test_a_replica_goes_on_with_the_question_that_another_has_asked() -> None:
    sources, host = Sources(), Host(YES)

    async with replicas(sources) as server, connected(server.url, "auto", host=host) as client:
        answer = _answer(await client.call_tool("promote_freight", PROMOTE))

    assert len(host.shown) == 1
    assert answer["outcome"] in ("under_way", "done")
    assert len(sources.world.written) == 1


async def test_without_sessions_a_client_that_could_ask_its_user_gets_the_plan() -> None:
    sources, host = Sources(), Host()

    async with replicas(sources) as server, connected(server.url, "legacy", host=host) as client:
        answer = _answer(await client.call_tool("promote_freight", PROMOTE))

    assert (answer["outcome"], host.shown, sources.world.written) == ("planned", [], [])
    assert answer["plan"]["plan_id"]


@pytest.mark.parametrize("mode", ERAS)
async def test_a_refusal_reaches_the_client_in_words(mode: str) -> None:
    async with served(rate=6) as server, connected(server.url, mode) as client:
        await client.call_tool("get_stage_state", {"project": "shop"})
        with pytest.raises(MCPError, match="too many requests of one caller") as raised:
            await client.call_tool("get_stage_state", {"project": "shop"})

    assert raised.value.error.data["reason"] == "rate"
    assert 0 < raised.value.error.data["retryAfterSeconds"] <= 10


async def test_an_answer_that_a_crash_would_give_has_no_trace() -> None:
    class Broken(Sources):
        def reader(self, context: str = "") -> Any:
            raise RuntimeError("s3cret at /home/ada")

    async with served(Broken()) as server, connected(server.url, "auto") as client:
        result = await client.call_tool("get_stage_state", {"project": "shop"})

    assert isinstance(result, CallToolResult)
    assert result.is_error
    assert "s3cret" not in str(result)
