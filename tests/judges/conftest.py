"""Fixtures for tests in which programs of other people judge our server: pinned in `suite/`, run on a Node that is new enough."""

import collections
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import pytest

from tests.live import programs
from tests.live.conftest import had

JUDGE_S = 180
"""Seconds that one judge may take: two on an idle machine, far more where every core is taken."""


class Verdict(NamedTuple):
    """How a judge ended. `code`: its exit code."""

    code: int
    said: str
    complained: str


Judge = Callable[..., Verdict]


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """judge("inspector", "--cli", …) runs it to its end."""
    found = had(lambda: programs.find(programs.JUDGES))
    node = had(programs.node)
    # They keep settings at home, and start a server that must find what is not installed.
    home = str(tmp_path_factory.mktemp("home"))
    path = f"{node.parent}:{os.environ['PATH']}"
    environ = {"PATH": path, "HOME": home, "PYTHONPATH": os.pathsep.join(sys.path), "NO_COLOR": "1"}

    def run(name: str, *words: str) -> Verdict:
        command = [str(node), str(found[name]), *words]
        ran = subprocess.run(
            command, env=environ, cwd=home, capture_output=True, text=True, check=False, timeout=JUDGE_S
        )
        return Verdict(ran.returncode, ran.stdout, ran.stderr)

    return run


@contextmanager
def serving(*options: str) -> Iterator[str]:
    """The URL where our server, over the bundled example, speaks streamable HTTP. `options`: of `tests.judges.serve`."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "tests.judges.serve", *options]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, env=environ, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stderr is not None
        url = _url(server.stderr)
        # The rest of what it says is read and dropped: it would stand still before a pipe that is full.
        rest = threading.Thread(target=collections.deque, args=(server.stderr, 0))
        rest.start()
        try:
            yield url
        finally:
            server.stdin.close()
            rest.join()


def _url(log: IO[bytes]) -> str:
    """What the log says first of where the server listens."""
    for line in log:
        if line.startswith(b"{") and (url := json.loads(line).get("url")):
            return str(url)
    raise AssertionError("the server ended before it listened")


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """Of the server as it is."""
    with serving() as url:
        yield url


@pytest.fixture(scope="session")
def url_with_fixtures() -> Iterator[str]:
    """Of the server with what the conformance suite calls by name."""
    with serving("--fixtures") as url:
        yield url


@pytest.fixture(scope="session")
def url_without_sessions() -> Iterator[str]:
    """Of the server with them, as replicas serve."""
    with serving("--fixtures", "--no-sessions") as url:
        yield url
