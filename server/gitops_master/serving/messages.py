"""One message as it comes in: read within limits, and opened just far enough to know what kind it is."""

import anyio
import msgspec
from msgspec import UNSET, UnsetType
from starlette.types import Message, Receive, Scope

from gitops_master.serving.refusals import PARSE_ERROR, Refusal

CALLS = frozenset({"tools/call", "resources/read", "prompts/get", "completion/complete"})
"""Requests that work is done for; the others are answered from what is there."""
STREAMS = frozenset({"subscriptions/listen"})
"""Requests that are answered for as long as the client listens."""


_DROPPED, _DROPPED_S = 16, 2.0
"""Of a message that is too long: how many times the limit is still taken in, and for how many seconds."""


class Refused(Exception):
    """Ends the reading of a message."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class Envelope(msgspec.Struct, frozen=True):
    """A JSON-RPC message from the outside. `id`: unset in a notification."""

    jsonrpc: str
    id: int | str | UnsetType | None = UNSET
    method: str | UnsetType = UNSET
    params: msgspec.Raw | UnsetType = UNSET
    result: msgspec.Raw | UnsetType = UNSET
    error: msgspec.Raw | UnsetType = UNSET

    @property
    def is_request(self) -> bool:
        return self.method is not UNSET and self.id is not UNSET

    @property
    def is_call(self) -> bool:
        return self.is_request and self.method in CALLS

    @property
    def is_stream(self) -> bool:
        return self.is_request and self.method in STREAMS


_DECODER = msgspec.json.Decoder(Envelope)


def opened(body: bytes) -> Envelope:
    """Raises Refused where it is not one JSON-RPC message."""
    try:
        found = _DECODER.decode(body)
    except msgspec.ValidationError:
        raise Refused(_NOT_ONE_MESSAGE) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(_NOT_JSON) from None
    answers = found.result is not UNSET or found.error is not UNSET
    params = bytes(found.params) if isinstance(found.params, msgspec.Raw) else b"{"
    if found.jsonrpc != "2.0" or (found.method is UNSET) is not answers or not params.startswith(b"{"):
        raise Refused(_NOT_ONE_MESSAGE)
    if found.id is None and not answers:
        raise Refused(_NOT_ONE_MESSAGE)
    return found


_NOT_JSON = Refusal(status=400, reason="malformed", message="the body is not JSON", code=PARSE_ERROR)
_NOT_ONE_MESSAGE = Refusal(
    status=400, reason="malformed", message="the body is not one JSON-RPC 2.0 message: batches are not taken"
)


async def body_of(scope: Scope, receive: Receive, most: int, within_s: float) -> bytes:
    """All of it, `most` bytes of it at most. Raises Refused where it is longer, or does not come in time."""
    too_large = Refusal(
        status=413, reason="too_large", message=f"the message is longer than {most} bytes (--max-body)", closes=True
    )
    headers = dict(scope["headers"])
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared[:20]) > most:
        if b"expect" not in headers:  # who asks beforehand has sent nothing yet
            await _dropped(receive, most)
        raise Refused(too_large)
    body = bytearray()
    try:
        with anyio.fail_after(within_s):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise Refused(_GONE)
                body += message.get("body", b"")
                if len(body) > most:
                    body.clear()
                    await _dropped(receive, most)
                    raise Refused(too_large)
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise Refused(
            Refusal(status=408, reason="too_slow", message=f"the message took more than {within_s:g} s", closes=True)
        ) from None


async def _dropped(receive: Receive, most: int) -> None:
    """What still comes, within bounds. Closing a connection that bytes still come in on resets it: the sender would see that
    instead of the answer.
    """
    left = _DROPPED * most
    with anyio.move_on_after(_DROPPED_S):
        while left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            if message["type"] != "http.request" or not message.get("more_body", False):
                return


_GONE = Refusal(status=400, reason="too_slow", message="the message broke off", closes=True)


def again(body: bytes, receive: Receive) -> Receive:
    """What hands the body on, and then whatever comes: that the client has gone, say."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return first.pop() if first else await receive()

    return received
