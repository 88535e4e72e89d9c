"""TLS against real servers: trusted, distrusted in each way, with a certificate asked of the client, and what is no TLS."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gitops_master.model.asking import Ask, Get, Got, Handshake, Shaken
from gitops_master.ports.outside import Allowed
from tests.adapters.kube_api.certificates import Authority, Pair
from tests.adapters.outside.worlds import (
    AUTHORITY,
    HOST,
    NAMED,
    Talk,
    answer,
    asker,
    demanding,
    self_signed,
    serving,
    tls,
    trusted,
)

GOOD = AUTHORITY.pair(HOST, "www.example.test", common="shop", days=(-1, 30))
OTHERS = Authority("other-ca")


async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Takes the connection and says nothing."""
    await reader.read()


async def shaken(
    context: ssl.SSLContext | None, authorities: Path | None, talk: Talk | bytes = silent, deadline_s: float = 5
) -> Shaken:
    async with serving(talk, context) as server:
        ask = Handshake(HOST, server.port)
        reply = (await asker(authorities=authorities).ask([ask], NAMED, deadline_s=deadline_s))[ask]
    assert isinstance(reply, Shaken)
    return reply


@pytest.mark.parametrize("newest", [True, False])
async def test_a_good_certificate_is_trusted_and_shown(tmp_path: Path, newest: bool) -> None:
    reply = await shaken(tls(tmp_path, GOOD, newest=newest), trusted(tmp_path))

    assert reply.distrust == reply.alert == ""
    assert reply.trouble is None
    assert reply.address == "127.0.0.1"
    assert reply.certificate is not None
    assert (reply.certificate.common_name, reply.certificate.issuer) == ("shop", "test-ca")
    assert reply.certificate.names == (HOST, "www.example.test")
    assert timedelta(days=29) < reply.certificate.not_after - datetime.now(UTC) < timedelta(days=30)


@pytest.mark.parametrize(
    ("pair", "distrust"),
    [
        (AUTHORITY.pair(HOST, days=(-30, -1)), "expired"),
        (AUTHORITY.pair(HOST, days=(1, 30)), "not-yet-valid"),
        (AUTHORITY.pair("www.example.test"), "wrong-host"),
        (self_signed(HOST), "self-signed"),
        (OTHERS.pair(HOST), "unknown-authority"),
    ],
)
@pytest.mark.parametrize("newest", [True, False])
async def test_a_certificate_that_is_not_trusted_is_shown_with_the_reason(
    tmp_path: Path, pair: Pair, distrust: str, newest: bool
) -> None:
    reply = await shaken(tls(tmp_path, pair, newest=newest), trusted(tmp_path))

    assert (reply.distrust, reply.trouble) == (distrust, None)
    assert reply.distrust_text
    assert reply.certificate is not None


async def test_without_an_authority_of_its_own_a_private_one_is_not_known(tmp_path: Path) -> None:
    reply = await shaken(tls(tmp_path, GOOD), None)

    assert reply.distrust == "unknown-authority"


async def test_a_file_of_authorities_that_is_none_is_told_and_nobody_is_connected_to(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    async with serving(silent, tls(tmp_path, GOOD)) as server:
        for file in ("empty.pem", "absent.pem"):
            ask = Handshake(HOST, server.port)
            reply = (await asker(authorities=tmp_path / file).ask([ask], NAMED, deadline_s=5))[ask]
            assert reply.trouble is not None
            assert file in reply.trouble.text

    assert server.connections == 0


@pytest.mark.parametrize("newest", [True, False])
async def test_a_server_that_wants_a_certificate_of_the_client_says_so(tmp_path: Path, newest: bool) -> None:
    with demanding(tls(tmp_path, GOOD, clients=OTHERS, newest=newest)) as port:
        asks: list[Ask] = [Handshake(HOST, port), Get(f"https://{HOST}:{port}/")]
        replies = await asker(authorities=trusted(tmp_path)).ask(asks, NAMED, deadline_s=5)

    reply = replies[asks[0]]
    assert isinstance(reply, Shaken)
    assert (reply.trouble, reply.distrust) == (None, "")
    assert reply.alert == ("TLSV13_ALERT_CERTIFICATE_REQUIRED" if newest else "SSLV3_ALERT_HANDSHAKE_FAILURE")
    assert (reply.certificate is not None) == newest
    trouble = replies[asks[1]].trouble
    assert trouble is not None
    assert trouble.kind in {"tls", "reset"}  # the alert may come after the request was sent, and get lost with its end


async def test_no_cipher_in_common_is_no_wish_for_a_certificate(tmp_path: Path) -> None:
    context = tls(tmp_path, GOOD, newest=False)
    context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")  # the certificate's key is none of RSA
    with demanding(context) as port:
        ask = Handshake(HOST, port)
        reply = (await asker(authorities=trusted(tmp_path)).ask([ask], NAMED, deadline_s=5))[ask]

    assert isinstance(reply, Shaken)
    assert reply.alert == ""
    assert reply.trouble is not None
    assert (reply.trouble.kind, "handshake failure" in reply.trouble.text) == ("tls", True)


async def test_one_that_shows_a_bad_certificate_and_wants_one_is_not_trusted(tmp_path: Path) -> None:
    reply = await shaken(tls(tmp_path, OTHERS.pair(HOST), clients=OTHERS), trusted(tmp_path))

    assert reply.distrust == "unknown-authority"


async def test_what_does_not_speak_tls_is_told() -> None:
    async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer(status="400 Bad Request"))
        await writer.drain()

    reply = await shaken(None, None, http)

    assert reply.trouble is not None
    assert reply.trouble.kind in {"tls", "reset"}


async def test_garbage_an_end_and_silence_are_told() -> None:
    async def garbage(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00" * 5000)
        await writer.drain()

    async def ends(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.transport.abort()

    kinds = []
    for talk, deadline_s in ((garbage, 5.0), (ends, 5.0), (silent, 0.3)):
        reply = await shaken(None, None, talk, deadline_s)
        assert reply.trouble is not None
        kinds.append(reply.trouble.kind)

    assert kinds == ["tls", "reset", "timeout"]


async def test_a_server_that_shakes_hands_for_ever_is_left() -> None:
    async def endless(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Records of a handshake message that says it is 16 MiB long.
        body = b"\x02\xff\xff\xff" + b"\x00" * 16000
        while True:
            writer.write(b"\x16\x03\x03" + len(body).to_bytes(2, "big") + body)
            await writer.drain()

    reply = await shaken(None, None, endless)

    assert reply.trouble is not None
    assert reply.trouble.kind in {"tls", "reset"}


async def test_nothing_is_sent_over_a_connection_that_is_not_trusted(tmp_path: Path) -> None:
    heads = []

    async def listens(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.read())

    async with serving(listens, tls(tmp_path, OTHERS.pair(HOST))) as server:
        asks: list[Ask] = [Handshake(HOST, server.port), Get(server.url(scheme="https"))]
        replies = await asker(authorities=trusted(tmp_path)).ask(asks, NAMED, deadline_s=5)

    got = replies[asks[1]]
    assert isinstance(got, Got)
    assert got.trouble is not None
    assert got.trouble.kind == "tls"
    assert "not trusted" in got.trouble.text
    assert b"".join(heads) == b""


async def test_get_over_a_trusted_connection(tmp_path: Path) -> None:
    async with serving(answer("hello"), tls(tmp_path, GOOD)) as server:
        ask = Get(server.url(scheme="https"))
        reply = (await asker(authorities=trusted(tmp_path)).ask([ask], NAMED, deadline_s=5))[ask]

    assert isinstance(reply, Got)
    assert (reply.status, reply.text, reply.address) == (200, "hello", "127.0.0.1")


async def test_a_host_that_is_an_address_needs_a_certificate_for_it(tmp_path: Path) -> None:
    async with serving(silent, tls(tmp_path, AUTHORITY.pair("127.0.0.1"))) as server:
        ask = Handshake("127.0.0.1", server.port)
        allowed = Allowed(hosts=frozenset({"127.0.0.1"}))
        reply = (await asker(authorities=trusted(tmp_path)).ask([ask], allowed, deadline_s=5))[ask]

    assert isinstance(reply, Shaken)
    assert (reply.distrust, reply.trouble) == ("", None)


async def test_the_host_is_named_to_the_server_at_its_address(tmp_path: Path) -> None:
    named = []
    context = tls(tmp_path, GOOD)
    context.sni_callback = lambda _object, name, _context: named.append(name)
    async with serving(answer("hello"), context) as server:
        asks: list[Ask] = [Handshake(HOST.upper() + ".", server.port), Get(server.url(scheme="https"))]
        replies = await asker(authorities=trusted(tmp_path)).ask(asks, NAMED, deadline_s=5)

    assert [one.trouble for one in replies.values()] == [None, None]
    assert named == [HOST, HOST]
