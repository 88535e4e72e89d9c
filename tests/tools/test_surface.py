"""All that a host lists: golden, small, and each part complete. `GOLDEN_UPDATE=1 pytest tests/tools/test_surface.py` writes the
golden file again.
"""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from mcp import Client
from mcp.types import Tool
from pydantic import BaseModel

from gitops_master.mcp_server import build_server
from gitops_master.settings import Settings, demo_settings
from gitops_master.sources import sources

GOLDEN = Path(__file__).parent / "golden" / "surface.json"
MOST_INSTRUCTIONS = 2048
MOST_NUMBER = 10
MOST_TOOLS = 12_000
"""Bytes of what a model reads of all tools before it calls one: names, descriptions, annotations, input schemas."""
MOST_WITH_OUTPUT = 28_000
"""The same with the output schemas, which some hosts hand on, too."""
NEVER = ("Never ", "never ")
SIMPLE = {"string", "integer", "number", "boolean"}


class Listed(NamedTuple):
    """What the server says of itself before anything is called."""

    instructions: str
    tools: list[Tool]
    all: dict[str, Any]


def _plain(listed: list[Any]) -> list[dict[str, Any]]:
    return [
        one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in listed if isinstance(one, BaseModel)
    ]


async def _listed(mode: str, settings: Settings) -> Listed:
    async with Client(build_server(sources(settings), version="test"), mode=mode) as client:
        tools = (await client.list_tools()).tools
        instructions = client.instructions or ""
        everything: dict[str, Any] = {
            "instructions": instructions.splitlines(),
            "tools": _plain(tools),
            "resources": _plain((await client.list_resources()).resources),
            "resourceTemplates": _plain((await client.list_resource_templates()).resource_templates),
            "prompts": _plain((await client.list_prompts()).prompts),
        }
    for one in everything["resources"]:
        one.pop("size", None)  # of texts that change for other reasons than the surface does
    return Listed(instructions, tools, everything)


@pytest.fixture(params=["auto", "legacy"])
async def listed(request: pytest.FixtureRequest) -> Listed:
    return await _listed(request.param, demo_settings())


def _bytes(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


async def test_the_surface_is_the_one_that_was_reviewed(listed: Listed) -> None:
    if os.environ.get("GOLDEN_UPDATE"):
        GOLDEN.write_text(json.dumps(listed.all, indent=1, ensure_ascii=False) + "\n")

    assert listed.all == json.loads(GOLDEN.read_text())


async def test_the_list_is_small_since_it_stands_before_every_conversation(listed: Listed) -> None:
    tools = listed.all["tools"]
    without = [{key: one for key, one in tool.items() if key != "outputSchema"} for tool in tools]

    assert len(tools) <= MOST_NUMBER
    assert len(listed.instructions.encode()) <= MOST_INSTRUCTIONS
    assert _bytes(without) <= MOST_TOOLS
    assert _bytes(tools) <= MOST_WITH_OUTPUT


async def test_every_tool_says_when_to_use_it_and_what_it_never_does(listed: Listed) -> None:
    for tool in listed.tools:
        assert tool.title, tool.name
        description = tool.description or ""
        assert description.startswith("Use "), tool.name
        assert any(word in description for word in NEVER), tool.name
        assert tool.name in listed.instructions, f"the instructions do not say when {tool.name} is called for"


async def test_every_tool_takes_flat_typed_parameters_and_no_others(listed: Listed) -> None:
    for tool in listed.tools:
        schema = tool.input_schema
        assert schema["additionalProperties"] is False, tool.name
        assert "$defs" not in schema, tool.name
        for name, one in schema["properties"].items():
            assert one["description"], (tool.name, name)
            assert one["type"] in SIMPLE, (tool.name, name)


async def test_every_parameter_has_bounds_and_context_is_none_where_there_is_one_cluster(listed: Listed) -> None:
    for tool in listed.tools:
        assert "context" not in tool.input_schema["properties"], tool.name
        for name, one in tool.input_schema["properties"].items():
            if one["type"] == "integer":
                assert {"minimum", "maximum"} <= set(one), (tool.name, name)
            elif one["type"] == "string" and tool.name != "generate_stage_yaml":
                assert {"enum", "maxLength"} & set(one), (tool.name, name)


async def test_the_texts_of_generate_stage_yaml_are_bounded_though_its_schema_leaves_that_out(listed: Listed) -> None:
    schema = next(tool.input_schema for tool in listed.tools if tool.name == "generate_stage_yaml")
    texts = [key for key, one in schema["properties"].items() if one["type"] == "string" and "enum" not in one]
    async with Client(build_server(sources(demo_settings()), version="test")) as client:
        for key in texts:
            long = await client.call_tool("generate_stage_yaml", {"name": "new", key: "x" * 200_001})

            assert long.is_error, key
            text = str(long.content[0].text)  # type: ignore[union-attr]
            assert key in text, key
            assert "characters" in text, key
            assert len(text) < 500, key


async def test_every_tool_states_its_answers_shape_and_its_effects(listed: Listed) -> None:
    for tool in listed.tools:
        assert tool.output_schema is not None, tool.name
        assert tool.output_schema["type"] == "object", tool.name
        assert _untyped(tool.output_schema, tool.name) == []
        hints = tool.annotations
        assert hints is not None, tool.name
        told = (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint)
        assert None not in told, tool.name
        assert not (hints.read_only_hint and hints.destructive_hint), tool.name


def _untyped(schema: Any, path: str) -> list[str]:
    """Places of a schema that say nothing of what stands there."""
    if not isinstance(schema, dict) or not {"type", "$ref", "anyOf", "enum", "const"} & set(schema):
        return [path]
    below = {**schema.get("properties", {}), **schema.get("$defs", {})}
    below.update({f"{place}": schema[place] for place in ("items", "additionalProperties") if schema.get(place)})
    return [found for name, one in below.items() for found in _untyped(one, f"{path}.{name}")]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_every_tool_refuses_an_argument_it_does_not_have_and_names_the_near_one(mode: str) -> None:
    async with Client(build_server(sources(demo_settings()), version="test"), mode=mode) as client:
        for tool in (await client.list_tools()).tools:
            near = next(iter(tool.input_schema["properties"]))

            result = await client.call_tool(tool.name, {f"{near}x": "x"})

            assert result.is_error, tool.name
            assert f"{tool.name} has no argument '{near}x'; did you mean '{near}'?" in str(result.content)


async def test_with_several_contexts_every_tool_that_asks_a_cluster_takes_one(tmp_path: Path) -> None:
    config = tmp_path / "config"
    contexts = [{"name": name, "context": {"cluster": name, "user": name}} for name in ("eu", "us")]
    clusters = [{"name": name, "cluster": {"server": "https://127.0.0.1:1"}} for name in ("eu", "us")]
    users: list[dict[str, Any]] = [{"name": name, "user": {}} for name in ("eu", "us")]
    made = {"current-context": "eu", "contexts": contexts, "clusters": clusters, "users": users}
    config.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **made}))

    listed = await _listed("auto", Settings(kubeconfig=config))

    taking = {tool.name for tool in listed.tools if "context" in tool.input_schema["properties"]}
    assert taking == {tool.name for tool in listed.tools} - {"read_reference"}
    assert _bytes(listed.all["tools"]) <= MOST_WITH_OUTPUT
