"""Talking to one cluster's API server: the seam below the live reader, behind which HTTP and a remote kubectl are alike.

Only what reads, and the reviews that ask the server about the caller; a read path has no way to write.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

MAX_BODY = 256 * 1024 * 1024
"""Bytes that one reply may have; what is longer is a problem in words, not memory."""

MOST_RELAYED = 64 * 1024
"""Bytes of a relayed reply that are kept."""


class Request(msgspec.Struct, frozen=True):
    """One GET. `path` as the API server knows it, each name in it encoded as a path segment.

    `query`: in order, not encoded. `metadata_only`: names, labels and the rest of the metadata, never the contents, which do
    not leave the API server (Secrets). `pages`: a list, to be followed to its end.

    `relayed`: what answers stands behind the API server (services/proxy), so its status is the answer, whatever it is: asked
    once, no redirect followed, a body cut off after MOST_RELAYED. `headers`: sent along with it, for what stands behind.
    """

    path: str
    query: tuple[tuple[str, str], ...] = ()
    metadata_only: bool = False
    pages: bool = False
    relayed: bool = False
    headers: tuple[tuple[str, str], ...] = ()


class Reply(msgspec.Struct, frozen=True):
    """What came back. `status`: of HTTP, 0 where nothing usable came. `bodies`: one, or a page each, only of a status of 2xx.

    `problem`: in words for people, with what the other side said, where `ok` is false.

    Of a relayed request, as far as the way to the API server shows them: the body of any status, `headers` with names in lower
    case, `truncated` where the body went on, `elapsed_s` from sending to the last byte. A write has the last, and the header
    `date`.
    """

    status: int
    bodies: tuple[bytes, ...] = ()
    problem: str = ""
    headers: Mapping[str, str] = {}
    truncated: bool = False
    elapsed_s: float = 0.0

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Review(StrEnum):
    """What the server says of the caller when asked. Posting one stores nothing."""

    WHO_AM_I = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    MAY_I = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    WHAT_MAY_I = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"


class Api(Protocol):
    """One cluster, as one identity."""

    @property
    def title(self) -> str:
        """What answers call it: the context, or the command."""

    @property
    def together(self) -> bool:
        """Whether many requests in one call cost much less than each by itself."""

    async def get(self, requests: Sequence[Request], *, deadline_s: float) -> list[Reply]:
        """A reply for each request, in their order; what fails, fails alone.

        Raises Unreachable where nothing can be asked at all: credentials that cannot be had, a command that does not start;
        UsageError on a context that does not exist, UnreadableInput on a broken kubeconfig. A server that refuses, hangs or talks nonsense is a reply with a problem.
        """

    async def review(self, kind: Review, bodies: Sequence[bytes], *, deadline_s: float) -> list[Reply]:
        """A reply for each review, in their order. Raises as `get` does."""

    async def close(self) -> None:
        """Ends connections and processes."""
