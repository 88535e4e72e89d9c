"""promote_freight and operate over MCP on a real API server: who may do what, and that it is done once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from gitops_master.mcp_server import build_server
from gitops_master.settings import Settings
from gitops_master.sources import sources
from tests.live import roles
from tests.live.delivering import FREIGHT, KARGO, objects, promotions
from tests.live.kargo_webhook import KargoWebhook, in_force
from tests.live.kubeconfig import Context, write_kubeconfig
from tests.live.loading import load
from tests.live.proxy import Proxy
from tests.live.server import ControlPlane

JSON = dict[str, Any]
ASKED = {"project": "demo", "stage": "test", "freight": "calm-otter"}
LABELS = {"app.kubernetes.io/name": "kargo", "app.kubernetes.io/component": "controller"}
VERSION: JSON = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "kargo-controller", "namespace": "kargo", "labels": LABELS},
    "spec": {
        "selector": {"matchLabels": {"app": "kargo"}},
        "template": {
            "metadata": {"labels": {"app": "kargo", **LABELS}},
            "spec": {"containers": [{"name": "controller", "image": "ghcr.io/akuity/kargo:v1.11.2"}]},
        },
    },
}
PROJECT: JSON = {"apiVersion": "kargo.akuity.io/v1alpha1", "kind": "Project", "metadata": {"name": "demo"}}


@pytest.fixture
def pipeline(cluster: ControlPlane) -> ControlPlane:
    """Freight, and a Stage that takes it, which nothing is on its way to; Kargo 1.11.2 runs there, as its Deployment says."""
    quiet = [one for one in objects() if one["kind"] != "Promotion"]
    assert load(cluster, [PROJECT, VERSION, *quiet]).left_out == ()
    return cluster


@pytest.fixture
def kargo(pipeline: ControlPlane) -> Iterator[KargoWebhook]:
    with in_force(pipeline) as webhook:
        webhook.available.add(FREIGHT)
        yield webhook


def _client(way: str, kubectl: Path, folder: Path, context: Context, *, url: str = "", **more: Any) -> Client:
    config = write_kubeconfig(folder / "config", [context._replace(server=url or context.server)])
    command = str(kubectl) if way == "kubectl" else ""
    settings = Settings(kubeconfig=config, kubectl_command=command, **{"allow_writes": True, **more})
    environ = {"HOME": str(folder), "PATH": f"{kubectl.parent}:/usr/bin:/bin"}  # nobody is logged in to Kargo's API
    return Client(build_server(sources(settings, environ), version="test"))


async def _asked(client: Client, tool: str = "promote_freight", **given: Any) -> JSON:
    result = await client.call_tool(tool, {**(ASKED if tool == "promote_freight" else {}), **given})
    assert not result.is_error, result.content
    return result.structured_content or {}


ways = pytest.mark.parametrize("way", ["http", "kubectl"])


@ways
async def test_a_promoter_promotes_once_with_a_plan(
    way: str, pipeline: ControlPlane, kargo: KargoWebhook, kubectl: Path, tmp_path: Path
) -> None:
    roles.apply(pipeline, "reader.yaml")
    roles.apply(pipeline, "promoter.yaml", "demo")
    who = roles.member(pipeline, roles.READERS, roles.PROMOTERS)

    async with _client(way, kubectl, tmp_path, who) as client:
        planned = await _asked(client)
        assert (planned["outcome"], promotions(pipeline)) == ("planned", []), planned["report"]
        done = await _asked(client, plan_id=planned["plan"]["plan_id"])
        again = await _asked(client, plan_id=planned["plan"]["plan_id"])

    [made] = promotions(pipeline)
    assert (done["outcome"], done["promotions"][0]["name"]) == ("under_way", made["metadata"]["name"])
    assert (again["outcome"], again["refusal"]) == ("refused", "plan_already_acted_on")


@ways
async def test_a_reader_gets_the_plan_and_no_more(
    way: str, pipeline: ControlPlane, kargo: KargoWebhook, kubectl: Path, tmp_path: Path
) -> None:
    roles.apply(pipeline, "reader.yaml")

    async with _client(way, kubectl, tmp_path, roles.member(pipeline, roles.READERS)) as client:
        answer = await _asked(client)

    assert (answer["outcome"], answer["refusal"], answer["plan"]["verdict"]) == ("planned", "blocked", "blocked")
    assert "create promotions.kargo.akuity.io" in answer["message"]
    assert "plan_id" not in answer["plan"]
    assert promotions(pipeline) == []


@ways
async def test_where_no_webhook_shapes_promotions_the_command_is_the_answer(
    way: str, pipeline: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    async with _client(way, kubectl, tmp_path, pipeline.context()) as client:
        answer = await _asked(client)

    assert answer["plan"]["verdict"] == "blocked"
    assert f"kargo promote --project=demo --freight={FREIGHT} --stage=test" in answer["message"]
    assert promotions(pipeline) == []


@ways
async def test_a_protected_stage_is_planned_and_left_alone(
    way: str, pipeline: ControlPlane, kargo: KargoWebhook, kubectl: Path, proxy: Proxy, tmp_path: Path
) -> None:
    async with _client(way, kubectl, tmp_path, pipeline.context(), url=proxy.url, protect=("te*",)) as client:
        answer = await _asked(client)

    assert answer["refusal"] == "protected"
    assert promotions(pipeline) == []


async def test_a_neighbour_is_done_and_seen_to_be_done(
    pipeline: ControlPlane, kubectl: Path, proxy: Proxy, tmp_path: Path
) -> None:
    what = {"operation": "refresh_stage", "project": "demo", "stage": "test"}
    async with _client("http", kubectl, tmp_path, pipeline.context(), url=proxy.url) as client:
        planned = await _asked(client, "operate", **what)
        done = await _asked(client, "operate", **what, plan_id=planned["plan"]["plan_id"])

    annotations = pipeline.must("GET", f"{KARGO}/stages/test")["metadata"]["annotations"]
    assert set(annotations) == {"kargo.akuity.io/refresh"}
    assert done["outcome"] == "under_way"  # nobody runs there who would handle it
    assert [one.method for one in proxy.requests if one.method == "PATCH" and "dryRun" not in one.target] == ["PATCH"]
