"""Which way a write goes: Argo CD's over the Kubernetes API, Kargo's over Kargo's API where there is a login for that."""

from collections.abc import Callable

from gitops_master.ports.writing import (
    Premises,
    RefreshApplication,
    Sent,
    SyncApplication,
    TerminateOperation,
    Way,
    Write,
    Writer,
)

_ARGO_CD = (RefreshApplication, TerminateOperation, SyncApplication)


class Ways:
    """`ports.writing.Writer`. `kargo`: opens Kargo's API, None where nobody is logged in; `objects`: the Kubernetes API.

    A login that does not work is an error, not a reason to go the other way: that would be as somebody else.
    """

    def __init__(self, kargo: Callable[[], Writer] | None, objects: Writer) -> None:
        self._open, self._objects = kargo, objects
        self._kargo: Writer | None = None

    async def way(self, write: Write, premises: Premises, *, deadline_s: float) -> Way:
        return await self._of(write).way(write, premises, deadline_s=deadline_s)

    async def send(self, write: Write, premises: Premises, *, deadline_s: float) -> Sent:
        return await self._of(write).send(write, premises, deadline_s=deadline_s)

    async def close(self) -> None:
        if self._kargo is not None:
            await self._kargo.close()
        await self._objects.close()

    def _of(self, write: Write) -> Writer:
        if self._open is None or isinstance(write, _ARGO_CD):
            return self._objects
        if self._kargo is None:
            self._kargo = self._open()
        return self._kargo
