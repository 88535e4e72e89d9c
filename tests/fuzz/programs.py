"""The servers that are tried, as processes of their own: what crashes them crashes nothing here."""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.fuzz.values import CANARY, CANARY_FILE

SERVE = ("-m", "gitops_master", "serve", "--demo")
OVER_HTTP = (*SERVE, "--http", "127.0.0.1:0", "--rate", "0", "--concurrency", "64")
"""No bound on how often: it is not what is tried here."""
_LINE = 1 << 26
"""Bytes of a line that are read at most."""
_END_S = 60


class Program:
    """A running server. `log`: what it wrote to stderr so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._lines: list[str] = []
        self._listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._awaited: list[tuple[str, asyncio.Future[str]]] = []
        self._reading = asyncio.create_task(self._read())

    @property
    def log(self) -> str:
        return "".join(self._lines)

    async def port(self) -> int:
        """Where it listens, as its log says. Raises RuntimeError where it ends before."""
        return await self._listening

    def line(self, mark: str) -> asyncio.Future[str]:
        """The next line of its log that holds the mark."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._awaited.append((mark, future))
        return future

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for raw in self.process.stderr:
            line = raw.decode(errors="replace")
            self._lines.append(line)
            for one in [one for one in self._awaited if one[0] in line]:
                self._awaited.remove(one)
                one[1].set_result(line)
            if '"listening"' in line and not self._listening.done():
                self._listening.set_result(urlsplit(json.loads(line)["url"]).port or 0)
        if not self._listening.done():
            self._listening.set_exception(RuntimeError(f"the server did not listen: {self.log[-500:]}"))
            self._listening.exception()  # over stdio nobody asks

    async def end(self) -> int:
        """As a host does: closes its input, or sends SIGTERM. The exit code; by force after a minute."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        if self.process.returncode is None and self._listening.done() and self._listening.exception() is None:
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), _END_S)
        except TimeoutError:
            self.process.kill()
        code = await self.process.wait()
        await self._reading
        return code


@contextmanager
def _folder() -> Iterator[Path]:
    """Empty, with a canary beside it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, CANARY_FILE).write_text(f"{CANARY}\n")
        home = Path(folder, "work")
        home.mkdir()
        yield home


@asynccontextmanager
async def started(arguments: Sequence[str]) -> AsyncIterator[Program]:
    """`python` with arguments, in an empty folder with a canary beside it; ended with the block."""
    with _folder() as home:
        environ = {name: one for name, one in os.environ.items() if not name.startswith(("KUBE", "KARGO", "GITOPS"))}
        environ |= {"HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
        pipe = asyncio.subprocess.PIPE
        program = Program(
            await asyncio.create_subprocess_exec(
                sys.executable, *arguments, stdin=pipe, stdout=pipe, stderr=pipe, cwd=home, env=environ, limit=_LINE
            )
        )
        try:
            yield program
        finally:
            await program.end()
