"""`ports.cluster.ClusterReader` over a running cluster, whatever way its API is reached."""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime

import anyio

from gitops_master.adapters.container_logs import MAX_BYTES, MAX_LINES, tail_of
from gitops_master.adapters.live.failures import FORBIDDEN, as_error, problem_of
from gitops_master.adapters.live.memory import Memory
from gitops_master.adapters.live.reads import Read, Served
from gitops_master.adapters.live.resources import RESOURCES
from gitops_master.adapters.live.scope import Sight, wanted
from gitops_master.adapters.live.scope_verify_named import GROUPED, ends_here
from gitops_master.adapters.many_objects import without_gc
from gitops_master.model.argocd import Application
from gitops_master.model.errors import Forbidden, GitOpsError
from gitops_master.model.printable import printable
from gitops_master.model.snapshot import Gap, Log, LogKey, Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.versions import Versions
from gitops_master.model.workloads import Deployment, Pod
from gitops_master.ports.api import Api, Reply, Request
from gitops_master.ports.cluster import LogsRead, ReadPlan

MOST_ROUNDS = 8
"""Each round reads what the last one has shown to matter; the longest chain known has five."""
MOST_OF_IT = 2 / 3
"""The share of the time that is left which one request may take."""
LEAST_S = 0.05
"""What is left of the time when nothing more is asked: less than any answer takes."""
TOO_LATE = "there was no time left for it"
MANY, LAST = 32, 8
"""Replies after which looking for what is next is worth it while others are under way, and how many of those there are then."""
BAD_REQUEST = 400
_LEADING = frozenset({Stage.KIND, Application.KIND, Deployment.KIND})


def wall_clock() -> datetime:
    return datetime.now(UTC)


class LiveReader:
    """Reads what an answer rests on, in rounds: what one shows decides what the next reads.

    `versions`: what is installed, where somebody said so; the cluster tells the rest. `now`: the clock that ages are told by.
    `home`: the namespace that stands for the project where none can be listed. `elsewhere`: the API of the cluster that an
    Application's destination gives by address or name: another one, this one under another name, or None where no credentials
    reach it. `told`: namespaces of control planes, as somebody said.
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
        """What the answer about the plan's focus rests on.

        Raises Unreachable where nothing could be read at all, Forbidden where that is since nothing may be; UsageError and
        UnreadableInput as the API does.
        """
        with without_gc():
            memory = await self._read(plan, anyio.current_time() + deadline_s)
            if memory.failures and not memory.has_read:
                error = as_error(self._api.title, memory.failures)
                # That nothing may be read is what a survey is to find out, right by right.
                if not (plan.focus.survey and isinstance(error, Forbidden)):
                    raise error
            memory.sort()
            return self._snapshot(memory)

    async def _read(self, plan: ReadPlan, ends: float) -> Memory:
        memory = Memory(GROUPED if plan.focus.verify else {})
        for _ in range(MOST_ROUNDS):
            todo = self._todo(plan, memory)
            if not todo:
                break
            if anyio.current_time() >= ends:
                memory.fail_all(todo, TOO_LATE)
                break
            if self._api.together:
                await self._ask(memory, todo, ends)
            elif not await self._follow(plan, memory, todo, ends):
                break
        else:
            memory.fail_all(self._todo(plan, memory), f"not asked after {MOST_ROUNDS} rounds of reading")
        return memory

    def _todo(self, plan: ReadPlan, memory: Memory) -> list[Read | Served]:
        if memory.is_hopeless:
            return []
        sight = Sight(
            plan,
            self._snapshot(memory),
            memory,
            home=self._home,
            is_here=lambda cluster: self._elsewhere(cluster) is self._api,
            told=self._told,
        )
        return [one for one in wanted(plan, sight) if not memory.knows(one)]

    def _snapshot(self, memory: Memory) -> Snapshot:
        return memory.snapshot(source=self._api.title, observed_at=self._now(), told=self._versions)

    async def _follow(self, plan: ReadPlan, memory: Memory, todo: Sequence[Read | Served], ends: float) -> bool:
        """Each request by itself: what a reply shows to matter is asked for while others are still under way.

        Whether anything has come since the last look that may name something new.
        """
        send, receive = anyio.create_memory_object_stream[Read | Served](math.inf)
        started: set[Read | Served] = set()
        running: set[Read | Served] = set()
        taken, is_due = 0, False

        async def one(read: Read | Served) -> None:
            await self._ask(memory, [read], ends)
            send.send_nowait(read)

        async with send, receive, anyio.create_task_group() as group:  # the group ends before what its tasks write to
            while True:
                for read in sorted((read for read in todo if read not in started), key=_turn):
                    started.add(read)
                    running.add(read)
                    group.start_soon(one, read)
                if not running:
                    break
                read = await receive.receive()
                running.remove(read)
                taken += 1
                is_due = is_due or not (plan.focus.verify and memory.has(read) and ends_here(read))
                # Looking for what is next takes longer than a reply: once for all of those that are likely to name it, and
                # after many replies before connections lie idle.
                leading = _leads_on(read) and not any(_leads_on(one) for one in running)
                naming = plan.focus.verify and _names_much(read) and not any(map(_names_much, running))
                ending = taken >= MANY and len(running) <= LAST
                todo = ()
                if (leading or ending or (naming and len(running) >= MANY)) and anyio.current_time() < ends:
                    todo, taken, is_due = self._todo(plan, memory), 0, False
        return is_due

    async def _ask(self, memory: Memory, todo: Sequence[Read | Served], ends: float) -> None:
        """All in one call for each cluster."""
        left_s = max(ends - anyio.current_time(), 0.0)
        # What hangs must leave time for what the others lead to.
        left_s = left_s * MOST_OF_IT if left_s > LEAST_S else 0.0
        clusters: dict[str, list[Read | Served]] = {}
        for one in todo:
            clusters.setdefault(one.cluster if isinstance(one, Read) else "", []).append(one)
        for cluster, reads in clusters.items():
            await self._ask_one(memory, cluster, reads, left_s)

    async def _ask_one(self, memory: Memory, cluster: str, reads: Sequence[Read | Served], deadline_s: float) -> None:
        """What keeps a cluster from being asked at all is known of each of the reads."""
        api = self._elsewhere(cluster) if cluster else self._api
        if api is None:
            memory.fail_all(reads, "no context reaches that cluster")
            return
        sent: list[tuple[Read | Served, Request]] = []
        for one in reads:
            if isinstance(one, Read) and one.left_out:
                memory.fail(one, one.left_out)
                continue
            try:
                sent.append((one, one.request()))
            except ValueError as error:
                memory.fail(one, str(error))
        try:
            replies = await _replies(api, [request for _, request in sent], deadline_s)
        except GitOpsError as error:
            memory.fail_all([one for one, _ in sent], error.message, error)
            return
        for (one, _), reply in zip(sent, replies, strict=True):
            memory.take(one, reply)

    async def read_logs(self, keys: Iterable[LogKey], *, deadline_s: float) -> LogsRead:
        """The tails of these logs: of the container before its last restart, if there is one, then of the one there is now."""
        wanted_keys = tuple(dict.fromkeys(keys))
        requests = [_log(key, previous=previous) for key in wanted_keys for previous in (True, False)]
        try:
            replies = await _replies(self._api, requests, deadline_s)
        except GitOpsError as error:
            return LogsRead({}, tuple(Gap("logs", error.message, str(key)) for key in wanted_keys))
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


async def _replies(api: Api, requests: Sequence[Request], deadline_s: float) -> list[Reply]:
    if deadline_s <= 0:
        return [Reply(0, problem=TOO_LATE)] * len(requests)
    return await api.get(requests, deadline_s=deadline_s) if requests else []


def _leads_on(read: Read | Served) -> bool:
    """Whether what comes back is likely to name what else to ask for; the rest is looked at when nothing is under way."""
    if not isinstance(read, Read) or read.optional:
        return False
    # A page of Stages or Applications shows what others have; one of Deployments may hold those that are looked for.
    if read.kind == Deployment.KIND:
        return read.one_page or read.narrowed  # a whole list leaves nothing to be looked for
    return read.kind in _LEADING and not read.one_page


def _names_much(read: Read | Served) -> bool:
    """Whether it is a whole list of pods: for a verification, of all lists the one that names most of what is read last."""
    return isinstance(read, Read) and read.kind == Pod.KIND and not read.narrowed and not read.one_page


def _turn(read: Read | Served) -> int:
    """Lower ones are sent first: what names further things, then what is longest, which would else be waited for alone."""
    if _leads_on(read):
        return 0
    return 1 if isinstance(read, Read) and read.kind == Pod.KIND else 2


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
