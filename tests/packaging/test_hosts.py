"""What hosts read to start the server: of one make, naming what there is, and a bundle that holds what it starts."""

import base64
import json
import re
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from mcp import Client

from gitops_master.mcp_server import build_server
from gitops_master.settings import demo_settings
from gitops_master.sources import sources
from tools import packages

ROOT = Path(__file__).parents[2]
SERVE = {"command": "gitops-master", "args": ["serve"]}


def _read(name: str) -> Any:
    return json.loads((ROOT / name).read_text())


async def _tools() -> set[str]:
    async with Client(build_server(sources(demo_settings()), version="test")) as client:
        return {one.name for one in (await client.list_tools()).tools}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("packaging/claude-code/.mcp.json", "mcpServers"),
        ("packaging/cursor/mcp.json", "mcpServers"),
        ("packaging/vscode/mcp.json", "servers"),
    ],
)
def test_every_host_starts_the_same(name: str, key: str) -> None:
    ((called, started),) = _read(name)[key].items()

    assert called == "gitops-master"
    assert {**SERVE, **started} == {**started, **SERVE}
    assert set(started) <= {"type", "command", "args"}


def test_links_say_what_the_files_do() -> None:
    cursor, code = re.findall(r"`((?:cursor|vscode):[^`]+)`", (ROOT / "docs/install.md").read_text())

    asked = parse_qs(urlsplit(cursor).query)
    assert (asked["name"], json.loads(base64.b64decode(asked["config"][0]))) == (["gitops-master"], SERVE)
    assert json.loads(unquote(code.partition("?")[2])) == {"name": "gitops-master", **SERVE}


def test_the_marketplace_lists_the_plugin_that_is_there() -> None:
    (listed,) = _read(".claude-plugin/marketplace.json")["plugins"]
    plugin = _read(f"{listed['source']}/.claude-plugin/plugin.json")

    assert (listed["name"], listed["version"]) == (plugin["name"], plugin["version"])


async def test_the_skill_sends_to_every_tool_and_to_no_other() -> None:
    skill = (ROOT / "packaging/claude-code/skills/delivery-pipelines/SKILL.md").read_text()

    _, head, body = skill.split("---\n", 2)
    assert "name: delivery-pipelines\n" in head
    assert len(head) < 1024, "what hosts keep of it before it is wanted"
    assert {one for one in re.findall(r"`(\w+)`", body) if "_" in one} - {"not_checked"} == await _tools() - {"operate"}
    assert "| `operate` |" in body


async def test_the_manifest_and_the_registry_name_what_there_is() -> None:
    manifest, registered = _read("packaging/mcpb/manifest.json"), _read("packaging/server.json")

    assert {one["name"] for one in manifest["tools"]} == await _tools()
    assert len(registered["description"]) <= 100
    assert {registered["version"], registered["packages"][0]["version"]} == {manifest["version"]}


def test_the_bundle_holds_what_its_manifest_starts(tmp_path: Path) -> None:
    packages.bundle(tmp_path / "one.mcpb")
    packages.bundle(tmp_path / "two.mcpb")

    assert (tmp_path / "one.mcpb").read_bytes() == (tmp_path / "two.mcpb").read_bytes()
    held = zipfile.ZipFile(tmp_path / "one.mcpb")
    names = set(held.namelist())
    server = json.loads(held.read("manifest.json"))["server"]
    beside = [one.partition("${__dirname}/")[2] for one in server["mcp_config"]["args"] if "${__dirname}/" in one]
    assert {server["entry_point"], *beside, "pyproject.toml", "README.md", "LICENSE"} <= names
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "server").rglob("*.py")}
    assert modules <= names
    assert not [name for name in names if name.startswith(("tests/", ".", "docs/"))]
