"""`capture` and `state --watch` as processes that talk HTTP to an API server on the loopback interface."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import pytest
import yaml
from aiohttp import web

from gitops_master.adapters.kube_api.transport import CONCURRENT
from gitops_master.ports.api import Request
from tests import worlds
from tests.adapters.fake_api import FakeApi
from tests.adapters.kube_api.worlds import kubeconfig

CASE = "dev/k03"
AT_MOST_S = 180
"""A start takes two seconds of a processor, and a machine that others use may take a minute to give them."""


class Server:
    """A case's objects behind HTTP. `requests`: the path of each, and the client's port, which is a connection."""

    def __init__(self) -> None:
        objects, _, _ = worlds.load(worlds.case_folder(CASE))
        self._api = FakeApi(json.loads(json.dumps(objects, default=str)))
        self.url = ""
        self.methods: set[str] = set()
        self.requests: list[tuple[str, int]] = []
        self.read_thrice = asyncio.Event()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        self.methods.add(request.method)
        path = request.rel_url.raw_path
        self.requests.append((path, request.transport.get_extra_info("peername")[1]))
        if len(self.beginnings) == 3:
            self.read_thrice.set()
        [reply] = await self._api.get([Request(path, tuple(request.query.items()))], deadline_s=9)
        return web.Response(status=reply.status, body=b"".join(reply.bodies), content_type="application/json")

    @property
    def beginnings(self) -> list[int]:
        """Where among the requests each read of the Stage begins: with the Stage itself."""
        return [at for at, (path, _) in enumerate(self.requests) if path.endswith(f"/stages/{_target()[0]}")]


@asynccontextmanager
async def _serving() -> AsyncIterator[Server]:
    server = Server()
    runner = web.ServerRunner(web.Server(server), shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _started(folder: Path, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Does not outlive the test, however that ends."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("KUBE", "GITOPS_MASTER"))}
    environ["HOME"] = "/nonexistent"
    pipe = asyncio.subprocess.PIPE
    where = [] if "--snapshot" in arguments else ["--kubeconfig", str(folder / "config")]
    command = ["-m", "gitops_master", *arguments, *where]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=pipe, stderr=pipe, env=environ, cwd=folder
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _ran(folder: Path, *arguments: str) -> tuple[int | None, str, str]:
    async with _started(folder, *arguments) as process:
        out, errors = await process.communicate()
    return process.returncode, out.decode(), errors.decode()


@cache
def _target() -> list[str]:
    scope = yaml.safe_load((worlds.case_folder(CASE) / "case.yaml").read_text())["scope"]
    return [scope["target"]["stage"], "--project", scope["kargo_namespace"]]


async def test_a_capture_over_http_gives_the_answer_that_the_cluster_gave(tmp_path: Path) -> None:
    now = yaml.safe_load((worlds.case_folder(CASE) / "case.yaml").read_text())["now"]
    async with _serving() as server:
        kubeconfig(tmp_path, server.url)
        live = await _ran(tmp_path, "analyze", *_target(), "--now", str(now), "-o", "json")
        captured = await _ran(tmp_path, "capture", *_target(), "--now", str(now), "--out", "x.tar.gz")

    again = await _ran(tmp_path, "analyze", *_target(), "--snapshot", "x.tar.gz", "-o", "json")

    assert captured[0] == 0, captured
    assert server.methods == {"GET"}
    before, after = json.loads(live[1]), json.loads(again[1])
    for name in ("verdict", "root_cause", "findings", "not_checked", "versions", "observed_at", "status"):
        assert after.get(name) == before.get(name)
    assert again[0] == live[0] == 1


@pytest.mark.usefixtures("interruptible")
async def test_following_reads_over_the_same_connections_until_interrupted(tmp_path: Path) -> None:
    async with _serving() as server:
        kubeconfig(tmp_path, server.url)
        async with _started(tmp_path, "state", *_target(), "--watch", "--interval", "1") as process:
            assert process.stdout is not None
            async with asyncio.timeout(AT_MOST_S):
                await process.stdout.readline()
                await server.read_thrice.wait()
                process.send_signal(signal.SIGINT)
                _, errors = await process.communicate()

    assert (process.returncode, errors.decode()) == (0, "")
    ports = [port for _, port in server.requests]
    # How many a read needs depends on how fast answers come; what the first one opened serves the others.
    assert all(ports[at] in ports[:at] for at in server.beginnings[1:])
    assert len(set(ports)) <= CONCURRENT
