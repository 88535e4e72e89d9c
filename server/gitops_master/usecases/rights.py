"""What comes of asking the server for what each tool needs."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import structs

from gitops_master.model.environment import Lack, RightState, Verdict
from gitops_master.ports.environment import Probe, Right, Ruling
from gitops_master.usecases.needs import INSTALLED, TOOLS, Need, Tool, Where

Places = Mapping[Where, Sequence[str]]


def served(groups: Collection[str] | None = None) -> tuple[Tool, ...]:
    """All of them. `groups`: the API groups of the server, where it told: nobody needs a right on what is not there."""
    missing = INSTALLED.difference(groups) if groups is not None else frozenset[str]()
    return tuple(
        structs.replace(one, needs=tuple(need for need in one.needs if need.group not in missing)) for one in TOOLS
    )


def is_whole(tool: str) -> bool:
    """Whether that is a tool, and not only a part of one that works without it."""
    return any(need.essential for one in TOOLS if one.name == tool for need in one.needs)


async def rule(probe: Probe, places: Places, tools: Sequence[Tool], *, deadline_s: float) -> dict[Right, Ruling]:
    """What the server says: for all namespaces at once, then one by one where that was not granted."""
    needs = list(dict.fromkeys(need for tool in tools for need in tool.needs))
    wide = list(dict.fromkeys(right for need in needs for right in need.rights("")))
    found = dict(zip(wide, await probe.may_i(wide, deadline_s=deadline_s), strict=True))
    if all(one.allowed is None for one in found.values()):
        return found  # whoever does not answer these does not answer more of them
    narrow = {
        right: None
        for need in needs
        if need.where is not Where.CLUSTER
        for namespace in places.get(need.where, ())
        for right, everywhere in zip(need.rights(namespace), need.rights(""), strict=True)
        if not found[everywhere].allowed
    }
    found.update(zip(narrow, await probe.may_i(list(narrow), deadline_s=deadline_s), strict=True))
    return found


def judged(tool: Tool, places: Places, rulings: Mapping[Right, Ruling]) -> RightState:
    """The tool's verdict: the worst of what it needs, by how much rests on it."""
    lacking: list[tuple[Need, str, str, Ruling]] = []
    asked = 0
    for need in tool.needs:
        for namespace in places.get(need.where, ()) if need.where is not Where.CLUSTER else ("",):
            for right, everywhere in zip(need.rights(namespace), need.rights(""), strict=True):
                asked += 1
                told = rulings.get(everywhere, Ruling(None))
                told = told if told.allowed else rulings.get(right, told)
                if not told.allowed:
                    lacking.append((need, namespace, right.what, told))
    nothing = bool(lacking) and len(lacking) == asked and all(told.allowed is False for *_, told in lacking)
    nowhere = [need for need in tool.needs if _is_open(need, places, rulings)]
    return RightState(
        tool=tool.name,
        verdict=Verdict.DENIED if nothing else _verdict(lacking, nowhere),
        lacking=list(_joined(lacking)),
        note=_note(nowhere),
    )


def _is_open(need: Need, places: Places, rulings: Mapping[Right, Ruling]) -> bool:
    """Whether it depends on a place that is not known."""
    if need.where is Where.CLUSTER or places.get(need.where):
        return False
    return not all(rulings.get(right, Ruling(None)).allowed for right in need.rights(""))


def _verdict(lacking: Sequence[tuple[Need, str, str, Ruling]], nowhere: Sequence[Need]) -> Verdict:
    if any(need.essential and told.allowed is False for need, _, _, told in lacking):
        return Verdict.DENIED
    if any(need.essential for need in (*nowhere, *(one[0] for one in lacking))):
        return Verdict.UNKNOWN
    if any(told.allowed is False for *_, told in lacking):
        return Verdict.PARTLY
    return Verdict.UNKNOWN if lacking or nowhere else Verdict.ALLOWED


class _Line(NamedTuple):
    """What lacks have in common that are told in one line."""

    namespace: str
    is_known: bool
    leaves_open: str
    reason: str


def _joined(lacking: Iterable[tuple[Need, str, str, Ruling]]) -> Iterator[Lack]:
    """What would be granted in one line: in one namespace, as far as the same stays open without it."""
    verbs: dict[tuple[_Line, str], dict[str, None]] = {}
    for need, namespace, what, told in lacking:
        reason = told.reason if told.allowed is None else ""
        line = _Line(namespace, told.allowed is False, need.leaves_open, reason)
        verbs.setdefault((line, what), {})[need.verb] = None
    resources: dict[tuple[_Line, tuple[str, ...]], list[str]] = {}
    for (line, what), found in verbs.items():
        resources.setdefault((line, tuple(found)), []).append(what)
    for (line, together), named in resources.items():
        yield Lack(verbs=list(together), resources=named, **line._asdict())


def _note(nowhere: Sequence[Need]) -> str:
    places = dict.fromkeys(need.where.value for need in nowhere)
    return f"not asked for {', '.join(places)}: not known" if places else ""
