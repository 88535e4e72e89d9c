"""One cluster over HTTP, and `ports.api.Api` on it. Nothing is read or loaded before the first request."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Self

import anyio

from gitops_master.adapters.kube_api.access import HERE, Access, Surroundings
from gitops_master.adapters.kube_api.progress import Progress
from gitops_master.model.errors import Unreachable
from gitops_master.ports.api import Reply, Request, Review

if TYPE_CHECKING:
    from gitops_master.adapters.kube_api.exchange import Exchange, Line
    from gitops_master.adapters.kube_api.transport import Transport

_EXPIRES_EARLY_S = 10.0
"""Credentials that would expire on the way are had anew before."""


class Connection:
    """One cluster, as one identity. For one event loop; several calls at a time share its connections and credentials."""

    def __init__(self, access: Access, around: Surroundings = HERE) -> None:
        self._access, self._around = access, around
        self._title = access.context or "the current context"
        self._line: Line | None = None
        self._transports: list[Transport] = []
        self._opening: anyio.Lock | None = None
        self._limiter: anyio.Semaphore | None = None

    @classmethod
    def open(cls, access: Access, around: Surroundings = HERE) -> Self:
        """Does nothing yet: files, plugins and the network wait for the first request."""
        return cls(access, around)

    @property
    def title(self) -> str:
        """The context; the name of the current one is known after the first request."""
        return self._title

    async def close(self) -> None:
        transports, self._transports, self._line = self._transports, [], None
        for transport in transports:
            await transport.close()

    async def run(self, works: "list[Callable[[Exchange], Awaitable[Reply]]]", deadline_s: float) -> list[Reply]:
        if not works:
            return []
        began = anyio.current_time()
        line = self._fresh() or await self._opened(deadline_s)
        # Not before: by now a thread has loaded the HTTP library, which takes a quarter of a second.
        from gitops_master.adapters.kube_api.exchange import Batch
        from gitops_master.adapters.kube_api.transport import CONCURRENT

        self._limiter = self._limiter or anyio.Semaphore(CONCURRENT, fast_acquire=True)
        spent = anyio.current_time() - began
        return await Batch(self, line, self._limiter, self._around, deadline_s, spent).run(works)

    async def _opened(self, deadline_s: float) -> "Line":
        progress = Progress()
        with anyio.move_on_after(deadline_s):
            return await self._current(progress)
        raise Unreachable(progress.unfinished(deadline_s))

    async def _current(self, progress: Progress) -> "Line":
        """The open connection, made where there is none or its credentials are about to expire."""
        self._opening = self._opening or anyio.Lock()
        progress.doing = "waiting for another request to get credentials"
        async with self._opening:
            return self._fresh() or await self._open(progress)

    def _fresh(self) -> "Line | None":
        """The open connection, unless its credentials are about to expire."""
        expires = self._line.link.expires_at if self._line else None
        return None if expires is not None and expires - _EXPIRES_EARLY_S < self._around.now() else self._line

    async def renewed(self, refused: "Line", progress: Progress) -> "Line":
        """With credentials newer than the refused ones: those that another request has had already, or new ones."""
        self._opening = self._opening or anyio.Lock()
        async with self._opening:
            if self._line is not None and self._line is not refused:
                return self._line
            return await self._open(progress)

    async def _open(self, progress: Progress) -> "Line":
        from gitops_master.adapters.kube_api.link import link

        found = await link(self._access, self._around, progress)
        from gitops_master.adapters.kube_api.exchange import Line
        from gitops_master.adapters.kube_api.transport import Transport

        before = self._line
        if before is not None and before.link.wire == found.wire:
            transport = before.transport
        else:
            # Requests may still be under way on the old one: it is closed at the end.
            transport = Transport(found)
            self._transports.append(transport)
        self._title, self._line = found.title, Line(found, transport)
        return self._line


class KubeApi(Connection):
    """What reads: `ports.api.Api`."""

    @property
    def together(self) -> bool:
        """Connections are kept open: nothing is gained."""
        return False

    async def get(self, requests: Sequence[Request], *, deadline_s: float) -> list[Reply]:
        return await self.run([partial(_get, request) for request in requests], deadline_s)

    async def review(self, kind: Review, bodies: Sequence[bytes], *, deadline_s: float) -> list[Reply]:
        """Tried again like reads: a review stores nothing."""
        return await self.run([partial(_post, kind, body) for body in bodies], deadline_s)


async def _get(request: Request, exchange: "Exchange") -> Reply:
    return await exchange.get(request)


async def _post(kind: Review, body: bytes, exchange: "Exchange") -> Reply:
    return await exchange.post(kind, body)
