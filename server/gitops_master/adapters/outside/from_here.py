"""Asks from where this program runs: `ports.outside.Outside`."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gitops_master.adapters.outside.lookups import Lookups
from gitops_master.adapters.outside.names import Names, SystemNames
from gitops_master.adapters.outside.targets import canonical_hosts
from gitops_master.model.asking import Ask, Get, Handshake, Reply, Resolve
from gitops_master.model.expectations import SECRET_VARIABLE
from gitops_master.ports.outside import Allowed

if TYPE_CHECKING:
    from gitops_master.adapters.outside.batch import Trust


def secrets_in(environ: Mapping[str, str]) -> dict[str, str]:
    """Headers with a credential, by lower-case name: GITOPS_MASTER_VERIFY_X_API_KEY is the value of x-api-key."""
    return {
        name.removeprefix(SECRET_VARIABLE).lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith(SECRET_VARIABLE) and value
    }


class FromHere:
    """`authorities`: a PEM file with certificates that are trusted beside the system's. `secrets`: as `secrets_in` gives them."""

    def __init__(
        self, *, names: Names | None = None, authorities: Path | None = None, secrets: Mapping[str, str] | None = None
    ) -> None:
        self._names: Names = names or SystemNames()
        self._authorities = authorities
        self._secrets = dict(secrets or {})

    def __repr__(self) -> str:
        return f"FromHere(authorities={self._authorities})"

    async def ask(self, asks: Sequence[Ask], allowed: Allowed, *, deadline_s: float) -> Mapping[Ask, Reply]:
        """A reply to each of Resolve, Handshake and Get; what fails is a trouble in its reply. Raises nothing.

        A name is looked up once: what was found allowed is what is connected to, whatever the name means a moment later.
        """
        from gitops_master.adapters.outside.batch import Batch

        wanted = [one for one in dict.fromkeys(asks) if isinstance(one, Resolve | Handshake | Get)]
        until = asyncio.get_running_loop().time() + deadline_s
        lookups = Lookups(self._names, allowed, until)
        batch = Batch(lookups, self._trust, self._secrets, canonical_hosts(allowed.hosts), until)
        try:
            replies = await asyncio.gather(*(batch.reply(one) for one in wanted))
        finally:
            await lookups.close()
        return dict(zip(wanted, replies, strict=True))

    @cached_property
    def _trust(self) -> "Trust":
        from gitops_master.adapters.outside.batch import Trust

        return Trust(self._authorities)
