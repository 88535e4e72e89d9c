"""HTTP/1.1 as uvicorn speaks it, with what it leaves open: errors in JSON, an end for slow headers, a bound for connections."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from gitops_master.serving.refusals import Refusal, body_of, headers_of

MOST_CONNECTIONS = 1000
"""At a time; a file descriptor each."""
MOST_HEADERS = 32 * 1024
"""Bytes; a token that lists groups may take half of it."""


class BoundedHttp(H11Protocol):
    """One connection. `headers_s`: seconds in which the headers of a request have to be here."""

    headers_s = 10.0
    _headers_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self._await_headers()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._await_headers()
        else:
            self._forget_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_headers()
        super().connection_lost(exc)

    def _await_headers(self) -> None:
        """From the first byte on: what comes later does not begin it anew. A connection that is kept has its own time."""
        if self._headers_timer is None:
            self._headers_timer = self.loop.call_later(self.headers_s, self._give_up)

    def _forget_headers(self) -> None:
        if self._headers_timer is not None:
            self._headers_timer.cancel()
            self._headers_timer = None

    def _give_up(self) -> None:
        self._headers_timer = None
        if not self.transport.is_closing():
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP at all, in the words of every other refusal."""
        if self.cycle is not None and not self.cycle.response_complete:
            # The body of a request that is being answered broke: what answers it has nobody to answer any more.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        refusal = Refusal(status=400, reason="malformed", message="this is not an HTTP request", closes=True)
        body = body_of(refusal)
        try:
            self._write(h11.Response(status_code=400, headers=headers_of(refusal, len(body)), reason=b"Bad Request"))
            self._write(h11.Data(data=body))
            self._write(h11.EndOfMessage())
        except h11.LocalProtocolError:  # an answer is under way already
            pass
        self.transport.close()

    def _write(self, event: Any) -> None:
        self.transport.write(self.conn.send(event) or b"")


def bounded(headers_s: float) -> type[BoundedHttp]:
    """For uvicorn, which makes one for each connection."""
    return type("Http", (BoundedHttp,), {"headers_s": headers_s})
