"""What is refused before a tool hears of it: a status, a reason that metrics count, and a JSON-RPC error that says what to do."""

import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.types import Message, Receive, Scope, Send

INVALID_REQUEST, PARSE_ERROR, INTERNAL_ERROR, REFUSED = -32600, -32700, -32603, -32000
"""Codes of JSON-RPC; the last is of the range that is left to servers."""

REASONS = (
    "host",
    "origin",
    "unauthenticated",
    "forbidden",
    "rate",
    "busy",
    "stopping",
    "too_large",
    "too_slow",
    "malformed",
    "not_found",
    "method",
    "not_acceptable",
    "internal",
)
"""All there are: each is a label of a metric, so none may come from outside."""

_LOG = logging.getLogger("gitops_master.http")
_QUIET_S = 10.0
"""Seconds in which one reason is logged once: whoever is refused can ask very often."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """`retry_s`: after how many seconds it is worth another try. `closes`: the rest of the request is not read. `seen`: for the
    log only, what was wrong with it.
    """

    status: int
    reason: str
    message: str
    code: int = INVALID_REQUEST
    retry_s: int | None = None
    closes: bool = False
    headers: tuple[tuple[bytes, bytes], ...] = ()
    seen: str = ""


def body_of(refusal: Refusal, request_id: int | str | None = None) -> bytes:
    """A JSON-RPC error: clients show its message."""
    data: dict[str, Any] = {"reason": refusal.reason}
    if refusal.retry_s is not None:
        data["retryAfterSeconds"] = refusal.retry_s
    error = {"code": refusal.code, "message": refusal.message, "data": data}
    return msgspec.json.encode({"jsonrpc": "2.0", "id": request_id, "error": error})


def headers_of(refusal: Refusal, length: int) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(length).encode()),
        (b"cache-control", b"no-store"),
        *refusal.headers,
    ]
    if refusal.retry_s is not None:
        headers.append((b"retry-after", str(refusal.retry_s).encode()))
    if refusal.closes:
        headers.append((b"connection", b"close"))
    return headers


async def refuse(refusal: Refusal, send: Send, request_id: int | str | None = None) -> None:
    """Answers with it."""
    body = body_of(refusal, request_id)
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers_of(refusal, len(body))})
    await send({"type": "http.response.body", "body": body})


class Noted:
    """Counts refusals, and logs each reason once in a while."""

    def __init__(self, count: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._count, self._clock = count, clock
        self._logged: dict[str, float] = {}

    def __call__(self, refusal: Refusal) -> Refusal:
        self._count(refusal.reason)
        now = self._clock()
        if now - self._logged.get(refusal.reason, -_QUIET_S) >= _QUIET_S:
            self._logged[refusal.reason] = now
            told = f" ({refusal.seen[:200]!r})" if refusal.seen else ""
            _LOG.warning("refused: %s%s", refusal.message, told, extra={"fields": {"reason": refusal.reason}})
        return refusal


_BY_STATUS = {
    400: ("malformed", "the request is not one of MCP over HTTP: POST one JSON-RPC message as application/json"),
    404: ("not_found", "there is nothing at this path"),
    405: ("method", "this method is not served here"),
    406: ("not_acceptable", "send Accept: application/json, text/event-stream"),
    413: ("too_large", "the message is too large"),
    415: ("malformed", "send Content-Type: application/json"),
}


def by_status(status: int) -> Refusal:
    """What a status alone says."""
    reason, message = _BY_STATUS.get(status, ("internal" if status >= 500 else "malformed", ""))
    code = INTERNAL_ERROR if status >= 500 else INVALID_REQUEST
    return Refusal(status=status, reason=reason, message=message or HTTPStatus(status).phrase.lower(), code=code)


class InJson:
    """ASGI: an error that says nothing, or says it as plain text, becomes one of ours. Nothing else is touched.

    The libraries below answer some requests so; and a crash is told as one, without a trace.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Any], noted: Noted) -> None:
        self._app, self._noted = app, noted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = replaced = False

        async def sent(message: Message) -> None:
            nonlocal started, replaced
            if message["type"] == "http.response.start":
                started = True
                headers = {key.lower(): value for key, value in message.get("headers", ())}
                status = message["status"]
                if status >= 400 and not headers.get(b"content-type", b"").startswith(b"application/json"):
                    replaced = True
                    refusal = self._noted(by_status(status))
                    kept = tuple((key, headers[key]) for key in (b"allow", b"www-authenticate") if key in headers)
                    await refuse(msgspec.structs.replace(refusal, headers=kept), send)
                    return
            if not replaced:
                await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception:  # the edge of the program: whatever it was, the caller gets one sentence and the log the rest
            _LOG.exception("a request ended in an error")
            if started:
                raise
            await refuse(self._noted(by_status(500)), send)
