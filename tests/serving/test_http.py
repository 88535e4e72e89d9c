"""What comes in over HTTP: let in, or refused with a reason, what to do, and nothing else."""

import asyncio
import json
from typing import Any

import pytest

from gitops_master.model.errors import UsageError
from gitops_master.serving.authentication import Authentication
from gitops_master.serving.http_settings import HttpSettings, check_exposure
from gitops_master.serving.refusals import REASONS
from tests.serving.worlds import META, MODERN, READ, Answer, HeldSources, Tokens, ask, call, modern, served
from tests.tools.test_operating import Sources

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
TELLTALES = ("Traceback", 'File "', "uvicorn", "starlette", "pydantic", "site-packages", "Error executing")


def _reason(answer: Answer) -> str:
    assert answer.headers["Content-Type"] == "application/json", answer
    error = answer.body["error"]
    assert error["message"]
    assert error["data"]["reason"] in REASONS
    return str(error["data"]["reason"])


def _is_quiet(answer: Answer) -> bool:
    """No banner, and no word of what it is made of."""
    text = json.dumps([answer.body, *answer.headers.items()])
    return not any(one in text for one in TELLTALES) and "Server" not in answer.headers


@pytest.mark.parametrize(
    ("body", "headers", "method", "status", "reason"),
    [
        (PING, {"Host": "evil.example.com"}, "", 421, "host"),
        (PING, {"Origin": "https://evil.example.com"}, "", 403, "origin"),
        (b"{", {}, "", 400, "malformed"),
        (b"", {}, "POST", 400, "malformed"),
        (b"\xff\xfe", {}, "", 400, "malformed"),
        (b"[" * 100_000, {}, "", 400, "malformed"),
        (b'{"jsonrpc":"2.0","id":' + b"9" * 5000 + b',"method":"ping"}', {}, "", 400, "malformed"),
        ([PING], {}, "", 400, "malformed"),
        ({**PING, "jsonrpc": "1.0"}, {}, "", 400, "malformed"),
        ({**PING, "id": None}, {}, "", 400, "malformed"),
        ({**PING, "id": [1]}, {}, "", 400, "malformed"),
        ({**PING, "method": 7}, {}, "", 400, "malformed"),
        ({**PING, "params": [1]}, {}, "", 400, "malformed"),
        ({**PING, "result": {}}, {}, "", 400, "malformed"),
        ({"jsonrpc": "2.0", "id": 1}, {}, "", 400, "malformed"),
        ("ping", {}, "", 400, "malformed"),
        (PING, {"Content-Type": "text/plain"}, "", 400, "malformed"),
        (PING, {"Content-Type": "text/plain", "MCP-Protocol-Version": MODERN}, "", 400, "malformed"),
        (PING, {"Accept": "text/html", "MCP-Protocol-Version": MODERN}, "", 406, "not_acceptable"),
        (None, {"MCP-Protocol-Version": MODERN}, "GET", 405, "method"),
        (PING, {}, "PUT", 405, "method"),
        (None, {}, "OPTIONS", 405, "method"),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_a_request_is_said_in_json(
    body: Any, headers: dict[str, str], method: str, status: int, reason: str
) -> None:
    async with served() as server:
        answer = await ask(server.url, body, headers=headers, method=method)
        counted = (await ask(f"{server.root}/metrics")).body

    assert (answer.status, _reason(answer), _is_quiet(answer)) == (status, reason, True)
    assert f'gitops_master_refused_total{{reason="{reason}"}} 1' in counted


@pytest.mark.parametrize("headers", [{}, {"MCP-Protocol-Version": "1999-01-01"}, modern(method="ping")])
async def test_what_the_protocol_itself_refuses_is_json_too(headers: dict[str, str]) -> None:
    async with served() as server:
        answer = await ask(server.url, PING, headers=headers)

    assert 400 <= answer.status < 500
    assert answer.body["error"]["message"]
    assert _is_quiet(answer)


@pytest.mark.parametrize(
    "path", ["/", "/mcp/", "/mcp/..", "//mcp", "/healthz/x", "/.well-known/oauth-protected-resource/mcp"]
)
async def test_there_is_nothing_anywhere_else(path: str) -> None:
    async with served() as server:
        answer = await ask(server.root + path)

    assert (answer.status, _reason(answer)) == (404, "not_found")


@pytest.mark.parametrize("path", ["/mcp", "/healthz", "/readyz", "/metrics", "/nothing"])
@pytest.mark.parametrize(("header", "status"), [("Host", 421), ("Origin", 403)])
async def test_a_page_of_a_rebound_name_gets_nothing_from_any_path(path: str, header: str, status: int) -> None:
    async with served() as server:
        answer = await ask(
            server.root + path, headers={header: "http://evil.com" if header == "Origin" else "evil.com"}
        )

    assert answer.status == status


async def _raw(url: str, *parts: bytes) -> bytes:
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for part in parts:
        writer.write(part)
        await writer.drain()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_what_is_no_http_is_refused_in_json_and_the_connection_ends() -> None:
    async with served() as server:
        answer = await _raw(server.root, b"NOT HTTP AT ALL\r\n\r\n")

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["error"]["data"]["reason"] == "malformed"
    assert b"server:" not in head.lower()


async def test_headers_without_an_end_are_not_kept() -> None:
    async with served() as server:
        answer = await _raw(server.root, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 70_000)

    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_message_that_is_too_long_is_not_read(chunked: bool) -> None:
    async def parts() -> Any:
        for _ in range(50):
            yield b" " * 100

    async with served(most_body=1000) as server:
        if chunked:
            head = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            raw = await _raw(server.root, head, *[b"64\r\n" + b" " * 100 + b"\r\n"] * 11)
        else:
            head = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999999\r\n\r\n"
            raw = await _raw(server.root, head if not chunked else b"")
        alive = await ask(f"{server.root}/healthz")

    assert raw.startswith((b"HTTP/1.1 413 ", b"HTTP/1.1 400 "))
    assert alive.status == 200


@pytest.mark.parametrize("chunked", [False, True])
async def test_who_sends_far_too_much_sees_the_answer_and_no_reset(chunked: bool) -> None:
    """More than sockets hold: the sender is at it when the answer is decided."""
    size = 12 * 1024 * 1024
    framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % size
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (size, b" " * size) if chunked else b" " * size
    async with served() as server:
        raw = await _raw(server.root, b"POST /mcp HTTP/1.1\r\nHost: localhost\r\n" + framing + b"\r\n\r\n", body)

    assert raw.startswith(b"HTTP/1.1 413 ")


async def test_who_asks_beforehand_is_refused_without_the_message() -> None:
    head = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n"
    async with served() as server:
        raw = await _raw(server.root, head)

    assert raw.startswith(b"HTTP/1.1 413 ")


async def test_a_message_of_the_largest_size_is_read() -> None:
    body = json.dumps(INITIALIZE).encode()
    async with served(most_body=1000) as server:
        answer = await ask(server.url, body.ljust(1000))
        longer = await ask(server.url, body.ljust(1001))

    assert answer.status == 200
    assert (longer.status, _reason(longer)) == (413, "too_large")


async def test_a_caller_that_asks_too_often_is_told_when_to_come_back() -> None:
    async with served(rate=6) as server:
        answers = [
            await ask(server.url, call("get_stage_state", {}, 7), headers=modern("get_stage_state")) for _ in range(2)
        ]
        listed = await ask(server.url, PING, headers={"MCP-Protocol-Version": "2025-11-25"})

    assert answers[0].status == 200
    assert (answers[1].status, _reason(answers[1]), answers[1].headers["Retry-After"]) == (429, "rate", "10")
    assert answers[1].body["id"] == 7
    assert listed.status != 429  # what is no call costs a tenth of one


async def test_no_caller_uses_up_what_another_has_and_strangers_only_their_own() -> None:
    async with served(authentication=Authentication(Tokens(ada="a", bob="b")), rate=6) as server:
        strangers = [await ask(server.url, PING, headers=modern(token="wrong")) for _ in range(11)]
        asked = [
            (await ask(server.url, call("get_stage_state", {}), headers=modern("get_stage_state", token=token))).status
            for token in "aab"
        ]

    assert [one.status for one in strangers] == [401] * 10 + [429]
    assert asked == [200, 429, 200]


async def test_without_a_token_nothing_is_told_and_only_probes_are_answered() -> None:
    async with served(authentication=Authentication(Tokens(ada="a"))) as server:
        answers = {
            path: await ask(server.root + path, headers={"Authorization": "Bearer wrong"})
            for path in ("/mcp", "/metrics", "/healthz", "/readyz")
        }
        counted = await ask(f"{server.root}/metrics", headers={"Authorization": "Bearer a"})

    assert {path: one.status for path, one in answers.items()} == {
        "/mcp": 401,
        "/metrics": 401,
        "/healthz": 200,
        "/readyz": 200,
    }
    assert answers["/mcp"].headers["WWW-Authenticate"].startswith("Bearer")
    assert all(map(_is_quiet, answers.values()))
    assert 'refused_total{reason="unauthenticated"} 2' in counted.body


async def test_metrics_may_be_opened() -> None:
    async with served(authentication=Authentication(Tokens(ada="a")), open_metrics=True) as server:
        assert (await ask(f"{server.root}/metrics")).status == 200


async def test_more_calls_than_run_at_a_time_wait_and_more_than_that_are_turned_away() -> None:
    sources = HeldSources()
    async with served(sources, concurrency=1, queue_s=60.0) as server:
        tool, arguments = READ

        async def once(number: int) -> Answer:
            return await ask(server.url, call(tool, arguments, number), headers=modern(tool))

        first = asyncio.create_task(once(1))
        await sources.held.asked.wait()
        second = asyncio.create_task(once(2))
        while "calls_waiting 1" not in (await ask(f"{server.root}/metrics")).body:
            pass
        third = await once(3)
        ping = await ask(server.url, INITIALIZE)
        sources.held.release.set()
        done = await asyncio.gather(first, second)

    assert (third.status, _reason(third), third.headers["Retry-After"], third.body["id"]) == (503, "busy", "30", 3)
    assert ping.status == 200  # what takes no work takes no place
    assert [(one.status, one.body["id"]) for one in done] == [(200, 1), (200, 2)]


async def test_a_call_that_takes_too_long_is_ended_in_words_and_its_place_is_free() -> None:
    sources = HeldSources()
    tool, arguments = READ
    async with served(sources, concurrency=1, call_s=0.05) as server:
        answers = [await ask(server.url, call(tool, arguments), headers=modern(tool)) for _ in range(2)]
        counted = (await ask(f"{server.root}/metrics")).body

    for one in answers:
        result = one.body["result"]
        assert result["isError"]
        assert "more than 0.05 s" in result["content"][0]["text"]
        assert "written nothing" in result["content"][0]["text"]
    assert sources.held.given_up.is_set()
    assert 'gitops_master_calls_total{method="tools/call",tool="analyze_stage",outcome="timeout"} 2' in counted
    assert "gitops_master_calls_in_flight 0" in counted


async def test_what_crashes_says_nothing_of_itself() -> None:
    class Crashing(Tokens):
        async def verify_token(self, token: str) -> None:
            raise RuntimeError("s3cret-of-the-verifier")

    async with served(authentication=Authentication(Crashing())) as server:
        answer = await ask(server.url, PING, headers=modern(token="any"))

    assert (answer.status, _reason(answer)) == (500, "internal")
    assert "s3cret" not in json.dumps(answer.body)
    assert _is_quiet(answer)


async def test_metrics_count_calls_by_names_of_ours_only() -> None:
    async with served() as server:
        for name in ("get_stage_state", 'made"up\n', "x" * 1000):
            await ask(server.url, call(name, {}), headers=modern(name.strip()))
        read = {"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "evil://x", "_meta": META}}
        await ask(server.url, read, headers={**modern(method="resources/read"), "Mcp-Name": "evil://x"})
        counted = (await ask(f"{server.root}/metrics")).body

    lines = [one for one in counted.splitlines() if one.startswith("gitops_master_calls_total")]
    assert "evil" not in counted
    assert "xxx" not in counted
    assert {one.partition("} ")[0].partition("{")[2] for one in lines} <= {
        'method="tools/call",tool="get_stage_state",outcome="error"',
        'method="tools/call",tool="get_stage_state",outcome="ok"',
        'method="tools/call",tool="other",outcome="error"',
        'method="resources/read",tool="",outcome="error"',
    }
    assert any("get_stage_state" in one for one in lines)
    assert 'call_duration_seconds_bucket{method="tools/call",tool="get_stage_state",le="+Inf"} 1' in counted


@pytest.mark.parametrize(
    ("problem", "status", "body"), [("", 200, {"ready": True}), ("no route to 10.0.0.1", 503, {"ready": False})]
)
async def test_readiness_asks_the_cluster_rarely_and_gives_no_reason(problem: str, status: int, body: Any) -> None:
    asked = []

    async def check() -> str:
        asked.append(1)
        return problem

    async with served(ready=check) as server:
        answers = await asyncio.gather(*(ask(f"{server.root}/readyz") for _ in range(20)))

    assert {(one.status, json.dumps(one.body)) for one in answers} == {(status, json.dumps(body))}
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("settings", "authenticates", "word"),
    [
        ({"host": "0.0.0.0"}, False, "--tokens"),
        ({"host": "::"}, False, "--oauth-issuer"),
        ({"host": "10.0.0.7"}, False, "--tokens"),
        ({"host": "gitops.example.com", "allowed_hosts": ("a",)}, False, "127.0.0.1"),
        ({"host": "0.0.0.0"}, True, "--allowed-host"),
        ({"host": "::"}, True, "--allowed-host"),
    ],
)
def test_elsewhere_than_on_loopback_it_is_told_who_may(settings: Any, authenticates: bool, word: str) -> None:
    with pytest.raises(UsageError, match=word) as raised:
        check_exposure(HttpSettings(**settings), authenticates=authenticates)

    assert raised.value.exit_code == 64


@pytest.mark.parametrize(
    ("settings", "authenticates"),
    [({}, False), ({"host": "::1"}, False), ({"host": "127.9.9.9"}, False), ({"host": "10.0.0.7"}, True),
     ({"host": "0.0.0.0", "allowed_hosts": ("gitops.example.com",)}, True)],
)  # fmt: skip
def test_loopback_needs_nothing_and_an_address_needs_no_name(settings: Any, authenticates: bool) -> None:
    check_exposure(HttpSettings(**settings), authenticates=authenticates)


async def test_no_tool_is_reached_without_a_slot_of_its_own() -> None:
    """Also a session of the older protocol, which lives longer than its requests."""
    async with served(Sources(), concurrency=1) as server:
        opened = await ask(server.url, INITIALIZE)
        session = {"Mcp-Session-Id": opened.headers["Mcp-Session-Id"], "MCP-Protocol-Version": "2025-11-25"}
        body = call("get_stage_state", {"project": "shop"})
        answers = [await ask(server.url, body, headers=session) for _ in range(3)]
        counted = (await ask(f"{server.root}/metrics")).body

    assert [one.status for one in answers] == [200] * 3
    assert 'tool="get_stage_state",outcome="ok"} 3' in counted
