"""Asking what an application answers: from where the program runs, or through the API server. Only GETs, names and handshakes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from gitops_master.model.asking import Ask, Got, Proxied, Reply
from gitops_master.model.expectations import Expectations
from gitops_master.model.finding import NotChecked


class Allowed(msgspec.Struct, frozen=True):
    """Where requests may go beside public addresses.

    `addresses`: private ones that the status of an Ingress, Gateway or Service shows. `hosts`: whose addresses may be private or
    loopback, as a file that the user trusts says. Link-local and metadata addresses are never asked, whoever names them.
    """

    addresses: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()


class Outside(Protocol):
    """From where the program runs."""

    async def ask(self, asks: Sequence[Ask], allowed: Allowed, *, deadline_s: float) -> Mapping[Ask, Reply]:
        """A reply to each of Resolve, Handshake and Get; what fails is a trouble in its reply. Raises nothing."""


class ServiceProxy(Protocol):
    """Through the API server of one cluster."""

    async def fetch(self, asks: Sequence[Proxied], *, deadline_s: float) -> Mapping[Proxied, Got]:
        """A reply to each; what fails is a trouble in its reply. Raises nothing."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What exists, for names in a file to be held against. None: not read in full.

    `stages`: of the project. `projects`: names. `hosts`: of the target's routes. `own_services`: that the target deploys,
    `services`: all that were read, both as `namespace/name`.
    """

    hosts: frozenset[str] = frozenset()
    own_services: frozenset[str] = frozenset()
    services: frozenset[str] | None = None
    stages: frozenset[str] | None = None
    projects: frozenset[str] | None = None


class Expected(msgspec.Struct, frozen=True):
    """What a target is expected to be. `hosts`: whose addresses may be private, as a trusted file says. `ignored`: what the file
    says and was passed over, and why.

    `settle`: the same once it is known what exists. Until then `of` is without the hosts and Services that a file names which
    nobody trusts: it may say what is right at those that the target has, and have no others called.
    """

    of: Expectations = Expectations()
    hosts: frozenset[str] = frozenset()
    ignored: tuple[NotChecked, ...] = ()
    settle: Callable[[Known], "Expected"] | None = None


class Means(msgspec.Struct, frozen=True):
    """What a verification works with beside the cluster's objects. None: there is no such way from here.

    `expected`: by project and Stage (empty: the project as a whole); raises UnreadableInput on a file that cannot be used.
    """

    outside: Outside | None = None
    proxy: ServiceProxy | None = None
    expected: Callable[[str, str], Expected] = lambda _project, _stage: Expected()
