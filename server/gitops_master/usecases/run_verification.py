"""Does it really work? The four levels of checks of a Stage, or of a whole project, from what its Applications deploy."""

import logging
from collections.abc import Awaitable, Callable, Container, Sequence

import anyio
import msgspec

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.stage import StageView
from gitops_master.model.asking import Ask, Proxied, Reply, no_way
from gitops_master.model.expectations import Expectations
from gitops_master.model.snapshot import Snapshot, Wanted
from gitops_master.model.stage import Stage
from gitops_master.model.verification import KargoVerification, Verdict, Verification
from gitops_master.ports.cluster import ClusterReader
from gitops_master.ports.outside import Allowed, Means
from gitops_master.probes.engine import Result, level_verdict, of_level, run
from gitops_master.probes.registry import LEVELS, Probe
from gitops_master.usecases.deadline import DEADLINE_S, Deadline
from gitops_master.usecases.existing_names import known
from gitops_master.usecases.kargo_verification import kargo_verification, with_logs
from gitops_master.usecases.targets import find_in_project, find_project
from gitops_master.usecases.verification_answer import LevelRun, answer
from gitops_master.usecases.verification_gaps import unread_frame
from gitops_master.usecases.verification_kinds import also, plan

log = logging.getLogger(__name__)
MOST_ROUNDS = 4
"""A probe asks, and perhaps asks again for what the reply names; the longest chain known has two rounds."""
FIRST_IN_SWEEPS = ("pods-ready", "containers-stable", "applications-synced", "applications-healthy")
"""What a sweep of a project is told first: unhealthy pods and Applications."""


class VerifyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. No stage: a sweep of the project. `http`, `proxy`: None leaves it to the expectations.

    `all_levels`: go on behind a level that failed. `deadline_s`: for everything that is read and asked, together.
    """

    project: str = ""
    stage: str = ""
    all_levels: bool = False
    http: bool | None = None
    proxy: bool | None = None
    deadline_s: float = DEADLINE_S


Tell = Callable[[str], Awaitable[None]]
"""Is told, in words, what is done now."""


async def _tell_nobody(_: str) -> None:
    """Where nobody wants to know."""


async def run_verification(
    reader: ClusterReader,
    request: VerifyRequest,
    means: Means = Means(),  # noqa: B008 - immutable
    tell: Tell = _tell_nobody,
) -> Verification:
    """Reads, runs the probes level by level, answers. Raises UsageError on unknown names, UnreadableInput, Unreachable.

    `tell`: is told how far it is.
    """
    deadline = Deadline(request.deadline_s)
    await tell("Reading the cluster")
    # What is expected may name what else to read, and is known for a project.
    early = means.expected(request.project, request.stage).of if request.project else Expectations()
    snapshot = await reader.read(plan(request.project, request.stage, early), deadline_s=request.deadline_s)
    project = find_project(snapshot, request.project)
    expected = means.expected(project, request.stage)
    if also(expected.of) != also(early):
        left_s = deadline.within(request.deadline_s)
        snapshot = await reader.read(plan(project, request.stage, expected.of), deadline_s=left_s)
    stages = _stages(snapshot, project, request.stage)
    deployed = _deployed(snapshot, stages, request, expected.of)
    if expected.settle is not None:
        expected = expected.settle(known(deployed, project))
        deployed = _deployed(snapshot, stages, request, expected.of)
    runner = _Runner(reader, means, expected.hosts, deadline, request, tell)
    levels = await runner.levels(deployed)
    stage = stages[0] if request.stage else None
    kargo = await runner.kargo(stage) if stage is not None else None
    return answer(deployed, project, stage, levels, kargo, expected.ignored)


def _stages(snapshot: Snapshot, project: str, name: str) -> list[StageView]:
    """The one of that name, or all of the project."""
    if name:
        return [StageView(find_in_project(snapshot, Stage, project, name), snapshot)]
    return [StageView(one, snapshot) for one in sorted(snapshot.all(Stage, project), key=lambda one: one.name)]


def _deployed(
    snapshot: Snapshot, stages: Sequence[StageView], request: VerifyRequest, expected: Expectations
) -> Deployed:
    """What the views have computed stays with them, whatever is expected."""
    apps: dict[object, ApplicationView] = {app.ref: app for stage in stages for app in stage.apps}
    return Deployed(
        list(apps.values()),
        snapshot,
        stages=stages,
        expected=expected,
        http=bool(expected.http if request.http is None else request.http),
        proxy=bool(expected.proxy if request.proxy is None else request.proxy),
    )


class _Runner:
    """Runs level by level; what probes ask for is fetched in between."""

    def __init__(
        self,
        reader: ClusterReader,
        means: Means,
        hosts: frozenset[str],
        deadline: Deadline,
        request: VerifyRequest,
        tell: Tell,
    ) -> None:
        self._reader = reader
        self._means = means
        self._hosts = hosts
        self._tell = tell
        self._deadline = deadline
        self._request = request

    async def levels(self, deployed: Deployed) -> list[LevelRun]:
        found: list[LevelRun] = []
        failed = 0
        for number, title in enumerate(LEVELS, start=1):
            if failed and not self._request.all_levels:
                found.append(LevelRun(number, title, Verdict.SKIPPED, f"level {failed} failed"))
                continue
            await self._tell(f"Level {number}: {title}")
            results = self._ordered(await self._results(deployed, of_level(number)))
            verdict, reason = self._judged(level_verdict(results), deployed)
            failed = failed or (number if verdict is Verdict.FAIL else 0)
            found.append(LevelRun(number, title, verdict, reason, tuple(results)))
        return found

    def _judged(self, verdict: Verdict, deployed: Deployed) -> tuple[Verdict, str]:
        """A level's verdict, and why where no probe says so: where it is not known what is deployed, silence is no statement."""
        if verdict in {Verdict.PASS, Verdict.SKIPPED}:
            for gap in unread_frame(deployed, is_sweep=not self._request.stage):
                return Verdict.UNKNOWN, f"not all {gap.kind.rpartition('/')[2]}s were read"
        return verdict, "nothing to check" if verdict is Verdict.SKIPPED else ""

    async def kargo(self, stage: StageView) -> KargoVerification | None:
        """Kargo's own verification, with the last words of its Jobs."""
        deadline_s = self._deadline.within(self._request.deadline_s)
        return kargo_verification(await with_logs(self._reader, stage, deadline_s=deadline_s))

    async def _results(self, deployed: Deployed, probes: Sequence[Probe]) -> list[Result]:
        results = {one.probe.id: one for one in run(deployed, probes)}
        tried: set[Wanted] = set()
        for _ in range(MOST_ROUNDS):
            waiting = [one for one in results.values() if one.asks or not tried.issuperset(one.wanted)]
            if not waiting:
                break
            deployed = await self._fetched(deployed, waiting, tried)
            tried.update(wanted for one in waiting for wanted in one.wanted)
            results.update({one.probe.id: one for one in run(deployed, [one.probe for one in waiting])})
        for one in results.values():
            if one.error is not None:
                log.error("probe %s failed", one.probe.id, exc_info=one.error)
        return [results[one.id] for one in probes]

    async def _fetched(self, deployed: Deployed, waiting: Sequence[Result], tried: Container[Wanted]) -> Deployed:
        """The same, with what the probes asked for, or why it could not be had. `tried`: logs that were asked for before."""
        asks = list(dict.fromkeys(ask for one in waiting for ask in one.asks))
        logs = sorted({wanted.log for one in waiting for wanted in one.wanted if wanted not in tried})
        replies: dict[Ask, Reply] = {}
        snapshot = deployed.snapshot
        deadline_s = self._deadline.within(self._request.deadline_s)

        async def outside() -> None:
            mine = [one for one in asks if not isinstance(one, Proxied)]
            if mine and self._means.outside is not None:
                allowed = Allowed(deployed.private_addresses, self._hosts)
                replies.update(await self._means.outside.ask(mine, allowed, deadline_s=deadline_s))

        async def proxied() -> None:
            mine = [one for one in asks if isinstance(one, Proxied)]
            if mine and self._means.proxy is not None:
                got = await self._means.proxy.fetch(mine, deadline_s=deadline_s)
                replies.update((one, got[one]) for one in mine)

        async def read() -> None:
            nonlocal snapshot
            if logs:
                found = await self._reader.read_logs(logs, deadline_s=deadline_s)
                snapshot = snapshot.with_logs(found.logs, found.gaps)

        async with anyio.create_task_group() as group:
            for work in (outside, proxied, read):
                group.start_soon(work)
        return deployed.with_more(snapshot, {one: replies.get(one, no_way(one)) for one in asks})

    def _ordered(self, results: list[Result]) -> list[Result]:
        if self._request.stage:
            return results
        return sorted(results, key=lambda one: one.probe.id not in FIRST_IN_SWEEPS)
