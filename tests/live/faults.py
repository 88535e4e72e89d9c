"""What can go wrong between a client and an API server: in replies (for `Proxy.break_`), and on the wire."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from aiohttp import web

from tests.live.proxy import Proxy, refusal, stream


class Reply(NamedTuple):
    """This, instead of the server's own reply."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}
    content_type: str = "application/json"

    async def answer(self, request: web.Request, proxy: Proxy) -> web.StreamResponse:
        headers = {**self.headers, "Content-Type": self.content_type}
        return web.Response(status=self.status, body=self.body, headers=headers)


UNAUTHORIZED = Reply(401, refusal(401, "Unauthorized", "Unauthorized"))
FORBIDDEN = Reply(
    403, refusal(403, "Forbidden", 'stages.kargo.akuity.io is forbidden: User "ada" cannot list resource "stages"')
)
NOT_FOUND = Reply(404, b"404 page not found\n", content_type="text/plain; charset=utf-8")
CONFLICT = Reply(409, refusal(409, "Conflict", "the object has been modified; please apply your changes to the latest"))
EXPIRED = Reply(
    410,
    refusal(
        410,
        "Expired",
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
        "the continue parameter.",
    ),
)
TOO_MANY = Reply(
    429, refusal(429, "TooManyRequests", "too many requests, please try again later."), {"Retry-After": "1"}
)
SERVER_ERROR = Reply(500, refusal(500, "InternalError", "etcdserver: request timed out"))
UNAVAILABLE = Reply(503, refusal(503, "ServiceUnavailable", "the server is currently unable to handle the request"))
GATEWAY = Reply(
    503,
    b"<html><body><h1>503 Service Unavailable</h1>\nNo server is available.\n</body></html>\n",
    content_type="text/html",
)
"""What a load balancer in front says where no API server is alive."""
GARBAGE = Reply(200, b"\x00\xff{not json" * 100)
LOGIN_PAGE = Reply(200, b"<!doctype html><title>Sign in</title>", content_type="text/html")
"""What a single-sign-on portal says to everything."""
EMPTY = Reply(200, b"")


class Redirect(NamedTuple):
    """Sends the client elsewhere, where its credentials must not go."""

    location: str

    async def answer(self, request: web.Request, proxy: Proxy) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": self.location})


class Silence:
    """The request is taken and never answered."""

    async def answer(self, request: web.Request, proxy: Proxy) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError("never")


class Hold(NamedTuple):
    """The server's own reply, but only once `release` is set; `asked` is set when the request is there."""

    release: asyncio.Event
    asked: asyncio.Event

    async def answer(self, request: web.Request, proxy: Proxy) -> web.StreamResponse:
        self.asked.set()
        await self.release.wait()
        async with proxy.passed_on(request) as upstream:
            return await stream(request, upstream)


class Cut(NamedTuple):
    """The server's own reply, broken off after this share of its body; `stall`: the connection stays open instead."""

    share: float = 0.5
    stall: bool = False

    async def answer(self, request: web.Request, proxy: Proxy) -> web.StreamResponse:
        async with proxy.passed_on(request) as upstream:
            whole = await upstream.read()
            headers = {"Content-Type": upstream.headers["Content-Type"], "Content-Length": str(len(whole))}
            if "Content-Encoding" in upstream.headers:
                headers["Content-Encoding"] = upstream.headers["Content-Encoding"]
        response = web.StreamResponse(status=upstream.status, headers=headers)
        await response.prepare(request)
        await response.write(whole[: int(len(whole) * self.share)])
        if self.stall:
            await asyncio.Event().wait()
        assert request.transport is not None
        request.transport.close()
        return response


@contextlib.contextmanager
def mute() -> Iterator[str]:
    """The URL of a server that takes connections and never says a word, not even of TLS."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"


@contextlib.contextmanager
def black_hole() -> Iterator[str]:
    """The URL of a port whose packets are dropped: the kernel answers no more connections, as behind a firewall."""
    with contextlib.ExitStack() as open_, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        # The queue takes one connection more than it was told; the second and third of these stay without an answer.
        for _ in range(3):
            filler = open_.enter_context(socket.socket())
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(listener.getsockname())
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
