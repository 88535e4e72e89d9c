"""So many hostile things, from a seed, to a server over stdio in both eras and over HTTP; and what was wrong with the answers."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from mcp_types import jsonrpc_message_adapter
from pydantic import ValidationError

from tests.fuzz import calls, judging, messages, requests
from tests.fuzz.programs import OVER_HTTP, SERVE, started
from tests.fuzz.requests import Sent
from tests.fuzz.transports import Answer, Http, Stdio

_BEFORE_FENCE = 40
"""Messages that are sent before something harmless has to be answered."""
_CONNECTIONS = 8
_SLOWEST = 10
_TOLD = 700


@dataclass
class Told:
    """What came of it. `slowest`: (seconds, what was sent), over HTTP, where few wait for one another."""

    counts: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    problems: dict[str, str] = field(default_factory=dict)
    slowest: list[tuple[float, str]] = field(default_factory=list)

    def note(self, kind: str, sent: bytes, answer: Answer, seconds: float = 0.0) -> None:
        self.counts[kind] += 1
        self.outcomes[f"{kind}: {_outcome(answer)}"] += 1
        bounded = "message" not in kind
        for one in (*judging.problems(answer.text, bounded=bounded), *judging.internal(answer.message)):
            self.problem(f"{kind}: {one}", sent, answer.text)
        if answer.status >= 500 and answer.status != 501:
            self.problem(f"{kind}: HTTP {answer.status}", sent, answer.text)
        if answer.text and answer.message is None and not answer.status:
            self.problem(f"{kind}: no JSON", sent, answer.text)
        if seconds:
            self.slowest = sorted([*self.slowest, (seconds, _short(sent))], reverse=True)[:_SLOWEST]

    def problem(self, what: str, sent: bytes = b"", answer: str = "") -> None:
        """Each sort once, with the first example."""
        self.counts["problems"] += 1
        self.problems.setdefault(what, f"sent {_short(sent)}\n    got {answer[:_TOLD]}" if sent else "")


def _short(sent: bytes) -> str:
    text = repr(sent)
    return text if len(text) <= _TOLD else f"{text[: _TOLD - 60]}… ({len(sent)} bytes) …{text[-60:]}"


def _outcome(answer: Answer) -> str:
    message: Any = answer.message
    status = f"{answer.status} " if answer.status else ""
    if not isinstance(message, dict):
        return f"{status}{'text' if answer.text else 'nothing'}"
    if "error" in message:
        return f"{status}error {message['error'].get('code')}"
    result = message.get("result")
    return f"{status}{'refused by the tool' if isinstance(result, dict) and result.get('isError') else 'answered'}"


async def listing() -> calls.Listed:
    """What a server says can be called."""
    async with started(SERVE) as program:
        stdio = Stdio(program, modern=True)
        found: dict[str, Any] = {}
        for method in ("tools/list", "prompts/list", "resources/list"):
            answer = await stdio.ask(requests.envelope(method, "{}", method, modern=True), method)
            found |= answer.message["result"]
    tools = [(one["name"], one["inputSchema"]) for one in found["tools"]]
    prompts = [(one["name"], [each["name"] for each in one.get("arguments", [])]) for one in found["prompts"]]
    return calls.Listed(tools, prompts, [one["uri"] for one in found["resources"]])


async def campaign(count: int, seed: int, *, patience_s: float) -> Told:
    """`count` things in all: calls in good form over each transport, broken messages over each, hostile headers over HTTP.

    `patience_s`: seconds after which something unanswered counts as a hang.
    """
    told, listed = Told(), await listing()
    share = [count // 5] * 4
    shares = [*share, count - sum(share)]
    half = [part // 2 for part in shares[:2]]
    await asyncio.gather(
        over_stdio(told, listed, (half[0], half[1]), Random(f"{seed}-legacy"), patience_s, modern=False),
        over_stdio(
            told, listed, (shares[0] - half[0], shares[1] - half[1]), Random(f"{seed}-modern"), patience_s, modern=True
        ),
        over_http(told, listed, shares[2:], seed, patience_s),
    )
    return told


async def over_stdio(
    told: Told, listed: calls.Listed, share: tuple[int, int], rng: Random, patience_s: float, *, modern: bool
) -> None:
    """Calls and broken messages, mixed, to one process that has to live through all of them."""
    kinds = ["call"] * share[0] + ["message"] * share[1]
    rng.shuffle(kinds)
    async with started(SERVE) as program:
        stdio = Stdio(program, modern=modern)
        await stdio.open(patience_s)
        for start in range(0, len(kinds), _BEFORE_FENCE):
            asked = []
            for at, kind in enumerate(kinds[start : start + _BEFORE_FENCE], start):
                if kind == "call":
                    made = calls.call(rng, listed)
                    line = requests.envelope(made.method, made.params, f"call-{at}", modern=modern)
                    if owed(line):
                        asked.append(_called(told, stdio, line, f"call-{at}", patience_s))
                        continue
                    told.counts["stdio call that is no JSON"] += 1
                    stdio.send(line)
                else:
                    line = messages.message(rng)
                    told.counts["stdio message"] += 1
                    stdio.send(line.replace(b"\n", b" "))
            gone = await _unless_gone(told, stdio, asked, patience_s)
            for stray in stdio.stray:
                told.note("stdio answer to a message", b"(one of the messages before)", stray)
            stdio.stray.clear()
            if gone:
                break
        code = await program.end()
        if code:
            told.problem(f"stdio: the process ended with {code}")
        for one in judging.in_logs(program.log):
            told.problem(f"stdio log: {one}")


def owed(line: bytes) -> bool:
    """Whether an answer can name its id: to the SDK's parser a lone surrogate or deep nesting is no JSON."""
    try:
        jsonrpc_message_adapter.validate_json(line.decode("utf-8", "replace"), by_name=False)
    except ValidationError:
        return False
    return True


async def _unless_gone(told: Told, stdio: Stdio, asked: Sequence[Any], patience_s: float) -> bool:
    try:
        await asyncio.gather(*asked)
        await stdio.fence(patience_s)
    except TimeoutError:
        told.problem("stdio: nothing is answered any more")
        return True
    except ConnectionError as error:
        told.problem(f"stdio: {error}")
        return True
    return False


async def _called(told: Told, stdio: Stdio, line: bytes, number: str, patience_s: float) -> None:
    try:
        answer = await asyncio.wait_for(stdio.ask(line, number), patience_s)
    except TimeoutError:
        told.problem("stdio call: no answer", line)
        return
    told.note("stdio call", line, answer)


async def over_http(told: Told, listed: calls.Listed, shares: Sequence[int], seed: int, patience_s: float) -> None:
    """Calls, broken messages and hostile headers, mixed, from a few clients at once to one process."""
    kinds = [kind for kind, share in zip(("call", "message", "headers"), shares, strict=True) for _ in range(share)]
    Random(seed).shuffle(kinds)
    async with started(OVER_HTTP) as program:
        port = await program.port()
        workers = [
            _client(told, port, listed, kinds[at::_CONNECTIONS], Random(f"{seed}-{at}"), patience_s)
            for at in range(_CONNECTIONS)
        ]
        await asyncio.gather(*workers)
        code = await program.end()
        if code:
            told.problem(f"http: the process ended with {code}")
        for one in judging.in_logs(program.log):
            told.problem(f"http log: {one}")


async def _client(
    told: Told, port: int, listed: calls.Listed, kinds: Sequence[str], rng: Random, patience_s: float
) -> None:
    http = Http(port)
    await http.open()
    for at, kind in enumerate(kinds):
        sent = _made(rng, listed, kind, f"call-{at}", http.session)
        began = time.perf_counter()
        try:
            answer = await asyncio.wait_for(http.ask(sent), patience_s)
        except TimeoutError:
            told.problem(f"http {kind}: no answer", sent.data)
            await http.close()
            http = Http(port)
            await http.open()
            continue
        except ConnectionError as error:
            told.problem(f"http: nobody listens: {error}", sent.data)
            return
        told.note(f"http {kind}", sent.data, answer, time.perf_counter() - began)
        if kind != "headers" and not answer.status:
            told.problem(f"http {kind}: closed without an answer", sent.data)
        if answer.status == 404 and http.session:
            await http.open()  # the session was ended, by a DELETE that came of the seed
    await http.close()


def _made(rng: Random, listed: calls.Listed, kind: str, number: str, session: str) -> Sent:
    if kind == "message":
        return requests.posted(messages.message(rng), rng, session)
    made = calls.call(rng, listed)
    if kind == "headers":
        return requests.hostile(rng, made, number)
    fits = made.named.isascii() and made.named.isprintable() and len(made.named) < 300
    return requests.called(made, number, "" if fits and rng.random() < 0.5 else session)
