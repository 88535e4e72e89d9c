"""One GET to one address that was checked. Nothing is followed, remembered or taken from this machine's surroundings."""

import asyncio
import socket
import ssl
import zlib
from collections.abc import Sequence

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from gitops_master import __version__
from gitops_master.adapters.outside.targets import Target
from gitops_master.adapters.outside.troubles import failed
from gitops_master.model.asking import MOST_BODY, Got

MOST_HEADERS = 128
MOST_HEADER_BYTES = 16 * 1024
"""Of one header, and of the status line: a redirect to a login with SAML takes several thousand."""
_CHUNK = 16 * 1024
_HIDDEN = frozenset({"set-cookie", "authorization", "proxy-authorization", "authentication-info"})
_INFLATED = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
"""How zlib reads what a server compressed although it was asked not to."""


class _Pinned(AbstractResolver):
    """Answers with the address that was checked, whatever the name means by now."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        kind = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [ResolveResult(hostname=host, host=self._address, port=port, family=kind, proto=0, flags=flags)]

    async def close(self) -> None:
        return


async def get(
    address: str, where: Target, headers: Sequence[tuple[str, str]], accept: str, tls: ssl.SSLContext, patience_s: float
) -> Got:
    """The answer of `address`, asked as `where.host`; one that does not end is told as far as it came, with its trouble.

    Raises OSError (TimeoutError among them), aiohttp.ClientError where none came.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    connector = aiohttp.TCPConnector(resolver=_Pinned(address), use_dns_cache=False, force_close=True, ssl=tls, limit=1)
    async with (
        aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,  # it would read proxies from the environment and passwords from ~/.netrc
            timeout=aiohttp.ClientTimeout(total=patience_s, ceil_threshold=3600),
            max_line_size=MOST_HEADER_BYTES,
            max_field_size=MOST_HEADER_BYTES,
            max_headers=MOST_HEADERS,
            read_bufsize=_CHUNK,
        ) as session,
        session.get(
            URL(where.url, encoded=True),
            headers=[
                ("Accept", accept),
                ("Accept-Encoding", "identity"),
                ("User-Agent", f"gitops-master/{__version__}"),
                *headers,
            ],
            allow_redirects=False,
        ) as response,
    ):
        body = _Body(response.headers.get("Content-Encoding", ""))
        trouble = None
        try:
            await body.take(response.content)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            trouble = failed(error, where.host).trouble
        return Got(
            status=response.status,
            headers=_headers(response),
            body=body.held,
            elapsed_s=loop.time() - started,
            truncated=body.truncated or trouble is not None,
            address=address,
            trouble=trouble,
        )


class _Body:
    """The beginning of a body, unpacked; however much a few bytes unpack to."""

    def __init__(self, encoding: str) -> None:
        window = _INFLATED.get(encoding.strip().lower())
        self._unpack = zlib.decompressobj(window) if window is not None else None
        self._parts: list[bytes] = []
        self._left = MOST_BODY
        self.truncated = False

    @property
    def held(self) -> bytes:
        return b"".join(self._parts)

    async def take(self, content: aiohttp.StreamReader) -> None:
        """Reads until there is enough, or no more."""
        read = 0
        async for chunk in content.iter_chunked(_CHUNK):
            read += len(chunk)
            if self._add(chunk) or read > MOST_BODY:
                self.truncated = True
                return

    def _add(self, chunk: bytes) -> bool:
        """Whether there was more than may be kept."""
        if self._unpack is not None:
            try:
                # One byte more than is kept tells that there is more.
                chunk = self._unpack.decompress(chunk, self._left + 1)
            except zlib.error:
                self._unpack = None  # it is not what it says: kept as it came
        self._parts.append(chunk[: self._left])
        more = len(chunk) > self._left
        self._left -= min(len(chunk), self._left)
        return more


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    """First of each name. What logs somebody in is told to be there, and no more."""
    found: dict[str, str] = {}
    for name, value in response.headers.items():
        key = name.lower()
        # Bytes that are no UTF-8 come as halves of characters, which nothing can write out again.
        whole = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        found.setdefault(key, "***" if key in _HIDDEN else whole)
    return found
