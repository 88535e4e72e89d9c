"""What is there? The cluster as far as this identity sees it: each value with what told it, and what only a person can say.

Reads only, changes no context, and answers whatever fails: what could not be found out is part of the answer.
"""

from contextlib import suppress

import anyio
import msgspec

from gitops_master.facts import environment as facts
from gitops_master.model.environment import EnvironmentAnswer, RightState, State
from gitops_master.model.errors import GitOpsError
from gitops_master.model.snapshot import Snapshot
from gitops_master.ports.cluster import Focus, ReadPlan
from gitops_master.ports.environment import Environment, Identity, KnownContext, Probe, Right, Ruling, Server
from gitops_master.usecases import rights
from gitops_master.usecases.deadline import DEADLINE_S, Deadline
from gitops_master.usecases.environment_answer import Findings, answer_of
from gitops_master.usecases.environment_values import Seen
from gitops_master.usecases.needs import Where
from gitops_master.usecases.rights import Places

REACH_S = 5.0
"""A server that has not answered by then is called unreachable."""
LOOKS_S = 20.0
"""Reading objects takes that long at most, and asking for rights, so that the one leaves time for the other."""
AT_ONCE = 8
"""Servers of other contexts that are asked at a time."""
MOST_CONTEXTS = 50
MOST_PLACES = {Where.PROJECT: 3, Where.APPLICATIONS: 3, Where.DESTINATIONS: 5, Where.CONTROL: 4}
"""Namespaces of each sort that rights are asked for, where they are not granted in all."""

KINDS = frozenset(
    [
        *(f"kargo.akuity.io/{kind}" for kind in ("Project", "Stage", "Warehouse")),
        "argoproj.io/Application",
        *(f"v1/{kind}" for kind in ("Namespace", "Pod", "ConfigMap")),
        "apps/Deployment",
        "apps/StatefulSet",
        "coordination.k8s.io/Lease",
        "networking.k8s.io/Ingress",
        "gateway.networking.k8s.io/HTTPRoute",
    ]
)


class DiscoverRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. `all_contexts`: whether the other contexts' servers answer, too. `deadline_s`: for everything."""

    all_contexts: bool = False
    deadline_s: float = DEADLINE_S


async def discover(environment: Environment, request: DiscoverRequest) -> EnvironmentAnswer:
    """Never raises for a cluster that cannot be reached or read; the answer's `problem` says why then."""
    known, problem = _contexts(environment)
    servers: dict[str, Server] = {}
    deadline = Deadline(request.deadline_s)
    found = Findings(environment=environment, contexts=known, servers=servers, problem=problem)
    async with anyio.create_task_group() as group:
        if request.all_contexts:
            limiter = anyio.CapacityLimiter(AT_ONCE)
            for one in [one for one in known if not one.current][:MOST_CONTEXTS]:
                group.start_soon(_reach_other, environment, one.name, servers, limiter)
        group.start_soon(_look, environment, found, deadline)
    return answer_of(found)


_EXIT_CODES = {
    State.WORKS: 0,
    State.PARTLY: 3,
    State.UNREACHABLE: 69,
    State.FORBIDDEN: 77,
    State.UNREADABLE: 65,
    State.MISTAKEN: 64,
}
"""docs/architecture.md has the table of all commands."""


def exit_code(answer: EnvironmentAnswer) -> int:
    """Of `discover`: something was found out, or why nothing was."""
    return _EXIT_CODES[answer.state] if answer.problem else 0


def health_code(answer: EnvironmentAnswer) -> int:
    """Of `doctor`: whether everything works."""
    return _EXIT_CODES[answer.state]


def _contexts(environment: Environment) -> tuple[tuple[KnownContext, ...], GitOpsError | None]:
    try:
        return environment.contexts(), None
    except GitOpsError as error:
        return (), error


async def _reach_other(
    environment: Environment, name: str, servers: dict[str, Server], limiter: anyio.CapacityLimiter
) -> None:
    async with limiter:
        try:
            probe = environment.probe(name)
            if probe is not None:
                servers[name] = await probe.server(deadline_s=REACH_S)
        except GitOpsError as error:
            servers[name] = Server(0, problem=error.message)


async def _look(environment: Environment, found: Findings, deadline: Deadline) -> None:
    """Fills in what the cluster that is looked at tells."""
    try:
        probe = environment.probe()
        if probe is not None:
            found.server = await probe.server(deadline_s=deadline.within(REACH_S))
            if not found.server.lets_in:
                return
        await _read(environment, probe, found, deadline)
    except GitOpsError as error:
        found.problem = error  # says more than that there are no contexts


async def _read(environment: Environment, probe: Probe | None, found: Findings, deadline: Deadline) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(_survey, environment, found, deadline)
        if probe is not None:
            group.start_soon(_identify, probe, found)
    if probe is not None and found.snapshot is not None:
        home = next((one.namespace for one in found.contexts if one.current), "")
        places = _places(found.seen, found.snapshot, home)
        found.rights = await _judge(probe, places, found.server, deadline)
    elif probe is not None:
        found.rights = await _judge(probe, {}, found.server, deadline)


async def _survey(environment: Environment, found: Findings, deadline: Deadline) -> None:
    named = environment.given.get("kargo_namespace") or environment.given.get("kargo_project")
    focus = Focus(survey=True, project=named.value if named else "")
    looking_s = min(LOOKS_S, deadline.within(LOOKS_S * 2) / 2)
    try:
        found.snapshot = await environment.reader().read(ReadPlan(KINDS, focus), deadline_s=looking_s)
    except GitOpsError as error:
        found.problem = found.problem or error


async def _identify(probe: Probe, found: Findings) -> None:
    try:
        found.identity = await probe.who_am_i(deadline_s=REACH_S)
    except GitOpsError as error:
        found.identity = Identity(problem=error.message)


async def _judge(probe: Probe, places: Places, server: Server | None, deadline: Deadline) -> list[RightState]:
    tools = rights.served(server.groups if server is not None else None)
    rulings: dict[Right, Ruling] = {}
    with suppress(GitOpsError):  # what was not ruled on is told as unknown
        rulings = await rights.rule(probe, places, tools, deadline_s=deadline.within(LOOKS_S))
    return [rights.judged(tool, places, rulings) for tool in tools]


def _places(seen: Seen, snapshot: Snapshot, home: str) -> Places:
    """The namespaces that rights are asked for. None of a sort: there are none; the sort is missing: nobody knows.

    Where no project can be seen, the context's namespace (`home`) is taken for one, as the reader does.
    """
    apps = facts.applications(snapshot, seen.project)
    projects = [seen.project] if seen.project else [one.value for one in seen.projects] or [home][: bool(home)]
    control = [one.value for one in (*facts.kargo_places(snapshot), *facts.argocd_places(snapshot))]
    told = [
        seen.given[key].value
        for key in ("kargo_controller_namespace", "argocd_controller_namespace")
        if key in seen.given
    ]
    named = {
        Where.PROJECT: projects,
        Where.APPLICATIONS: [one.value for one in facts.applied_in(snapshot, seen.project)],
        Where.DESTINATIONS: [one.value for one in facts.deployed_to(filter(facts.is_here, apps))],
        Where.CONTROL: [*told, *control] or ["kargo", "argocd"],
    }
    places = {where: tuple(dict.fromkeys(found))[: MOST_PLACES[where]] for where, found in named.items()}
    is_open = snapshot.stated_gap("argoproj.io/Application") is not None
    return {where: found for where, found in places.items() if found or (where is not Where.PROJECT and not is_open)}
