"""The ASGI application: what stands between a socket and the MCP server.

In this order: Host and Origin, then who it is, how often, what kind of message, whether there is room; then the SDK.
"""

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Any

from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser, BearerAuthBackend, RequireAuthMiddleware
from mcp.server.auth.provider import principal_components
from mcp.server.auth.routes import build_resource_metadata_url, create_protected_resource_routes
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import HTTPConnection
from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from gitops_master.serving.authentication import Authentication
from gitops_master.serving.calls import SLOT, Calls, audited
from gitops_master.serving.health import Check, Readiness, always
from gitops_master.serving.hosts import Doors
from gitops_master.serving.http_settings import HttpSettings
from gitops_master.serving.limits import Buckets, Gate
from gitops_master.serving.messages import Envelope, Refused, again, body_of, opened
from gitops_master.serving.metrics import MEDIA_TYPE, Metrics
from gitops_master.serving.refusals import REFUSED, InJson, Noted, Refusal, refuse
from gitops_master.serving.streams import Streams

MOST_SESSIONS = 1000
"""Of the older protocol, at a time: each is a task and its buffers."""
_METHODS = ("POST", "GET", "DELETE")
_ANY_MESSAGE = 10
"""How many messages of any kind stand for one call in the rate: lists, pings, answers of a user."""


def asgi_app(
    server: MCPServer[Any],
    settings: HttpSettings,
    authentication: Authentication | None,
    *,
    ready: Check = always,
) -> "HttpApp":
    """The application of one server; to be run once, with the ASGI lifespan protocol or inside `running()`."""
    return HttpApp(server, settings, authentication, ready)


class HttpApp:
    """See `asgi_app`. `drain` ends its work before the sockets are closed."""

    def __init__(
        self, server: MCPServer[Any], settings: HttpSettings, authentication: Authentication | None, ready: Check
    ) -> None:
        self._settings = settings
        self.metrics = Metrics(server.version)
        self._noted = Noted(self.metrics.refused)
        self._doors = Doors(settings)
        self.readiness = Readiness(ready)
        self._gate = Gate(settings.concurrency, settings.queue_s)
        self._calls = Calls(server, self.metrics, settings.call_s)
        server.middleware.insert(0, self._calls)
        self._streams = Streams()
        self._messages, self._rate = Buckets(settings.rate * _ANY_MESSAGE), Buckets(settings.rate)
        # The SDK's own application is not served: what it routes would not be behind the checks here.
        server.streamable_http_app(
            stateless_http=not settings.sessions,
            max_request_body_size=settings.most_body,
            max_sessions=MOST_SESSIONS,
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        self._manager = server.session_manager
        self._identify(authentication)
        self._mcp_in_json = InJson(self._mcp, self._noted)
        self._gauges()

    def _identify(self, authentication: Authentication | None) -> None:
        auth = authentication.auth if authentication is not None else None
        resource = auth.resource_server_url if auth is not None else None
        self._demands_token = authentication is not None
        self._backend = (
            BearerAuthBackend(
                authentication.verifier,
                resource_server_url=resource if auth is not None and auth.validate_token_resource else None,
            )
            if authentication is not None
            else None
        )
        metadata = build_resource_metadata_url(resource) if resource is not None else None
        self._required = (auth.required_scopes or []) if auth is not None else []
        self._admit = RequireAuthMiddleware(AuthContextMiddleware(self._admitted), self._required, metadata)
        self._told_where = (
            Router(create_protected_resource_routes(resource, [auth.issuer_url], auth.required_scopes))
            if auth is not None and resource is not None
            else None
        )

    def _gauges(self) -> None:
        self.metrics.gauges = {
            "calls_in_flight": ("Calls that run.", lambda: self._calls.number),
            "calls_waiting": ("Calls that wait for room.", lambda: self._gate.waiting),
            "streams_open": ("Clients that listen.", lambda: self._streams.number),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._mcp_in_json(scope, receive, send)

    async def _mcp(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._doors.refusal(scope)
        if refusal is not None:
            await refuse(self._noted(refusal), send)
        elif scope["path"] == self._settings.path:
            await self._identified(scope, receive, send)
        elif scope["path"] in ("/healthz", "/readyz", "/metrics"):
            await self._watched(scope, receive, send)
        elif self._told_where is not None and scope["path"].startswith("/.well-known/"):
            await self._told_where(scope, receive, send)
        else:
            words = f"there is nothing at this path; MCP is at {self._settings.path}"
            await refuse(self._noted(Refusal(status=404, reason="not_found", message=words)), send)

    async def _identified(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in _METHODS:
            allowed = ((b"allow", ", ".join(_METHODS).encode()),)
            words = "MCP is spoken with POST, GET and DELETE"
            refusal = Refusal(status=405, reason="method", message=words, headers=allowed)
            return await refuse(self._noted(refusal), send)
        await self._authenticate(scope)
        retry_s = self._messages.take(_who(scope))
        if retry_s is not None:
            return await refuse(self._noted(_too_often(retry_s)), send)
        if not self._demands_token:
            return await self._admitted(scope, receive, send)
        user = scope.get("user")
        if not isinstance(user, AuthenticatedUser):
            self.metrics.refused("unauthenticated")
        elif not set(self._required) <= set(user.scopes):
            self.metrics.refused("forbidden")
        return await self._admit(scope, receive, send)

    async def _authenticate(self, scope: Scope) -> None:
        """Leaves in the scope whose the token is, if it is somebody's."""
        found = await self._backend.authenticate(HTTPConnection(scope)) if self._backend is not None else None
        if found is not None:
            scope["auth"], scope["user"] = found

    async def _admitted(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "DELETE":
            return await self._manager.handle_request(scope, receive, send)
        if scope["method"] == "GET":
            return await self._listened(scope, receive, send)
        try:
            body = await body_of(scope, receive, self._settings.most_body)
            message = opened(body)
        except Refused as refused:
            return await refuse(self._noted(refused.refusal), send)
        await self._handle(message, scope, again(body, receive), send)

    async def _handle(self, message: Envelope, scope: Scope, receive: Receive, send: Send) -> None:
        if message.is_request and self.readiness.stopping:
            # Answers and cancellations still come in: calls that run may wait for them.
            return await self._answer_no(message, _STOPPING, send)
        if message.is_stream:
            return await self._listened(scope, receive, send)
        if not message.is_call:
            return await self._manager.handle_request(scope, receive, send)
        retry_s = self._rate.take(_who(scope))
        if retry_s is not None:
            return await self._answer_no(message, _too_often(retry_s), send)
        slot = await self._gate.enter()
        if slot is None:
            return await self._answer_no(message, _busy(self._gate.retry_s), send)
        try:
            scope[SLOT] = slot
            await self._manager.handle_request(scope, receive, send)
        finally:
            slot.release()

    async def _answer_no(self, message: Envelope, refusal: Refusal, send: Send) -> None:
        request_id = message.id if isinstance(message.id, int | str) else None
        await refuse(self._noted(refusal), send, request_id)

    async def _listened(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.readiness.stopping:
            return await refuse(self._noted(_STOPPING), send)
        await self._streams.run(self._manager.handle_request, scope, receive, send)

    async def _watched(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if scope["method"] not in ("GET", "HEAD"):
            refusal = Refusal(status=405, reason="method", message="GET it", headers=((b"allow", b"GET, HEAD"),))
            return await refuse(self._noted(refusal), send)
        if path == "/healthz":
            return await _answer(send, b'{"alive":true}')
        if path == "/readyz":
            ready = await self.readiness.ready()
            return await _answer(send, b'{"ready":true}' if ready else b'{"ready":false}', 200 if ready else 503)
        await self._authenticate(scope)
        if self._demands_token and not self._settings.open_metrics and "user" not in scope:
            retry_s = self._messages.take(_who(scope))
            words = "metrics take a token, like the tools (--open-metrics: none)"
            asks = Refusal(
                status=401, reason="unauthenticated", message=words, headers=((b"www-authenticate", b"Bearer"),)
            )
            return await refuse(self._noted(asks if retry_s is None else _too_often(retry_s)), send)
        await _answer(send, self.metrics.text(), media_type=MEDIA_TYPE)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self.running():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The MCP server and its sessions, from here on; connections to clusters are closed at the end."""
        with audited():
            async with self._manager.run():
                yield

    async def drain(self) -> None:
        """Lets the calls that run come to their end, and takes no new ones."""
        self.readiness.stopping = True
        await self._calls.finish(self._settings.drain_s)
        await self._streams.end()


def _who(scope: Scope) -> Hashable:
    """Whom the rate is of: whose token it is, or where the connection comes from."""
    user = scope.get("user")
    if isinstance(user, AuthenticatedUser):
        return ("token", *principal_components(user.access_token))
    return ("peer", (scope.get("client") or ("",))[0])


def _too_often(retry_s: int) -> Refusal:
    words = f"too many requests of one caller (--rate); try again in {retry_s} s"
    return Refusal(status=429, reason="rate", message=words, code=REFUSED, retry_s=retry_s)


def _busy(retry_s: int) -> Refusal:
    words = f"too many calls at a time (--concurrency); try again in {retry_s} s"
    return Refusal(status=503, reason="busy", message=words, code=REFUSED, retry_s=retry_s)


_STOPPING = Refusal(
    status=503,
    reason="stopping",
    message="this server is being stopped; try again",
    code=REFUSED,
    retry_s=1,
    closes=True,
)


async def _answer(send: Send, body: bytes, status: int = 200, media_type: bytes = b"application/json") -> None:
    headers = [
        (b"content-type", media_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
