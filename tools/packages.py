"""Writes what hosts read to start the server (packaging/, .claude-plugin/) and the links in docs/install.md; `--check` only compares.

Names, version and words come from pyproject.toml, the tools from the server itself. `--bundle FILE` makes the .mcpb file.
"""

import base64
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
from mcp import Client

from gitops_master.mcp_server import build_server
from gitops_master.settings import demo_settings
from gitops_master.sources import sources
from tools.generated import ROOT, keep

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NAME: str = PROJECT["name"]
TITLE = "Kargo and Argo CD pipelines"
SHORT = "Why is prod stuck? Diagnose and operate Kargo, Argo CD and Argo Rollouts delivery pipelines"
"""The registry of MCP servers takes 100 characters."""
AUTHOR = {"name": "gitops-master"}
STDIO = {"command": NAME, "args": ["serve"]}
PAGE = ROOT / "docs" / "install.md"
_LINKS = re.compile(r"(<!-- links -->\n).*?(<!-- /links -->\n)", re.DOTALL)
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Of every file in the bundle: the same content is the same file."""


def files() -> dict[str, dict[str, Any]]:
    """Every generated file by its path."""
    servers = {"mcpServers": {NAME: STDIO}}
    common = {"name": NAME, "version": PROJECT["version"], "description": PROJECT["description"]}
    plugin = {**common, "author": AUTHOR, "license": PROJECT["license"], "keywords": PROJECT["keywords"]}
    listed = {**common, "source": "./packaging/claude-code", "category": "operations"}
    return {
        ".claude-plugin/marketplace.json": {
            "name": NAME,
            "owner": AUTHOR,
            "metadata": {"description": SHORT},
            "plugins": [listed],
        },
        "packaging/claude-code/.claude-plugin/plugin.json": plugin,
        "packaging/claude-code/.mcp.json": servers,
        "packaging/cursor/mcp.json": servers,
        "packaging/vscode/mcp.json": {"servers": {NAME: {"type": "stdio", **STDIO}}},
        "packaging/mcpb/manifest.json": _manifest(common),
        "packaging/server.json": _registered(),
    }


def _manifest(common: dict[str, str]) -> dict[str, Any]:
    """Of the bundle, whose host brings uv: it installs the sources beside it, held to the pinned versions."""
    args = [
        "tool",
        "run",
        "--from",
        "${__dirname}",
        "--constraints",
        "${__dirname}/requirements/run.txt",
        NAME,
        "serve",
    ]
    started = {"command": "uv", "args": args, "env": {"KUBECONFIG": "${user_config.kubeconfig}"}}
    entry = "server/gitops_master/__main__.py"
    return {
        "manifest_version": "0.4",
        **common,
        "display_name": TITLE,
        "author": AUTHOR,
        "license": PROJECT["license"],
        "keywords": PROJECT["keywords"],
        "server": {"type": "uv", "entry_point": entry, "mcp_config": started},
        "tools": anyio.run(_tools),
        "prompts_generated": True,
        "compatibility": {"runtimes": {"python": PROJECT["requires-python"]}},
        "user_config": {
            "kubeconfig": {
                "type": "file",
                "title": "Kubeconfig",
                "description": "The file that says which clusters there are. Nothing is written to them.",
                "required": False,
                "default": "${HOME}/.kube/config",
            }
        },
    }


async def _tools() -> list[dict[str, str]]:
    async with Client(build_server(sources(demo_settings()), version=PROJECT["version"])) as client:
        listed = (await client.list_tools()).tools
    return [{"name": one.name, "description": one.title or one.name} for one in listed]


def _registered() -> dict[str, Any]:
    """For the registry of MCP servers. Whoever publishes puts the namespace that they own into the name."""
    package = {
        "registryType": "pypi",
        "identifier": NAME,
        "version": PROJECT["version"],
        "runtimeHint": "uvx",
        "transport": {"type": "stdio"},
        "packageArguments": [{"type": "positional", "value": "serve"}],
    }
    return {
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": f"io.github.{NAME}/{NAME}",
        "title": TITLE,
        "description": SHORT,
        "version": PROJECT["version"],
        "packages": [package],
    }


def links() -> str:
    """What a browser hands to Cursor and to VS Code."""
    cursor = base64.b64encode(json.dumps(STDIO, separators=(",", ":")).encode()).decode()
    code = quote(json.dumps({"name": NAME, **STDIO}, separators=(",", ":")))
    told = (
        ("Cursor", f"cursor://anysphere.cursor-deeplink/mcp/install?name={NAME}&config={quote(cursor)}"),
        ("VS Code", f"vscode:mcp/install?{code}"),
    )
    return "".join(f"- {host}: `{link}`\n" for host, link in told)


def bundle(to: Path) -> None:
    """The .mcpb file: the source distribution's files and the pins, with the manifest at the top."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as out:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
        held = dict(_content(next(Path(folder).glob("*.tar.gz"))))
        held["manifest.json"] = (ROOT / "packaging/mcpb/manifest.json").read_bytes()
        held["requirements/run.txt"] = (ROOT / "requirements/run.txt").read_bytes()
        for name in sorted(held):
            out.writestr(zipfile.ZipInfo(name, _EPOCH), held[name], zipfile.ZIP_DEFLATED)


def _content(sdist: Path) -> Iterator[tuple[str, bytes]]:
    """What building and running take; not the tests."""
    with tarfile.open(sdist) as archive:
        for member in archive:
            name = member.name.partition("/")[2]
            read = archive.extractfile(member) if member.isfile() else None
            if read is not None and not name.startswith(("tests/", "docs/", "bench/", "tools/", ".")):
                yield name, read.read()


def main(arguments: list[str]) -> int:
    if "--bundle" in arguments:
        bundle(Path(arguments[arguments.index("--bundle") + 1]))
        return 0
    codes = []
    for name, content in files().items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        codes.append(keep(ROOT / name, json.dumps(content, indent=2, ensure_ascii=False) + "\n", arguments))
    page = _LINKS.sub(lambda found: f"{found[1]}{links()}{found[2]}", PAGE.read_text())
    return max(*codes, keep(PAGE, page, arguments))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
