"""What names mean: looked up once, through this machine's resolver, and what of it may be connected to."""

import asyncio
import socket

import pytest

from gitops_master.adapters.outside.failed import Failed
from gitops_master.adapters.outside.lookups import Lookups
from gitops_master.adapters.outside.names import NoResolver, NoSuchHost, SystemNames, meant
from gitops_master.ports.outside import Allowed
from tests.adapters.outside.worlds import HOST, Stub

NAMES = {HOST: ["10.0.0.7"], "lb.example.test": ["10.0.0.7", "127.0.0.1"], "inner.example.test": ["127.0.0.1"]}
NAMES |= {"moved.example.test": ["10.0.0.8"], "public.example.test": ["8.8.8.8"]}


def lookups(names: Stub, *addresses: str) -> Lookups:
    return Lookups(names, Allowed(addresses=frozenset(addresses)), asyncio.get_running_loop().time() + 5)


async def test_a_load_balancer_that_a_status_names_stands_for_its_addresses() -> None:
    ours = lookups(Stub(NAMES), "lb.example.test", "gone.example.test", "no host")

    assert await ours.usable(HOST) == ("10.0.0.7",)
    for host in ("inner.example.test", "moved.example.test"):
        with pytest.raises(Failed, match="not asked"):
            await ours.usable(host)
    with pytest.raises(Failed, match="no Ingress, Gateway or Service shows it"):
        await lookups(Stub(NAMES)).usable(HOST)


async def test_load_balancers_are_looked_up_only_where_it_matters() -> None:
    names = Stub(NAMES)

    assert await lookups(names, "lb.example.test").usable("public.example.test") == ("8.8.8.8",)
    assert names.asked == ["public.example.test"]


async def test_a_name_is_looked_up_once_and_one_that_gives_up_takes_it_from_nobody() -> None:
    gate = asyncio.Event()

    class Slow(Stub):
        async def addresses(self, host: str) -> list[str]:
            self.asked.append(host)
            await gate.wait()
            return ["8.8.8.8"]

    names = Slow({})
    ours = lookups(names)
    first, second = (asyncio.ensure_future(ours.addresses(HOST)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    gate.set()

    assert await second == ("8.8.8.8",)
    assert names.asked == [HOST]
    await ours.close()


async def test_the_machine_itself_is_known_to_its_resolver() -> None:
    assert set(await SystemNames().addresses("localhost")) & {"127.0.0.1", "::1"}


async def test_what_no_resolver_can_be_asked_for_does_not_exist() -> None:
    with pytest.raises(NoSuchHost):
        await SystemNames().addresses("x" * 64 + ".example.test")


def test_no_such_name_and_no_resolver_are_told_apart() -> None:
    assert isinstance(meant(socket.gaierror(socket.EAI_NONAME, "Name or service not known")), NoSuchHost)
    for code in (socket.EAI_AGAIN, socket.EAI_FAIL):
        assert isinstance(meant(socket.gaierror(code, "Temporary failure in name resolution")), NoResolver)
    assert isinstance(meant(OSError(24, "Too many open files")), NoResolver)
