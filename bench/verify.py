"""`make bench`, on a real API server: what verifying a large Stage costs beside fetching the same bytes, nothing decoded.

Verification and fetching take turns in changing order, so that a slow moment hits both, and the median counts.
"""

import argparse
import asyncio
import cProfile
import os
import pstats
import ssl
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import aiohttp

from bench import generate
from bench.live import MIB, Counted, fetch_raw, timed
from bench.verified import PROJECT, STAGE, Platform, Size
from gitops_master.adapters.kube_api import Access, KubeApi
from gitops_master.adapters.live.reader import LiveReader
from gitops_master.model.verification import Verdict, Verification
from gitops_master.ports.api import Request
from gitops_master.usecases.run_verification import VerifyRequest, run_verification
from tests.live import programs
from tests.live.kubeconfig import write_kubeconfig
from tests.live.loading import install_crds, load
from tests.live.server import MASTER, ControlPlane

MOST_OVER_FLOOR = 1.5
"""Required: a verification costs at most this many times what fetching what it reads in parallel costs."""


class Bench:
    """The cluster, filled, and a warm process that asks it."""

    def __init__(self, plane: ControlPlane, config: Path) -> None:
        self.plane = plane
        self.api = Counted(KubeApi.open(Access(kubeconfig=(config,))))

    async def verify(self) -> Verification:
        reader = LiveReader(self.api, now=lambda: generate.OBSERVED_AT)
        answer = await run_verification(reader, VerifyRequest(project=PROJECT, stage=STAGE, all_levels=True))
        if answer.verdict is not Verdict.PASS:
            raise RuntimeError(f"not the answer that was expected: {answer.report}")
        return answer


async def measure(bench: Bench, rounds: int) -> tuple[float, float]:
    """Medians of seconds: of the verification, and of the floor."""
    await bench.verify()
    requests = list(bench.api.asked)
    print(f"{len(requests)} requests, {bench.api.bytes / MIB:.1f} MiB; {_most(requests)}")
    context = bench.plane.context()
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=str(context.ca)))
    headers = {"Authorization": f"Bearer {context.token}"}
    mine: list[float] = []
    floor: list[float] = []
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def raw() -> None:
            await fetch_raw(session, context.server, requests)

        await raw()
        for number in range(rounds):
            turns = [(mine, bench.verify), (floor, raw)]
            for taken, work in turns if number % 2 else reversed(turns):
                taken.append(await timed(work))
    return median(mine), median(floor)


def _most(requests: Sequence[Request]) -> str:
    kinds = Counter(one.path.rpartition("/")[2] for one in requests)
    return ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(4))


async def profile(bench: Bench) -> None:
    """Where the time of one verification goes."""
    await bench.verify()
    profiler = cProfile.Profile()
    profiler.enable()
    await bench.verify()
    profiler.disable()
    pstats.Stats(profiler, stream=sys.stdout).sort_stats("cumulative").print_stats(60)


async def run(bench: Bench, rounds: int, *, profiled: bool) -> int:
    try:
        if profiled:
            await profile(bench)
            return 0
        mine, floor = await measure(bench, rounds)
    finally:
        await bench.api.close()
    kept = mine / floor <= MOST_OVER_FLOOR
    print(f"verified in {mine * 1000:.0f} ms warm; fetched in {floor * 1000:.0f} ms")
    print(
        f"  to fetching the same bytes in parallel: {mine / floor:.2f} (at most {MOST_OVER_FLOOR}{'' if kept else ', MISSED'})"
    )
    return 0 if kept else 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.verify", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument(
        "--profile", action="store_true", help="where the time of one verification goes, instead of the ratio"
    )
    given = parser.parse_args()
    size = Size()
    print(
        f"{size.applications} Applications, {size.workloads} workloads, {size.all_pods:,} pods in {size.namespaces} namespaces;"
        f" {os.cpu_count()} cores for kube-apiserver, etcd and us"
    )
    with tempfile.TemporaryDirectory() as folder, ControlPlane(programs.find(programs.CONTROL_PLANE)) as plane:
        install_crds(plane)
        load(plane, list(Platform(size).objects()))
        bench = Bench(plane, write_kubeconfig(Path(folder, "config"), [plane.context(MASTER)]))
        return asyncio.run(run(bench, given.rounds, profiled=given.profile))


if __name__ == "__main__":
    sys.exit(main())
