"""A loopback API server over a few objects, which a test holds at a read or a write; and programs of ours that look at it."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import anyio
from aiohttp import web
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from gitops_master.ports.api import Request, Review
from tests.adapters.fake_api import FakeApi
from tests.adapters.kube_api.worlds import kubeconfig

JSON = dict[str, Any]
KARGO = "kargo.akuity.io/v1alpha1"
STAGE = "/apis/kargo.akuity.io/v1alpha1/namespaces/shop/stages/prod"
WAIT_S = 30
"""Seconds in which what a test waits for happens, on a busy machine too."""
TRANSPORTS = [(transport, mode) for transport in ("stdio", "http") for mode in ("auto", "legacy")]


def _object(kind: str, name: str, namespace: str = "shop", **more: Any) -> JSON:
    metadata = {"name": name, "namespace": namespace, "uid": f"uid-{name}", "creationTimestamp": "2026-11-23T01:00:00Z"}
    if not namespace:
        del metadata["namespace"]
    version = "v1" if kind == "Namespace" else KARGO
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **more}


def _objects() -> list[JSON]:
    requested = [{"origin": {"kind": "Warehouse", "name": "w"}, "sources": {"direct": True}}]
    return [
        _object("Namespace", "shop", "", status={"phase": "Active"}),
        _object("Project", "shop", ""),
        _object("Warehouse", "w"),
        _object("Stage", "prod", spec={"requestedFreight": requested}),
    ]


class Cluster:
    """`hold_reads`: lists of Stages wait for `release`, as every real write does. `reading`, `writing`: one is here. `hung_up`:
    the other side has closed a connection that it had asked on.
    """

    def __init__(self) -> None:
        self.url = ""
        self.hold_reads = False
        self.reading, self.writing = anyio.Event(), anyio.Event()
        self.release, self.hung_up = anyio.Event(), anyio.Event()
        self.patched: list[JSON] = []
        self._objects = _objects()
        self._api = FakeApi(self._objects)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await self._answer(request)
        except asyncio.CancelledError:
            self.hung_up.set()
            raise

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path, query = request.rel_url.raw_path, tuple(request.query.items())
        if request.method == "POST":
            [reply] = await self._api.review(Review(path), [await request.read()], deadline_s=1)
        elif request.method == "PATCH":
            return await self._patched(json.loads(await request.read()), is_dry="dryRun" in request.query)
        else:
            if self.hold_reads and "/stages" in path:
                self.reading.set()
                await self.release.wait()
            [reply] = await self._api.get([Request(path, query)], deadline_s=1)
        if not reply.ok:
            return web.json_response(
                {"kind": "Status", "message": reply.problem, "code": reply.status}, status=reply.status
            )
        return web.Response(body=reply.bodies[0], content_type="application/json")

    async def _patched(self, patch: JSON, *, is_dry: bool) -> web.StreamResponse:
        stage = self._objects[-1]
        changed = {**stage, "metadata": {**stage["metadata"], **patch["metadata"]}}
        if not is_dry:
            self.writing.set()
            await self.release.wait()
            self.patched.append(patch)
            self._objects[-1]["metadata"].update(patch["metadata"])
        return web.json_response(changed)


@asynccontextmanager
async def cluster() -> AsyncIterator[Cluster]:
    """On a free port of the loopback interface."""
    held = Cluster()
    runner = web.ServerRunner(web.Server(held, handler_cancellation=True), shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    held.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield held
    finally:
        held.release.set()
        await runner.cleanup()


class Program(NamedTuple):
    """One that runs. `url`: empty over stdio."""

    line_with: Callable[[str], Any]
    url: str = ""
    process: asyncio.subprocess.Process | None = None


def _command(folder: Path, url: str, *more: str) -> list[str]:
    return ["-m", "gitops_master", "serve", "--kubeconfig", str(kubeconfig(folder, url)), "--allow-writes", *more]


def _environ(folder: Path) -> dict[str, str]:
    return {"HOME": str(folder), "PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}


async def _line_with(text: str, lines: asyncio.StreamReader) -> str:
    """The next line of the log that has it."""
    with anyio.fail_after(WAIT_S):
        while line := (await lines.readline()).decode():
            if text in line:
                return line
    raise AssertionError(f"the log ended without {text!r}")


@asynccontextmanager
async def over_http(folder: Path, url: str, *more: str) -> AsyncIterator[Program]:
    """`serve --http`, told to stop at the end if it still runs."""
    command = _command(folder, url, "--http", "127.0.0.1:0", *more)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, env=_environ(folder), cwd=folder, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    lines = process.stderr
    try:
        listening = json.loads(await _line_with("listening", lines))
        yield Program(lambda text: _line_with(text, lines), listening["url"], process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def over_stdio(folder: Path, url: str, mode: str) -> AsyncIterator[tuple[Client, Program]]:
    """`serve`, and the client that it is for."""
    read, write = os.pipe()
    lines = asyncio.StreamReader()
    pipe = os.fdopen(read, "rb")
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), pipe)
    program = StdioServerParameters(
        command=sys.executable, args=_command(folder, url), env=_environ(folder), cwd=folder
    )
    try:
        with os.fdopen(write, "w") as log:
            async with Client(stdio_client(program, errlog=log), mode=mode) as client:
                yield client, Program(lambda text: _line_with(text, lines))
    finally:
        transport.close()


@asynccontextmanager
async def program(transport: str, mode: str, folder: Path, url: str) -> AsyncIterator[tuple[Client, Program]]:
    """Ours, and a client of it, over either."""
    if transport == "stdio":
        async with over_stdio(folder, url, mode) as both:
            yield both
        return
    async with over_http(folder, url) as running, Client(running.url, mode=mode) as client:
        yield client, running
