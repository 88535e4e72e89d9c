"""`serve` starts wherever it is told to look: the protocol is answered at once, and what is wrong is told by the tools."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from tests.live import faults
from tests.live.kubeconfig import Context, write_kubeconfig
from tests.live.server import free_port


@contextmanager
def _config(what: str, folder: Path) -> Iterator[Path | None]:
    file = folder / "config"
    if what == "broken":
        file.write_text("clusters: [\n")
        yield file
    elif what == "refused":
        yield write_kubeconfig(file, [Context("test", f"https://127.0.0.1:{free_port()}", token="none")])
    elif what == "dropped":
        with faults.black_hole() as url:
            yield write_kubeconfig(file, [Context("test", url, token="none")])
    else:
        yield None


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("none", ["no kubeconfig: looked for", "--kubeconfig"]),
        ("broken", ["config is not valid YAML", "line 2"]),
        ("refused", ["nothing could be read of test", "connection refused", "doctor"]),
    ],
)
async def test_the_protocol_is_answered_and_a_tool_tells_the_reason(
    what: str, words: list[str], tmp_path: Path
) -> None:
    with _config(what, tmp_path) as config:
        place = ["--kubeconfig", str(config)] if config else []
        # The SDK hands on a few variables only; what is not installed must be found by the process, too.
        environ = {"HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
        command = ["-m", "gitops_master", "serve", *place]

        async with Client(StdioServerParameters(command=sys.executable, args=command, env=environ)) as connected:
            tools = {tool.name for tool in (await connected.list_tools()).tools}
            result = await connected.call_tool("analyze_stage", {"project": "demo", "stage": "dev"})

    assert {"analyze_stage", "get_stage_state"} <= tools
    assert result.is_error
    text = result.content[0].text  # type: ignore[union-attr]
    assert [word for word in words if word not in text] == []


async def test_packets_that_are_dropped_do_not_keep_the_protocol_waiting(tmp_path: Path) -> None:
    """What a tool then says after its deadline is in tests/live/test_faults.py."""
    with _config("dropped", tmp_path) as config:
        environ = {"HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
        command = ["-m", "gitops_master", "serve", "--kubeconfig", str(config)]

        async with Client(StdioServerParameters(command=sys.executable, args=command, env=environ)) as connected:
            assert (await connected.list_tools()).tools


def test_what_only_questions_need_is_not_loaded_at_the_start() -> None:
    code = """
import sys
from gitops_master.mcp_server import build_server
from gitops_master.settings import Settings
from gitops_master.sources import sources
build_server(sources(Settings()), version="test")
late = ("gitops_master.rules", "gitops_master.facts", "gitops_master.adapters.live", "kubernetes", "aiohttp", "jiter")
print([name for name in late if name in sys.modules])
"""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)

    assert done.stdout.strip() == "[]"
