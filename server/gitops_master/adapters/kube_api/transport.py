"""One HTTP request and its answer, as bytes: no judgement, no second try. Loads the HTTP library: imported at the first request."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from gitops_master import __version__
from gitops_master.adapters.kube_api.link import Link
from gitops_master.adapters.kube_api.progress import Progress
from gitops_master.ports.api import MOST_RELAYED

CONCURRENT = 8
"""Requests at a time: an API server's fair queueing gives one user's flow about as many seats as that."""
_CHUNK = 256 * 1024
_MOST_OF_AN_ERROR = 64 * 1024


JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"


class Call(NamedTuple):
    """`path`: encoded. `body`: posted where there is one; where `media` is that of a patch, the object at the path is patched.

    `relayed`, `headers`: as of the request.
    """

    path: str
    query: tuple[tuple[str, str], ...]
    accept: str
    body: bytes | None = None
    relayed: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    media: str = JSON

    @property
    def method(self) -> str:
        if self.body is None:
            return "GET"
        return "PATCH" if self.media in (MERGE_PATCH, JSON_PATCH, APPLY_PATCH) else "POST"


class Answer(NamedTuple):
    """`media`: the content type, without parameters. `headers`: names in lower case. `truncated`: the body went on.

    `date`: of the server's clock, as the header has it.
    """

    status: int
    body: bytes
    media: str
    retry_after: str
    location: str
    headers: Mapping[str, str] = {}
    truncated: bool = False
    date: str = ""


class TooLong(Exception):
    """A body beyond what may be kept."""


class Transport:
    """The connections of one link."""

    def __init__(self, link: Link) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONCURRENT, ssl=link.tls if link.tls is not None else True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None, sock_read=None),
            trace_configs=[_tracing(link)],
            trust_env=False,  # it would send passwords of ~/.netrc; proxies were found already
        )

    async def send(self, link: Link, call: Call, progress: Progress, most: int) -> Answer:
        """Raises TooLong beyond `most` bytes, and what the HTTP library raises."""
        headers = [
            *call.headers,
            ("Accept", call.accept),
            ("Accept-Encoding", "gzip" if link.compressed and not call.relayed else "identity"),
            ("User-Agent", f"gitops-master/{__version__}"),
            *link.headers,
        ]
        if call.body is not None:
            headers.append(("Content-Type", call.media))
        query = f"?{urlencode(call.query, quote_via=quote)}" if call.query else ""
        async with self._session.request(
            call.method,
            URL(f"{link.host.rstrip('/')}{call.path}{query}", encoded=True),
            data=call.body,
            headers=headers,
            allow_redirects=False,
            proxy=link.proxy,
            server_hostname=link.server_name,
            trace_request_ctx=progress,
        ) as response:
            progress.doing = "reading the answer"
            body, truncated = await _beginning(response) if call.relayed else (await _body(response, most), False)
            return Answer(
                response.status,
                body,
                response.content_type if "Content-Type" in response.headers else "",
                response.headers.get("Retry-After", ""),
                response.headers.get("Location", ""),
                {name.lower(): value for name, value in response.headers.items()} if call.relayed else {},
                truncated,
                response.headers.get("Date", ""),
            )

    async def close(self) -> None:
        await self._session.close()


async def _beginning(response: aiohttp.ClientResponse) -> tuple[bytes, bool]:
    """The first MOST_RELAYED bytes, and whether there are more."""
    body = bytearray()
    while len(body) <= MOST_RELAYED and (chunk := await response.content.read(MOST_RELAYED + 1 - len(body))):
        body += chunk
    return bytes(body[:MOST_RELAYED]), len(body) > MOST_RELAYED


async def _body(response: aiohttp.ClientResponse, most: int) -> bytes:
    """All of a success within the limit; of anything else enough to quote."""
    if not 200 <= response.status < 300:
        return await response.content.read(_MOST_OF_AN_ERROR)
    chunks, size = [], 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        size += len(chunk)
        if size > most:
            raise TooLong
        chunks.append(chunk)
    return b"".join(chunks)


def _tracing(link: Link) -> aiohttp.TraceConfig:
    """Keeps a request's progress up to date, so that a deadline can say what was waited for."""
    where = URL(link.proxy or link.host).authority.rpartition("@")[2]

    def says(doing: str) -> Any:
        async def step(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
            context.trace_request_ctx.doing = doing

        return step

    tracing = aiohttp.TraceConfig()
    tracing.on_dns_resolvehost_start.append(says(f"looking up the name in {where}"))
    tracing.on_connection_create_start.append(says(f"connecting to {where}"))
    tracing.on_dns_resolvehost_end.append(says(f"connecting to {where}"))
    tracing.on_connection_create_end.append(says(f"connected to {where}, which does not answer"))
    tracing.on_connection_reuseconn.append(says(f"connected to {where}, which does not answer"))
    return tracing
