"""`make bench`: how long `serve` takes to answer the first message of the protocol, beside an empty server of the same SDK; and
what both hold in memory while they wait for the next.

Every start is a process of its own, and the kinds take turns, so that a slow moment hits all of them; the median counts. Exit
code 1 where the required ratio is missed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.live import faults
from tests.live.kubeconfig import Context, write_kubeconfig
from tests.live.server import free_port

MOST_OVER_EMPTY = 1.3
"""Required: the first answer takes at most this many times what an empty server's takes, whatever the cluster does."""
PATIENCE_S = 120
EMPTY = (sys.executable, "-c", "from mcp.server import MCPServer; MCPServer('empty').run('stdio')")
SERVE = (sys.executable, "-m", "gitops_master", "serve")
_FIRST = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}},
}


class Start(NamedTuple):
    """`seconds` from the start of the process to the answer to `initialize`. `memory`: KiB resident then; 0 where /proc is not."""

    seconds: float
    memory: int


def first_answer(command: tuple[str, ...], home: Path) -> Start:
    """Raises RuntimeError where none comes."""
    environ = {**os.environ, "HOME": str(home)}
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST"):
        environ.pop(name, None)
    began = time.perf_counter()
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(_FIRST).encode() + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
        spent = time.perf_counter() - began
        memory = resident(process.pid)
        process.stdin.close()
        process.wait(PATIENCE_S)
    if "result" not in json.loads(line or b"{}"):
        raise RuntimeError(f"{' '.join(command)} did not answer: {line[:200].decode(errors='replace')}")
    return Start(spent, memory)


def resident(process: int) -> int:
    """KiB; 0 where /proc is not."""
    status = Path(f"/proc/{process}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)


def commands(folder: Path, open_: ExitStack) -> dict[str, tuple[str, ...]]:
    """What is started, by what it meets."""
    broken = folder / "broken"
    broken.write_text("clusters: [\n")
    servers = {
        "refused": f"https://127.0.0.1:{free_port()}",
        "dropped packets": open_.enter_context(faults.black_hole()),
        "never answers": open_.enter_context(faults.mute()),
    }
    configs = {"a broken kubeconfig": broken}
    for name, server in servers.items():
        two = [Context(one, server, token="none") for one in ("first", "second")]
        configs[f"a cluster: {name}"] = write_kubeconfig(folder / name.replace(" ", "-"), two)
    given = {name: (*SERVE, "--kubeconfig", str(config)) for name, config in configs.items()}
    return {"an empty server": EMPTY, "no kubeconfig": SERVE, **given}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_:
        home = Path(folder)
        every = commands(home, open_)
        taken: dict[str, list[Start]] = {name: [] for name in every}
        for _ in range(rounds):
            for name, command in every.items():
                taken[name].append(first_answer(command, home))
    return report(taken)


def report(taken: dict[str, list[Start]]) -> int:
    empty = median(one.seconds for one in taken["an empty server"])
    print(f"the first answer of an empty server: {empty * 1000:.0f} ms")
    kept = True
    for name, starts in list(taken.items())[1:]:
        ratio = median(one.seconds for one in starts) / empty
        kept = kept and ratio <= MOST_OVER_EMPTY
        missed = "" if ratio <= MOST_OVER_EMPTY else ", MISSED"
        print(f"  serve with {name}, to that: {ratio:.2f} (at most {MOST_OVER_EMPTY}{missed})")
    for name in ("an empty server", "no kubeconfig"):
        print(f"  idle memory, {name}: {median(one.memory for one in taken[name]) / 1024:.0f} MiB")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
