"""GETs against real servers: what is sent, what is kept of an answer, and what is never followed or called."""

import asyncio
import gzip
import time
import zlib
from pathlib import Path

import pytest

from gitops_master.adapters.outside import secrets_in
from gitops_master.model.asking import MOST_BODY, Ask, Get, Got, Handshake, Proxied, Resolve, Resolved
from gitops_master.ports.outside import Allowed
from tests.adapters.outside.worlds import (
    AUTHORITY,
    HOST,
    NAMED,
    Stub,
    Talk,
    answer,
    asker,
    needs_ipv6,
    serving,
    tls,
    trusted,
)


async def got(talk: Talk | bytes, deadline_s: float = 5, path: str = "/") -> Got:
    async with serving(talk) as server:
        ask = Get(server.url(path=path))
        reply = (await asker().ask([ask], NAMED, deadline_s=deadline_s))[ask]
    assert isinstance(reply, Got)
    return reply


def kind(reply: object) -> str:
    trouble = getattr(reply, "trouble", None)
    return trouble.kind if trouble else ""


async def test_an_answer_with_status_headers_body_time_and_address() -> None:
    reply = await got(answer("hello", "203 Odd", {"X-One": "1", "Set-Cookie": "session=secret"}))

    assert (reply.status, reply.text, reply.truncated, reply.address, reply.trouble) == (
        203,
        "hello",
        False,
        "127.0.0.1",
        None,
    )
    assert reply.headers["x-one"] == "1"
    assert reply.headers["set-cookie"] == "***"
    assert 0 < reply.elapsed_s < 5


async def test_what_is_sent_is_a_get_and_nothing_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text(f"machine {HOST} login me password netrc-password\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with serving(answer(headers={"Set-Cookie": "a=b"})) as server:
        ask = Get(server.url(path="/a?b=%20c"), accept="text/html", headers=(("X-Scope-OrgID", "one"),))
        ours = asker()
        for _ in range(2):
            reply = (await ours.ask([ask], NAMED, deadline_s=5))[ask]

    assert kind(reply) == ""
    assert server.heads[0] == server.heads[1]
    lines = server.heads[0].split("\r\n")
    assert lines[0] == "GET /a?b=%20c HTTP/1.1"
    names = sorted(line.partition(":")[0].lower() for line in lines[1:] if line)
    assert [one for one in names if one != "connection"] == [
        "accept",
        "accept-encoding",
        "host",
        "user-agent",
        "x-scope-orgid",
    ]
    assert f"Host: {HOST}:{server.port}" in lines
    assert any(line.startswith("User-Agent: gitops-master/") for line in lines)


@needs_ipv6
async def test_an_address_of_ipv6_is_asked_as_well() -> None:
    async with serving(answer(), address="::1") as server:
        asks = [Get(server.url()), Get(server.url(host="[::1]"))]
        replies = await asker(Stub({HOST: ["::1"]})).ask(asks, Allowed(hosts=frozenset({HOST, "[::1]"})), deadline_s=5)

    assert [(kind(one), getattr(one, "address", "")) for one in replies.values()] == [("", "::1")] * 2


async def test_headers_of_any_bytes_can_be_passed_on() -> None:
    reply = await got(b"HTTP/1.1 302 Found\r\nLocation: /\xff\xc3\xa4\r\nX-Long: " + b"x" * 9000 + b"\r\n\r\n")

    assert reply.headers["location"] == "/\ufffdä"
    assert len(reply.headers["x-long"]) == 9000


@pytest.mark.parametrize("where", ["/", "http://169.254.169.254/latest/meta-data/", "other"])
async def test_a_redirect_is_told_and_never_followed(where: str) -> None:
    async with serving(answer("secret")) as other:
        location = f"http://127.0.0.1:{other.port}/" if where == "other" else where
        async with serving(answer("", "302 Found", {"Location": location})) as server:
            ask = Get(server.url())
            reply = (await asker().ask([ask], NAMED, deadline_s=5))[ask]

    assert isinstance(reply, Got)
    assert (reply.status, reply.headers["location"]) == (302, location)
    assert (server.connections, other.connections) == (1, 0)


async def test_of_a_long_body_the_beginning_is_kept() -> None:
    reply = await got(answer(b"x" * (MOST_BODY + 1)))
    whole = await got(answer(b"x" * MOST_BODY))

    assert (len(reply.body), reply.truncated, reply.status) == (MOST_BODY, True, 200)
    assert (len(whole.body), whole.truncated) == (MOST_BODY, False)


async def test_a_body_without_an_end_is_left_when_there_is_enough() -> None:
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            sent += 65536
            await writer.drain()

    reply = await got(endless)

    assert (len(reply.body), reply.truncated, reply.trouble) == (MOST_BODY, True, None)
    assert sent < 64 * 1024 * 1024


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_what_a_server_compresses_unasked_is_unpacked_within_bounds(encoding: str) -> None:
    pack = gzip.compress if encoding == "gzip" else zlib.compress
    bomb = await got(answer(pack(b"\0" * 50_000_000), headers={"Content-Encoding": encoding}))
    small = await got(answer(pack(b"hello"), headers={"Content-Encoding": encoding}))
    false = await got(answer(b"hello", headers={"Content-Encoding": encoding}))

    assert (len(bomb.body), bomb.truncated) == (MOST_BODY, True)
    assert (small.text, small.truncated) == ("hello", False)
    assert false.text == "hello"


async def test_an_answer_that_does_not_come_and_one_that_does_not_end() -> None:
    async def nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun")
        await writer.drain()
        await reader.read()

    started = time.monotonic()
    none, begun = await asyncio.gather(got(nothing, deadline_s=2), got(half, deadline_s=2))

    assert (none.status, kind(none)) == (0, "timeout")
    assert (begun.status, begun.text, begun.truncated, kind(begun)) == (200, "begun", True, "timeout")
    assert time.monotonic() - started < 5


async def test_a_body_that_breaks_off_is_told_with_its_beginning() -> None:
    reply = await got(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun")

    assert (reply.status, reply.truncated, kind(reply)) == (200, True, "reset")


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"A%d: b\r\n" % n for n in range(500)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_what_is_not_http_or_has_no_measure_is_told(garbage: bytes) -> None:
    reply = await got(garbage)

    assert kind(reply) in {"malformed", "reset", "other"}
    assert len(reply.body) <= MOST_BODY


async def test_nobody_there_and_a_connection_that_is_cut() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.transport.abort()

    async with serving(answer()) as server:
        port = server.port
    refused = (await asker().ask([Get(f"http://{HOST}:{port}/")], NAMED, deadline_s=5)).popitem()[1]  # type: ignore[attr-defined]

    assert (kind(refused), kind(await got(cut))) == ("refused", "reset")
    assert f"{HOST}:{port} (127.0.0.1) refuses connections" in refused.trouble.text


async def test_what_nobody_named_is_not_called() -> None:
    names = Stub(
        {"evil.example.test": ["127.0.0.1"], "meta.example.test": ["169.254.169.254"], "localhost": ["127.0.0.1"]}
    )
    async with serving(answer()) as server:
        hosts = ["evil.example.test", "localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"]
        odd = ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "127.0.0.1.", "user@127.0.0.1"]
        asks: list[Ask] = [Get(server.url(host=one)) for one in hosts + odd]
        asks += [Get(f"http://{one}/") for one in ("169.254.169.254", "meta.example.test")]
        shakes = [Handshake(one, server.port) for one in hosts[:3]]
        replies = await asker(names).ask([*asks, *shakes], NAMED, deadline_s=5)

    assert {kind(one) for one in replies.values()} == {"not-allowed", "malformed"}
    assert [kind(replies[one]) for one in asks[6:10]] == ["malformed"] * 4
    assert server.connections == 0


async def test_metadata_is_not_called_even_where_a_file_and_a_status_name_it() -> None:
    allowed = Allowed(frozenset({"169.254.169.254"}), frozenset({"meta.example.test", "169.254.169.254"}))
    asks: list[Ask] = [Get("http://meta.example.test/"), Get("http://169.254.169.254/"), Handshake("meta.example.test")]

    replies = await asker(Stub({"meta.example.test": ["169.254.169.254"]})).ask(asks, allowed, deadline_s=5)

    assert [kind(replies[one]) for one in asks] == ["not-allowed"] * 3


async def test_a_name_that_means_something_else_a_moment_later_changes_nothing() -> None:
    names = Stub({HOST: ["127.0.0.1"]})
    names.later[HOST] = ["169.254.169.254"]
    async with serving(answer()) as server:
        asks = [Get(server.url(path=path)) for path in ("/a", "/b", "/c")]
        ours = asker(names)
        first = await ours.ask(asks, NAMED, deadline_s=5)
        second = await ours.ask(asks, NAMED, deadline_s=5)

    assert [kind(first[one]) for one in asks] == [""] * 3
    assert [kind(second[one]) for one in asks] == ["not-allowed"] * 3
    assert names.asked == [HOST, HOST]
    assert server.connections == 3


async def test_an_address_that_takes_no_connection_makes_way_for_the_next() -> None:
    async with serving(answer()) as server:
        ask = Get(server.url())
        reply = (await asker(Stub({HOST: ["127.0.0.2", "127.0.0.1"]})).ask([ask], NAMED, deadline_s=5))[ask]

    assert isinstance(reply, Got)
    assert (reply.status, reply.address) == (200, "127.0.0.1")


async def test_names_that_do_not_exist_and_nobody_to_ask() -> None:
    asks = [
        Resolve("gone.example.test"),
        Resolve("mute.example.test"),
        Resolve(HOST),
        Resolve("a b"),
        Resolve("10.0.0.1"),
    ]
    more: list[Ask] = [Get("http://gone.example.test/"), Handshake("mute.example.test")]

    replies = await asker(Stub({HOST: ["127.0.0.1", "::1"], "mute.example.test": None})).ask(
        [*asks, *more], Allowed(), deadline_s=5
    )

    kinds = ["no-such-host", "no-resolver", "", "malformed", "", "no-such-host", "no-resolver"]
    assert [kind(replies[one]) for one in [*asks, *more]] == kinds
    assert replies[asks[2]] == Resolved(("127.0.0.1", "::1"))


async def test_one_that_hangs_costs_only_itself_and_all_end_by_the_deadline() -> None:
    async def hangs(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(hangs) as slow, serving(answer()) as fast:
        slows = [Get(slow.url(path=f"/{n}")) for n in range(10)]
        fasts = [Get(fast.url(path=f"/{n}")) for n in range(10)]
        started = time.monotonic()
        replies = await asker().ask([*slows, *fasts], NAMED, deadline_s=2)

    assert [kind(replies[one]) for one in slows] == ["timeout"] * 10
    assert [kind(replies[one]) for one in fasts] == [""] * 10
    assert time.monotonic() - started < 5


async def test_connections_at_a_time_are_bounded() -> None:
    most, now = 0, 0
    gate = asyncio.Event()

    async def counts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal most, now
        now += 1
        most = max(most, now)
        if now == 16:
            gate.set()
        await reader.readuntil(b"\r\n\r\n")
        await gate.wait()
        now -= 1
        writer.write(answer())
        await writer.drain()

    async with serving(counts) as server:
        asks = [Get(server.url(path=f"/{n}")) for n in range(40)]
        replies = await asker().ask(asks, NAMED, deadline_s=10)

    assert {kind(one) for one in replies.values()} == {""}
    assert most == 16


async def test_what_goes_through_an_api_server_is_not_answered_here() -> None:
    assert await asker().ask([Proxied("shop", "web", "http", "/")], NAMED, deadline_s=1) == {}


async def test_a_credential_is_sent_where_a_file_names_the_host_and_shown_nowhere(tmp_path: Path) -> None:
    secrets = secrets_in({"GITOPS_MASTER_VERIFY_X_API_KEY": "very-secret", "GITOPS_MASTER_VERIFY_": "", "PATH": "/"})
    context = tls(tmp_path, AUTHORITY.pair(HOST))
    async with serving(answer(), context) as server, serving(answer()) as plain:
        ours = asker(authorities=trusted(tmp_path), secrets=secrets)
        ask = Get(server.url(scheme="https"), secret_header="X-Api-Key")
        unknown = Get(server.url(scheme="https"), secret_header="X-Other")
        unencrypted = Get(plain.url(), secret_header="X-Api-Key")
        replies = await ours.ask([ask, unknown, unencrypted], NAMED, deadline_s=5)

    assert [kind(replies[one]) for one in (ask, unknown, unencrypted)] == ["", "not-allowed", "not-allowed"]
    assert "X-Api-Key: very-secret\r\n" in server.heads[0]
    assert "set GITOPS_MASTER_VERIFY_X_OTHER" in str(replies[unknown])
    assert plain.connections == 0
    assert "very-secret" not in f"{ours!r} {replies}"
