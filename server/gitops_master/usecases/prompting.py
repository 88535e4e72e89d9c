"""Prompts: a request routed to its modes, and each mode's procedure with the evidence that it starts from."""

import re
from collections.abc import Mapping, Sequence

import anyio
import msgspec
from msgspec import structs

from gitops_master.model.errors import GitOpsError, UsageError
from gitops_master.model.routing import Known, Mode, Route
from gitops_master.ports.cluster import ClusterReader
from gitops_master.ports.sources import Sources
from gitops_master.routing import route
from gitops_master.usecases.brief import Section, Target, gather
from gitops_master.usecases.known import known
from gitops_master.usecases.names import read_names
from gitops_master.usecases.targets import existing
from gitops_master.usecases.templates import cut, fenced, filled, said, shares, size, template

MOST_BYTES = 28_000
"""Of one prompt: about 8,000 tokens, which stay in the conversation; all four modes with their procedures fit."""
MOST_WORDS = 4000
"""Characters of a request; pasted output is cut in the middle."""
MOST_NAME = 300
KNOWN_S = 15.0
"""For what a request's words are matched against; without it they are only words."""
_FRAME = 260
"""Bytes that heading, fence and note of one section take at most, beside its call."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a prompt is asked with. `tools`: the names of those the server has; a prompt speaks only of them as there."""

    tools: frozenset[str] = frozenset()
    context: str = ""


async def mode_prompt(
    sources: Sources, mode: Mode, target: Target, asked: Asked, *, otherwise: Target | None = None
) -> str:
    """One mode's prompt, of at most MOST_BYTES. Never raises for a cluster that cannot be read.

    `otherwise`: how the arguments are to be understood where they name something that does not exist.
    """
    evidence = await gather(sources, (mode,), target, context=asked.context)
    if otherwise is not None and any(one.mistaken for one in evidence[mode]):
        target = otherwise
        evidence = await gather(sources, (mode,), target, context=asked.context)
    return _rendered(evidence, target, asked, most=MOST_BYTES)


def is_split(words: str) -> bool:
    """Whether this may be the first word of a sentence whose others came as further arguments.

    That is how some hosts hand over what stands after a prompt's name (anthropics/claude-code#14210).
    """
    return bool(words) and not any(char.isspace() for char in words.strip())


async def routed_prompt(sources: Sources, request: str, asked: Asked, *, project: str = "") -> str:
    """The prompt of the modes that the request asks for; one question where it is unclear. Never raises, as above."""
    seen = _Seen(request, project or sources.project)
    with anyio.move_on_after(KNOWN_S) as scope:
        seen = await _look(sources, request, asked.context, project)
    if scope.cancelled_caught:
        seen = structs.replace(seen, problem=f"nothing was read within {KNOWN_S:.0f} s")
    there = seen.there or Known(project=seen.project)
    chosen = route(seen.request, there)
    if seen.projects and chosen.modes:
        question = f"Which project is meant: {existing(seen.projects)}?"
        chosen = chosen.model_copy(update={"ask": True, "question": question})
    values = _values(chosen, there, seen)
    if chosen.ask or not chosen.modes:
        return filled(template("gitops"), values)
    freight = next((one.alias for one in there.freight if one.name == chosen.freight and one.alias), chosen.freight)
    where = chosen.project or there.project
    target = Target(project=where, stage=chosen.stage, app=chosen.app, freight=freight, words=seen.request)
    evidence = await gather(sources, chosen.modes, target, context=asked.context)
    head = filled(template("gitops"), {**values, "target": _told(target)})
    body = _rendered(evidence, target, asked, most=MOST_BYTES - size(head) - 1, repeat_words=False)
    return f"{head.rstrip()}\n\n{body}"


class _Seen(msgspec.Struct, frozen=True):
    """Request and project as they are to be understood, and what exists there; or why that is not known.

    `projects`: those to choose from, where nothing says which is meant.
    """

    request: str
    project: str
    there: Known | None = None
    problem: str = ""
    projects: tuple[str, ...] = ()


async def _look(sources: Sources, request: str, context: str, project: str) -> _Seen:
    given = project or sources.project
    try:
        reader = sources.reader(context)
        try:
            there = await known(reader, given)
            if there.project or not there.stages:
                return _Seen(request, there.project, there)
            return await _choose(reader, request)  # of several projects
        except UsageError:
            if project and not is_split(request):
                raise
            whole = f"{request} {project}".strip()
            return await _choose(reader, whole) if not sources.project else await _of(reader, whole, sources.project)
    except GitOpsError as error:
        return _Seen(request, given, problem=str(error))


async def _of(reader: ClusterReader, request: str, project: str) -> _Seen:
    return _Seen(request, project, await known(reader, project))


async def _choose(reader: ClusterReader, request: str) -> _Seen:
    """No project is named as such: the one that the request's words name, or that alone has a Stage which they name."""
    names = await read_names(reader)
    words = set(re.findall(r"[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?", request.lower()))
    named = [one for one in names.projects if one in words]
    named = named or [one for one in names.projects if words & set(names.stages.get(one, ()))]
    if len(named) != 1 and len(names.projects) > 1:
        return _Seen(request, "", projects=tuple(named) or names.projects)
    return await _of(reader, request, named[0] if named else "")


def _values(chosen: Route, there: Known, seen: _Seen) -> dict[str, str]:
    is_ours = bool(chosen.modes) or chosen.ask
    go = bool(chosen.modes) and not chosen.ask
    return {
        "request": fenced(said(seen.request, MOST_WORDS)) if seen.request.strip() else "",
        "modes": ", then ".join(chosen.modes) if go else "",
        "several": "yes" if go and len(chosen.modes) > 1 else "",
        "question": f"> {said(chosen.question, MOST_WORDS)}" if chosen.ask else "",
        "likely": ", ".join(chosen.modes),
        "choices": _choices(there) if chosen.ask else "",
        "elsewhere": "" if is_ours else f"> {said(chosen.question, MOST_WORDS) or 'not our business'}",
        "router": template("mode_router"),
        "problem": fenced(said(seen.problem, MOST_WORDS)) if seen.problem else "",
        "target": "",
    }


def _choices(there: Known) -> str:
    freight = [one.alias or one.name[:7] for one in there.freight]
    lists = (("Stages", there.stages), ("Applications", there.apps), ("Freight", freight))
    lines = [f"{what}: {existing(names)}" for what, names in lists if names]
    return fenced("\n".join([f"project: {there.project}"] * bool(there.project) + lines)) if lines else ""


def _told(target: Target) -> str:
    """The target in a line of text: names are the user's or the cluster's words, so they cannot end the line."""
    return " ".join(said(str(target), 3 * MOST_NAME).replace("`", "'").split())


def _rendered(
    evidence: Mapping[Mode, Sequence[Section]], target: Target, asked: Asked, *, most: int, repeat_words: bool = True
) -> str:
    """The modes' texts one after the other, their evidence cut so that all of it stays below `most` bytes."""
    request = fenced(said(target.words, MOST_WORDS)) if target.words.strip() and repeat_words else ""
    frames = {mode: _filled(mode, sections, target, request, asked, "") for mode, sections in evidence.items()}
    every = [section for sections in evidence.values() for section in sections]
    overhead = sum(_FRAME + size(one.call) + sum(map(size, one.pages)) for one in every)
    left = most - overhead - sum(size(frame) + 8 for frame in frames.values())
    given = iter(shares([size(_body(one)) for one in every], left))
    blocks = {mode: [_block(one, next(given)) for one in sections] for mode, sections in evidence.items()}
    texts = [
        _filled(mode, evidence[mode], target, request, asked, "\n\n".join(found) or _ABOVE).rstrip()
        for mode, found in blocks.items()
    ]
    return "\n\n---\n\n".join(texts) + "\n"


_ABOVE = "All of it stands above."


def _filled(mode: Mode, sections: Sequence[Section], target: Target, request: str, asked: Asked, evidence: str) -> str:
    values = {
        **dict.fromkeys(asked.tools, "yes"),
        "target": _told(target),
        "request": request,
        "evidence": evidence,
        "failed": "yes" if any(one.failed for one in sections) else "",
    }
    return filled(template(mode.lower()), values)


def _body(one: Section) -> str:
    return "\n".join(part for part in (one.text, one.hint and f"What to do: {one.hint}") if part)


def _block(one: Section, most: int) -> str:
    verb = "could not be answered" if one.failed else "answered"
    call = " ".join(said(one.call, MOST_NAME * 2).replace("`", "'").split())
    pages = f"\n\nMore about it: {', '.join(one.pages)}" if one.pages else ""
    return f"### `{call}` {verb}\n\n{fenced(cut(_body(one), most))}{pages}"
