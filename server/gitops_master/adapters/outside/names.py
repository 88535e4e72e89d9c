"""Names to addresses, through this machine's own resolver, without holding up anything else."""

import asyncio
import socket
import threading
from collections.abc import Sequence
from typing import Protocol

MOST_AT_ONCE = 8
"""Look-ups at a time; each holds a thread, for as long as the resolver's own patience lasts."""


class NoSuchHost(Exception):
    """The resolver says that the name, or an address for it, does not exist."""


class NoResolver(Exception):
    """Nobody could say. The text is the system's own."""


class Names(Protocol):
    """What asks the DNS."""

    async def addresses(self, host: str) -> Sequence[str]:
        """IPv4 and IPv6, best first. Raises NoSuchHost, NoResolver."""


class SystemNames:
    """getaddrinfo, as every other program on this machine would ask."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)

    async def addresses(self, host: str) -> Sequence[str]:
        """Raises NoSuchHost, NoResolver."""
        async with self._slots:
            found = await _in_thread(host)
        return tuple(dict.fromkeys(found))


async def _in_thread(host: str) -> list[str]:
    """A thread of its own and a daemon: a look-up that hangs beyond its deadline must not keep the program from ending."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[list[str]] = loop.create_future()

    def settle(found: list[str], error: Exception | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(found)
        else:
            done.set_exception(error)

    def look_up() -> None:
        found: list[str] = []
        error: Exception | None = None
        try:
            answers = socket.getaddrinfo(host, None, socket.AF_UNSPEC, socket.SOCK_STREAM)
            found = [str(address[0]) for *_, address in answers]
        except OSError as failed:
            error = meant(failed)
        except UnicodeError:
            error = NoSuchHost("it is no name that the DNS can hold")
        try:
            loop.call_soon_threadsafe(settle, found, error)
        except RuntimeError:  # the loop has ended meanwhile
            return

    threading.Thread(target=look_up, daemon=True, name=f"resolve {host}").start()
    return await done


def meant(error: OSError) -> NoSuchHost | NoResolver:
    """What getaddrinfo's error says: that there is no such name, or only that nobody answered."""
    none = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
    text = error.strerror or str(error)
    return NoSuchHost(text) if isinstance(error, socket.gaierror) and error.errno in none else NoResolver(text)
