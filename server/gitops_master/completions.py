"""Completions of prompt arguments and of resource templates: names that exist, while somebody types one.

A cluster is read once for many key strokes, shortly; what cannot be read completes to nothing and is logged.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
from mcp.server import MCPServer
from mcp.types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from gitops_master.model.errors import GitOpsError
from gitops_master.usecases.reference_pages import INDEX, REFERENCES, RULE, rule_ids

if TYPE_CHECKING:
    from gitops_master.ports.sources import Sources

log = logging.getLogger(__name__)
T = TypeVar("T")

MOST = 100
"""Values of one answer: the protocol allows no more."""
KEPT_S = 20.0
"""How long what was read is good enough to type by: new Stages are rare, and a wrong name is refused later."""
MOST_KEPT = 16
"""Clusters and projects that are remembered at a time."""


def add_completions(server: MCPServer[Any], sources: "Sources", *, clock: Callable[[], float] = time.monotonic) -> None:
    """Registers the one handler that the protocol has for all of them. `clock`: seconds, for what is remembered."""
    completer = Completer(sources, clock)

    @server.completion()  # type: ignore[no-untyped-call, untyped-decorator]  # the SDK gives it no types
    async def complete(
        ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion:
        given = dict(context.arguments or {}) if context is not None else {}
        return matching(await completer.names(ref, argument.name, given), argument.value)


def matching(names: Iterable[str], typed: str) -> Completion:
    """Those that begin with what was typed, then those that hold it; in the order given, upper and lower case alike."""
    wanted = typed.strip().casefold()
    every = list(dict.fromkeys(names))
    begin = [one for one in every if one.casefold().startswith(wanted)]
    hold = [one for one in every if wanted in one.casefold() and not one.casefold().startswith(wanted)]
    found = [*begin, *hold]
    return Completion(values=found[:MOST], total=len(found), has_more=len(found) > MOST)


class Completer:
    """What there is to type. Never raises for a cluster that cannot be read."""

    def __init__(self, sources: "Sources", clock: Callable[[], float]) -> None:
        self._sources = sources
        self._kept = Kept(clock)

    async def names(
        self, ref: PromptReference | ResourceTemplateReference, argument: str, given: Mapping[str, str]
    ) -> Sequence[str]:
        """Every value of the argument; `given`: the other arguments, as far as they are filled in."""
        if isinstance(ref, ResourceTemplateReference):
            return pages(ref.uri)
        if argument == "context":
            return self._sources.contexts()
        if argument not in ("project", "stage", "app", "freight"):
            return ()
        context, project = given.get("context", ""), given.get("project", "") or self._sources.project
        try:
            return await self._existing(argument, context, project)
        except GitOpsError as error:
            log.warning("nothing to complete %s with: %s", argument, error.message)
            return ()

    async def _existing(self, argument: str, context: str, project: str) -> Sequence[str]:
        from gitops_master.usecases.names import Names, read_freight, read_names  # at the first key stroke

        async def read() -> Names:
            return await read_names(self._sources.reader(context), project)

        who = self._sources.terms().who  # nobody completes with what another may read
        found = await self._kept.get(("names", who, context, project), read)
        if argument == "project":
            return found.projects
        if argument == "app":
            return found.apps
        if argument == "stage":
            stages = found.stages if not project else {project: found.stages.get(project, ())}
            return sorted({name for held in stages.values() for name in held})
        home = project or (found.projects[0] if len(found.projects) == 1 else "")
        if not home:
            return ()
        return await self._kept.get(
            ("freight", who, context, home), lambda: read_freight(self._sources.reader(context), home)
        )


def pages(template: str) -> Sequence[str]:
    """Names of what a resource template stands for: the references, or the rules' pages."""
    if template.startswith(f"{INDEX}/"):
        return sorted(one.name for one in REFERENCES)
    return rule_ids() if template.startswith(RULE) else ()


class Kept:
    """What was read, for a while. Whoever asks while it is being read waits for that; a failure is remembered, too."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._held: dict[tuple[str, ...], tuple[float, Any]] = {}
        self._locks: dict[tuple[str, ...], anyio.Lock] = {}

    async def get(self, key: tuple[str, ...], read: Callable[[], Awaitable[T]]) -> T:
        """What `read` gave at most KEPT_S ago, or gives now. Raises what it raised."""
        async with self._locks.setdefault(key, anyio.Lock()):
            held = self._held.get(key)
            if held is None or self._clock() >= held[0]:
                held = self._held[key] = await self._read(read)
                self._forget()
        if isinstance(held[1], GitOpsError):
            raise held[1]
        found: T = held[1]
        return found

    async def _read(self, read: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
        try:
            found: Any = await read()
        except GitOpsError as error:
            found = error
        return self._clock() + KEPT_S, found

    def _forget(self) -> None:
        """The oldest go where there are too many: names of projects come from outside."""
        for key in sorted(self._held, key=lambda one: self._held[one][0])[:-MOST_KEPT]:
            del self._held[key]
            self._locks.pop(key, None)
