"""What a prompt hands over: evidence for one mode, gathered with the use cases that also stand behind the tools.

Nothing here raises for a cluster that cannot be read: what went wrong is a part of the evidence, with what to do about it.
"""

from collections.abc import Awaitable, Callable, Iterator

import anyio
import msgspec

from gitops_master.model.errors import GitOpsError, UsageError
from gitops_master.model.finding import Diagnosis
from gitops_master.model.routing import Mode
from gitops_master.ports.sources import Sources
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from gitops_master.usecases.deadline import DEADLINE_S as READING_S
from gitops_master.usecases.discover_env import DiscoverRequest, discover
from gitops_master.usecases.get_stage_state import StateRequest, get_state
from gitops_master.usecases.run_verification import VerifyRequest, run_verification

DEADLINE_S = 40.0
"""For everything that one prompt gathers: hosts wait a minute for a prompt, and finding out what exists comes before."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a request is about, as far as it says so. `words`: the user's own, or the symptom."""

    project: str = ""
    stage: str = ""
    app: str = ""
    freight: str = ""
    words: str = ""

    def __str__(self) -> str:
        return ", ".join(self._parts()) or "no particular Stage or project"

    def _parts(self) -> Iterator[str]:
        for name, value in (("Stage", self.stage), ("Application", self.app), ("Freight", self.freight)):
            if value:
                yield f"{name} {value}"
        if self.project:
            yield f"project {self.project}"


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of evidence. `call`: the tool call that gives the same, in full. `pages`: URIs of what to read about it.

    `failed`: `text` is what went wrong, and `hint` what to do; `mistaken`: since it names something that does not exist.
    """

    call: str
    text: str
    pages: tuple[str, ...] = ()
    failed: bool = False
    mistaken: bool = False
    hint: str = ""


class _Wanted(msgspec.Struct, frozen=True):
    """A section to be gathered, by its call: what several modes want is read once."""

    call: str
    read: Callable[[], Awaitable[Section]]


async def gather(
    sources: Sources, modes: tuple[Mode, ...], target: Target, *, context: str = ""
) -> dict[Mode, tuple[Section, ...]]:
    """The evidence of each mode, in order. A section that an earlier mode has is not repeated under a later one."""
    plan: dict[Mode, list[_Wanted]] = {}
    seen: set[str] = set()
    for mode in modes:
        plan[mode] = [one for one in _WANTED[mode](_Desk(sources, context), target) if one.call not in seen]
        seen |= {one.call for one in plan[mode]}
    found: dict[str, Section] = {}
    with anyio.move_on_after(DEADLINE_S):
        async with anyio.create_task_group() as group:
            for wanted in (one for every in plan.values() for one in every):
                group.start_soon(_read, wanted, found)
        if all(one.failed for one in found.values()) and DISCOVER not in found:  # then what there is to say about why
            plan[modes[0]].append(_Wanted(DISCOVER, _Desk(sources, context).environment))
            await _read(plan[modes[0]][-1], found)
    return {mode: tuple(found.get(one.call, _late(one.call)) for one in every) for mode, every in plan.items()}


async def _read(wanted: _Wanted, found: dict[str, Section]) -> None:
    try:
        found[wanted.call] = await wanted.read()
    except GitOpsError as error:
        found[wanted.call] = failure(wanted.call, error)


def failure(call: str, error: GitOpsError) -> Section:
    """What could not be gathered, as the words of the error."""
    mistaken = isinstance(error, UsageError)
    return Section(call=call, text=error.message, hint=error.hint, failed=True, mistaken=mistaken)


def _late(call: str) -> Section:
    hint = "call the tool itself: it has more time, and says what it could not read"
    return Section(call=call, text=f"nothing was read within {DEADLINE_S:.0f} s", hint=hint, failed=True)


DISCOVER = "discover_env()"


class _Desk:
    """The use cases, each as a section, of one context."""

    def __init__(self, sources: Sources, context: str) -> None:
        self._sources = sources
        self._context = context

    def _project(self, target: Target) -> str:
        return target.project or self._sources.project

    def state(self, target: Target, *, stage: str = "") -> _Wanted:
        request = StateRequest(project=self._project(target), stage=stage, deadline_s=READING_S)
        call = _call("get_stage_state", context=self._context, project=request.project, stage=request.stage)

        async def read() -> Section:
            answer = await get_state(self._sources.reader(self._context), request)
            return Section(call=call, text=answer.report)

        return _Wanted(call, read)

    def analysis(self, target: Target, **about: str) -> _Wanted:
        project = "" if about.get("app") else self._project(target)
        given = {"project": project, **about, "symptom": target.words}
        request = AnalyzeRequest(deadline_s=READING_S, **{key: value for key, value in given.items() if value})
        shown = {key: value for key, value in given.items() if key != "symptom"}
        call = _call("analyze_stage", context=self._context, **shown)

        async def read() -> Section:
            answer = await analyze(self._sources.reader(self._context), request)
            return Section(call=call, text=answer.report, pages=tuple(dict.fromkeys(_pages(answer))))

        return _Wanted(call, read)

    def verification(self, target: Target, *, stage: str = "") -> _Wanted:
        request = VerifyRequest(project=self._project(target), stage=stage, deadline_s=READING_S)
        call = _call("run_verification", context=self._context, project=request.project, stage=request.stage)

        async def read() -> Section:
            means = self._sources.means(self._context)
            answer = await run_verification(self._sources.reader(self._context), request, means)
            return Section(call=call, text=answer.report)

        return _Wanted(call, read)

    def surroundings(self) -> _Wanted:
        return _Wanted(DISCOVER, self.environment)

    async def environment(self) -> Section:
        answer = await discover(self._sources.environment(self._context), DiscoverRequest())
        return Section(call=DISCOVER, text=answer.report)


def _call(tool: str, **arguments: str) -> str:
    given = ", ".join(f"{key}={value!r}" for key, value in arguments.items() if value)
    return f"{tool}({given})"


def _pages(answer: Diagnosis) -> Iterator[str]:
    causes = [answer.root_cause, *(one.root_cause for one in answer.incidents)]
    for one in causes[:4]:
        if one is not None and one.reference:
            yield one.reference


def _diagnose(desk: _Desk, target: Target) -> Iterator[_Wanted]:
    if target.stage:
        yield desk.analysis(target, stage=target.stage, freight=target.freight)
    if target.app:
        yield desk.analysis(target, app=target.app)
    if not (target.stage or target.app):
        yield desk.analysis(target)


def _verify(desk: _Desk, target: Target) -> Iterator[_Wanted]:
    """A check of everything, not of one complaint."""
    if target.app and not target.stage:
        yield desk.analysis(msgspec.structs.replace(target, freight="", words=""), app=target.app)
        return
    yield desk.state(target, stage=target.stage)
    yield desk.verification(target, stage=target.stage)


def _promote(desk: _Desk, target: Target) -> Iterator[_Wanted]:
    if target.stage:
        yield desk.state(target, stage=target.stage)
    if target.stage and target.freight:
        yield desk.analysis(msgspec.structs.replace(target, words=""), stage=target.stage, freight=target.freight)
    yield desk.state(target)


def _set_up(desk: _Desk, target: Target) -> Iterator[_Wanted]:
    if target.stage:
        yield desk.state(target, stage=target.stage)
    if target.app:
        yield desk.analysis(msgspec.structs.replace(target, words=""), app=target.app)
    yield desk.state(target)
    yield desk.surroundings()


_WANTED: dict[Mode, Callable[[_Desk, Target], Iterator[_Wanted]]] = {
    "DIAGNOSE": _diagnose,
    "VERIFY": _verify,
    "PROMOTE": _promote,
    "SETUP": _set_up,
}
