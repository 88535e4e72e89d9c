"""The few things that may be written to a cluster, each by itself, over connections that reading does not use."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import msgspec

_NOBODY_KNOWS = frozenset({0, 502, 503, 504})


class Sent(msgspec.Struct, frozen=True):
    """What became of a write, which is sent once. `status`: of HTTP, 0 where no answer came; `problem`: in words, where not done."""

    status: int
    problem: str = ""

    @property
    def done(self) -> bool:
        return 200 <= self.status < 300

    @property
    def ambiguous(self) -> bool:
        """It may have been done all the same: to be looked up before anything is said."""
        return self.status in _NOBODY_KNOWS


class StageWriter(Protocol):
    """One cluster, as one identity."""

    @property
    def title(self) -> str:
        """The context, or the command."""

    async def reverify(self, project: str, stage: str, verification_id: str, *, deadline_s: float) -> Sent:
        """Asks Kargo to run the verification of that id again. Sets one annotation and nothing else.

        Raises Unreachable where nothing was sent: credentials that cannot be had, a command that does not start; UsageError on
        a context that does not exist, or an id that Kargo never makes.
        """

    async def close(self) -> None:
        """Ends connections and processes."""


class Writers(Protocol):
    """Where writes go: the counterpart of `ports.sources.Sources.reader`."""

    def writer(self, context: str = "") -> StageWriter:
        """Raises UsageError on a context that does not exist, Forbidden where nothing can be written."""


class AuditLine(msgspec.Struct, frozen=True):
    """A write, or its refusal. `verdict`: done, refused, failed or not known; `detail`: why, or what was written."""

    at: datetime
    who: str
    where: str
    action: str
    target: str
    verdict: str
    detail: str = ""


Audit = Callable[[AuditLine], None]
