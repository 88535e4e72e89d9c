"""Asks from where this program runs: `ports.outside.Outside`."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import aiohttp

from gitops_master.adapters.outside import certificates, handshake, targets
from gitops_master.adapters.outside.failed import Failed
from gitops_master.adapters.outside.get import get
from gitops_master.adapters.outside.lookups import Lookups
from gitops_master.adapters.outside.names import Names, SystemNames
from gitops_master.adapters.outside.targets import canonical_host
from gitops_master.adapters.outside.troubles import failed
from gitops_master.model.asking import Ask, Get, Got, Handshake, Reply, Resolve, Resolved, Shaken, Trouble
from gitops_master.ports.outside import Allowed

AT_ONCE = 16
MOST_S = 10.0
"""Seconds that one ask may take, however far the deadline of all is: what hangs must not use up the turns of others."""
_MOST_ADDRESSES = 3
"""Of one host, one after the other, until one takes the connection."""
SECRET_PREFIX = "GITOPS_MASTER_VERIFY_"

T = TypeVar("T", Shaken, Got)


def secrets_in(environ: Mapping[str, str]) -> dict[str, str]:
    """Headers with a credential, by lower-case name: GITOPS_MASTER_VERIFY_X_API_KEY is the value of x-api-key."""
    return {
        name.removeprefix(SECRET_PREFIX).lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith(SECRET_PREFIX) and value
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
        wanted = [one for one in dict.fromkeys(asks) if isinstance(one, Resolve | Handshake | Get)]
        batch = _Batch(self, allowed, asyncio.get_running_loop().time() + deadline_s)
        try:
            replies = await asyncio.gather(*(batch.reply(one) for one in wanted))
        finally:
            await batch.close()
        return dict(zip(wanted, replies, strict=True))

    @cached_property
    def _trusting(self) -> ssl.SSLContext:
        try:
            return certificates.trusting(self._authorities)
        except OSError as error:  # ssl.SSLError among them
            why = error.strerror or type(error).__name__
            raise Failed("other", f"no certificates can be read from {self._authorities}: {why}") from None

    @cached_property
    def _looking(self) -> ssl.SSLContext:
        return certificates.looking()


class _Batch:
    """The asks of one call: they share names, turns and the deadline (on the loop's clock)."""

    def __init__(self, asker: FromHere, allowed: Allowed, until: float) -> None:
        self._asker = asker
        self._hosts = targets.canonical_hosts(allowed.hosts)
        self._until = until
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._lookups = Lookups(asker._names, allowed, until)

    async def reply(self, ask: Resolve | Handshake | Get) -> Reply:
        """Waits for its turn; whatever goes wrong is in the reply."""
        try:
            async with asyncio.timeout_at(self._until), self._turns:
                until = min(self._until, asyncio.get_running_loop().time() + MOST_S)
                async with asyncio.timeout_at(until):
                    return await self._ask(ask, until)
        except Failed as error:
            return _nothing(ask, error.trouble)
        except TimeoutError:
            return _nothing(ask, Trouble("timeout", f"{_where(ask)} did not answer in time"))
        except Exception as error:  # noqa: BLE001 - a server must not find the one byte that stops everybody's answer
            return _nothing(ask, failed(error, _where(ask)).trouble)

    async def close(self) -> None:
        """Ends look-ups that nobody waits for any more."""
        await self._lookups.close()

    async def _ask(self, ask: Resolve | Handshake | Get, until: float) -> Reply:
        match ask:
            case Resolve():
                return Resolved(await self._lookups.addresses(canonical_host(ask.host)))
            case Handshake():
                return await self._handshake(ask, until)
            case Get():
                return await self._get(ask, until)

    async def _handshake(self, ask: Handshake, until: float) -> Shaken:
        host = canonical_host(ask.host)
        targets.check_port(host, ask.port, self._hosts)
        trusting, looking = self._asker._trusting, self._asker._looking
        return await self._first(
            host, ask.port, until, lambda address, _: handshake.shake(address, ask.port, host, trusting, looking)
        )

    async def _get(self, ask: Get, until: float) -> Got:
        where = targets.target(ask.url)
        targets.check_port(where.host, where.port, self._hosts)
        targets.check_headers([*ask.headers, ("X-Accept", ask.accept)])
        headers = [*ask.headers, *self._credential(ask, where)]
        trusting = self._asker._trusting

        def send(address: str, patience_s: float) -> Awaitable[Got]:
            return get(address, where, headers, ask.accept, trusting, patience_s)

        return await self._first(where.host, where.port, until, send)

    def _credential(self, ask: Get, where: targets.Target) -> list[tuple[str, str]]:
        name = ask.secret_header
        if not name:
            return []
        targets.check_secret(name, where, self._hosts)
        value = self._asker._secrets.get(name.lower(), "")
        variable = SECRET_PREFIX + name.upper().replace("-", "_")
        if not value:
            raise Failed("not-allowed", f"the value of the header {name} is not known: set {variable}")
        if not value.isascii() or not value.isprintable():
            raise Failed("malformed", f"the value of {variable} cannot be sent as a header")
        return [(name, value)]

    async def _first(self, host: str, port: int, until: float, ask: Callable[[str, float], Awaitable[T]]) -> T:
        """What the first of the host's allowed addresses answers that takes the connection at all."""
        allowed = await self._lookups.usable(host)
        trouble = Failed("other", f"{host} has no address")
        tried = allowed[:_MOST_ADDRESSES]
        for index, address in enumerate(tried):
            left_s = max(until - asyncio.get_running_loop().time(), 0.001)
            turn_s = left_s / (len(tried) - index)
            try:
                async with asyncio.timeout(turn_s):
                    # A little less than what cuts it off, so that it can tell how far it came.
                    return await ask(address, turn_s * 0.95)
            except (OSError, aiohttp.ClientError) as error:
                where = f"{host}:{port}" if address == host else f"{host}:{port} ({address})"
                trouble = failed(error, where)
        raise trouble


def _nothing(ask: Resolve | Handshake | Get, trouble: Trouble) -> Reply:
    match ask:
        case Resolve():
            return Resolved(trouble=trouble)
        case Handshake():
            return Shaken(trouble=trouble)
        case Get():
            return Got(trouble=trouble)


def _where(ask: Resolve | Handshake | Get) -> str:
    """For people; what is no URL is not repeated."""
    match ask:
        case Resolve():
            return ask.host[:80]
        case Handshake():
            return f"{ask.host[:80]}:{ask.port}"
        case Get():
            try:
                where = targets.target(ask.url)
            except Failed:
                return "the URL"
            return f"{where.host}:{where.port}"
