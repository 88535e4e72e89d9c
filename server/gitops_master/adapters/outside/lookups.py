"""The addresses of hosts, each looked up once for a whole batch of asks, and which of them may be connected to."""

import asyncio

from gitops_master.adapters.outside import policy
from gitops_master.adapters.outside.failed import Failed
from gitops_master.adapters.outside.names import Names, NoResolver, NoSuchHost
from gitops_master.adapters.outside.targets import canonical_host, canonical_hosts
from gitops_master.ports.outside import Allowed


class Lookups:
    """`until`: the deadline on the loop's clock. Hosts are canonical everywhere but in `allowed`."""

    def __init__(self, names: Names, allowed: Allowed, until: float) -> None:
        self._names = names
        self._allowed = allowed
        self._hosts = canonical_hosts(allowed.hosts)
        self._until = until
        self._running: dict[str, asyncio.Task[tuple[str, ...]]] = {}

    async def addresses(self, host: str) -> tuple[str, ...]:
        """What a host means; an address means itself. Raises Failed: no-such-host, no-resolver."""
        if policy.parsed(host) is not None:
            return (host,)
        if host not in self._running:
            self._running[host] = asyncio.ensure_future(self._look_up(host))
        # One that is cut off must not take the look-up away from the others that wait for it.
        return await asyncio.shield(self._running[host])

    async def usable(self, host: str) -> tuple[str, ...]:
        """Those of its addresses that may be asked. Raises Failed: not-allowed, and as `addresses`."""
        found = await self.addresses(host)
        return policy.usable(host, found, await self._with_balancers(found), self._hosts)

    async def close(self) -> None:
        """Ends look-ups that nobody waits for any more."""
        for one in self._running.values():
            one.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _look_up(self, host: str) -> tuple[str, ...]:
        try:
            async with asyncio.timeout_at(self._until):
                found = tuple(await self._names.addresses(host))
        except NoSuchHost as error:
            raise Failed("no-such-host", f"{host} has no address: {error}") from None
        except NoResolver as error:
            raise Failed("no-resolver", f"the address of {host} could not be looked up: {error}") from None
        except TimeoutError:
            raise Failed("no-resolver", f"the address of {host} could not be looked up in time") from None
        if not found:
            raise Failed("no-such-host", f"{host} has no address")
        return found

    async def _with_balancers(self, found: tuple[str, ...]) -> Allowed:
        """What is allowed, names of load balancers in a status turned into their addresses, where that may matter."""
        own = [address for text in found if (address := policy.parsed(text)) is not None]
        balancers = [one for one in self._allowed.addresses if policy.parsed(one) is None]
        if not balancers or not any(policy.judge(one).reach is policy.Reach.PRIVATE for one in own):
            return self._allowed
        shown = set(self._allowed.addresses)
        for name in balancers:
            try:
                shown.update(await self.addresses(canonical_host(name)))
            except Failed:
                continue
        return Allowed(frozenset(shown), self._allowed.hosts)
