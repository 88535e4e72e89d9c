"""Each caller's connections are their own: never another's, never too many, closed when idle; and as whom they ask."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from gitops_master.adapters.kube_api import Bearer
from gitops_master.model.errors import Forbidden, Unreachable, UsageError
from gitops_master.serving.caller_sources import CallersSources
from gitops_master.serving.callers import Caller
from gitops_master.serving.identity import Identity, Impersonation
from gitops_master.settings import Settings, place_of
from tests.adapters.kube_api.worlds import FakeServer, kubeconfig, serving

OWN = {"token": "the-program-s-own-token", "as": "someone", "as-groups": ["admins"]}
ALICE = Caller(subject="alice", groups=("dev",), may_write=True, token=Bearer("alice-s-own-token"))
BOB = Caller(subject="bob", token=Bearer("bob-s-own-token"))


class Asked:
    """Who asks now."""

    def __init__(self) -> None:
        self.caller: Caller | None = None

    def __call__(self) -> Caller | None:
        return self.caller


class Desk(CallersSources):
    """Sources whose callers a test names."""

    def __init__(self, settings: Settings, identity: Identity, **more: Any) -> None:
        self.asked = Asked()
        super().__init__(settings, identity, more.pop("prefixes", None), environ={}, caller=self.asked, **more)

    async def of(self, caller: Caller | None, work: Callable[[], Awaitable[Any]]) -> Any:
        """As one request of theirs."""
        self.asked.caller = caller

        async def answer(_: Any) -> Any:
            return await work()

        return await self.calls(None, answer)  # type: ignore[arg-type]

    async def server(self, context: str = "") -> Any:
        return await self.environment(context).probe().server(deadline_s=10)  # type: ignore[union-attr]


@asynccontextmanager
async def _desk(folder: Path, identity: Identity, **more: Any) -> AsyncIterator[tuple[Desk, FakeServer]]:
    async with serving() as server:
        settings = place_of({}, kubeconfig=kubeconfig(folder, server.url, OWN), **more.pop("flags", {}))
        desk = Desk(settings, identity, **more)
        try:
            yield desk, server
        finally:
            await desk.close()


def _whom(server: FakeServer) -> set[tuple[str, str, tuple[str, ...]]]:
    """Authorization, user and groups of what arrived."""
    return {
        (one.headers.get("Authorization", ""), one.headers.get("Impersonate-User", ""), one.groups)
        for one in server.seen
    }


async def test_impersonation_names_the_caller_and_nobody_else(tmp_path: Path) -> None:
    prefixes = Impersonation(user_prefix="oidc:", group_prefix="sso:")
    async with _desk(tmp_path, Identity.IMPERSONATE, prefixes=prefixes) as (desk, server):
        await desk.of(ALICE, desk.server)
        own = "Bearer the-program-s-own-token"
        assert _whom(server) == {(own, "oidc:alice", ("sso:dev",))}
        server.seen.clear()
        await desk.of(BOB, desk.server)
        assert _whom(server) == {(own, "oidc:bob", ())}


async def test_a_caller_s_token_goes_alone(tmp_path: Path) -> None:
    """On the loopback interface, which no one else sees."""
    async with _desk(tmp_path, Identity.TOKEN) as (desk, server):
        await desk.of(ALICE, desk.server)
        await desk.of(BOB, desk.server)

        assert _whom(server) == {("Bearer alice-s-own-token", "", ()), ("Bearer bob-s-own-token", "", ())}


async def test_the_server_s_own_identity_is_used_as_it_is_configured(tmp_path: Path) -> None:
    async with _desk(tmp_path, Identity.SERVER) as (desk, server):
        await desk.of(ALICE, desk.server)

        assert _whom(server) == {("Bearer the-program-s-own-token", "someone", ("admins",))}


@pytest.mark.parametrize("identity", Identity)
async def test_without_a_caller_nothing_is_asked(identity: Identity, tmp_path: Path) -> None:
    async with _desk(tmp_path, identity) as (desk, server):
        for work in (desk.reader, desk.writer, desk.means, desk.manifests, desk.dry_runner, desk.environment):

            async def asked(work: Callable[[], Any] = work) -> Any:
                return work()

            with pytest.raises(Forbidden, match="nobody is known to ask"):
                await desk.of(None, asked)
            desk.asked.caller = ALICE
            with pytest.raises(Forbidden, match="nobody is known to ask"):
                work()  # outside of any request
        assert not server.seen


async def test_a_request_never_goes_on_with_another_caller_s_connection(tmp_path: Path) -> None:
    async with _desk(tmp_path, Identity.IMPERSONATE) as (desk, _):

        async def swapped() -> None:
            desk.reader()
            desk.asked.caller = BOB
            desk.reader()

        with pytest.raises(Forbidden, match="another caller's"):
            await desk.of(ALICE, swapped)


@pytest.mark.parametrize(
    "other",
    [
        Caller(subject="alice", groups=("dev",), may_write=False, token=ALICE.token),
        Caller(subject="alice", groups=("dev", "ops"), may_write=True, token=ALICE.token),
        Caller(subject="alice", groups=("dev",), may_write=True, token=Bearer("a-newer-token-of-alice")),
        Caller(subject="alice", issuer="https://idp", groups=("dev",), may_write=True, token=ALICE.token),
        Caller(subject="alice", user="al", groups=("dev",), may_write=True, token=ALICE.token),
    ],
    ids=["other writes", "other groups", "other token", "other issuer", "other name"],
)
async def test_whoever_differs_in_any_right_shares_nothing(other: Caller, tmp_path: Path) -> None:
    async with _desk(tmp_path, Identity.TOKEN) as (desk, _):
        for _ in range(2):
            await desk.of(ALICE, desk.server)
            await desk.of(other, desk.server)

        assert desk.open == 2


async def test_connections_are_few_and_the_longest_idle_go_first(tmp_path: Path) -> None:
    async with _desk(tmp_path, Identity.IMPERSONATE, most=2) as (desk, _):
        for number in range(20):
            await desk.of(Caller(subject=f"caller-{number}"), desk.server)

        assert desk.open == 2


async def test_where_all_are_busy_one_more_is_told_to_come_again(tmp_path: Path) -> None:
    async with _desk(tmp_path, Identity.IMPERSONATE, most=1) as (desk, _):

        async def busy() -> None:
            await desk.server()
            desk.asked.caller = BOB
            with pytest.raises(Unreachable, match="no room for one more"):
                await desk.of(BOB, desk.server)
            desk.asked.caller = ALICE
            await desk.server()

        await desk.of(ALICE, busy)
        await desk.of(BOB, desk.server)


async def test_idle_connections_are_closed_and_made_anew(tmp_path: Path) -> None:
    async with _desk(tmp_path, Identity.IMPERSONATE, idle_s=0) as (desk, server):

        async def slow() -> None:
            await desk.server()
            await anyio.wait_all_tasks_blocked()
            assert desk.open == 1  # not while it is used

        await desk.of(ALICE, slow)
        with anyio.fail_after(30):
            while desk.open:
                await anyio.lowlevel.checkpoint()
        await desk.of(ALICE, desk.server)
        assert len(_whom(server)) == 1


async def test_who_may_write_is_decided_for_each_caller(tmp_path: Path) -> None:
    async with _desk(tmp_path, Identity.SERVER, flags={"allow_writes": True}) as (desk, _):

        async def terms() -> Any:
            return desk.terms(), desk.writer

        assert desk.terms().allow_writes  # what tools are marked by
        alice, _writer = await desk.of(ALICE, terms)
        bob, _writer = await desk.of(BOB, terms)

        assert (alice.allow_writes, alice.who, bob.allow_writes, bob.who) == (True, "alice", False, "bob")
        assert alice.plan_key == bob.plan_key == desk.terms().plan_key

        async def write() -> Any:
            return desk.writer()

        with pytest.raises(Forbidden, match="may only read"):
            await desk.of(BOB, write)


@pytest.mark.parametrize(
    ("user", "groups", "words"),
    [
        ("system:admin", (), "begins with system:"),
        ("System:admin", (), "begins with system:"),
        ("alice", ("system:masters",), "begins with system:"),
        ("alice", ("dev", "SYSTEM:masters"), "begins with system:"),
        ("alice", (" system:masters",), "no name"),
        ("alice", ("dev\nsystem:masters",), "no name"),
        ("alice", tuple(f"g{number}" for number in range(300)), "300 groups"),
    ],
)
async def test_nobody_becomes_a_part_of_kubernetes(
    user: str, groups: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    async with _desk(tmp_path, Identity.IMPERSONATE) as (desk, server):
        with pytest.raises(Forbidden, match=words):
            await desk.of(Caller(subject=user, groups=groups), desk.server)

        assert not server.seen


def test_a_prefix_sets_such_names_apart_and_cannot_make_them() -> None:
    apart = Impersonation(user_prefix="oidc:", group_prefix="oidc:")
    assert apart.of(Caller(subject="system:admin", groups=("system:masters",))) == (
        "oidc:system:admin",
        ("oidc:system:masters",),
    )
    with pytest.raises(Forbidden):
        Impersonation(group_prefix="sys").of(Caller(subject="alice", groups=("tem:masters",)))
    for prefix in ("system:", " oidc:", "a\nb"):
        with pytest.raises(UsageError):
            Impersonation(user_prefix=prefix)


@pytest.mark.parametrize(
    ("flags", "identity", "words"),
    [
        ({"as_user": "x"}, Identity.IMPERSONATE, "--as and --identity"),
        ({"as_user": "x"}, Identity.TOKEN, "--as and --identity"),
        ({"kubectl_command": "kubectl"}, Identity.TOKEN, "would show the token"),
        ({"ssh_command": "ssh host"}, Identity.TOKEN, "would show the token"),
        ({"snapshot": Path("x")}, Identity.IMPERSONATE, "knows no identities"),
    ],
)
def test_what_excludes_an_identity_is_told(flags: dict[str, Any], identity: Identity, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        CallersSources(place_of({}, **flags), identity)


def _two_contexts(folder: Path, here: str, there: str) -> Path:
    import yaml

    file = kubeconfig(folder, here, OWN)
    config = yaml.safe_load(file.read_text())
    config["clusters"].append({"name": "other", "cluster": {"server": there}})
    config["contexts"].append({"name": "other", "context": {"cluster": "other", "user": "dev"}})
    file.write_text(yaml.safe_dump(config))
    return file


async def test_a_token_is_shown_to_one_cluster_alone(tmp_path: Path) -> None:
    async with serving() as here, serving() as there:
        desk = Desk(place_of({}, kubeconfig=_two_contexts(tmp_path, here.url, there.url)), Identity.TOKEN)

        async def elsewhere() -> Any:
            desk.reader("other")

        assert desk.contexts() == ()
        with pytest.raises(Forbidden, match="one cluster alone"):
            await desk.of(ALICE, elsewhere)
        with pytest.raises(Forbidden, match="one cluster alone"):
            await desk.of(ALICE, lambda: desk.server("other"))
        await desk.of(ALICE, desk.server)
        await desk.close()

        assert (len(here.seen) > 0, there.seen) == (True, [])


async def test_a_token_is_not_sent_unencrypted(tmp_path: Path) -> None:
    settings = place_of({}, kubeconfig=kubeconfig(tmp_path, "http://kube.example.com:8001", OWN))
    desk = Desk(settings, Identity.TOKEN)

    with pytest.raises(Unreachable, match="not sent unencrypted"):
        await desk.of(ALICE, desk.server)
    await desk.close()
