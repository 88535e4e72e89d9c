"""One HTTP request and its answer: no judgement, no second try. Loads the HTTP library: imported at the first request."""

import ssl
import zlib
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
from yarl import URL

from gitops_master import __version__
from gitops_master.adapters.kargo_api.progress import Progress
from gitops_master.adapters.outside.troubles import failed

MOST_BODY = 16 * 1024 * 1024
"""Bytes: a list of some hundred Promotions is a few million."""
_CHUNK = 64 * 1024
_INFLATED = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_PASSING = frozenset({"reset", "timeout"})


class Call(NamedTuple):
    """`body`: sent as `media` where there is one. `token`: of whoever asks; nobody without one."""

    method: str
    url: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    media: str = "application/json"
    token: str = ""


class Answer(NamedTuple):
    """`media`: the content type, without parameters. `date`: aware, where the server told."""

    status: int
    body: bytes
    media: str = ""
    location: str = ""
    date: datetime | None = None


class NoAnswer(Exception):
    """`words`: for people. `passing`: another try may well succeed."""

    def __init__(self, words: str, *, passing: bool = False) -> None:
        super().__init__(words)
        self.words, self.passing = words, passing


async def send(call: Call, tls: ssl.SSLContext, proxy: str | None, progress: Progress) -> Answer:
    """Raises NoAnswer. A connection of its own each time: one that was kept may be cut while a write is on its way."""
    headers = [
        ("Accept", "application/json"),
        ("Accept-Encoding", "identity"),
        ("User-Agent", f"gitops-master/{__version__}"),
    ]
    if call.token:
        headers.append(("Authorization", f"Bearer {call.token}"))
    if call.body is not None:
        headers.append(("Content-Type", call.media))
    query = f"?{urlencode(call.query, quote_via=quote)}" if call.query else ""
    where = urlsplit(call.url).netloc
    try:
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=1, force_close=True, ssl=tls),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None, sock_read=None),
                trace_configs=[_tracing(where, proxy)],
                trust_env=False,  # it would send passwords of ~/.netrc; proxies were found already
            ) as session,
            session.request(
                call.method,
                URL(f"{call.url}{query}", encoded=True),
                data=call.body,
                headers=headers,
                allow_redirects=False,
                proxy=proxy,
                trace_request_ctx=progress,
            ) as response,
        ):
            progress.doing = "reading the answer"
            body = await _body(response, where)
            date = _date(response.headers.get("Date", ""))
            media = response.content_type if "Content-Type" in response.headers else ""
            return Answer(response.status, body, media, response.headers.get("Location", ""), date)
    except aiohttp.ClientHttpProxyError as error:
        raise NoAnswer(f"the proxy in front of {where} answers {error.status}") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        trouble = failed(error, where).trouble
        raise NoAnswer(trouble.text, passing=trouble.kind in _PASSING) from None


async def _body(response: aiohttp.ClientResponse, where: str) -> bytes:
    """However much a few bytes unpack to, and whatever was asked for."""
    held = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        held += chunk
        if len(held) > MOST_BODY:
            raise NoAnswer(f"the answer of {where} is longer than {MOST_BODY // 1024 // 1024} MiB")
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in {"", "identity"} or not held:
        return bytes(held)
    window = _INFLATED.get(encoding)
    if window is None:
        raise NoAnswer(f"the answer of {where} is packed as {encoding[:40]!r}, which was not asked for")
    try:
        unpacked = zlib.decompressobj(window).decompress(bytes(held), MOST_BODY + 1)
    except zlib.error:
        raise NoAnswer(f"the answer of {where} is not what it says: it cannot be unpacked") from None
    if len(unpacked) > MOST_BODY:
        raise NoAnswer(f"the answer of {where} unpacks to more than {MOST_BODY // 1024 // 1024} MiB")
    return unpacked


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo is not None else None


def _tracing(where: str, proxy: str | None) -> aiohttp.TraceConfig:
    """Keeps the progress up to date: a deadline can say what was waited for, and whether anything can have been sent."""
    there = urlsplit(proxy).netloc.rpartition("@")[2] if proxy else where

    def says(doing: str, *, connected: bool = False) -> Any:
        async def step(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
            progress: Any = context.trace_request_ctx
            progress.doing = doing
            progress.connected = progress.connected or connected

        return step

    tracing = aiohttp.TraceConfig()
    tracing.on_dns_resolvehost_start.append(says(f"looking up the name in {there}"))
    tracing.on_connection_create_start.append(says(f"connecting to {there}"))
    tracing.on_connection_create_end.append(says(f"connected to {where}, which does not answer", connected=True))
    return tracing
