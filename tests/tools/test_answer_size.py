"""Every tool's answer about every world that we have, as a host gets it: below 8,000 tokens, and it counts what it left out."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from mcp import Client

from gitops_master.mcp_server import build_server
from gitops_master.settings import Settings, demo_settings
from gitops_master.sources import sources
from gitops_master.tools.generate_stage_yaml import MOST_CHECKED
from gitops_master.usecases.size import MOST_BYTES
from tests import worlds

BYTES_PER_TOKEN = 2.9
"""The least that o200k_base and Claude's published tokenizer gave for answers above 6 kB; most gave 3.1 to 3.5."""
MOST_TOKENS = 8000
OPERATIONS = ("repromote", "abort_promotion", "refresh_stage", "reverify", "abort_verification")
MAY_REFUSE = {"promote_freight", "operate"}
"""What there is nothing to promote or to abort for is an error in words."""
WHOLE = {
    "warehouses": "new",
    "apps": "new-a,new-b",
    "delivery": "kustomize-image",
    "repo_url": "https://git.example.com/new.git",
    "branch": "env/new",
    "path": "env/new",
    "image": "example.com/new",
    "verification": "job",
    "probe": "http://new.new.svc/healthz",
    "job_image": "example.com/curl:8.10.1",
    "retry": "heavy",
    "soak": "",
    "auto_promote": "yes",
}
"""What a Stage from nothing needs."""
MOST_STAGES = 3
"""Stages that are asked about by name in each world without a case: their answers are the smaller ones."""

DEMO = Path("demo")
WORLDS = [DEMO, *sorted(path.parent for path in worlds.CASES.glob("*/*/case.yaml")), *sorted(worlds.REAL.glob("*-*"))]
COUNTED = re.compile(r"\d+ (of \d+|further|more|older|characters)|perhaps more than these, not all could be listed")
"""A number, or that there is none to be had."""


def _settings(world: Path, folder: Path) -> Settings:
    if world == DEMO:
        return demo_settings()
    is_case = (world / "case.yaml").exists()
    return Settings(snapshot=worlds.write(folder / "world", *worlds.load(world)) if is_case else world)


def _targets(world: Path, environment: dict[str, Any]) -> list[dict[str, Any]]:
    """What analyze_stage is asked about: the case's target as it was reported, else projects and Stages; the whole first."""
    if (world / "case.yaml").exists():
        case = yaml.safe_load((world / "case.yaml").read_text())
        project = {"project": case["scope"]["kargo_namespace"]}
        reported = {**case["scope"]["target"], "symptom": " ".join(case["symptom"].split())[:1000]}
        first = next(key for key in ("stage", "app", "warehouse") if key in reported)
        return [project, {**project, first: reported[first], "symptom": reported["symptom"]}]
    named = [{"project": one["name"]} for one in environment.get("projects", [])]
    stages = [{"project": one["name"], "stage": each} for one in environment["projects"] for each in _stages(one)]
    return [*named, *stages[:MOST_STAGES]]


def _stages(project: dict[str, Any]) -> list[str]:
    return [one if isinstance(one, str) else one["name"] for one in project.get("stages", [])]


async def _answers(client: Client, world: Path) -> list[tuple[str, dict[str, Any]]]:
    """(call, structured answer) of every tool. The client checks each against the tool's output schema."""
    environment = (await client.call_tool("discover_env", {"all_contexts": True})).structured_content or {}
    targets = _targets(world, environment)
    states: list[dict[str, Any]] = [{key: one[key] for key in ("project", "stage") if key in one} for one in targets]
    calls: dict[str, list[dict[str, Any]]] = {
        "discover_env": [{"all_contexts": True}],
        "analyze_stage": targets,
        "get_stage_state": states,
        "run_verification": [{**one, "all_levels": True} for one in states],
        "promote_freight": [{**one, "freight": "candidate"} for one in states if "stage" in one],
        "operate": [{**one, "operation": what} for one in states if "stage" in one for what in OPERATIONS],
        "generate_stage_yaml": [
            *(
                {"project": one["project"], "name": one["stage"], "auto_promote": "no"}
                for one in states
                if "stage" in one
            ),
            *({"project": one["project"], "name": "new-one", **WHOLE} for one in states if "stage" not in one),
            {"check": _manifests(world)},
        ],
        "read_reference": [{"name": "messages"}] if world == DEMO else [],
    }
    listed = {tool.name for tool in (await client.list_tools()).tools}
    assert listed == set(calls), "say here what a new tool is asked"
    answers = []
    for name, arguments in calls.items():
        for one in arguments:
            result = await client.call_tool(name, one)
            if name in MAY_REFUSE and result.is_error:
                continue
            assert not result.is_error, (name, one, result.content)
            answers.append((f"{name} {one}", result.structured_content or {}))
            assert result.content[0].text == (result.structured_content or {})["report"]  # type: ignore[union-attr]
    return answers


def _manifests(world: Path) -> str:
    """As many of the world's objects as one call may bring."""
    folder = demo_settings().snapshot if world == DEMO else world
    texts = [path.read_text() for path in sorted((folder or world).glob("*.yaml")) if path.name != "snapshot.yaml"]
    return "\n---\n".join(texts)[:MOST_CHECKED].rpartition("\n---")[0] or texts[0][:MOST_CHECKED]


def _left_out(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        told = node.get("left_out", [])
        yield from [told] if isinstance(told, str) else told
        for one in node.values():
            yield from _left_out(one)
    elif isinstance(node, list):
        for one in node:
            yield from _left_out(one)


def test_the_bound_in_bytes_is_one_in_tokens() -> None:
    assert MOST_BYTES / BYTES_PER_TOKEN <= MOST_TOKENS


# Each world in one era of the protocol, the demo in both: what an answer holds does not depend on the era.
@pytest.mark.parametrize(
    ("world", "mode"),
    [(DEMO, "legacy"), *((world, ("auto", "legacy")[index % 2]) for index, world in enumerate(WORLDS))],
    ids=lambda value: f"{value.parent.name}/{value.name}" if isinstance(value, Path) else value,
)
async def test_answers_are_small_and_count_what_they_left_out(world: Path, mode: str, tmp_path: Path) -> None:
    async with Client(build_server(sources(_settings(world, tmp_path)), version="test"), mode=mode) as client:
        answers = await _answers(client, world)

    sizes = {call: len(json.dumps(answer, ensure_ascii=False).encode()) for call, answer in answers}
    assert {call: size for call, size in sizes.items() if size > MOST_BYTES} == {}
    told = [text for _, answer in answers for text in _left_out(answer)]
    assert [one for one in told if not COUNTED.search(one)] == []
