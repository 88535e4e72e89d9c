"""What every tool answers about a world, as a host gets it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from mcp import Client

from gitops_master.mcp_server import build_server
from gitops_master.settings import Settings
from gitops_master.sources import sources
from gitops_master.tools.generate_stage_yaml import MOST_CHECKED
from tests import worlds

_DESCRIBED = ("Project", "Warehouse", "Stage", "AnalysisTemplate", "PromotionTask")


class World(NamedTuple):
    """A case, or what was made of one: its objects, index and logs, and what it is asked about."""

    objects: list[dict[str, Any]]
    stated: dict[str, Any]
    logs: dict[str, str]
    project: str
    target: dict[str, str]

    @classmethod
    def of(cls, name: str) -> "World":
        folder = worlds.case_folder(name)
        scope = yaml.safe_load((folder / "case.yaml").read_text())["scope"]
        first = next(key for key in ("stage", "app", "warehouse") if key in scope["target"])
        return cls(*worlds.load(folder), scope["kargo_namespace"], {first: scope["target"][first]})


def manifests(world: World) -> str:
    """What describes the pipeline, as text: as much as one call may bring."""
    pipeline = [one for one in world.objects if one["kind"] in _DESCRIBED]
    texts = [yaml.safe_dump(json.loads(json.dumps(one, default=str)), sort_keys=False) for one in pipeline]
    while sum(map(len, texts)) + 4 * len(texts) > MOST_CHECKED:
        texts.pop()
    return "---\n".join(texts)


@asynccontextmanager
async def connected(world: World, folder: Path) -> AsyncIterator[Client]:
    settings = Settings(snapshot=worlds.write(folder, world.objects, world.stated, world.logs))
    async with Client(build_server(sources(settings), version="test")) as client:
        yield client


async def answers(world: World, folder: Path) -> dict[str, tuple[dict[str, Any], str]]:
    """Structured content and texts of every call, by tool and arguments."""
    project = {"project": world.project}
    stage = {"stage": world.target["stage"]} if "stage" in world.target else {}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("discover_env", {"all_contexts": True}),
        ("get_stage_state", project),
        ("analyze_stage", project),
        ("analyze_stage", {**project, **world.target}),
        ("run_verification", {**project, "all_levels": True}),
        ("read_reference", {"name": "messages"}),
    ]
    if stage:
        calls += [
            ("get_stage_state", {**project, **stage}),
            ("run_verification", {**project, **stage, "all_levels": True}),
            ("promote_freight", {**project, **stage, "freight": "candidate"}),
            ("operate", {**project, **stage, "operation": "reverify"}),
            ("generate_stage_yaml", {**project, "name": stage["stage"], "auto_promote": "no"}),
            ("generate_stage_yaml", {"check": manifests(world)}),
        ]
    found = {}
    async with connected(world, folder) as client:
        listed = {one.name for one in (await client.list_tools()).tools}
        for tool, arguments in calls:
            result = await client.call_tool(tool, arguments)
            texts = "\n".join(getattr(one, "text", "") for one in result.content)
            found[f"{tool} {json.dumps(arguments)[:200]}"] = (result.structured_content or {}, texts)
    assert listed == {tool for tool, _ in calls} or not stage
    return found
