"""Answers that last for as long as a client listens: none of them is work, so none of them delays a stop."""

from collections.abc import Awaitable, Callable

import anyio
from starlette.types import Message, Receive, Scope, Send

App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Streams:
    """Those that are open."""

    def __init__(self) -> None:
        self._open: set[anyio.CancelScope] = set()
        self._changed = anyio.Event()

    @property
    def number(self) -> int:
        return len(self._open)

    async def run(self, app: App, scope: Scope, receive: Receive, send: Send) -> None:
        """Until it ends by itself, or all of them are ended: then in order, as if the application had closed it."""
        begun = ended = False

        async def sent(message: Message) -> None:
            nonlocal begun, ended
            begun = True
            ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        with anyio.CancelScope() as stream:
            self._open.add(stream)
            try:
                await app(scope, receive, sent)
            finally:
                self._open.discard(stream)
                self._changed.set()
        if stream.cancelled_caught and begun and not ended:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def end(self) -> None:
        for stream in tuple(self._open):
            stream.cancel()
        while self._open:
            self._changed = anyio.Event()
            await self._changed.wait()
