"""`make bench`, on a real API server: what an analysis costs beside fetching the same bytes, and beside the seed's commands.

A large cluster is put into the server's storage; one Stage of it is analysed by a process that is warm. Each kind
of measurement takes its turn, so that a slow moment hits all of them, and the median counts.
"""

import argparse
import asyncio
import json
import os
import resource
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urlencode

import aiohttp
import anyio

from bench import generate
from gitops_master.adapters.kube_api import Access, KubeApi
from gitops_master.adapters.kube_api.exchange import PAGE
from gitops_master.adapters.live.reader import LiveReader
from gitops_master.model.finding import Diagnosis
from gitops_master.ports.api import Reply, Request, Review
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from tests.live import programs
from tests.live.kubeconfig import write_kubeconfig
from tests.live.loading import install_crds, load
from tests.live.server import MASTER, ControlPlane

MOST_OVER_FLOOR = 1.3
"""Required: an analysis costs at most this many times what fetching the same bytes in parallel costs, nothing decoded."""
LEAST_SPEEDUP = 3.0
"""Required: so many times faster than the seed's commands of its step D1, run in parallel."""
LEAST_BYTES = 20.0
"""Required: so many times fewer bytes for the agent to read than those commands print."""
MOST_GROWTH = 1.5
"""Required: what ten times the rest of the cluster may cost."""
CONCURRENT = 8
"""As many requests at once as the adapter makes."""
MIB = 1024 * 1024
PROJECT = generate.PROJECT


class Counted:
    """An Api that notes what was asked and how many bytes came."""

    def __init__(self, api: KubeApi) -> None:
        self._api = api
        self.asked: list[Request] = []
        self.bytes = 0

    @property
    def title(self) -> str:
        return self._api.title

    @property
    def together(self) -> bool:
        return self._api.together

    async def get(self, requests: Sequence[Request], *, deadline_s: float) -> list[Reply]:
        replies = await self._api.get(requests, deadline_s=deadline_s)
        self.asked += requests
        self.bytes += sum(len(body) for one in replies for body in one.bodies)
        return replies

    async def review(self, kind: Review, bodies: Sequence[bytes], *, deadline_s: float) -> list[Reply]:
        return await self._api.review(kind, bodies, deadline_s=deadline_s)

    async def close(self) -> None:
        await self._api.close()


class Turn(NamedTuple):
    """Seconds."""

    analysis: float
    floor: float
    commands: float


class Result(NamedTuple):
    turns: list[Turn]
    requests: int
    fetched: int
    answer: int
    printed: int

    def middle(self, kind: str) -> float:
        found: list[float] = [getattr(one, kind) for one in self.turns]
        return median(found)


def objects(worlds: Sequence[generate.World]) -> Iterator[dict[str, Any]]:
    """The cluster, as a server would hold it: what it has expired is left out."""
    for world in worlds:
        for _, text in world.objects():
            one = _here(json.loads(text))
            if not _expired(one):
                yield one


def clusters() -> list[list[generate.World]]:
    """A project of 50 Stages alone; beside nine others like it; and all of that as one project of 500 Stages."""
    services = generate.TENTH.stages // len(generate.LEVELS)
    ten = [
        generate.World(
            generate.TENTH, f"{PROJECT}{at}" if at else PROJECT, numbers=range(services * at, services * (at + 1))
        )
        for at in range(generate.FULL.stages // generate.TENTH.stages)
    ]
    return [ten[:1], ten, [generate.World(generate.FULL)]]


def _expired(one: dict[str, Any]) -> bool:
    """API servers keep Events for an hour unless told otherwise (--event-ttl)."""
    if one["kind"] != "Event":
        return False
    return datetime.fromisoformat(one["lastTimestamp"]) < generate.OBSERVED_AT - timedelta(hours=1)


def _here(one: dict[str, Any]) -> dict[str, Any]:
    """Applications deploy to the cluster that Argo CD runs in, under the name it has for that."""
    if one["kind"] == "Application":
        one["spec"]["destination"] = {**one["spec"]["destination"], "server": "https://kubernetes.default.svc"}
    return one


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def fetch_raw(session: aiohttp.ClientSession, server: str, requests: Sequence[Request]) -> int:
    """The floor: the same bytes, all at once, thrown away. How many they were."""
    limit = asyncio.Semaphore(CONCURRENT)

    async def one(request: Request) -> int:
        is_list = request.pages or "limit" in dict(request.query)
        kind = "PartialObjectMetadataList" if is_list else "PartialObjectMetadata"
        accept = f"application/json;as={kind};g=meta.k8s.io;v=v1" if request.metadata_only else "application/json"
        query = [*request.query, *([("limit", PAGE)] if request.pages else [])]
        async with (
            limit,
            session.get(f"{server}{request.path}?{urlencode(query)}", headers={"Accept": accept}) as reply,
        ):
            body = await reply.read()
            return len(body) if reply.ok else 0

    return sum(await asyncio.gather(*(one(request) for request in requests)))


def seed_commands(kubectl: Path, config: Path, project: str) -> list[list[str]]:
    """Step D1 of the document that the project grew from, with this cluster's namespaces."""
    base = [str(kubectl), f"--kubeconfig={config}"]
    return [
        [*base, "get", "stages.kargo.akuity.io", "-n", project, "-o", "wide"],
        [*base, "get", "promotions.kargo.akuity.io", "-n", project, "--sort-by=.metadata.creationTimestamp"],
        [*base, "get", "applications.argoproj.io", "-n", "argocd"],
        [*base, "get", "pods", "-n", "kargo", "-l", "app.kubernetes.io/name=kargo"],
        [*base, "get", "pods", "-n", "argocd", "-l", "app.kubernetes.io/name=argocd-repo-server"],
        [*base, "get", "events", "-n", project, "--sort-by=.lastTimestamp", "--field-selector=type!=Normal"],
    ]


def run_commands(commands: Sequence[Sequence[str]]) -> int:
    """All at once; the bytes they print."""
    running = [subprocess.Popen(one, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for one in commands]
    return sum(len(one.communicate(timeout=120)[0]) for one in running)


class Bench:
    """One cluster of one size, ready to be asked."""

    def __init__(self, plane: ControlPlane, config: Path) -> None:
        self.plane = plane
        self.api = Counted(KubeApi.open(Access(kubeconfig=(config,))))

    async def analyze(self) -> Diagnosis:
        request = AnalyzeRequest(project=PROJECT, stage=generate.BROKEN_STAGE)
        answer = await analyze(LiveReader(self.api, now=lambda: generate.OBSERVED_AT), request)
        if answer.root_cause is None or answer.root_cause.id != "image-pull-failure":
            raise RuntimeError(f"not the answer that was expected: {answer.report}")
        return answer


async def growth(alone: Bench, beside: Bench, rounds: int) -> tuple[float, float]:
    """Seconds of the same analysis in the small cluster and in the large one."""
    benches = (alone, beside)
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):  # the first warms connections and caches
        for bench, seconds in zip(benches, taken, strict=True):
            spent = await timed(bench.analyze)
            if number:
                seconds.append(spent)
    for one in benches:
        await one.api.close()
    return median(taken[0]), median(taken[1])


async def measure(bench: Bench, commands: list[list[str]], rounds: int) -> Result:
    """Each kind takes its turn, analysis and floor in changing order: the server still tidies up after what came before."""
    answer = await bench.analyze()
    requests, fetched = list(bench.api.asked), bench.api.bytes
    context = bench.plane.context()
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=str(context.ca)))
    headers = {"Authorization": f"Bearer {context.token}"}
    printed, turns = 0, []
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def raw() -> None:
            if await fetch_raw(session, context.server, requests) != fetched:
                raise RuntimeError("the floor is not what the analysis fetched")

        await raw()
        for number in range(rounds):
            if number % 2:
                floor, analysis = await timed(raw), await timed(bench.analyze)
            else:
                analysis, floor = await timed(bench.analyze), await timed(raw)
            began = time.perf_counter()
            printed = await anyio.to_thread.run_sync(run_commands, commands)
            turns.append(Turn(analysis, floor, time.perf_counter() - began))
    await bench.api.close()
    return Result(turns, len(requests), fetched, len(json.dumps(answer.dump()).encode()), printed)


def cold(config: Path) -> float:
    """One run of the installed command, from its start to its end."""
    command = [sys.executable, "-m", "gitops_master", "analyze", generate.BROKEN_STAGE, "--project", PROJECT]
    began = time.perf_counter()
    subprocess.run([*command, "--kubeconfig", str(config)], check=False, capture_output=True, timeout=120)
    return time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.live", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    found = programs.find(programs.CONTROL_PLANE)
    alone, beside, one_project = clusters()
    with tempfile.TemporaryDirectory() as folder:
        with ControlPlane(found) as small, ControlPlane(found) as large:
            pair = ready(small, alone, Path(folder, "alone")), ready(large, beside, Path(folder, "beside"))
            alone_s, beside_s = asyncio.run(growth(*pair, given.rounds))
        # Servers that idle take time from the one that is measured.
        with ControlPlane(found) as plane:
            config = Path(folder, "one-project")
            bench = ready(plane, one_project, config)
            commands = seed_commands(found["kubectl"], config, PROJECT)
            result = asyncio.run(measure(bench, commands, given.rounds))
            return report(result, alone_s, beside_s, median(cold(config) for _ in range(3)))


def ready(plane: ControlPlane, worlds: Sequence[generate.World], config: Path) -> Bench:
    """The cluster, filled."""
    install_crds(plane)
    load(plane, list(objects(worlds)))
    return Bench(plane, write_kubeconfig(config, [plane.context(MASTER)]))


def report(result: Result, alone: float, beside: float, cold_s: float) -> int:
    mine, floor, commands = (result.middle(kind) for kind in Turn._fields)
    print(
        f"500 Stages, 5,000 Promotions, 20,000 Pods in one project; {os.cpu_count()} cores for kube-apiserver, etcd and us"
    )
    print(
        f"one Stage: {mine * 1000:.0f} ms warm, {cold_s * 1000:.0f} ms cold; {result.requests} requests, {result.fetched / MIB:.1f} MiB"
    )
    kept = [
        _ratio("to fetching the same bytes in parallel", mine / floor, most=MOST_OVER_FLOOR),
        _ratio("the seed's commands to it (times slower)", commands / mine, least=LEAST_SPEEDUP),
        _ratio("bytes they print to bytes of the answer", result.printed / result.answer, least=LEAST_BYTES),
        _ratio("with ten times the rest of the cluster", beside / alone, most=MOST_GROWTH),
        _ratio("with all of that in its own project", mine / alone),
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MiB, with what put the clusters there")
    return 0 if all(kept) else 1


def _ratio(title: str, measured: float, *, most: float = float("inf"), least: float = 0.0) -> bool:
    kept = least <= measured <= most
    bound = f" (at least {least}" if least else f" (at most {most}" if most < float("inf") else ""
    print(f"  {title}: {measured:.2f}{bound}{', MISSED' * (not kept)}{')' * bool(bound)}")
    return kept


if __name__ == "__main__":
    sys.exit(main())
