"""Real clients over HTTP, as different callers before one API server: each with their own rights, plans and names, and nobody's token."""

import argparse
import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from aiohttp import web
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, PromptReference

from gitops_master.model.errors import UsageError
from gitops_master.serving import auth, http_settings
from gitops_master.serving.command import assembled
from gitops_master.settings import place_of
from tests.adapters.kube_api.worlds import kubeconfig
from tests.serving.cluster import Cluster
from tests.serving.issuer import ISSUER, RESOURCE, SigningKey, issuing
from tests.serving.test_eras import connected
from tests.serving.worlds import ERAS, Served, ask, call, listened, modern

OWN = {"token": "the-program-s-own-token"}
TOKENS = {name: f"{name}-own-token-{'0' * 20}" for name in ("alice", "bob", "carol")}
STATE = ("get_stage_state", {"project": "shop", "stage": "prod"})
REFRESH = {"operation": "refresh_stage", "project": "shop", "stage": "prod"}
KEY = SigningKey()


class Guarded(Cluster):
    """Lets in alice and carol, and the program itself where it says nobody else. `came`: who asked, and with what."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[tuple[str, str, tuple[str, ...]]] = []
        self.let_in = {"alice", "carol"}
        self.release.set()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        said = request.headers.get("Authorization", "")
        user = request.headers.get("Impersonate-User", "")
        self.came.append((said, user, tuple(request.headers.getall("Impersonate-Group", ()))))
        owner = user or next((name for name, one in TOKENS.items() if said == f"Bearer {one}"), "")
        if owner in self.let_in or (not user and said == f"Bearer {OWN['token']}"):
            return await super().__call__(request)
        told = {"kind": "Status", "message": f'not permitted to user "{owner}"', "code": 403, "reason": "Forbidden"}
        return web.json_response(told, status=403)


@asynccontextmanager
async def guarded() -> AsyncIterator[Guarded]:
    held = Guarded()
    runner = web.ServerRunner(web.Server(held, handler_cancellation=True), shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    held.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield held
    finally:
        await runner.cleanup()


def _tokens(folder: Path, **access: str) -> Path:
    path = folder / "tokens.csv"
    path.touch(mode=0o600)
    hashed = {name: hashlib.sha256(one.encode()).hexdigest() for name, one in TOKENS.items()}
    path.write_text(
        "".join(f"sha256:{hashed[name]},{name},team-{name},{access.get(name, 'read')}\n" for name in TOKENS)
    )
    return path


@asynccontextmanager
async def program(folder: Path, url: str, *flags: str, **settings: Any) -> AsyncIterator[Served]:
    """As `serve --http` puts it together, on a free port."""
    parser = argparse.ArgumentParser()
    http_settings.add_arguments(parser)
    auth.add_arguments(parser)
    given = parser.parse_args(["--http", "127.0.0.1:0", "--drain-seconds", "0", *flags])
    given.allow_writes = settings.get("allow_writes", False)
    environ = {"GITOPS_MASTER_PLAN_KEY_FILE": str(settings.pop("plan_key_file", ""))}
    place = place_of(environ, kubeconfig=kubeconfig(folder, url, OWN), **settings)
    async with listened(*assembled(given, place)) as server:
        yield server


async def _told(client: Client, tool: str, arguments: dict[str, Any]) -> str:
    result = await client.call_tool(tool, arguments)
    assert isinstance(result, CallToolResult)
    return f"{result.content} {result.structured_content}"


async def _told_to(url: str, mode: str, name: str, tool: str, arguments: dict[str, Any]) -> str:
    async with connected(url, mode, token=TOKENS[name]) as client:
        return await _told(client, tool, arguments)


def _expected(identity: str, name: str) -> tuple[str, str, tuple[str, ...]]:
    if identity == "impersonate":
        return (f"Bearer {OWN['token']}", name, (f"team-{name}",))
    return (f"Bearer {TOKENS[name] if identity == 'token' else OWN['token']}", "", ())


@pytest.mark.parametrize("mode", ERAS)
@pytest.mark.parametrize("identity", ["impersonate", "token"])
async def test_each_caller_has_exactly_their_own_rights(
    identity: str, mode: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    flags = ("--tokens", str(_tokens(tmp_path)), "--identity", identity)
    with caplog.at_level(logging.DEBUG):
        async with guarded() as cluster, program(tmp_path, cluster.url, *flags) as server:
            alice = await _told_to(server.url, mode, "alice", *STATE)
            assert set(cluster.came) == {_expected(identity, "alice")}
            cluster.came.clear()
            bob = await _told_to(server.url, mode, "bob", *STATE)
            assert set(cluster.came) == {_expected(identity, "bob")}

    assert "prod" in alice
    assert "not permitted" not in alice
    assert "not permitted" in bob
    secrets = (*TOKENS.values(), OWN["token"])
    assert not [one for one in secrets if one in alice + bob + caplog.text]


@pytest.mark.parametrize("identity", ["impersonate", "token"])
async def test_callers_at_the_same_time_never_meet(identity: str, tmp_path: Path) -> None:
    flags = ("--tokens", str(_tokens(tmp_path)), "--identity", identity)
    answers: dict[str, list[str]] = {name: [] for name in TOKENS}

    async with guarded() as cluster, program(tmp_path, cluster.url, *flags) as server:

        async def asks(name: str) -> None:
            async with connected(server.url, "auto", token=TOKENS[name]) as client:
                for _ in range(5):
                    answers[name].append(await _told(client, *STATE))

        async with anyio.create_task_group() as tasks:
            for name in [*TOKENS] * 3:
                tasks.start_soon(asks, name)
        assert set(cluster.came) == {_expected(identity, name) for name in TOKENS}

    assert ["not permitted" in one for name in ("alice", "carol") for one in answers[name]] == [False] * 30
    assert ["not permitted" in one for one in answers["bob"]] == [True] * 15


@pytest.mark.parametrize("identity", ["impersonate", "token"])
async def test_names_are_completed_with_what_the_caller_may_read(identity: str, tmp_path: Path) -> None:
    flags = ("--tokens", str(_tokens(tmp_path)), "--identity", identity)
    found = {}

    async with guarded() as cluster, program(tmp_path, cluster.url, *flags) as server:
        for name in ("alice", "bob", "carol"):
            async with connected(server.url, "auto", token=TOKENS[name]) as client:
                told = await client.complete(PromptReference(name="diagnose"), {"name": "project", "value": ""})
                found[name] = told.completion.values

    assert found == {"alice": ["shop"], "bob": [], "carol": ["shop"]}


@pytest.mark.parametrize("mode", ERAS)
async def test_with_the_server_s_identity_only_writers_write(
    mode: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    flags = ("--tokens", str(_tokens(tmp_path, alice="write")))
    async with guarded() as cluster, program(tmp_path, cluster.url, *flags, allow_writes=True) as server:
        bob = await _told_to(server.url, mode, "bob", "operate", REFRESH)
        assert "switched off" in bob
        assert "'plan_id'" not in bob
        async with connected(server.url, mode, token=TOKENS["alice"]) as client:
            [operate] = [one for one in (await client.list_tools()).tools if one.name == "operate"]
            plan = (await client.call_tool("operate", REFRESH)).structured_content["plan"]
            assert cluster.patched == []
            done = await client.call_tool("operate", {**REFRESH, "plan_id": plan["plan_id"]})

    assert operate.annotations is not None
    assert operate.annotations.read_only_hint is False
    assert not done.is_error
    assert len(cluster.patched) == 1
    assert [one for one in caplog.messages if '"who":"alice' in one and '"verdict":"done"' in one]


@pytest.mark.parametrize("identity", ["server", "impersonate"])
async def test_replicas_take_each_other_s_plans_from_the_same_caller_alone(
    identity: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key = tmp_path / "key"
    key.write_text("k" * 40)
    flags = ("--tokens", str(_tokens(tmp_path, alice="write", carol="write")), "--identity", identity, "--no-sessions")
    more = {"allow_writes": True, "plan_key_file": key}

    async with guarded() as cluster, AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(program(tmp_path, cluster.url, *flags, **more)) for _ in range(2)]

        async def asked(server: Served, name: str, **plan: str) -> Any:
            async with connected(server.url, "auto", token=TOKENS[name]) as client:
                return (await client.call_tool("operate", {**REFRESH, **plan})).structured_content

        planned = await asked(one, "alice")
        plan_id = planned["plan"]["plan_id"]
        for server in (one, other):
            refused = await asked(server, "carol", plan_id=plan_id)
            assert (refused["outcome"], refused["refusal"]) == ("refused", "plan_of_another_request")
        assert cluster.patched == []
        done = await asked(other, "alice", plan_id=plan_id)

    assert done["outcome"] in ("done", "under_way")
    assert len(cluster.patched) == 1
    assert [one for one in caplog.messages if '"who":"carol' in one and '"verdict":"refused"' in one]


async def test_a_session_goes_on_with_the_rights_that_its_caller_has_now(tmp_path: Path) -> None:
    path = _tokens(tmp_path, alice="write")
    async with (
        guarded() as cluster,
        program(tmp_path, cluster.url, "--tokens", str(path), allow_writes=True) as server,
        connected(server.url, "legacy", token=TOKENS["alice"]) as client,
    ):
        plan = (await client.call_tool("operate", REFRESH)).structured_content["plan"]
        _tokens(tmp_path, alice="read")
        after = await _told(client, "operate", {**REFRESH, "plan_id": plan["plan_id"]})
        asked = len(cluster.came)
        path.write_text("# nobody\n")
        with pytest.raises(MCPError):
            await client.call_tool(*STATE)
        assert len(cluster.came) == asked

    assert "writing" in after
    assert cluster.patched == []


async def test_another_caller_s_session_is_nobody_else_s(tmp_path: Path) -> None:
    flags = ("--tokens", str(_tokens(tmp_path)))
    initialize = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }
    async with guarded() as cluster, program(tmp_path, cluster.url, *flags) as server:
        begun = await ask(server.url, initialize, headers={"Authorization": f"Bearer {TOKENS['alice']}"})
        session = {"Mcp-Session-Id": begun.headers["Mcp-Session-Id"], "MCP-Protocol-Version": "2025-11-25"}
        listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
        own = await ask(server.url, listing, headers={"Authorization": f"Bearer {TOKENS['alice']}", **session})
        bobs = await ask(server.url, listing, headers={"Authorization": f"Bearer {TOKENS['bob']}", **session})

    assert (own.status, bobs.status) == (200, 404)


@asynccontextmanager
async def with_oauth(folder: Path, cluster: Cluster, *flags: str, **settings: Any) -> AsyncIterator[Served]:
    async with issuing(KEY) as issuer:
        oauth = ("--oauth-issuer", ISSUER, "--oauth-resource", RESOURCE, "--oauth-jwks", issuer.url)
        async with program(folder, cluster.url, *oauth, *flags, **settings) as server:
            yield server


@pytest.mark.parametrize("mode", ERAS)
async def test_groups_of_a_jwt_are_what_the_cluster_is_told(
    mode: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    token = KEY.token(groups=["dev", "ops"], scope="read")
    flags = ("--identity", "impersonate", "--group-prefix", "sso:")
    async with guarded() as cluster, with_oauth(tmp_path, cluster, *flags) as server:
        async with connected(server.url, mode, token=token) as client:
            told = await _told(client, *STATE)

        assert set(cluster.came) == {(f"Bearer {OWN['token']}", "alice", ("sso:dev", "sso:ops"))}
    assert not [part for part in token.split(".") if part in told + caplog.text]


async def test_masters_are_not_impersonated(tmp_path: Path) -> None:
    async with guarded() as cluster, with_oauth(tmp_path, cluster, "--identity", "impersonate") as server:
        async with connected(server.url, "auto", token=KEY.token(groups=["system:masters"])) as client:
            told = await _told(client, *STATE)

        assert "which Kubernetes keeps to itself" in told
        assert cluster.came == []


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("", 401),
        ("x" * 40, 401),
        (KEY.token(aud="https://other.example.com/mcp"), 401),
        (KEY.token(exp=1), 401),
        (SigningKey().token(), 401),
        (KEY.token(), 403),
        (KEY.token(scope="gitops"), 200),
    ],
    ids=["none", "nonsense", "another audience", "expired", "another key", "without the scope", "good"],
)
async def test_who_has_no_token_is_told_where_to_get_one(token: str, status: int, tmp_path: Path) -> None:
    well_known = "/.well-known/oauth-protected-resource/mcp"
    async with guarded() as cluster, with_oauth(tmp_path, cluster, "--oauth-scope", "gitops") as server:
        answer = await ask(server.url, call(*STATE), headers=modern(STATE[0], token=token))
        metadata = await ask(f"{server.root}{well_known}")

    assert answer.status == status
    if status != 200:
        assert f'resource_metadata="https://gitops.example.com{well_known}"' in answer.headers["WWW-Authenticate"]
        assert cluster.came == []
    assert not token or token not in f"{answer.body} {answer.headers}"
    assert metadata.status == 200
    said = {key: metadata.body[key] for key in ("resource", "authorization_servers", "scopes_supported")}
    assert said == {"resource": RESOURCE, "authorization_servers": [ISSUER], "scopes_supported": ["gitops"]}


async def test_a_scope_lets_write_where_the_server_s_identity_is_used(tmp_path: Path) -> None:
    flags = ("--oauth-write-scope", "gitops:write")
    told = {}
    async with guarded() as cluster, with_oauth(tmp_path, cluster, *flags, allow_writes=True) as server:
        for scope in ("gitops:write", "gitops:read"):
            async with connected(server.url, "auto", token=KEY.token(scope=scope)) as client:
                told[scope] = await _told(client, "operate", REFRESH)

    assert "plan_id" in told["gitops:write"]
    assert "plan_id" not in told["gitops:read"]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--identity", "impersonate"), "nobody's identity is known"),
        (("--tokens", "x", "--oauth-issuer", ISSUER), "two ways"),
        (("--oauth-jwks", "x"), "needs --oauth-issuer"),
        (("--oauth-issuer", ISSUER), "does not say enough"),
        (("--oauth-issuer", "http://idp.example.com", "--oauth-resource", RESOURCE, "--oauth-jwks", "x"), "https"),
        (("--user-prefix", "x:"), "prefixes are for names that are impersonated"),
        (("--oauth-leeway", "9999"), "between 0 and 300"),
    ],
)
async def test_flags_that_do_not_fit_are_told_before_anything_is_served(
    flags: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=words):
        async with program(tmp_path, "http://127.0.0.1:1", *flags):
            pytest.fail("it was served")


async def test_writing_that_nobody_may_do_is_told(tmp_path: Path) -> None:
    flags = ("--oauth-issuer", ISSUER, "--oauth-resource", RESOURCE, "--oauth-jwks", "x")
    with pytest.raises(UsageError, match="lets nobody write"):
        async with program(tmp_path, "http://127.0.0.1:1", *flags, allow_writes=True):
            pytest.fail("it was served")
