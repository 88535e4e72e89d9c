"""Running one program to its end or its deadline, with everything that it started."""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, NamedTuple

import anyio

from gitops_master.model.errors import Unreachable

MOST_STDERR = 64 * 1024

GRACE_S = 1.0
"""How long a process may take to clean up after itself, once it is told to end or has said all."""

DRAIN_S = 0.5
"""How long output may still come after the process has ended. ssh leaves a master connection behind that keeps stderr open."""


_IN_A_PIPE = 16 * 1024
"""Bytes that every system's pipes take at once, with nobody reading yet."""


class Ended(NamedTuple):
    """`code`: the exit code, None where the process was ended from here. `stderr`: its end. `in_time`: before the deadline."""

    code: int | None
    stderr: bytes
    in_time: bool


class Processes:
    """The programs that are running, so that they can be ended together."""

    def __init__(self) -> None:
        self._over = asyncio.Event()
        self._running: set[asyncio.Future[None]] = set()

    async def run(
        self,
        words: Sequence[str],
        environ: Mapping[str, str],
        take: Callable[[bytes], bool],
        *,
        deadline: float,
        stdin: bytes = b"",
    ) -> Ended:
        """Runs the program, without a shell. `take` gets its output and says when that is enough. `deadline`: of the loop's clock.

        Raises Unreachable where it does not start.
        """
        loop = asyncio.get_running_loop()
        enough = asyncio.Event()
        said = bytearray()

        def output(data: bytes) -> None:
            if not enough.is_set() and take(data):
                enough.set()

        def error(data: bytes) -> None:
            said.extend(data)
            del said[:-MOST_STDERR]

        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(self._counted())
            out, out_end = await _pipe(stack, output)
            err, err_end = await _pipe(stack, error)
            process = await _started(words, environ, stack.enter_context(_input(stdin)), (out_end, err_end))
            done = asyncio.ensure_future(_ended(process, out, err))
            told, over = asyncio.ensure_future(enough.wait()), asyncio.ensure_future(self._over.wait())
            stack.push_async_callback(_end, process, done)
            stack.callback(told.cancel)
            stack.callback(over.cancel)
            left = max(0.0, deadline - loop.time())
            came, _ = await asyncio.wait({done, told, over}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if told.done():  # it may end by itself, and tidy up
                await asyncio.wait({done}, timeout=GRACE_S)
            return Ended(process.returncode, bytes(said), in_time=bool(came))

    async def end_all(self) -> None:
        """Ends what is running, and what is started from now on; those who wait for it get what came."""
        self._over.set()
        if self._running:
            await asyncio.wait(self._running.copy())

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        one = asyncio.get_running_loop().create_future()
        self._running.add(one)
        try:
            yield
        finally:
            self._running.discard(one)
            one.set_result(None)


class _Reader(asyncio.Protocol):
    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self.closed = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self._take(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()


async def _pipe(stack: contextlib.AsyncExitStack, take: Callable[[bytes], None]) -> tuple[_Reader, int]:
    """A pipe of our own: one that asyncio makes is waited for, even where a stranger keeps its other end open."""
    read, write = os.pipe()
    reader = os.fdopen(read, "rb", 0)
    transport, protocol = await asyncio.get_running_loop().connect_read_pipe(lambda: _Reader(take), reader)
    stack.push_async_callback(_closed, transport, protocol)
    return protocol, write


async def _closed(transport: asyncio.ReadTransport, protocol: _Reader) -> None:
    transport.close()
    with anyio.CancelScope(shield=True):
        await protocol.closed.wait()


@contextlib.contextmanager
def _input(data: bytes) -> Iterator[int | IO[bytes]]:
    """What the program reads: nothing, so that it cannot wait for a password, or a pipe; a file where that would not hold it all.

    Old kubectls go back to the beginning of a file and send it a second time where an answer asks for that (Retry-After).
    """
    if not data:
        yield asyncio.subprocess.DEVNULL
        return
    if len(data) <= _IN_A_PIPE:
        read, write = os.pipe()
        with os.fdopen(read, "rb", 0) as pipe:
            with os.fdopen(write, "wb", 0) as end:
                end.write(data)
            yield pipe
        return
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        yield file


async def _started(
    words: Sequence[str], environ: Mapping[str, str], stdin: int | IO[bytes], ends: tuple[int, int]
) -> asyncio.subprocess.Process:
    # A session of its own: no terminal to ask for a password on, and a process group that can be ended as one.
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *words, stdin=stdin, stdout=ends[0], stderr=ends[1], env=environ, start_new_session=True
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # asyncio itself would end the process alone, not what it has started by now.
        with anyio.CancelScope(shield=True), contextlib.suppress(OSError):
            process = await starting
            _signal(process, signal.SIGKILL)
            await process.wait()
        raise
    except FileNotFoundError:
        raise Unreachable(f"there is no program {words[0]!r}", "is it installed, and on the PATH?") from None
    except OSError as error:
        raise Unreachable(f"{words[0]!r} cannot be run: {error.strerror or error}", "check the program") from None
    finally:
        for end in ends:
            os.close(end)


async def _ended(process: asyncio.subprocess.Process, *readers: _Reader) -> None:
    """Ended, and its pipes let go of by whatever it started, which may outlive it for the time it takes to tidy up."""
    await process.wait()
    closed = [asyncio.ensure_future(reader.closed.wait()) for reader in readers]
    try:
        await asyncio.wait(closed, timeout=DRAIN_S)
    finally:
        for one in closed:
            one.cancel()


async def _end(process: asyncio.subprocess.Process, done: asyncio.Future[None]) -> None:
    """Ends the process and what it started, by its group: asked first, then not asked."""
    with anyio.CancelScope(shield=True):
        if not done.done():
            _signal(process, signal.SIGTERM)
            await asyncio.wait({done}, timeout=GRACE_S)
        # Also where the process has ended: what it started may have outlived it.
        _signal(process, signal.SIGKILL)
        await done


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
