"""Stands in front of the real API server and passes everything on, except where a test tells it what to break."""

import json
import math
import re
import ssl
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

import aiohttp
from aiohttp import web
from yarl import URL

from tests.live.certificates import Pair
from tests.live.server import ControlPlane

HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "proxy-authorization",
    "host",
}
CHUNK = 64 * 1024


class Seen(NamedTuple):
    """A request as it came. `target`: path and query, as sent."""

    method: str
    target: str
    headers: Mapping[str, str]


class Fault(Protocol):
    """What happens to a request instead of, or on the way of, passing it on."""

    async def answer(self, request: web.Request, proxy: "Proxy") -> web.StreamResponse: ...


@dataclass
class _Rule:
    pattern: re.Pattern[str]
    fault: Fault
    left: float
    """How many more times; infinity holds for good."""


class Proxy:
    """Use as an async context manager. `requests` tells what was asked for.

    It ends TLS, so that a client's certificate does not reach the server: be somebody by token.
    """

    def __init__(self, plane: ControlPlane, certificate: Pair | None = None) -> None:
        self.requests: list[Seen] = []
        self._plane = plane
        self._certificate = certificate or plane.authority.server("proxy")
        self._rules: list[_Rule] = []

    async def __aenter__(self) -> Self:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*self._certificate)
        trusted = ssl.create_default_context(cafile=self._plane.ca)
        self._upstream = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=trusted, limit=0),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),
        )
        application = web.Application(client_max_size=CHUNK * 1024)
        application.router.add_route("*", "/{path:.*}", self._handle)
        # A handler that waits for a client which has gone would keep the test from ending.
        self._runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.01)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        self.port = int(self._runner.addresses[0][1])
        self.url = f"https://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        await self._upstream.close()

    def break_(self, pattern: str, fault: Fault, *, times: int | None = None) -> None:
        """From now on `fault` happens to requests whose `METHOD /path?query` matches; None: always, else so many times.

        The rule that was given last wins.
        """
        self._rules.insert(0, _Rule(re.compile(pattern), fault, math.inf if times is None else times))

    def mend(self) -> None:
        """From now on everything passes."""
        self._rules.clear()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(Seen(request.method, request.raw_path, dict(request.headers)))
        for rule in self._rules:
            if rule.left and rule.pattern.search(f"{request.method} {request.raw_path}"):
                rule.left -= 1
                return await rule.fault.answer(request, self)
        async with self.passed_on(request) as upstream:
            return await stream(request, upstream)

    def passed_on(self, request: web.Request) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """The real server's reply to this request, raw."""
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        url = f"{self._plane.url}{request.raw_path}"
        return self._upstream.request(
            request.method,
            URL(url, encoded=True),
            headers=headers,
            data=request.content if request.body_exists else None,
            allow_redirects=False,
            skip_auto_headers=["Content-Type"],  # `kubectl create --raw` sends none, and none is JSON
        )


async def stream(request: web.Request, upstream: aiohttp.ClientResponse) -> web.StreamResponse:
    """Passes a reply on as it comes: a watch never ends."""
    response = web.StreamResponse(status=upstream.status, reason=upstream.reason, headers=_kept(upstream))
    await response.prepare(request)
    async for chunk in upstream.content.iter_any():
        await response.write(chunk)
    await response.write_eof()
    return response


def _kept(upstream: aiohttp.ClientResponse) -> list[tuple[str, str]]:
    return [(name, value) for name, value in upstream.headers.items() if name.lower() not in HOP_BY_HOP]


def refusal(code: int, reason: str, message: str) -> bytes:
    """A Status object as the API server writes it."""
    said = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    return json.dumps({**said, "message": message, "reason": reason, "code": code}).encode()
