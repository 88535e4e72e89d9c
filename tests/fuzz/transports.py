"""Bytes to a server and answers from it, over standard input and output and over HTTP."""

import asyncio
import json
from contextlib import suppress
from typing import Any, NamedTuple

import h11

from tests.fuzz.programs import Program
from tests.fuzz.requests import LEGACY, Sent, envelope, request

_MOST_READ = 1 << 16
INITIALIZE = f'{{"protocolVersion":"{LEGACY}","capabilities":{{}},"clientInfo":{{"name":"fuzz","version":"1"}}}}'


class Answer(NamedTuple):
    """`text`: as it came. `message`: what it says; None where it is no JSON."""

    text: str
    message: Any = None
    status: int = 0


def parsed(text: str) -> Any:
    """None where it is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


class Stdio:
    """A session over standard input and output, in one era. `stray`: answers that nobody waits for."""

    def __init__(self, program: Program, *, modern: bool) -> None:
        self._process = program.process
        self._modern = modern
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self.stray: list[Answer] = []
        self._fences = 0
        self._reading = asyncio.create_task(self._read())

    async def open(self, patience_s: float) -> None:
        if not self._modern:
            await asyncio.wait_for(
                self.ask(envelope("initialize", INITIALIZE, "open", modern=False), "open"), patience_s
            )
            self.send(b'{"jsonrpc":"2.0","method":"notifications/initialized"}')
        else:
            await self.fence(patience_s)

    def send(self, line: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + b"\n")

    async def ask(self, line: bytes, number: str) -> Answer:
        """The answer with that id. Raises ConnectionError where the server has gone."""
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        self.send(line)
        try:
            assert self._process.stdin is not None
            await self._process.stdin.drain()
            answer: Answer = await future
            return answer
        finally:
            self._waiting.pop(number, None)

    async def fence(self, patience_s: float) -> None:
        """Until something harmless that was asked last is answered. Raises TimeoutError, ConnectionError."""
        self._fences += 1
        number = f"fence-{self._fences}"
        method = "prompts/list" if self._modern else "ping"
        await asyncio.wait_for(self.ask(envelope(method, "{}", number, modern=self._modern), number), patience_s)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            text = line.decode(errors="replace")
            message = parsed(text)
            answer = Answer(text, message)
            number = message.get("id") if isinstance(message, dict) else None
            waiting = self._waiting.get(number) if isinstance(number, str) else None
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)
            else:
                self.stray.append(answer)
        for one in self._waiting.values():
            if not one.done():
                one.set_exception(ConnectionError("the server has gone"))


class Http:
    """One connection at a time, kept where the server keeps it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.session = ""

    async def open(self) -> None:
        """Begins a session of the older protocol."""
        headers = [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")]
        body = envelope("initialize", INITIALIZE, "open", modern=False)
        await self.ask(Sent(request("POST", "/mcp", headers, body)))
        self.session = self._session
        headers += [("Mcp-Session-Id", self.session), ("MCP-Protocol-Version", LEGACY)]
        body = b'{"jsonrpc":"2.0","method":"notifications/initialized"}'
        await self.ask(Sent(request("POST", "/mcp", headers, body)))

    async def ask(self, sent: Sent) -> Answer:
        """What comes back; an empty answer where the connection is closed instead. Raises ConnectionError: nobody listens."""
        for again in (True, False):
            kept = self._streams is not None
            reader, writer = self._streams or await asyncio.open_connection("127.0.0.1", self._port)
            self._streams = None
            try:
                size = max(-(-len(sent.data) // sent.pieces), 1)  # of what breaks off at once nothing is left
                for start in range(0, len(sent.data), size):
                    writer.write(sent.data[start : start + size])
                    await writer.drain()
                if sent.ends:
                    writer.write_eof()
                answer, reusable = await self._answer(reader, sent)
            except OSError:  # it was closed while we wrote
                answer, reusable = Answer(""), False
            if reusable and not sent.ends:
                self._streams = reader, writer
            else:
                await _closed(writer)
            if answer.status or not (kept and again):  # a kept connection may have been closed before these bytes came
                return answer
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """Of the connection that is kept, if one is."""
        if self._streams is not None:
            await _closed(self._streams[1])
            self._streams = None

    async def _answer(self, reader: asyncio.StreamReader, sent: Sent) -> tuple[Answer, bool]:
        connection = h11.Connection(h11.CLIENT)
        # What is parsed is an answer: to h11, a request of ours has to be under way.
        method = b"HEAD" if sent.data.startswith(b"HEAD ") else b"GET"
        connection.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
        connection.send(h11.EndOfMessage())
        status, body, is_stream = 0, bytearray(), False
        while True:
            try:
                event = connection.next_event()
            except h11.RemoteProtocolError as error:
                closed = not status and reader.at_eof()
                return Answer("" if closed else f"no HTTP: {error}", status=status), False
            if event is h11.NEED_DATA:
                connection.receive_data(await reader.read(_MOST_READ))
            elif isinstance(event, h11.Response):
                status, headers = event.status_code, dict(event.headers)
                self._session = headers.get(b"mcp-session-id", b"").decode()
                is_stream = headers.get(b"content-type", b"").startswith(b"text/event-stream")
                if is_stream and not sent.owed:
                    return Answer("", status=status), False  # may stay open for as long as we listen
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                text = _last_event(body.decode(errors="replace")) if is_stream else body.decode(errors="replace")
                kept = connection.their_state is h11.DONE
                return Answer(text, parsed(text), status), kept
            elif isinstance(event, h11.ConnectionClosed):
                return Answer("", status=status), False


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def _last_event(text: str) -> str:
    found = [line.removeprefix("data:").strip() for line in text.splitlines() if line.startswith("data:")]
    return found[-1] if found else ""
