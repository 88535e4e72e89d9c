"""The asks of one call. Loads the libraries that TLS, certificates and HTTP take: imported at the first ask."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar

import aiohttp

from gitops_master.adapters.outside import certificates, handshake, targets
from gitops_master.adapters.outside.failed import Failed
from gitops_master.adapters.outside.get import get
from gitops_master.adapters.outside.lookups import Lookups
from gitops_master.adapters.outside.targets import canonical_host
from gitops_master.adapters.outside.troubles import failed
from gitops_master.model.asking import Get, Got, Handshake, Reply, Resolve, Resolved, Shaken, Trouble
from gitops_master.model.expectations import secret_variable

AT_ONCE = 16
MOST_S = 10.0
"""Seconds that one ask may take, however far the deadline of all is: what hangs must not use up the turns of others."""
_MOST_ADDRESSES = 3
"""Of one host, one after the other, until one takes the connection."""

T = TypeVar("T", Shaken, Got)


class Trust:
    """Whose certificates are trusted: the system's authorities, and those of a PEM file where one is given."""

    def __init__(self, authorities: Path | None) -> None:
        self._authorities = authorities
        self.looking = certificates.looking()
        self._context: ssl.SSLContext | None = None

    @property
    def context(self) -> ssl.SSLContext:
        """Raises Failed where the file is none."""
        if self._context is None:
            try:
                self._context = certificates.trusting(self._authorities)
            except OSError as error:  # ssl.SSLError among them
                why = error.strerror or type(error).__name__
                raise Failed("other", f"no certificates can be read from {self._authorities}: {why}") from None
        return self._context


class Batch:
    """They share look-ups, turns and the deadline (`until`, on the loop's clock). `hosts`: those that a trusted file names."""

    def __init__(
        self, lookups: Lookups, trust: Trust, secrets: Mapping[str, str], hosts: frozenset[str], until: float
    ) -> None:
        self._lookups = lookups
        self._trust = trust
        self._secrets = secrets
        self._hosts = hosts
        self._until = until
        self._turns = asyncio.Semaphore(AT_ONCE)

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
        trusting, looking = self._trust.context, self._trust.looking
        return await self._first(
            host, ask.port, until, lambda address, _: handshake.shake(address, ask.port, host, trusting, looking)
        )

    async def _get(self, ask: Get, until: float) -> Got:
        where = targets.target(ask.url)
        targets.check_port(where.host, where.port, self._hosts)
        targets.check_headers([*ask.headers, ("X-Accept", ask.accept)])
        headers = [*ask.headers, *self._credential(ask, where)]
        trusting = self._trust.context

        def send(address: str, patience_s: float) -> Awaitable[Got]:
            return get(address, where, headers, ask.accept, trusting, patience_s)

        return await self._first(where.host, where.port, until, send)

    def _credential(self, ask: Get, where: targets.Target) -> list[tuple[str, str]]:
        name = ask.secret_header
        if not name:
            return []
        targets.check_secret(name, where, self._hosts)
        value = self._secrets.get(name.lower(), "")
        variable = secret_variable(name)
        if not value:
            raise Failed("not-allowed", f"the value of the header {name} is not known: set {variable}")
        if not value.isascii() or not value.isprintable():
            raise Failed("malformed", f"the value of {variable} cannot be sent as a header")
        return [(name, value)]

    async def _first(self, host: str, port: int, until: float, ask: Callable[[str, float], Awaitable[T]]) -> T:
        """What the first of the host's allowed addresses answers that takes the connection at all."""
        allowed = await self._lookups.usable(host)
        troubles: list[Failed] = []
        tried = allowed[:_MOST_ADDRESSES]
        for index, address in enumerate(tried):
            left_s = max(until - asyncio.get_running_loop().time(), 0.001)
            turn_s = left_s / (len(tried) - index)
            try:
                async with asyncio.timeout(turn_s):
                    # A little less than what cuts it off, so that it can tell how far it came.
                    return await ask(address, turn_s * 0.9)
            except (OSError, aiohttp.ClientError) as error:
                where = f"{host}:{port}" if address == host else f"{host}:{port} ({address})"
                troubles.append(failed(error, where))
        # That this machine has no way to one of the addresses says less than what another one answered.
        raise next((one for one in troubles if one.trouble.kind != "unreachable"), troubles[0])


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
