"""`make bench`: what an analysis costs beside reading and decoding the same bytes, and how that grows with the cluster.

Each measurement is a fresh process; the kinds of measurement alternate, so that a slow moment hits all of them, and the
median counts. Exit code 1 where a required ratio is missed.
"""

import argparse
import asyncio
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import jiter

from bench import generate
from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.finding import Diagnosis, Verdict
from gitops_master.model.snapshot import Snapshot
from gitops_master.ports.cluster import ClusterReader, LogsRead, ReadPlan
from gitops_master.rules.registry import all_rules
from gitops_master.usecases.analyze_stage import EVERYTHING, AnalyzeRequest, analyze

MOST_OVER_BASELINE = 1.5
"""Required: analysing one Stage costs at most this many times what reading and decoding the same bytes costs."""
MOST_GROWTH = 12.0
"""Required: ten times the cluster costs at most this many times the time (linear, with some room for caches)."""
MOST_RULES = 0.2
"""Required: the rules over one Stage of a snapshot in memory cost at most this part of what decoding its bytes costs."""
ROOT = Path(__file__).parents[1]
MIB = 1024 * 1024


class Measured(NamedTuple):
    seconds: float
    mib: float


def decode_jiter(folder: Path) -> float:
    """Reading and decoding alone, nothing kept. The collector of cycles is off, as it is while a snapshot is read."""
    gc.disable()
    return _timed(
        lambda: [jiter.from_json(path.read_bytes(), catch_duplicate_keys=True) and None for path in _files(folder)]
    )


def decode_stdlib(folder: Path) -> float:
    gc.disable()
    return _timed(lambda: [json.loads(path.read_bytes()) and None for path in _files(folder)])


def analyze_stage(folder: Path) -> float:
    """From the files on disk to the answer, for the Stage whose image cannot be pulled."""
    return _timed(lambda: _checked(_analyze(SnapshotReader(folder), generate.BROKEN_STAGE)))


def analyze_project(folder: Path) -> float:
    return _timed(lambda: _checked(_analyze(SnapshotReader(folder), "")))


def rules_stage(folder: Path) -> float:
    """The answer alone, from a snapshot that is in memory."""
    return _rules(folder, generate.BROKEN_STAGE)


def rules_project(folder: Path) -> float:
    return _rules(folder, "")


KINDS: dict[str, Callable[[Path], float]] = {
    one.__name__: one
    for one in (decode_jiter, decode_stdlib, analyze_stage, analyze_project, rules_stage, rules_project)
}


class _Held:
    """A reader that has read already."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    async def read(self, plan: ReadPlan, *, deadline_s: float) -> Snapshot:
        return self._snapshot

    async def read_logs(self, keys: object, *, deadline_s: float) -> LogsRead:
        return LogsRead({})


def _rules(folder: Path, stage: str) -> float:
    snapshot = asyncio.run(SnapshotReader(folder).read(ReadPlan(EVERYTHING), deadline_s=60))
    return _timed(lambda: _checked(_analyze(_Held(snapshot), stage)))


def _analyze(reader: ClusterReader, stage: str) -> Diagnosis:
    return asyncio.run(analyze(reader, AnalyzeRequest(project=generate.PROJECT, stage=stage)))


def _checked(answer: Diagnosis) -> None:
    if answer.verdict is not Verdict.BROKEN:
        raise SystemExit(f"the benchmark's project should be broken, but is {answer.verdict}")


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure_here(kind: str, folder: Path) -> Measured:
    """Times are without the start of the interpreter and the import of the rules; memory is the whole process's peak."""
    all_rules()
    seconds = KINDS[kind](folder)
    return Measured(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def measure(kind: str, folder: Path) -> Measured:
    """The same in a process of its own."""
    return Measured(*json.loads(_fresh("bench.run", "--only", kind, str(folder))))


def _fresh(module: str, *arguments: str) -> str:
    """What a module prints in a process of its own."""
    search = os.pathsep.join([str(ROOT / "server"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": search}, stdout=subprocess.PIPE, check=True, timeout=600, text=True,
    )  # fmt: skip
    return done.stdout


def medians(plan: list[tuple[str, Path]], rounds: int) -> list[Measured]:
    """One median for each entry of the plan; the entries take turns."""
    taken: list[list[Measured]] = [[] for _ in plan]
    for number in range(rounds):
        for held, (kind, folder) in zip(taken, plan, strict=True):
            held.append(measure(kind, folder))
        sys.stderr.write(f"round {number + 1} of {rounds}\n")
    return [Measured(median(one.seconds for one in held), median(one.mib for one in held)) for held in taken]


def report(root: Path, rounds: int) -> bool:
    """Measures, prints, and says whether all that is required holds."""
    full, tenth = root / "full", root / "tenth"
    sizes = {full: generate.write(full, generate.FULL), tenth: generate.write(tenth, generate.TENTH)}
    for folder, size in ((full, generate.FULL), (tenth, generate.TENTH)):
        stages, promotions, pods = size
        print(
            f"{folder.name:6} {stages} Stages, {promotions:,} Promotions, {pods:,} Pods: {sizes[folder] / MIB:.0f} MiB"
        )
    plan = [("decode_jiter", full), ("analyze_stage", full), ("analyze_stage", tenth), ("decode_stdlib", full)]
    more = [("analyze_project", full), ("rules_stage", full), ("rules_project", full), ("rules_project", tenth)]
    results = [*medians(plan, rounds), *medians(more, max(1, rounds // 2))]
    print(f"\n{'median of processes':24}{'size':8}{'seconds':>9}{'peak MiB':>10}")
    for (kind, folder), one in zip([*plan, *more], results, strict=True):
        print(f"{kind:24}{folder.name:8}{one.seconds:9.3f}{one.mib:10.0f}")
    print(_fresh("bench.rules", str(full)), end="")
    base, stage, small = (one.seconds for one in results[:3])
    print(f"\n{'ratio':58}{'measured':>9}{'allowed':>9}")
    held = [
        _ratio("analyze_stage / decode_jiter", stage / base, MOST_OVER_BASELINE),
        _ratio("analyze_stage, full / tenth", stage / small, MOST_GROWTH),
        _ratio("rules_stage / decode_jiter", results[5].seconds / base, MOST_RULES),
    ]
    _ratio("rules over the project, full / tenth (information)", results[6].seconds / results[7].seconds, None)
    _ratio("analyze_stage / decode_stdlib (information)", stage / results[3].seconds, None)
    return all(held)


def _ratio(title: str, measured: float, allowed: float | None) -> bool:
    print(f"{title:58}{measured:9.2f}" + (f"{allowed:9.1f}" if allowed else ""))
    return allowed is None or measured <= allowed


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.run", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs=2, metavar=("KIND", "FOLDER"), help="one measurement in this process, as JSON")
    given = parser.parse_args()
    if given.only:
        print(json.dumps(measure_here(given.only[0], Path(given.only[1]))))
        return 0
    with tempfile.TemporaryDirectory(prefix="gitops-master-bench-") as folder:
        return 0 if report(Path(folder), given.rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
