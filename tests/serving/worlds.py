"""A server of ours on a free loopback port, with a cluster behind it that a test holds and lets go; and raw HTTP to it."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
import anyio
from mcp.server.auth.provider import AccessToken

from gitops_master.mcp_server import build_server
from gitops_master.model.snapshot import LogKey, Snapshot
from gitops_master.ports.cluster import LogsRead, ReadPlan
from gitops_master.serving.authentication import Authentication
from gitops_master.serving.health import Check, always
from gitops_master.serving.http import HttpApp, asgi_app
from gitops_master.serving.http_settings import HttpSettings
from gitops_master.serving.run import Server, listening, prepared
from tests.tools.test_operating import Sources
from tests.usecases.operating.worlds import World

JSON = dict[str, Any]
ERAS = ("auto", "legacy")
MODERN = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}
READ = ("analyze_stage", {"project": "shop", "stage": "prod"})


class Held:
    """A reader that waits until `release` is set. `asked`: one is waiting; `given_up`: one was cancelled."""

    title = "test"

    def __init__(self, world: World) -> None:
        self._world = world
        self.asked, self.release, self.given_up = anyio.Event(), anyio.Event(), anyio.Event()
        self.waiting = 0

    async def read(self, plan: ReadPlan, *, deadline_s: float) -> Snapshot:
        self.waiting += 1
        self.asked.set()
        try:
            await self.release.wait()
        except anyio.get_cancelled_exc_class():
            self.given_up.set()
            raise
        finally:
            self.waiting -= 1
        return await self._world.read(plan, deadline_s=deadline_s)

    async def read_logs(self, keys: Iterable[LogKey], *, deadline_s: float) -> LogsRead:
        return LogsRead({})


class HeldSources(Sources):
    """All reading waits."""

    def __init__(self, **terms: Any) -> None:
        super().__init__(**terms)
        self.held = Held(self.world)
        self.closed = anyio.Event()

    def reader(self, context: str = "") -> World:
        return self.held  # type: ignore[return-value]

    async def close(self) -> None:
        self.closed.set()


class Served(NamedTuple):
    """`root`: without a path."""

    root: str
    app: HttpApp
    server: Server

    @property
    def url(self) -> str:
        return f"{self.root}/mcp"


@asynccontextmanager
async def served(
    sources: Sources | None = None,
    *,
    authentication: Authentication | None = None,
    ready: Check = always,
    request_state: Any = None,
    **settings: Any,
) -> AsyncIterator[Served]:
    """Until the block ends, which stops it as a signal would; calls that still run then are ended at once."""
    http = HttpSettings(**{"port": 0, "drain_s": 0.0, **settings})
    built = build_server(sources or Sources(), version="test", request_state=request_state)  # type: ignore[arg-type]
    async with listened(asgi_app(built, http, authentication, ready=ready), http) as server:
        yield server


@asynccontextmanager
async def listened(app: HttpApp, http: HttpSettings) -> AsyncIterator[Served]:
    """As `served`, for an application that is there."""
    server, bound = prepared(app, http), listening(http)
    scheme = "https" if http.tls_cert else "http"
    root = f"{scheme}://127.0.0.1:{bound.getsockname()[1]}"
    running = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield Served(root, app, server)
    finally:
        if not running.done() and not server.should_exit:
            server.stop()
        await running


class Answer(NamedTuple):
    """Of plain HTTP. `body`: parsed where it is JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any


async def ask(
    url: str, body: Any = None, *, method: str = "", headers: Mapping[str, str] | None = None, **more: Any
) -> Answer:
    """One request, as no client of MCP would word it. `body`: bytes as they are, anything else as JSON."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **(headers or {})}
    async with (
        aiohttp.ClientSession(skip_auto_headers=("User-Agent",)) as session,
        session.request(method or ("GET" if body is None else "POST"), url, data=data, headers=sent, **more) as reply,
    ):
        raw = await reply.read()
        is_json = reply.headers.get("Content-Type", "").startswith("application/json")
        return Answer(reply.status, reply.headers.copy(), json.loads(raw) if is_json and raw else raw.decode())


def call(tool: str, arguments: JSON, number: int = 1) -> JSON:
    """A message of the newer protocol, which needs no session."""
    params = {"name": tool, "arguments": arguments, "_meta": META}
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}


def modern(tool: str = "", method: str = "tools/call", token: str = "") -> dict[str, str]:
    named = {"Mcp-Name": tool} if tool else {}
    bearer = {"Authorization": f"Bearer {token}"} if token else {}
    return {"MCP-Protocol-Version": MODERN, "Mcp-Method": method, **named, **bearer}


class Tokens:
    """Knows some tokens, each by the name of its owner."""

    def __init__(self, **owners: str) -> None:
        self._owners = owners

    async def verify_token(self, token: str) -> AccessToken | None:
        owner = next((name for name, one in self._owners.items() if one == token), "")
        return AccessToken(token=token, client_id=owner, subject=owner, scopes=[]) if owner else None
