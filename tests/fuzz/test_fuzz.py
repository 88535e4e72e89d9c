"""A share of what `python -m tools.fuzz` sends, always the same: nothing crashes, hangs or shows a trace."""

import json
import re
from collections.abc import Iterator
from random import Random

from tests.fuzz import calls, judging, messages, requests
from tests.fuzz.campaign import campaign, listing, owed
from tests.fuzz.programs import OVER_HTTP, started
from tests.fuzz.requests import Sent
from tests.fuzz.transports import Http
from tests.fuzz.values import CANARY, value
from tests.fuzz.yamls import yaml_text

COUNT, SEED = 3000, 20
PATIENCE_S = 120
"""Of a machine that runs many tests at once; nothing waits for it."""


async def test_nothing_crashes_hangs_or_shows_a_trace() -> None:
    told = await campaign(COUNT, SEED, patience_s=PATIENCE_S)

    assert told.problems == {}
    sent = {"http call", "http headers", "http message", "stdio call", "stdio message", "stdio call that is no JSON"}
    assert sum(told.counts[kind] for kind in sent) == COUNT
    assert min(told.counts[kind] for kind in sent) > 0
    answered = {one for one in told.outcomes if one.endswith(("answered", "refused by the tool"))}
    assert {re.sub(r"\d+ ", "", one) for one in answered} >= {
        f"{way} call: {outcome}" for way in ("stdio", "http") for outcome in ("answered", "refused by the tool")
    }


async def test_a_message_that_comes_in_pieces_is_answered_and_one_that_stops_halfway_holds_nobody_up() -> None:
    async with started(OVER_HTTP) as program:
        port = await program.port()
        half, whole = Http(port), Http(port)
        body = requests.envelope("prompts/list", "{}", "1", modern=True)
        headers = [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")]
        headers += [("MCP-Protocol-Version", requests.MODERN), ("Mcp-Method", "prompts/list")]
        sent = requests.request("POST", "/mcp", headers, body)

        cut = await half.ask(Sent(sent[:-10], ends=True))
        answers = [(await whole.ask(Sent(sent, owed="1", pieces=pieces))).message["id"] for pieces in (1, 2, len(sent))]
        await whole.close()

    assert cut.status in (0, 400)
    assert answers == ["1", "1", "1"]


def test_what_is_sent_depends_on_the_seed_alone() -> None:
    listed = calls.Listed([("tool", {"properties": {"stage": {"type": "string"}}})], [("prompt", ["stage"])], ["a://b"])

    def sent(seed: int) -> Iterator[object]:
        rng = Random(seed)
        for _ in range(50):
            yield from (calls.call(rng, listed), messages.message(rng), value(rng), yaml_text(rng))
            yield requests.hostile(rng, calls.call(rng, listed), "1")

    assert list(sent(1)) == list(sent(1))
    assert list(sent(1)) != list(sent(2))


async def test_all_that_is_listed_is_called() -> None:
    listed, rng = await listing(), Random(1)
    made = [calls.call(rng, listed) for _ in range(3000)]

    named = {one.named for one in made if one.method == "tools/call"}
    assert named == {name for name, _ in listed.tools}
    for name, schema in listed.tools:
        texts = [one.params for one in made if one.named == name]
        assert [key for key in schema["properties"] if not any(f'"{key}":' in text for text in texts)] == [], name
    assert {one.method for one in made} == {"tools/call", "prompts/get", "resources/read", "completion/complete"}


def test_a_trace_a_crash_and_what_was_not_to_be_told_are_seen() -> None:
    trace = 'Traceback (most recent call last):\n  File "/x/y.py", line 3, in z\nValueError: no\n'
    crash = json.dumps(
        {"result": {"content": [{"type": "text", "text": "Error executing tool operate"}], "isError": True}}
    )

    assert judging.problems('{"result": "all is well"}') == []
    assert judging.problems(json.dumps({"text": trace})) == ["trace: 'Traceback (most recent'"]
    assert judging.problems(crash) == ["a tool crashed"]
    assert judging.problems(CANARY) == ["what stands outside the folder was told"]
    assert judging.problems("x" * (judging.MOST_BYTES + 1)) == [f"an answer of {judging.MOST_BYTES + 1} characters"]
    assert judging.internal({"error": {"code": -32603, "message": "Internal server error"}}) != []
    assert judging.in_logs(f"a line\n{trace}another") == ["ValueError: no (/x/y.py:3)"]
    assert judging.in_logs(json.dumps({"trace": trace})) == ["ValueError: no (/x/y.py:3)"]


def test_what_the_sdk_cannot_parse_is_owed_no_answer() -> None:
    assert owed(b'{"jsonrpc":"2.0","id":"1","method":"ping"}')
    assert not owed(b'{"jsonrpc":"2.0","id":"1","method":"\\ud800"}')
    assert not owed(b'{"jsonrpc":"2.0"')
