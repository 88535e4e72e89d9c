"""The server through the SDK's own client, in both protocol eras."""

from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from gitops_master.mcp_server import INSTRUCTIONS, build_server
from gitops_master.settings import Settings, demo_settings
from gitops_master.sources import sources

MODES = ["auto", "legacy"]


@pytest.fixture(params=MODES)
def client(request: pytest.FixtureRequest) -> Client:
    server = build_server(sources(demo_settings()), version="test")
    return Client(server, mode=request.param)


async def test_every_tool_says_what_it_is_takes_and_gives(client: Client) -> None:
    async with client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}

        assert set(tools) == {
            "analyze_stage",
            "discover_env",
            "generate_stage_yaml",
            "get_stage_state",
            "operate",
            "promote_freight",
            "read_reference",
            "run_verification",
        }
        for tool in tools.values():
            assert tool.title
            assert tool.description is not None
            acts = tool.name in {"operate", "promote_freight"}  # switched on they do
            words = " ".join(tool.description.split())
            assert ("writes only where the server allows it" if acts else "Never changes anything") in words
            hints = tool.annotations
            assert hints is not None
            assert (hints.read_only_hint, hints.destructive_hint) == (True, False)
            assert hints.idempotent_hint
            assert hints.open_world_hint is (tool.name == "run_verification")  # on request it asks hosts of anybody
            assert tool.output_schema is not None
            assert tool.input_schema["additionalProperties"] is False
            for name, schema in tool.input_schema["properties"].items():
                assert schema.get("description"), name


async def test_the_server_says_how_to_use_it_in_under_two_kilobytes(client: Client) -> None:
    async with client:
        assert client.instructions == INSTRUCTIONS
        assert len(INSTRUCTIONS.encode()) < 2048


async def test_a_broken_stage_is_diagnosed_in_the_structured_answer_and_in_the_text(client: Client) -> None:
    async with client:
        result = await client.call_tool("analyze_stage", {"project": "demo", "stage": "s-argo"})

        assert not result.is_error
        answer: dict[str, Any] = result.structured_content or {}
        assert answer["verdict"] == "broken"
        assert answer["root_cause"]["id"] == "crd-not-installed"
        assert answer["report"].startswith("DIAGNOSIS\n=========\nStage: s-argo")
        assert result.content[0].text == answer["report"]  # type: ignore[union-attr]


async def test_the_pipeline_is_shown_without_a_stage(client: Client) -> None:
    async with client:
        result = await client.call_tool("get_stage_state", {"project": "demo"})

        assert not result.is_error
        answer: dict[str, Any] = result.structured_content or {}
        assert answer["pipeline"]["mermaid"].startswith("flowchart")
        assert answer["report"]


async def test_the_environment_of_a_snapshot_is_told(client: Client) -> None:
    async with client:
        result = await client.call_tool("discover_env", {})

        assert not result.is_error
        answer: dict[str, Any] = result.structured_content or {}
        assert answer["projects"][0]["name"] == "demo"
        assert answer["context"] == "the bundled example"
        assert result.content[0].text == answer["report"]  # type: ignore[union-attr]


async def test_an_unreachable_cluster_is_an_answer_and_no_error(tmp_path: Path) -> None:
    missing = Settings(kubeconfig=tmp_path / "missing")

    async with Client(build_server(sources(missing), version="test")) as connected:
        result = await connected.call_tool("discover_env", {"all_contexts": True})

    assert not result.is_error
    answer: dict[str, Any] = result.structured_content or {}
    assert answer["state"] in ("unreachable", "unreadable")
    assert "missing" in answer["problem"]
    assert answer["questions"][0]["question"] == "How do I reach kubectl? (direct / SSH command / proxy)"


async def test_the_given_project_is_meant_where_none_is_named(tmp_path: Path) -> None:
    place = sources(demo_settings())
    place.project = "nope"  # type: ignore[misc]

    async with Client(build_server(place, version="test")) as connected:
        unnamed = await connected.call_tool("analyze_stage", {"stage": "s-argo"})
        named = await connected.call_tool("analyze_stage", {"stage": "s-argo", "project": "demo"})
        app = await connected.call_tool("analyze_stage", {"app": "ok-app"})

    assert unnamed.is_error
    assert "no project 'nope'" in unnamed.content[0].text  # type: ignore[union-attr]
    assert not named.is_error
    assert not app.is_error


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"stge": "dev"}, ["no argument 'stge'", "did you mean 'stage'", "It takes:"]),
        ({"stage": "s-argos"}, ["no Stage 's-argos'", "did you mean 's-argo'"]),
        ({"project": "nope", "stage": "dev"}, ["no project 'nope'", "demo"]),
        ({"stage": "dev", "warehouse": "main"}, ["stage and warehouse cannot be asked about together"]),
        ({"freight": "1be389c"}, ["which Stage"]),
        ({"stage": "dev", "freight": "zzzzzzz"}, ["no Freight in project 'demo'", "Freight there"]),
        ({"warehouse": "min"}, ["no Warehouse 'min'", "did you mean 'main'"]),
        ({"app": "nothing"}, ["no Application 'nothing'"]),
    ],
)
async def test_a_wrong_argument_is_an_error_that_names_it_and_what_exists(
    client: Client, arguments: dict[str, str], words: list[str]
) -> None:
    async with client:
        result = await client.call_tool("analyze_stage", arguments)

        assert result.is_error
        text = result.content[0].text  # type: ignore[union-attr]
        for word in words:
            assert word in text


async def test_a_snapshot_that_cannot_be_read_is_told_to_the_model(tmp_path: Path) -> None:
    server = build_server(sources(Settings(snapshot=tmp_path / "missing")), version="test")

    async with Client(server) as connected:
        result = await connected.call_tool("analyze_stage", {"stage": "dev"})

    assert result.is_error
    assert "missing" in result.content[0].text  # type: ignore[union-attr]


@pytest.mark.parametrize("mode", MODES)
async def test_the_installed_command_serves_over_stdio(mode: str) -> None:
    import sys

    parameters = StdioServerParameters(command=sys.executable, args=["-m", "gitops_master", "serve", "--demo"])

    async with Client(parameters, mode=mode) as connected:
        result = await connected.call_tool("analyze_stage", {"stage": "s-fail"})

    assert (result.structured_content or {})["verdict"] == "broken"
