"""Finding out what there is, beyond reading objects: which contexts, which server, as whom, and what that one may do."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from gitops_master.model.given import Given
from gitops_master.ports.cluster import ClusterReader

UNAUTHORISED = 401


class KnownContext(msgspec.Struct, frozen=True):
    """One to choose from. `current`: the one that is meant where none is named. `namespace`: where it works by default."""

    name: str
    current: bool = False
    server: str = ""
    namespace: str = ""


class Server(msgspec.Struct, frozen=True):
    """What a server says of itself. `status`: of HTTP, 0 where nothing came. `groups`: versions by API group, None: not told."""

    status: int
    problem: str = ""
    version: str = ""
    groups: dict[str, tuple[str, ...]] | None = None

    @property
    def answers(self) -> bool:
        return self.status > 0

    @property
    def lets_in(self) -> bool:
        """Whether it takes the credentials: asking on with others makes no sense."""
        return self.answers and self.status != UNAUTHORISED


class Identity(msgspec.Struct, frozen=True):
    """As whom the server knows the caller. `problem`: why it did not tell."""

    user: str = ""
    groups: tuple[str, ...] = ()
    problem: str = ""


class Right(msgspec.Struct, frozen=True, order=True):
    """Something one may be allowed to do. `namespace` empty: in all of them, or the kind is in none."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def what(self) -> str:
        """The resource as kubectl and RBAC name it: `pods/log`, `stages.kargo.akuity.io`."""
        named = f"{self.resource}/{self.subresource}" if self.subresource else self.resource
        return f"{named}.{self.group}" if self.group else named


class Ruling(msgspec.Struct, frozen=True):
    """`allowed`: None where the server did not say; `reason`: its own words, or why it said nothing."""

    allowed: bool | None
    reason: str = ""


class Probe(Protocol):
    """One cluster, as one identity. Every method raises Unreachable where nothing can be asked at all, and what is wrong with
    the configuration that leads there.
    """

    async def server(self, *, deadline_s: float) -> Server:
        """Its version and API groups."""

    async def who_am_i(self, *, deadline_s: float) -> Identity:
        """Kubernetes tells since 1.28."""

    async def may_i(self, rights: Sequence[Right], *, deadline_s: float) -> list[Ruling]:
        """One ruling for each right, in their order."""


class Environment(Protocol):
    """Where one question looks, and what else there would be."""

    @property
    def given(self) -> Mapping[str, Given]:
        """What is known beforehand, by key of the configuration file."""

    @property
    def file(self) -> Path | None:
        """The configuration file that is in force."""

    @property
    def context(self) -> str:
        """The context or command that is looked at, or the snapshot; empty where only the question itself will tell."""

    def contexts(self) -> tuple[KnownContext, ...]:
        """All there are. Raises Unreachable where there is no kubeconfig, UnreadableInput where it is broken."""

    def reader(self) -> ClusterReader:
        """The source of evidence. Raises as the probe does, and UsageError on a context that does not exist."""

    def probe(self, context: str = "") -> Probe | None:
        """The server of the context that is looked at, or of another one. None: a snapshot, which has no server."""
