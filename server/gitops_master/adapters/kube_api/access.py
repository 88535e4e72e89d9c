"""Which cluster, as whom, and what of the outer world the adapter looks at: all of it handed in."""

import os
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import anyio
import msgspec

from gitops_master.adapters.kube_api.secrets import Bearer
from gitops_master.model.errors import UsageError
from gitops_master.ports.api import MAX_BODY


class Access(msgspec.Struct, frozen=True):
    """One cluster, as one identity.

    `kubeconfig`: files that must exist, the first wins; None: those of KUBECONFIG, else ~/.kube/config, else the pod's service
    account. `context`: "" for the current one. `as_user` replaces the kubeconfig's whole impersonation, `as_groups` alone its
    groups only. `bearer`: a caller's own token; with it no credential and no impersonation of the kubeconfig or the pod is used,
    and it is sent over TLS only. Raises UsageError on what cannot be sent as a header.
    """

    kubeconfig: tuple[Path, ...] | None = None
    context: str = ""
    as_user: str = ""
    as_groups: tuple[str, ...] = ()
    bearer: Bearer | None = None

    def __post_init__(self) -> None:
        for name in (self.as_user, *self.as_groups):
            if name and not name.isprintable():
                raise UsageError(f"{name!r} is no name to act as: it holds control characters")
        if self.bearer is not None and (self.as_user or self.as_groups):
            raise UsageError("a caller's token and a name to act as exclude each other", "leave --as out")


class Surroundings(NamedTuple):
    """What is otherwise read from the process: environment, clocks, chance. `now`: Unix seconds."""

    environ: Mapping[str, str] = os.environ
    home: Path | None = None
    service_account: Path = Path("/var/run/secrets/kubernetes.io/serviceaccount")
    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    random: Callable[[], float] = random.random
    max_body: int = MAX_BODY

    @property
    def in_pod(self) -> bool:
        """Whether this runs where Kubernetes gave it a service account."""
        return bool(self.environ.get("KUBERNETES_SERVICE_HOST")) and (self.service_account / "token").is_file()


HERE = Surroundings()
"""The process itself."""
