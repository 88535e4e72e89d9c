"""`ports.cluster.ClusterReader` over a running cluster, whatever way its API is reached."""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime

import anyio

from gitops_master.adapters.container_logs import MAX_BYTES, MAX_LINES, tail_of
from gitops_master.adapters.live.memory import Memory
from gitops_master.adapters.live.missed import FORBIDDEN, problem_of
from gitops_master.adapters.live.reads import Read, Served
from gitops_master.adapters.live.resources import RESOURCES
from gitops_master.adapters.live.scope import Sight, wanted
from gitops_master.model.argocd import Application
from gitops_master.model.errors import GitOpsError
from gitops_master.model.printable import printable
from gitops_master.model.snapshot import Gap, Log, LogKey, Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.versions import Versions
from gitops_master.model.workloads import Deployment
from gitops_master.ports.api import Api, Reply, Request
from gitops_master.ports.cluster import LogsRead, ReadPlan

MOST_ROUNDS = 8
"""Each round reads what the last one has shown to matter; the longest chain known has five."""
BAD_REQUEST = 400
_LEADING = frozenset({Stage.KIND, Application.KIND, Deployment.KIND})


def wall_clock() -> datetime:
    return datetime.now(UTC)


class LiveReader:
    """Reads what an answer rests on, in rounds: what one shows decides what the next reads.

    `versions`: what is installed, where somebody said so; the cluster tells the rest. `now`: the clock that ages are told by. `home`: the namespace that stands for the project where none can be listed.
    `elsewhere`: the API of the cluster that an Application's destination gives by address or name: another one, this one under
    another name, or None where no credentials reach it. `told`: namespaces of control planes, as somebody said.
    """

    def __init__(
        self,
        api: Api,
        *,
        now: Callable[[], datetime] = wall_clock,
        home: str = "",
        versions: Versions = Versions(),  # noqa: B008 - immutable
        elsewhere: Callable[[str], Api | None] = lambda _: None,
        told: tuple[str, ...] = (),
    ) -> None:
        self._api = api
        self._now = now
        self._home = home
        self._versions = versions
        self._elsewhere = elsewhere
        self._told = told

    async def read(self, plan: ReadPlan, *, deadline_s: float) -> Snapshot:
        """What the answer about the plan's focus rests on. Raises Unreachable where nothing could be read at all."""
        ends = anyio.current_time() + deadline_s
        memory = Memory()
        for _ in range(MOST_ROUNDS):
            todo = self._todo(plan, memory)
            if not todo:
                break
            if anyio.current_time() >= ends:
                for one in todo:
                    memory.fail(one, f"there was no time left for it (of {deadline_s:g} s)")
                break
            if self._api.together:
                await self._ask(memory, todo, ends)
            else:
                await self._follow(plan, memory, todo, ends)
        memory.sort()
        return self._snapshot(memory)

    def _todo(self, plan: ReadPlan, memory: Memory) -> list[Read | Served]:
        sight = Sight(
            plan,
            self._snapshot(memory),
            cut=memory.cut,
            refused=memory.refused,
            absent=memory.absent,
            served=memory.served,
            home=self._home,
            is_here=lambda cluster: self._elsewhere(cluster) is self._api,
            asked=memory.knows,
            told=self._told,
        )
        return [one for one in wanted(plan, sight) if not memory.knows(one)]

    def _snapshot(self, memory: Memory) -> Snapshot:
        return memory.snapshot(source=self._api.title, observed_at=self._now(), told=self._versions)

    async def _follow(self, plan: ReadPlan, memory: Memory, todo: Sequence[Read | Served], ends: float) -> None:
        """Each request by itself: what a reply shows to matter is asked for while others are still under way."""
        send, receive = anyio.create_memory_object_stream[Read | Served](math.inf)
        started: set[Read | Served] = set()
        running: set[Read | Served] = set()
        failures: list[GitOpsError] = []

        async def one(read: Read | Served) -> None:
            try:
                await self._ask(memory, [read], ends)
            except GitOpsError as error:  # the same for all of them; a group would bury it among its copies
                failures.append(error)
            send.send_nowait(read)

        async with send, receive, anyio.create_task_group() as group:  # the group ends before what its tasks write to
            while True:
                for read in (read for read in todo if read not in started):
                    started.add(read)
                    running.add(read)
                    group.start_soon(one, read)
                if not running:
                    break
                read = await receive.receive()
                running.remove(read)
                if failures:
                    group.cancel_scope.cancel()
                    break
                # Looking for what is next takes longer than a reply: once for all of those that are likely to name it.
                leading = _leads_on(read) and not any(_leads_on(one) for one in running)
                leading = leading and anyio.current_time() < ends
                todo = self._todo(plan, memory) if leading else ()
        if failures:
            raise failures[0]

    async def _ask(self, memory: Memory, todo: Sequence[Read | Served], ends: float) -> None:
        """All in one call for each cluster."""
        clusters: dict[str, list[Read | Served]] = {}
        for one in todo:
            clusters.setdefault(one.cluster if isinstance(one, Read) else "", []).append(one)
        for cluster, reads in clusters.items():
            await self._ask_one(memory, cluster, reads, max(ends - anyio.current_time(), 0.0))

    async def _ask_one(self, memory: Memory, cluster: str, reads: Sequence[Read | Served], deadline_s: float) -> None:
        """Raises what keeps the own cluster from being asked at all, unless something of it was read before."""
        api = self._elsewhere(cluster) if cluster else self._api
        if api is None:
            for one in reads:
                memory.fail(one, "no context reaches that cluster")
            return
        sent: list[tuple[Read | Served, Request]] = []
        for one in reads:
            try:
                sent.append((one, one.request()))
            except ValueError as error:
                memory.fail(one, str(error))
        try:
            replies = await api.get([request for _, request in sent], deadline_s=deadline_s) if sent else []
        except GitOpsError as error:
            for one, _ in sent:
                memory.fail(one, error.message)
            if not cluster and memory.is_empty:
                raise
            return
        for (one, _), reply in zip(sent, replies, strict=True):
            memory.take(one, reply)

    async def read_logs(self, keys: Iterable[LogKey], *, deadline_s: float) -> LogsRead:
        """The tails of these logs: of the container before its last restart, if there is one, then of the one there is now."""
        wanted_keys = tuple(dict.fromkeys(keys))
        requests = [_log(key, previous=previous) for key in wanted_keys for previous in (True, False)]
        replies = await self._api.get(requests, deadline_s=deadline_s)
        logs: dict[LogKey, Log] = {}
        gaps: list[Gap] = []
        for at, key in enumerate(wanted_keys):
            before, now = replies[2 * at : 2 * at + 2]
            if now.ok or before.ok:
                logs[key] = _joined(key, [one for one in (before, now) if one.ok])
            if not now.ok:
                gaps.append(_log_gap(key, now))
            elif not before.ok and before.status != BAD_REQUEST:  # 400: there was no container before this one
                gaps.append(_log_gap(key, before, " before its restart"))
        return LogsRead(logs, tuple(gaps))


def _leads_on(read: Read | Served) -> bool:
    """Whether what comes back is likely to name what else to ask for; the rest is looked at when nothing is under way."""
    return isinstance(read, Read) and read.kind in _LEADING and not read.optional


def _log(key: LogKey, *, previous: bool) -> Request:
    query = [("container", key.container), ("tailLines", str(MAX_LINES)), ("limitBytes", str(MAX_BYTES))]
    path = RESOURCES["v1/Pod"].path(key.namespace, key.pod)
    return Request(f"{path}/log", (*query, *([("previous", "true")] if previous else [])))


def _log_gap(key: LogKey, reply: Reply, which: str = "") -> Gap:
    denied = reply.status == FORBIDDEN
    right = f"get pods/log in namespace {key.namespace}: " if denied else ""
    return Gap("logs", printable(right + problem_of(reply)), f"{key}{which}", denied=denied)


def _joined(key: LogKey, replies: Collection[Reply]) -> Log:
    bodies = [b"".join(one.bodies) for one in replies]
    parts = [tail_of(key, body, truncated=len(body) >= MAX_BYTES) for body in bodies]
    lines = tuple(line for part in parts for line in part.lines)
    return Log(key, lines[-MAX_LINES:], any(part.truncated for part in parts) or len(lines) > MAX_LINES)
