"""Loopback servers that answer as told and count who comes, names that mean what a test says, certificates wrong in one way."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gitops_master.adapters.outside import FromHere, Names, NoResolver, NoSuchHost
from gitops_master.ports.outside import Allowed
from tests.adapters.kube_api.certificates import Authority, Pair

HOST = "shop.example.test"
NAMED = Allowed(hosts=frozenset({HOST}))
AUTHORITY = Authority("test-ca")


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not _has_ipv6(), reason="no loopback address of IPv6 here")
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Stub:
    """Names to addresses; None: the resolver does not answer."""

    def __init__(self, known: Mapping[str, Sequence[str] | None]) -> None:
        self.known = dict(known)
        self.asked: list[str] = []
        self.later: dict[str, Sequence[str]] = {}
        """What a name means from its second look-up on."""

    async def addresses(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        if host not in self.known:
            raise NoSuchHost("Name or service not known")
        found = self.known[host]
        if found is None:
            raise NoResolver("Temporary failure in name resolution")
        if host in self.later:
            self.known[host] = self.later[host]
        return found


class Server:
    """`heads`: the first lines of each request as they came. `connections`: how often somebody connected."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connections = 0
        self.heads: list[str] = []

    def url(self, host: str = HOST, path: str = "/", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


@asynccontextmanager
async def serving(
    talk: Talk | bytes, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1"
) -> AsyncIterator[Server]:
    """A server that talks so with each connection; bytes: what it says to a request before it closes."""
    seen = Server(0)
    open_: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        task = asyncio.current_task()
        if task is not None:
            open_.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                if isinstance(talk, bytes):
                    seen.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
                    writer.write(talk)
                    await writer.drain()
                else:
                    await talk(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(connected, address, 0, ssl=tls)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        for one in open_:
            one.cancel()
        await server.wait_closed()


@contextmanager
def demanding(context: ssl.SSLContext) -> Iterator[int]:
    """The port of a server that ends TLS as most do: with its alert sent. asyncio's closes before the alert is out.

    It answers HTTP to whoever shows what it wants.
    """
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                taken, _ = listening.accept()
            except OSError:
                return
            try:
                with taken, context.wrap_socket(taken, server_side=True) as talking:
                    talking.recv(4096)
                    talking.sendall(answer())
            except OSError:  # ssl.SSLError among them
                continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


def answer(body: str | bytes = "hello", status: str = "200 OK", headers: Mapping[str, str] | None = None) -> bytes:
    """A whole HTTP answer."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def asker(
    names: Names | None = None, authorities: Path | None = None, secrets: Mapping[str, str] | None = None
) -> FromHere:
    """As the program's own, with HOST on the loopback address."""
    return FromHere(names=names or Stub({HOST: ["127.0.0.1"]}), authorities=authorities, secrets=secrets)


def trusted(folder: Path) -> Path:
    """A file with the authority whose certificates are good."""
    file = folder / "authorities.pem"
    file.write_bytes(AUTHORITY.pem)
    return file


def tls(folder: Path, pair: Pair, *, clients: Authority | None = None, newest: bool = True) -> ssl.SSLContext:
    """A server's side; `newest` false: TLS 1.2 at most."""
    context = pair.server(folder, clients=clients)
    if not newest:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def self_signed(*names: str, common: str = "shop") -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    return Pair(
        made.public_bytes(encoding),
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
