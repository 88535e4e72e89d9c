"""TLS as kubectl does it, and what is said where it fails."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gitops_master.model.errors import GitOpsError, Unreachable, UnreadableInput
from gitops_master.ports.api import Reply, Request
from tests.adapters.kube_api.certificates import Authority, Pair
from tests.adapters.kube_api.worlds import POD, PODS, api, kubeconfig, ok, serving

ONE = Request(f"{PODS}/a")
OURS, OTHERS = Authority(), Authority("other-ca")
SERVER = OURS.pair("127.0.0.1", "localhost", "api.example")


def data(pem: bytes) -> str:
    return base64.b64encode(pem).decode()


async def answered(
    tmp_path: Path,
    pair: Pair,
    cluster: Mapping[str, Any],
    user: Mapping[str, Any] | None = None,
    clients: Authority | None = None,
) -> tuple[Reply, str]:
    """The reply, and the server's address."""
    async with (
        serving(pair.server(tmp_path, clients=clients)) as server,
        api(kubeconfig(tmp_path, server.url, user, cluster=cluster)) as opened,
    ):
        server.answer(ONE.path, ok())
        [reply] = await opened.get([ONE], deadline_s=10)
        return reply, server.url.removeprefix("https://")


async def test_the_authority_as_data_and_as_a_file_beside_the_kubeconfig(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_bytes(OURS.pem)

    by_data, _ = await answered(tmp_path, SERVER, {"certificate-authority-data": data(OURS.pem)})
    by_file, _ = await answered(tmp_path, SERVER, {"certificate-authority": "ca.crt"})

    assert by_data == by_file == Reply(200, (POD.encode(),))


@pytest.mark.parametrize(
    ("pair", "authority", "words"),
    [
        (OURS.pair("127.0.0.1", days=(-3, -1)), OURS, "has expired: renew it on the cluster"),
        (OURS.pair("127.0.0.1", days=(1, 3)), OURS, "is not valid yet: compare this machine's clock"),
        (
            OURS.pair("10.0.0.1", "api.example"),
            OURS,
            "is for another address: check `server`, or set `tls-server-name`",
        ),
        (SERVER, OTHERS, "is signed by an authority that is not trusted"),
        (SERVER, None, "is signed by an authority that is not trusted"),
    ],
    ids=["expired", "not yet", "wrong host", "unknown authority", "no authority given"],
)
async def test_a_certificate_that_is_not_right(
    tmp_path: Path, pair: Pair, authority: Authority | None, words: str
) -> None:
    reply, address = await answered(
        tmp_path, pair, {"certificate-authority-data": data(authority.pem)} if authority else {}
    )

    assert reply.status == 0
    assert reply.problem.startswith(f"the TLS certificate of {address} {words}")


async def test_a_wrong_host_name(tmp_path: Path) -> None:
    cluster = {"certificate-authority-data": data(OURS.pem), "tls-server-name": "other.example"}

    reply, address = await answered(tmp_path, SERVER, cluster)

    assert reply.problem.startswith(f"the TLS certificate of {address} is for another host name")


async def test_tls_server_name(tmp_path: Path) -> None:
    cluster = {"certificate-authority-data": data(OURS.pem), "tls-server-name": "api.example"}

    reply, _ = await answered(tmp_path, OURS.pair("api.example"), cluster)

    assert reply.ok


@pytest.mark.parametrize("said", [True, "true"])
async def test_verification_can_be_switched_off(tmp_path: Path, said: object) -> None:
    reply, _ = await answered(tmp_path, OURS.pair("elsewhere", days=(-3, -1)), {"insecure-skip-tls-verify": said})

    assert reply.ok


@pytest.mark.parametrize("as_file", [False, True])
async def test_client_certificates(tmp_path: Path, as_file: bool) -> None:
    client = OURS.pair(common="dev")
    (tmp_path / "c.crt").write_bytes(client.certificate)
    (tmp_path / "c.key").write_bytes(client.key)
    written = {"client-certificate-data": data(client.certificate), "client-key-data": data(client.key)}
    user = {"client-certificate": "c.crt", "client-key": "c.key"} if as_file else written

    reply, _ = await answered(tmp_path, SERVER, {"certificate-authority-data": data(OURS.pem)}, user, clients=OURS)

    assert reply.ok


@pytest.mark.parametrize("client", [None, OTHERS.pair(common="dev"), OURS.pair(common="dev", days=(-3, -1))])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_client_certificate_that_the_server_refuses(
    tmp_path: Path, client: Pair | None, version: ssl.TLSVersion
) -> None:
    user = {"client-certificate-data": data(client.certificate), "client-key-data": data(client.key)} if client else {}

    tls = SERVER.server(tmp_path, clients=OURS)
    tls.minimum_version = tls.maximum_version = version
    async with serving(tls) as server:
        file = kubeconfig(tmp_path, server.url, user, cluster={"certificate-authority-data": data(OURS.pem)})
        async with api(file) as opened:
            [reply] = await opened.get([ONE], deadline_s=10)

    assert reply.status == 0
    assert "client certificate" in reply.problem


@pytest.mark.parametrize(
    ("cluster", "user", "words"),
    [
        ({"certificate-authority-data": "%%%"}, {}, "`certificate-authority-data` of 'local' is not base64"),
        ({"certificate-authority-data": data(b"no")}, {}, "the certificate-authority is not a PEM certificate"),
        ({"certificate-authority": "none.crt"}, {}, "none.crt: No such file or directory"),
        (
            {},
            {"client-certificate-data": data(OURS.pair().certificate), "client-key-data": data(OURS.pair().key)},
            "do not belong together",
        ),
    ],
)
async def test_certificates_that_cannot_be_used(
    tmp_path: Path, cluster: Mapping[str, Any], user: Mapping[str, Any], words: str
) -> None:
    async with api(kubeconfig(tmp_path, "https://127.0.0.1:1", user, cluster=cluster)) as opened:
        with pytest.raises(GitOpsError) as raised:
            await opened.get([ONE], deadline_s=10)

    assert isinstance(raised.value, Unreachable)
    assert words in str(raised.value)


async def test_no_tls_where_tls_is_expected(tmp_path: Path) -> None:
    async with serving() as server:
        url = server.url.replace("http:", "https:")
        async with api(kubeconfig(tmp_path, url)) as opened:
            [reply] = await opened.get([ONE], deadline_s=10)

    assert reply.problem == (
        f"no TLS connection to {url.removeprefix('https://')}: it speaks no TLS there; is `server` http, or another port?"
    )


async def test_keys_leave_nothing_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "temporary"
    kept.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(kept))
    client = OURS.pair(common="dev")
    user = {"client-certificate-data": data(client.certificate), "client-key-data": data(client.key)}

    reply, _ = await answered(tmp_path, SERVER, {"certificate-authority-data": data(OURS.pem)}, user, clients=OURS)

    assert reply.ok
    assert list(kept.iterdir()) == []


@asynccontextmanager
async def tunnel(answer: str = "200 Connection established") -> AsyncIterator[tuple[str, list[str]]]:
    """An HTTP proxy for CONNECT. Yields its address, and the requests it saw."""
    seen: list[str] = []
    pumps: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            writer.write(chunk)
        writer.close()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        seen.append(head)
        writer.write(f"HTTP/1.1 {answer}\r\n\r\n".encode())
        if not answer.startswith("200"):
            writer.close()
            return
        host, _, port = head.split()[1].partition(":")
        there = await asyncio.open_connection(host, int(port))
        pumps.update((asyncio.create_task(pump(reader, there[1])), asyncio.create_task(pump(there[0], writer))))

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", seen
    await asyncio.gather(*pumps, return_exceptions=True)


async def test_through_a_proxy_with_another_server_name(tmp_path: Path) -> None:
    async with tunnel() as (proxy, seen):
        cluster = {
            "certificate-authority-data": data(OURS.pem),
            "tls-server-name": "api.example",
            "proxy-url": f"http://me:hunter2-hunter2@{proxy}",
        }
        reply, address = await answered(tmp_path, OURS.pair("api.example"), cluster)

    assert reply.ok
    assert seen[0].startswith(f"CONNECT {address} ")
    assert "Proxy-Authorization: Basic " in seen[0]


async def test_a_proxy_that_refuses(tmp_path: Path) -> None:
    async with tunnel("407 Proxy Authentication Required") as (proxy, _):
        reply, address = await answered(tmp_path, SERVER, {"proxy-url": f"http://me:hunter2-hunter2@{proxy}"})

    assert reply == Reply(0, problem=f"the proxy in front of {address} answers 407 Proxy Authentication Required")


async def test_a_proxy_that_is_not_there(tmp_path: Path) -> None:
    async with tunnel() as (proxy, _):
        pass
    reply, _ = await answered(tmp_path, SERVER, {"proxy-url": f"http://me:hunter2-hunter2@{proxy}"})

    assert reply.problem.startswith(f"the proxy {proxy} cannot be reached: connection refused")
    assert "hunter2" not in reply.problem


async def test_a_plain_server_through_a_proxy(tmp_path: Path) -> None:
    async with serving() as proxy:
        proxy.answer(ONE.path, ok())
        file = kubeconfig(tmp_path, "http://cluster.invalid", cluster={"proxy-url": proxy.url})
        async with api(file) as opened:
            [reply] = await opened.get([ONE], deadline_s=10)

    assert reply.ok


@pytest.mark.parametrize(
    "cluster", [{"proxy-url": "socks5://127.0.0.1:1080"}, {"server": "ftp://x"}, {"server": "https://:1"}]
)
async def test_addresses_that_are_none(tmp_path: Path, cluster: Mapping[str, Any]) -> None:
    async with api(kubeconfig(tmp_path, "https://127.0.0.1", cluster=cluster)) as opened:
        with pytest.raises(UnreadableInput, match="is no http"):
            await opened.get([ONE], deadline_s=10)
