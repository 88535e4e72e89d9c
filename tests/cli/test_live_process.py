"""`capture` and `state --watch` as processes that talk HTTP to an API server on the loopback interface."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import yaml
from aiohttp import web

from gitops_master.ports.api import Request
from tests import worlds
from tests.adapters.fake_api import FakeApi
from tests.adapters.kube_api.worlds import kubeconfig

CASE = "dev/k03"


class Server:
    """A case's objects behind HTTP. `connections`: the clients' ports; `reads`: how often the Stages were listed."""

    def __init__(self) -> None:
        objects, _, _ = worlds.load(worlds.case_folder(CASE))
        self._api = FakeApi(json.loads(json.dumps(objects, default=str)))
        self.url = ""
        self.methods: set[str] = set()
        self.connections: set[int] = set()
        self.reads = 0
        self.read_thrice = asyncio.Event()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        self.methods.add(request.method)
        self.connections.add(request.transport.get_extra_info("peername")[1])
        path = request.rel_url.raw_path
        if path.endswith("/stages"):
            self.reads += 1
            if self.reads == 3:
                self.read_thrice.set()
        [reply] = await self._api.get([Request(path, tuple(request.query.items()))], deadline_s=9)
        return web.Response(status=reply.status, body=b"".join(reply.bodies), content_type="application/json")


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


async def _started(folder: Path, *arguments: str) -> asyncio.subprocess.Process:
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("KUBE", "GITOPS_MASTER"))}
    environ["HOME"] = "/nonexistent"
    pipe = asyncio.subprocess.PIPE
    where = [] if "--snapshot" in arguments else ["--kubeconfig", str(folder / "config")]
    command = ["-m", "gitops_master", *arguments, *where]
    return await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=pipe, stderr=pipe, env=environ, cwd=folder
    )


async def _ran(folder: Path, *arguments: str) -> tuple[int | None, str, str]:
    process = await _started(folder, *arguments)
    out, errors = await process.communicate()
    return process.returncode, out.decode(), errors.decode()


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


async def test_following_reads_over_the_same_connections_until_interrupted(tmp_path: Path) -> None:
    async with _serving() as server:
        kubeconfig(tmp_path, server.url)
        process = await _started(tmp_path, "state", *_target(), "--watch", "--interval", "1")
        assert process.stdout is not None
        await asyncio.wait_for(process.stdout.readline(), 30)
        after_first = set(server.connections)
        await asyncio.wait_for(server.read_thrice.wait(), 30)
        process.send_signal(signal.SIGINT)
        _, errors = await process.communicate()

    assert (process.returncode, errors.decode()) == (0, "")
    assert server.connections == after_first
