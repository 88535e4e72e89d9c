"""Putting what was found out into the answer, bounded: what had to go is counted."""

import json
from collections.abc import Iterator, Sequence

from gitops_master.facts import environment as facts
from gitops_master.facts.addresses import kargo_address
from gitops_master.model.environment import (
    ContextState,
    ControllerState,
    EnvironmentAnswer,
    ProjectState,
    Reach,
    RightState,
    State,
    Verdict,
)
from gitops_master.model.errors import Forbidden, GitOpsError, Unreachable, UnreadableInput, UsageError
from gitops_master.model.finding import NotChecked, quoted
from gitops_master.model.kargo import Warehouse
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.state import bounded
from gitops_master.ports.environment import Environment, Identity, KnownContext, Server
from gitops_master.usecases import environment_values, rights
from gitops_master.usecases.environment_report import environment_report
from gitops_master.usecases.environment_values import Seen
from gitops_master.usecases.size import MOST_BYTES

_GROUPS = ("kargo.akuity.io", "argoproj.io", "gateway.networking.k8s.io", facts.MONITORING_GROUP)
"""API groups whose presence says something; the others are counted."""
_REASON = 300
_SIZES = ((30, 30, 40), (15, 12, 20), (8, 6, 10), (4, 3, 6), (4, 3, 3))
"""Projects (contexts, controllers), names in one, lacks of a tool; tried in order until the answer fits."""


class Findings:
    """What was found out so far: filled in while looking."""

    def __init__(
        self,
        *,
        environment: Environment,
        contexts: Sequence[KnownContext],
        servers: dict[str, Server],
        problem: GitOpsError | None,
    ) -> None:
        self.environment = environment
        self.contexts = contexts
        self.servers = servers
        self.problem = problem
        self.server: Server | None = None
        self.identity = Identity()
        self.snapshot: Snapshot | None = None
        self.rights: list[RightState] = []

    @property
    def context(self) -> str:
        """What was looked at, by the name of the reader where one got so far."""
        return self.environment.context or (self.snapshot.source if self.snapshot else "")

    @property
    def is_saved(self) -> bool:
        return self.snapshot is not None and self.server is None

    @property
    def seen(self) -> Seen:
        return Seen(self.environment.given, self.snapshot, self.context, self._way(), not self.is_saved)

    def _way(self) -> str:
        if self.is_saved:
            return "a snapshot"
        if self.server is None or not self.server.lets_in:
            return ""
        given = self.environment.given
        command = next((given[key] for key in ("ssh_command", "kubectl_command") if key in given), None)
        return f"`{command.value}` ({command.source})" if command else f"direct: context {self.context} answers"


def answer_of(found: Findings) -> EnvironmentAnswer:
    """The answer with its report, below the size that hosts take."""
    for most, names, lacks in _SIZES:
        answer = _built(found, most, names, lacks)
        answer = answer.model_copy(update={"report": environment_report(answer)})
        if len(json.dumps(answer.dump(), ensure_ascii=False).encode()) <= MOST_BYTES:
            break
    return answer


def _built(found: Findings, most: int, names: int, lacks: int) -> EnvironmentAnswer:
    snapshot, seen, environment = found.snapshot, found.seen, found.environment
    values = environment_values.values(seen)
    contexts, more_contexts = bounded(_contexts(found), most, "further contexts")
    projects, more_projects = bounded(_projects(snapshot, names, seen.project), most, "further projects")
    controllers, more_controllers = bounded(_controllers(snapshot), most, "further controllers")
    return EnvironmentAnswer(
        context=found.context,
        state=_state(found),
        contexts=contexts,
        identity=found.identity.user,
        identity_groups=list(found.identity.groups[:20]),
        versions=snapshot.versions.as_text() if snapshot else {},
        groups=_groups(found.server),
        kargo_address=kargo_address(snapshot) if snapshot else "",
        projects=projects,
        controllers=controllers,
        values=values,
        rights=[_bounded(one, lacks) for one in found.rights],
        questions=environment_values.questions(seen, values),
        notes=[*_notes(found), *environment_values.notes(seen)],
        not_checked=list(_not_checked(found))[:most],
        config_file=str(environment.file or ""),
        problem=quoted(str(found.problem)) if found.problem else _unreached(found.server),
        observed_at=snapshot.observed_at if snapshot else None,
        clock=snapshot.clock if snapshot else "",
        left_out=[*more_contexts, *more_projects, *more_controllers],
    )


_STATES = {
    Unreachable: State.UNREACHABLE,
    Forbidden: State.FORBIDDEN,
    UnreadableInput: State.UNREADABLE,
    UsageError: State.MISTAKEN,
}


def _state(found: Findings) -> State:
    if found.problem is not None:
        return _STATES.get(type(found.problem), State.UNREACHABLE)
    if found.server is not None and not found.server.answers:
        return State.UNREACHABLE
    if found.server is not None and not found.server.lets_in:
        return State.FORBIDDEN
    verdicts = {one.verdict for one in found.rights}
    if any(one.verdict is Verdict.DENIED and rights.is_whole(one.tool) for one in found.rights):
        return State.FORBIDDEN
    is_full = found.snapshot is not None and not any(True for _ in _not_checked(found))
    return State.WORKS if is_full and verdicts == {Verdict.ALLOWED} else State.PARTLY


def _contexts(found: Findings) -> Iterator[ContextState]:
    """The one that was looked at first."""
    there = {one.name for one in found.contexts}
    every = list(found.contexts)
    if found.context and not any(one.current for one in every) and found.context not in there:
        every.append(KnownContext(found.context, current=True))
    for one in sorted(every, key=lambda each: not each.current):
        server = found.server if one.current else found.servers.get(one.name)
        problem = server.problem if server else ""
        if one.current and found.is_saved:
            yield ContextState(name=one.name, current=True, problem="a snapshot: there is no server to be asked")
            continue
        reached = Reach.NOT_ASKED if server is None else Reach.YES if server.answers else Reach.NO
        if one.current and server is None and found.problem is not None:
            reached, problem = Reach.NO, found.problem.message
        yield ContextState(
            name=one.name,
            current=one.current,
            reachable=reached,
            problem=quoted(problem, _REASON),
            server=one.server,
            server_version=server.version if server else "",
        )


def _unreached(server: Server | None) -> str:
    return quoted(server.problem) if server is not None and not server.lets_in else ""


def _groups(server: Server | None) -> dict[str, str]:
    if server is None or server.groups is None:
        return {}
    found = {one: ", ".join(server.groups[one]) if one in server.groups else "not served" for one in _GROUPS}
    return {**found, "others": str(len(server.groups.keys() - set(_GROUPS)))}


def _projects(snapshot: Snapshot | None, names: int, meant: str) -> Iterator[ProjectState]:
    for one in sorted(facts.projects(snapshot), key=lambda each: each.value != meant) if snapshot else ():
        listed: dict[str, list[str]] = {}
        counts: dict[str, int] = {}
        left: list[str] = []
        for type_, key in ((Stage, "stages"), (Warehouse, "warehouses")):
            every = sorted(each.name for each in snapshot.all(type_, one.value)) if snapshot else []
            listed[key], more = bounded(every, names, f"further {key}")
            left += more
            if snapshot is not None and snapshot.knows_all(type_.KIND, one.value):
                counts[key] = len(every)
            elif every:
                left.append(f"{key}: perhaps more than these, not all could be listed")
        yield ProjectState(name=one.value, source=one.source, counts=counts, left_out=left, **listed)


def _controllers(snapshot: Snapshot | None) -> Iterator[ControllerState]:
    for one in facts.controllers(snapshot) if snapshot else ():
        age = (snapshot.observed_at - one.heartbeat).total_seconds() if snapshot and one.heartbeat else None
        yield ControllerState(
            product=one.product,
            namespace=one.namespace,
            name=one.name,
            component=one.component,
            shard=one.shard,
            ready="unknown" if one.ready is None else "yes" if one.ready else "no",
            heartbeat=one.heartbeat,
            heartbeat_age_s=round(age) if age is not None else None,
            note="its heartbeat is old: it counts as dead" if one.is_stale else "",
        )


def _bounded(one: RightState, most: int) -> RightState:
    lacking, more = bounded(one.lacking, most, "further rights that are lacking")
    return one.model_copy(update={"lacking": lacking, "note": "; ".join([*filter(None, [one.note]), *more])})


def _notes(found: Findings) -> Iterator[str]:
    if found.is_saved:
        yield "a snapshot is looked at: what this identity may do in the cluster is not known"
    server = found.server
    if server is not None and server.groups is not None and "kargo.akuity.io" not in server.groups:
        yield "this cluster serves no Kargo (API group kargo.akuity.io): is it the right one?"
    if found.identity.problem:
        yield f"as whom the server knows us is not known: {quoted(found.identity.problem, _REASON)}"


_LEAVES_OPEN = {
    "kargo.akuity.io/Project": "which projects there are",
    "kargo.akuity.io/Stage": "which Stages there are",
    "kargo.akuity.io/Warehouse": "which Warehouses there are",
    "argoproj.io/Application": "where Applications are and what they deploy to",
    "v1/ConfigMap": "where Kargo's UI is, and which shards its controllers serve",
    "v1/Pod": "which shards Kargo's controllers serve",
    "coordination.k8s.io/Lease": "whether Kargo's controllers live",
    "v1/Namespace": "which namespaces belong to Kargo projects",
    "apps/Deployment": "where the controllers run, and monitoring",
    "apps/StatefulSet": "where Argo CD's controller runs, and monitoring",
    "networking.k8s.io/Ingress": "under which domain services are reached",
    "gateway.networking.k8s.io/HTTPRoute": "under which domain services are reached",
}


def _not_checked(found: Findings) -> Iterator[NotChecked]:
    """Each kind once, with the read that failed."""
    seen: set[str] = set()
    for gap in found.snapshot.gaps if found.snapshot else ():
        if gap.kind not in seen and not gap.object:
            seen.add(gap.kind)
            reason = quoted(gap.reason, _REASON)
            yield NotChecked(what=gap.kind, reason=reason, leaves_open=_LEAVES_OPEN.get(gap.kind, ""))
