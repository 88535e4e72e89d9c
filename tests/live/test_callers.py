"""serve --http for several callers on a real API server with RBAC: impersonation and token pass-through give each their own rights."""

import argparse
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from gitops_master.serving import auth, http_settings
from gitops_master.serving.command import assembled
from gitops_master.settings import place_of
from tests.live import roles
from tests.live.delivering import KARGO, objects
from tests.live.kubeconfig import Context, write_kubeconfig
from tests.live.loading import load
from tests.live.server import ControlPlane
from tests.live.test_operating import PROJECT, VERSION
from tests.serving.worlds import listened

ISSUER = "https://kubernetes.default.svc"
STATE = {"project": "demo", "stage": "test"}
REFRESH = {"operation": "refresh_stage", "project": "demo", "stage": "test"}
RULES = [
    {"apiGroups": ["kargo.akuity.io"], "resources": ["*"], "verbs": ["get", "list"]},
    {"apiGroups": ["", "apps", "argoproj.io", "batch"], "resources": ["*"], "verbs": ["get", "list"]},
]
WRITE = {"apiGroups": ["kargo.akuity.io"], "resources": ["stages"], "verbs": ["patch"]}
WAYS = ["impersonate", "impersonate by kubectl", "token"]


@pytest.fixture
def pipeline(cluster: ControlPlane) -> ControlPlane:
    """`reader` may read everything in it, `promoter` may refresh Stages, too, `stranger` nothing."""
    quiet = [one for one in objects() if one["kind"] != "Promotion"]
    assert load(cluster, [PROJECT, VERSION, *quiet]).left_out == ()
    cluster.grant("reader", RULES)
    cluster.grant("promoter", [*RULES, WRITE])
    return cluster


def _tokens(cluster: ControlPlane, folder: Path) -> Path:
    path = folder / "tokens.csv"
    path.touch(mode=0o600)
    path.write_text("".join(f"{cluster.tokens[one]},{one},,write\n" for one in ("reader", "promoter", "stranger")))
    return path


@asynccontextmanager
async def _served(folder: Path, own: Context, *flags: str, **place: Any) -> AsyncIterator[str]:
    parser = argparse.ArgumentParser()
    http_settings.add_arguments(parser)
    auth.add_arguments(parser)
    given = parser.parse_args(["--http", "127.0.0.1:0", "--drain-seconds", "0", *flags])
    given.allow_writes = True
    config = write_kubeconfig(folder / "config", [own])
    settings = place_of({}, kubeconfig=config, allow_writes=True, **place)
    async with listened(*assembled(given, settings)) as server:
        yield server.url


async def asked(url: str, token: str, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        result = await client.call_tool(tool, arguments)
        told: dict[str, Any] = result.structured_content or {"error": str(result.content)}
        return told


@asynccontextmanager
async def _way(way: str, cluster: ControlPlane, kubectl: Path, folder: Path) -> AsyncIterator[str]:
    """The program itself: allowed to impersonate these three and nothing else; or nobody at all."""
    flags = ["--tokens", str(_tokens(cluster, folder))]
    if way == "token":
        nobody = Context("test", cluster.url, cluster.ca, token="not-a-token-of-the-cluster")
        async with _served(folder, nobody, *flags, "--identity", "token") as url:
            yield url
        return
    own = roles.member(cluster, "impersonators")
    cluster.grant(roles.USER, [{"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"]}])
    place = {"kubectl_command": str(kubectl)} if "kubectl" in way else {}
    async with _served(folder, own, *flags, "--identity", "impersonate", **place) as url:
        yield url


@pytest.mark.parametrize("way", WAYS)
async def test_each_caller_may_do_exactly_what_the_cluster_lets_them(
    way: str, pipeline: ControlPlane, kubectl: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stage = f"{KARGO}/stages/test"
    async with _way(way, pipeline, kubectl, tmp_path) as url:
        tokens = pipeline.tokens
        states = {one: await asked(url, tokens[one], "get_stage_state", STATE) for one in ("reader", "stranger")}
        whoami = {one: await asked(url, tokens[one], "discover_env", {}) for one in ("reader", "promoter")}
        refused = await asked(url, tokens["reader"], "operate", REFRESH)
        assert "kargo.akuity.io/refresh" not in pipeline.must("GET", stage)["metadata"].get("annotations", {})
        plan = await asked(url, tokens["promoter"], "operate", REFRESH)
        plan_id = plan["plan"]["plan_id"]
        stolen = await asked(url, tokens["reader"], "operate", {**REFRESH, "plan_id": plan_id})
        assert "kargo.akuity.io/refresh" not in pipeline.must("GET", stage)["metadata"].get("annotations", {})
        done = await asked(url, tokens["promoter"], "operate", {**REFRESH, "plan_id": plan_id})

    assert states["reader"]["stage"]["name"] == "test"
    assert "orbidden" in json.dumps(states["stranger"]) or "not permitted" in json.dumps(states["stranger"])
    assert [whoami[one]["identity"] for one in ("reader", "promoter")] == ["reader", "promoter"]
    assert "plan_id" not in refused["plan"]
    assert stolen["outcome"] == "refused"
    assert done["outcome"] in ("done", "under_way")
    assert "kargo.akuity.io/refresh" in pipeline.must("GET", stage)["metadata"]["annotations"]
    everything = json.dumps([states, whoami, refused, plan, stolen, done]) + caplog.text
    assert not [one for one in pipeline.tokens.values() if one in everything]


async def test_groups_of_a_caller_decide_and_need_the_right_to_impersonate_them(
    pipeline: ControlPlane, tmp_path: Path
) -> None:
    roles.apply(pipeline, "reader.yaml")
    path = _tokens(pipeline, tmp_path)
    path.write_text(
        f"{pipeline.tokens['reader']},newcomer,{roles.READERS},read\n{pipeline.tokens['stranger']},other,admins,read\n"
    )
    names = {"resourceNames": [roles.READERS]}
    rules = [
        {"apiGroups": [""], "resources": ["groups"], "verbs": ["impersonate"], **names},
        {"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"]},
    ]
    pipeline.grant(roles.USER, rules)
    flags = ("--tokens", str(path), "--identity", "impersonate")

    async with _served(tmp_path, roles.member(pipeline, "impersonators"), *flags) as url:
        newcomer = await asked(url, pipeline.tokens["reader"], "get_stage_state", STATE)
        other = await asked(url, pipeline.tokens["stranger"], "get_stage_state", STATE)

    assert newcomer["stage"]["name"] == "test"
    assert "cannot impersonate" in json.dumps(other) or "orbidden" in json.dumps(other)


async def test_a_service_account_s_own_jwt_is_verified_and_passed_on(pipeline: ControlPlane, tmp_path: Path) -> None:
    """Kubernetes as the authorization server: its keys, its audience, its users."""
    for name in ("bot", "nobody"):
        body = {"metadata": {"name": name}}
        pipeline.must("POST", "/api/v1/namespaces/demo/serviceaccounts", body)
    pipeline.grant("system:serviceaccount:demo:bot", RULES)
    keys = tmp_path / "keys.json"
    keys.write_bytes(pipeline.request("GET", "/openid/v1/jwks", accept="application/jwk-set+json").body)
    oauth = ("--oauth-issuer", ISSUER, "--oauth-audience", ISSUER, "--oauth-jwks", str(keys))
    flags = (*oauth, "--oauth-resource", "https://gitops.example.com/mcp", "--identity", "token")
    bot, nobody = (pipeline.service_account_token("demo", one) for one in ("bot", "nobody"))

    async with _served(tmp_path, Context("test", pipeline.url, pipeline.ca), *flags) as url:
        read = await asked(url, bot, "get_stage_state", STATE)
        refused = await asked(url, nobody, "get_stage_state", STATE)

    assert read["stage"]["name"] == "test"
    assert "orbidden" in json.dumps(refused) or "not permitted" in json.dumps(refused)
    assert not [part for one in (bot, nobody) for part in one.split(".") if part in json.dumps([read, refused])]
