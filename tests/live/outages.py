"""Every way in which a cluster can fail to answer, every tool that then asks it, and what came of that, as data.

`test_faults.py` judges it; `tools.faults` makes the page of it.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

from aiohttp import web
from multidict import CIMultiDict

from gitops_master.adapters.kube_api import Access, KubeApi, Surroundings
from gitops_master.adapters.live.probe import ApiProbe
from gitops_master.adapters.live.reader import LiveReader
from gitops_master.cli.verify import EXIT_CODES
from gitops_master.model.environment import EnvironmentAnswer
from gitops_master.model.errors import GitOpsError
from gitops_master.model.finding import Answer, Diagnosis
from gitops_master.model.given import Given
from gitops_master.model.state import StateAnswer
from gitops_master.model.verification import Verdict, Verification
from gitops_master.ports.api import Api
from gitops_master.ports.cluster import ClusterReader
from gitops_master.ports.environment import KnownContext, Probe
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from gitops_master.usecases.diagnosis import exit_code
from gitops_master.usecases.discover_env import DiscoverRequest, discover, health_code
from gitops_master.usecases.get_stage_state import StateRequest, get_state
from gitops_master.usecases.get_stage_state import exit_code as state_exit_code
from gitops_master.usecases.run_verification import VerifyRequest, run_verification
from tests.live import faults
from tests.live.certificates import Authority, Pair
from tests.live.kubeconfig import write_kubeconfig
from tests.live.proxy import Fault, Proxy
from tests.live.server import ControlPlane, free_port
from tests.probes import world

NOW = datetime.fromisoformat("2026-11-23T04:00:00Z")
"""The clock of the cases in folders."""
KINDS = {
    "stages": r"/stages\b",
    "promotions": r"/promotions\b",
    "applications": r"/applications\b",
    "pods": r"/pods\b",
}
"""What a fault is narrowed to, and the requests that this means."""


class Case(NamedTuple):
    """What a tool is asked about, in a case whose answer is known when nothing is broken. `folder`: where it comes from."""

    folder: str
    project: str
    stage: str
    app: str = ""
    warehouse: str = ""
    now: datetime = NOW


HEALTHY = Case("dev/n01", "meridian", "dev", "argocd/meridian-dev", "noon")
BROKEN = Case("dev/k03", "parcels", "test", "argocd/parcels-test", "parcels")
VERIFIED = Case("tests/probes", "shop", "prod", now=world.NOW)
"""Verifications look at what is deployed, too: a world in which all of that is there and in order."""
CASES = {one.folder: one for one in (HEALTHY, BROKEN, VERIFIED)}


class OneServer:
    """The environment of somebody who has one server to look at. `home`: the namespace of the context."""

    given: Mapping[str, Given] = {}
    file = None
    context = "test"

    def __init__(self, api: Api, home: str) -> None:
        self._api = api
        self._home = home

    def contexts(self) -> tuple[KnownContext, ...]:
        return (KnownContext(self.context, current=True, namespace=self._home),)

    def reader(self) -> ClusterReader:
        return LiveReader(self._api, now=lambda: NOW, home=self._home)

    def probe(self, context: str = "") -> Probe:
        return ApiProbe(self._api)


def _reader(api: Api, now: datetime = NOW) -> ClusterReader:
    return LiveReader(api, now=lambda: now, elsewhere=lambda _: api)


async def _environment(api: Api, case: Case, deadline_s: float) -> Answer:
    return await discover(OneServer(api, case.project), DiscoverRequest(deadline_s=deadline_s))


async def _state(api: Api, case: Case, deadline_s: float) -> Answer:
    return await get_state(_reader(api), StateRequest(project=case.project, stage=case.stage, deadline_s=deadline_s))


async def _pipeline(api: Api, case: Case, deadline_s: float) -> Answer:
    return await get_state(_reader(api), StateRequest(project=case.project, deadline_s=deadline_s))


def _analysis(part: str) -> Callable[[Api, Case, float], Awaitable[Answer]]:
    async def ask(api: Api, case: Case, deadline_s: float) -> Answer:
        target = {part: getattr(case, part)} if part else {}
        return await analyze(_reader(api), AnalyzeRequest(project=case.project, deadline_s=deadline_s, **target))

    return ask


async def _verified(api: Api, case: Case, deadline_s: float) -> Answer:
    request = VerifyRequest(project=case.project, stage=case.stage, deadline_s=deadline_s, all_levels=True)
    return await run_verification(_reader(api, case.now), request)


async def _swept(api: Api, case: Case, deadline_s: float) -> Answer:
    return await run_verification(_reader(api, case.now), VerifyRequest(project=case.project, deadline_s=deadline_s))


TOOLS: Mapping[str, Callable[[Api, Case, float], Awaitable[Answer]]] = {
    "discover_env": _environment,
    "get_stage_state of a Stage": _state,
    "get_stage_state of the pipeline": _pipeline,
    "analyze_stage of a Stage": _analysis("stage"),
    "analyze_stage of an Application": _analysis("app"),
    "analyze_stage of a Warehouse": _analysis("warehouse"),
    "analyze_stage of the project": _analysis(""),
    "run_verification of a Stage": _verified,
    "run_verification of the project": _swept,
}
VERIFICATIONS = ("run_verification of a Stage", "run_verification of the project")


class Reached(NamedTuple):
    """The address of a server, and the proxy that stands there, where one does."""

    url: str
    proxy: Proxy | None = None


class Expired(NamedTuple):
    """Every list says that it goes on, and going on with it fails with 410 each time."""

    async def answer(self, request: web.Request, proxy: Proxy) -> web.StreamResponse:
        if "continue=" in request.raw_path:
            return await faults.EXPIRED.answer(request, proxy)
        plain = [(name, value) for name, value in request.headers.items() if name != "Accept-Encoding"]
        async with proxy.passed_on(request.clone(headers=CIMultiDict(plain))) as upstream:
            body = await upstream.json(content_type=None)
        if "items" in body:
            body["metadata"]["continue"] = "more"
        return web.json_response(body, status=upstream.status)


class Outage(NamedTuple):
    """`fault`: what a proxy does to requests; None where no request gets so far, and `way` says what stands there instead.

    `ends`: whether an answer, of any kind, comes before the deadline.
    """

    title: str
    fault: Fault | None = None
    way: Callable[[ControlPlane], AbstractAsyncContextManager[Reached]] | None = None
    ends: bool = True


@asynccontextmanager
async def through(plane: ControlPlane, certificate: Pair | None = None) -> AsyncIterator[Reached]:
    async with Proxy(plane, certificate) as proxy:
        yield Reached(proxy.url, proxy)


def _certified(issue: Callable[[ControlPlane], Pair]) -> Callable[[ControlPlane], AbstractAsyncContextManager[Reached]]:
    return lambda plane: through(plane, issue(plane))


def _at(
    where: Callable[[], AbstractContextManager[str]],
) -> Callable[[ControlPlane], AbstractAsyncContextManager[Reached]]:
    @asynccontextmanager
    async def way(_: ControlPlane) -> AsyncIterator[Reached]:
        with where() as url:
            yield Reached(url)

    return way


def _refused() -> AbstractContextManager[str]:
    return nullcontext(f"https://127.0.0.1:{free_port()}")


OUTAGES: Mapping[str, Outage] = {
    "401": Outage("401 Unauthorized", faults.UNAUTHORIZED),
    "403": Outage("403 Forbidden", faults.FORBIDDEN),
    "404": Outage("404 Not Found", faults.NOT_FOUND),
    "409": Outage("409 Conflict", faults.CONFLICT),
    "410": Outage("410 Gone on every page after the first", Expired()),
    "429": Outage("429 Too Many Requests, with Retry-After", faults.TOO_MANY),
    "500": Outage("500 Internal Server Error", faults.SERVER_ERROR),
    "503": Outage("503 Service Unavailable", faults.UNAVAILABLE),
    "503-page": Outage("503 from a load balancer, a page of HTML", faults.GATEWAY),
    "cut": Outage("an answer cut in its middle", faults.Cut()),
    "garbage": Outage("garbage with status 200", faults.GARBAGE),
    "login-page": Outage("a login page with status 200", faults.LOGIN_PAGE),
    "slow": Outage("an answer that stalls in its middle", faults.Cut(stall=True), ends=False),
    "silent": Outage("a request that is taken and never answered", faults.Silence(), ends=False),
    "wrong-host": Outage(
        "a certificate for another host",
        way=_certified(lambda plane: plane.authority.server("elsewhere", ["elsewhere.example.net"])),
    ),
    "expired": Outage(
        "an expired certificate", way=_certified(lambda plane: plane.authority.server("expired", expired=True))
    ),
    "unknown-ca": Outage(
        "a certificate of an unknown authority",
        way=_certified(lambda plane: Authority(plane.folder, "nobody-knows").server("foreign")),
    ),
    "mute": Outage("a server that takes connections and never says a word", way=_at(faults.mute), ends=False),
    "refused": Outage("a port where nobody listens", way=_at(_refused)),
    "dropped": Outage("packets that are dropped", way=_at(faults.black_hole), ends=False),
}


class Seen(NamedTuple):
    """What somebody sees. `verdict`: empty of a state, which has none, and of an error. `error`: its class."""

    exit_code: int
    verdict: str
    error: str
    words: str
    gaps: tuple[str, ...]
    size: int
    seconds: float
    raw: str


async def _now(_: float) -> None:
    """Retries are not waited for."""


def http(plane: ControlPlane, reached: Reached, folder: Path) -> Api:
    context = plane.context()._replace(server=reached.url)
    # Many are open at once, and each is read late: none may have the name of another.
    config = write_kubeconfig(Path(mkdtemp(dir=folder)) / "config", [context])
    return KubeApi.open(Access(kubeconfig=(config,)), Surroundings(sleep=_now, random=lambda: 0.5))


HANGING_S, PARTLY_S, FOREVER_S = 15.0, 60.0, 120.0
"""Deadlines: where everything hangs; where one kind does, and the rest is to be read on a busy machine, too, by all tools at
once; and where nothing does."""
RESTS_ON = {
    "discover_env": {"stages", "applications", "pods"},
    "get_stage_state of a Stage": {"stages", "promotions", "applications"},
    "get_stage_state of the pipeline": {"stages", "promotions"},
    "analyze_stage of a Stage": {"stages", "promotions", "applications"},
    "analyze_stage of an Application": {"applications"},
    "analyze_stage of a Warehouse": {"stages", "promotions"},
    "analyze_stage of the project": {"stages", "promotions", "applications"},
    "run_verification of a Stage": {"stages", "applications", "pods"},
    "run_verification of the project": {"stages", "applications", "pods"},
}
"""The kinds, of those that are broken here, without which nobody can say that all is well (docs/architecture.md)."""


class Cell(NamedTuple):
    """Of the table. `kind`: empty where every request meets the outage."""

    outage: str
    kind: str
    tool: str
    case: str


def in_order(tool: str) -> Case:
    """What the tool is asked about where nothing is wrong."""
    return VERIFIED if tool in VERIFICATIONS else HEALTHY


def cells(outage: str, tools: Collection[str]) -> list[Cell]:
    """Everything that is tried with one outage."""
    broken = OUTAGES[outage]
    kinds = ["", *KINDS] if broken.fault is not None else [""]
    return [
        Cell(outage, kind, tool, case.folder)
        for kind in kinds
        for tool in tools
        for case in (in_order(tool), BROKEN)
        if not kind or broken.ends or case is not BROKEN
    ]


def deadline_s(outage: str) -> float:
    """Of a tool that meets the outage."""
    broken = OUTAGES[outage]
    if broken.ends:
        return FOREVER_S
    return HANGING_S if broken.fault is None else PARTLY_S


async def tried(plane: ControlPlane, outage: str, tools: Collection[str], folder: Path) -> dict[Cell, Seen]:
    """Each cell by itself, or all at once where each waits for its deadline."""
    every = cells(outage, tools)
    if OUTAGES[outage].ends:
        return {cell: await _one(plane, cell, folder) for cell in every}
    return dict(zip(every, await asyncio.gather(*(_one(plane, cell, folder) for cell in every)), strict=True))


async def _one(plane: ControlPlane, cell: Cell, folder: Path) -> Seen:
    outage = OUTAGES[cell.outage]
    async with (outage.way or through)(plane) as reached:
        if outage.fault is not None and reached.proxy is not None:
            reached.proxy.break_(KINDS[cell.kind] if cell.kind else "", outage.fault)
        return await see(http(plane, reached, folder), cell.tool, CASES[cell.case], deadline_s(cell.outage))


async def see(api: Api, tool: str, case: Case, deadline_s: float) -> Seen:
    """One tool asks once."""
    began = time.monotonic()
    try:
        answer = await TOOLS[tool](api, case, deadline_s)
    except GitOpsError as error:
        spent = time.monotonic() - began
        return Seen(error.exit_code, "", type(error).__name__, str(error), (), len(str(error)), spent, str(error))
    finally:
        await api.close()
    raw = json.dumps(answer.dump(), ensure_ascii=False)
    assert isinstance(answer, Diagnosis | StateAnswer | EnvironmentAnswer | Verification)
    verdict = answer.verdict.value if isinstance(answer, Diagnosis | Verification) else ""
    return Seen(
        _code(answer), verdict, "", answer.report, _gaps(answer), len(raw.encode()), time.monotonic() - began, raw
    )


def _gaps(answer: Diagnosis | StateAnswer | EnvironmentAnswer | Verification) -> tuple[str, ...]:
    """What could not be told, and why. What nobody asked for is none of it."""
    gaps = [f"{one.what}: {one.reason}" for one in answer.not_checked if not one.reason.startswith("not asked for (--")]
    if isinstance(answer, EnvironmentAnswer) and answer.problem:
        return (answer.problem, *gaps)
    if isinstance(answer, Verification):
        checks = [one for level in answer.levels for one in level.checks if one.verdict is Verdict.UNKNOWN]
        gaps += [f"{' '.join((one.probe, one.target)).rstrip()}: {one.observed}" for one in checks]
    return tuple(gaps)


def _code(answer: Diagnosis | StateAnswer | EnvironmentAnswer | Verification) -> int:
    if isinstance(answer, EnvironmentAnswer):
        return health_code(answer)
    if isinstance(answer, Verification):
        return EXIT_CODES[answer.verdict]
    return exit_code(answer.verdict) if isinstance(answer, Diagnosis) else state_exit_code(answer)
