"""A loopback API server that fails as told, and kubeconfigs that point at it."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from aiohttp import web

from gitops_master.adapters.kube_api import Access, KubeApi, Surroundings

POD = '{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}'
PODS = "/api/v1/namespaces/demo/pods"

Answers = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Seen(NamedTuple):
    """One request as it arrived."""

    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    groups: tuple[str, ...]
    body: bytes


class FakeServer:
    """Answers each path with its answers in turn, the last one for ever; `seen` in the order of arrival."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[Seen] = []
        self._answers: dict[str, list[Answers]] = {}

    def answer(self, path: str, *answers: Answers) -> None:
        self._answers[path] = list(answers)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append(
            Seen(
                request.rel_url.raw_path,
                tuple(request.query.items()),
                dict(request.headers),
                tuple(request.headers.getall("Impersonate-Group", ())),
                await request.read(),
            )
        )
        answers = self._answers.get(
            request.rel_url.raw_path, [status(404, "the server could not find the requested resource")]
        )
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return await answer(request)  # type: ignore[arg-type]


def ok(body: str | bytes = POD, media: str = "application/json", headers: Mapping[str, str] | None = None) -> Answers:
    async def answer(_request: web.Request) -> web.StreamResponse:
        content = body.encode() if isinstance(body, str) else body
        return web.Response(body=content, content_type=media, headers=headers)

    return answer


def status(code: int, message: str = "", headers: Mapping[str, str] | None = None) -> Answers:
    """As an API server fails: a Status object."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        body = json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code})
        return web.Response(status=code, text=body, content_type="application/json", headers=headers)

    return answer


def page(*names: str, more: str = "", kind: str = "PodList", version: str = "v1") -> Answers:
    items = [{"metadata": {"name": name}} for name in names]
    return ok(json.dumps({"kind": kind, "apiVersion": version, "metadata": {"continue": more}, "items": items}))


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> AsyncIterator[FakeServer]:
    """On a free port of the loopback interface."""
    fake = FakeServer()
    runner = web.ServerRunner(web.Server(fake), shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, host, 0, ssl_context=tls).start()
    port = runner.addresses[0][1]
    fake.url = f"{'https' if tls else 'http'}://{host}:{port}"
    try:
        yield fake
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw(talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """A server below HTTP. Yields its URL."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def kubeconfig(
    folder: Path,
    server: str,
    user: Mapping[str, Any] | None = None,
    *,
    cluster: Mapping[str, Any] | None = None,
    name: str = "config",
) -> Path:
    """One context `demo`, which is current, with user `dev` and cluster `local`."""
    file = folder / name
    file.write_text(
        yaml.safe_dump(
            {
                "current-context": "demo",
                "contexts": [{"name": "demo", "context": {"cluster": "local", "user": "dev", "namespace": "shop"}}],
                "clusters": [{"name": "local", "cluster": {"server": server, **(cluster or {})}}],
                "users": [{"name": "dev", "user": dict(user or {})}],
            }
        )
    )
    return file


class Waits:
    """A sleep that only notes how long it should have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@asynccontextmanager
async def api(file: Path, around: Surroundings | None = None, **access: Any) -> AsyncIterator[KubeApi]:
    """Open on one kubeconfig, without waits unless `around` says otherwise."""
    opened = KubeApi.open(
        Access(kubeconfig=(file,), **access), around or Surroundings(sleep=Waits(), random=lambda: 0.5)
    )
    try:
        yield opened
    finally:
        await opened.close()
