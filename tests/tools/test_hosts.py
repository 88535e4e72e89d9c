"""The README's way of adding the server, taken from its text, and started as a host would: in a folder that is not ours."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from mcp import Client, StdioServerParameters

ROOT = Path(__file__).parents[2]
HEADING = "Add it to your editor or agent"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OPTIONS_WITH_VALUE = {"--env", "-e", "--scope", "-s", "--transport", "-t"}
SCOPES = {"local", "project", "user"}


class Started(NamedTuple):
    """What a host runs. `name`: what the server is called there."""

    name: str
    command: str
    arguments: tuple[str, ...]
    environ: tuple[tuple[str, str], ...]

    @property
    def is_demo(self) -> bool:
        return "--demo" in self.arguments


def _section() -> str:
    sections = re.split(r"^## ", (ROOT / "README.md").read_text(), flags=re.MULTILINE)
    return next(one for one in sections if one.startswith(HEADING))


def _blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(_section()) if kind == language]


def _of_json() -> list[Started]:
    """Each entry of each `mcpServers` object: command, args, env, and Claude Code's type."""
    found = []
    for block in _blocks("json"):
        document = json.loads(block)
        assert set(document) == {"mcpServers"}
        for name, one in document["mcpServers"].items():
            assert set(one) <= {"type", "command", "args", "env"}
            assert one.get("type", "stdio") == "stdio"
            found.append(Started(name, one["command"], tuple(one["args"]), tuple(one.get("env", {}).items())))
    return found


def _of_commands() -> list[Started]:
    """Each line `claude mcp add [options] NAME -- COMMAND [ARGUMENT …]`."""
    return [_added(line) for block in _blocks("sh") for line in block.splitlines() if line.strip()]


def _added(line: str) -> Started:
    words = shlex.split(line)
    assert words[:3] == ["claude", "mcp", "add"], line
    end = words.index("--")
    before, (command, *arguments) = words[3:end], words[end + 1 :]
    options: list[tuple[str, str]] = []
    while len(before) > 1:
        assert before[0] in OPTIONS_WITH_VALUE, line
        options.append((before[0], before[1]))
        before = before[2:]
    # --env takes all words up to the next option: a name right after it would be one of its values.
    assert options[-1][0] not in ("--env", "-e"), line
    assert {value for option, value in options if option in ("--scope", "-s")} <= SCOPES
    environ = [value.partition("=") for option, value in options if option in ("--env", "-e")]
    return Started(before[0], command, tuple(arguments), tuple((name, value) for name, _, value in environ))


STARTED = sorted({*_of_json(), *_of_commands()})


def test_both_hosts_have_commands_that_say_the_same() -> None:
    assert {one._replace(environ=tuple(sorted(one.environ))) for one in _of_json()} == set(_of_commands())
    assert {(one.command, one.arguments[0]) for one in STARTED} == {("gitops-master", "serve")}
    assert any(one.is_demo for one in STARTED)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A working folder whose files are named as what a careless server would import, read or run; each leaves `caught`."""
    folder = tmp_path / "work"
    folder.mkdir()
    for name in ("server", "json", "mcp", "gitops_master", "sitecustomize", "usercustomize", "pydantic", "typing"):
        (folder / f"{name}.py").write_text(f"open({str(tmp_path / 'caught')!r}, 'a').write({name!r})\n")
    program = folder / "kubectl"
    program.write_text(f"#!/bin/sh\necho kubectl >>{shlex.quote(str(tmp_path / 'caught'))}\n")
    program.chmod(0o755)
    (folder / ".gitops-config.yaml").write_text(f"kubectl_command: {program}\n")
    user = {"name": "x", "user": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(program)}}}
    cluster = {"name": "x", "cluster": {"server": "https://127.0.0.1:1"}}
    context = {"name": "x", "context": {"cluster": "x", "user": "x"}}
    config = {"current-context": "x", "users": [user], "clusters": [cluster], "contexts": [context]}
    (folder / ".kube").mkdir()
    (folder / ".kube" / "config").write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **config}))
    return folder


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("home", ["an empty folder", "nothing"])
@pytest.mark.parametrize("started", STARTED, ids=[f"{one.name}-{' '.join(one.arguments)}" for one in STARTED])
async def test_it_starts_in_a_hostile_folder_and_runs_nothing_of_it(
    started: Started, home: str, mode: str, hostile: Path, tmp_path: Path
) -> None:
    installed = Path(sys.executable).parent
    assert shutil.which(started.command, path=str(installed)), "install the project: make test does"
    empty = tmp_path / "home"
    empty.mkdir()
    own = {"PATH": f"{installed}:/usr/bin:/bin", "HOME": str(empty) if home == "an empty folder" else ""}
    parameters = StdioServerParameters(
        command=started.command,
        args=list(started.arguments),
        env={**own, **dict(started.environ)},
        cwd=hostile,
    )

    async with Client(parameters, mode=mode) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        environment = await client.call_tool("discover_env", {})
        analysis = await client.call_tool("analyze_stage", {} if not started.is_demo else {"project": "demo"})

    assert {"discover_env", "get_stage_state", "analyze_stage"} <= tools
    assert not environment.is_error
    assert analysis.is_error is not started.is_demo
    assert started.is_demo or "gitops-master trust" in str(analysis.content)
    assert not (tmp_path / "caught").exists(), (tmp_path / "caught").read_text()


def test_the_traps_of_that_folder_work(hostile: Path, tmp_path: Path) -> None:
    """What is not caught above would be: a trusted command runs, and Python that looks in the folder imports from it."""
    environ = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(tmp_path)}
    words = (["gitops-master", "trust", "--yes"], ["gitops-master", "analyze"], [sys.executable, "-c", "import json"])

    for command in words:
        subprocess.run(command, cwd=hostile, env=environ, check=False, capture_output=True, timeout=120)

    caught = (tmp_path / "caught").read_text()
    assert "kubectl" in caught
    assert "json" in caught
