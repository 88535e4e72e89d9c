"""run_verification through the SDK's own client, in both protocol eras."""

from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from gitops_master.mcp_server import build_server
from gitops_master.settings import Settings
from gitops_master.sources import sources
from tests import worlds
from tests.probes import world

INDEX = {"observed_at": "2026-11-23T08:10:00Z", "complete": ["*"]}
DEGRADED = [{"set": "Application argocd/shop-prod", "path": "status.health.status", "value": "Degraded"}]


@pytest.fixture(params=["auto", "legacy"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Client:
    folder = worlds.write(tmp_path / "world", world.plain(DEGRADED), INDEX, {})
    return Client(build_server(sources(Settings(snapshot=folder)), version="test"), mode=request.param)


async def test_the_answer_has_levels_and_names_the_call_that_finds_out_why(client: Client) -> None:
    async with client:
        result = await client.call_tool("run_verification", {"stage": "prod"})

    answer: dict[str, Any] = result.structured_content or {}
    assert not result.is_error
    assert (answer["verdict"], answer["failed_level"]) == ("FAIL", 2)
    assert answer["next_call"] == {"tool": "analyze_stage", "project": "shop", "stage": "prod"}
    assert result.content[0].text == answer["report"]  # type: ignore[union-attr]


async def test_progress_grows_and_says_what_is_done(client: Client) -> None:
    told: list[tuple[float, str]] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, message or ""))

    async with client:
        await client.call_tool("run_verification", {"stage": "prod", "all_levels": True}, progress_callback=tell)

    assert [one for one, _ in told] == sorted({one for one, _ in told})
    assert [words for _, words in told] == [
        "Reading the cluster",
        "Level 1: Infrastructure",
        "Level 2: Service health",
        "Level 3: Ingress & auth",
        "Level 4: Functional",
    ]


async def test_a_stage_that_does_not_exist_is_an_error_in_words(client: Client) -> None:
    async with client:
        result = await client.call_tool("run_verification", {"stage": "prd"})

    assert result.is_error
    assert "prod" in result.content[0].text  # type: ignore[union-attr]
