"""A request read once: its tokens, with the names in them marked, and what was pasted with it."""

from collections.abc import Sequence

import msgspec

from gitops_master.model.routing import Known
from gitops_master.routing.environments import CANONICAL
from gitops_master.routing.pasted import Pasted, take_apart
from gitops_master.routing.places import Place
from gitops_master.routing.spelling import fold, words
from gitops_master.routing.targets import Mention, key, mentions, stands
from gitops_master.routing.tokens import Token, tokenize
from gitops_master.routing.versions import Index, Named, named, shape

_STAGE, _APP, _PROJECT, _VERSION = (frozenset([one]) for one in ("STAGE", "APP", "PROJECT", "VERSION"))
_LAST = words("please pls plz now asap today thanks thx and then")


class Reading(msgspec.Struct, frozen=True):
    """`tokens` of the prose, those of names with only that sense; places are indices into them.
    `denied`: places of what is said not to be meant."""

    pasted: Pasted
    tokens: tuple[Token, ...]
    stages: tuple[Place, ...]
    apps: tuple[Mention, ...]
    project: str
    freight: tuple[Named, ...]
    denied: frozenset[int] = frozenset()


def read(text: str, known: Known) -> Reading:
    """Reads a text of any length and content."""
    pasted = take_apart(text)
    names = [*known.stages, *known.apps, known.project, *(one.alias for one in known.freight)]
    tokens = tokenize(pasted.prose, {fold(one) for one in names if one})
    freight = named(tokens, Index(known))
    found = [
        one
        for one in mentions(tokens, known)
        if (stands(one, tokens) or _is_gone_to(one, tokens, freight)) and not _overlaps(one, freight)
    ]
    stages = _stages([one for one in found if one.sort == "stage"], tokens)
    project = next((one.name for one in found if one.sort == "project" and one.name), "")
    apps = _apps([one for one in found if one.sort == "app"], found, tokens)
    if any(
        tokens[one.start - 1].has("APPWORD") or (one.end < len(tokens) and tokens[one.end].has("APPWORD"))
        for one in apps
        if one.is_whole and one.start
    ):
        stages = [
            one
            for one in stages
            if not any(app.start == one.start and app.is_whole and _by_app_word(tokens, app) for app in apps)
        ]
    else:
        apps = [app for app in apps if not app.is_whole or not any(one.start == app.start for one in stages)]
    marked = _marked(tokens, stages, apps, found, freight, known)
    return Reading(pasted, tuple(marked), tuple(stages), tuple(apps), project, tuple(freight))


def _is_gone_to(mention: Mention, tokens: Sequence[Token], freight: Sequence[Named]) -> bool:
    """`promote v2 test`, `roll back live`: an everyday word that is a Stage's whole name, where something is moved."""
    if mention.sort == "app" and mention.is_whole and mention.start and tokens[mention.start - 1].has("VERIFY"):
        return mention.end == len(tokens) or tokens[mention.end].is_mark
    if mention.sort != "stage" or not mention.is_whole or not mention.start:
        return False
    after = tokens[mention.end] if mention.end < len(tokens) else None
    ends = after is None or after.is_mark or after.word in _LAST or after.has("FILLER")
    before = tokens[mention.start - 1]
    if before.has("BACK"):
        return ends or (after is not None and after.has("TO"))
    moved = any(one.has("MOVE", "BACK", "APPROVE") for one in tokens[max(mention.start - 5, 0) : mention.start])
    moved = moved or len(tokens) < 5
    return moved and ends and any(one.end == mention.start for one in freight)


def _by_app_word(tokens: Sequence[Token], mention: Mention) -> bool:
    return tokens[mention.start - 1].has("APPWORD") or (
        mention.end < len(tokens) and tokens[mention.end].has("APPWORD")
    )


def _overlaps(mention: Mention, freight: Sequence[Named]) -> bool:
    return any(one.start < mention.end and mention.start < one.end for one in freight)


def _stages(found: Sequence[Mention], tokens: Sequence[Token]) -> list[Place]:
    """Places, with what the words around leave of names of which only a part was said: `checkout … to prod`."""
    hints = [one for one in found if not one.is_whole and not one.is_environment]
    environments = [one for one in found if one.is_environment]
    places = []
    used: set[int] = set()
    for one in found:
        text = " ".join(token.text for token in tokens[one.start : one.end])
        names = one.names
        if one.is_environment and not one.is_whole:
            for hint in sorted(hints, key=lambda hint: abs(hint.start - one.start)):
                both = tuple(name for name in names if name in hint.names)
                if both:
                    names = both
                    used.add(hint.start)
        elif not one.is_whole and not one.is_environment:
            if any(set(one.names) & set(other.names) for other in environments if not other.is_whole):
                continue
            for hint in hints:
                both = tuple(name for name in names if name in hint.names)
                names = both or names
        places.append(Place(names, one.start, one.end, text))
    return places


def _apps(found: Sequence[Mention], every: Sequence[Mention], tokens: Sequence[Token]) -> list[Mention]:
    """Applications; a part of a name counts with what else is said of it, unless it is said of Stages."""
    of_stages = {at for one in every if one.sort == "stage" for at in range(one.start, one.end)}
    projects = {one.start for one in every if one.sort == "project"}
    environments = {
        CANONICAL.get(key(name).split("-")[-1], key(name))
        for one in every
        if one.sort == "stage"
        for name in one.names
        if len(one.names) == 1
    }
    apps = []
    for one in found:
        if one.is_whole:
            apps.append(one)
            continue
        if one.is_environment or one.start in of_stages or one.start in projects:
            continue
        names = one.names
        for other in found:
            if not other.is_whole and other.start != one.start:
                names = tuple(name for name in names if name in other.names) or names
        here = (
            tuple(name for name in names if environments & {CANONICAL.get(part, part) for part in key(name).split("-")})
            if len(environments) == 1
            else ()
        )
        apps.append(msgspec.structs.replace(one, names=here if len(here) == 1 else names))
    return apps


def _marked(
    tokens: Sequence[Token],
    stages: Sequence[Place],
    apps: Sequence[Mention],
    found: Sequence[Mention],
    freight: Sequence[Named],
    known: Known,
) -> list[Token]:
    marked = list(tokens)
    projects = [one for one in found if one.sort == "project"]
    hints = [one for one in found if one.sort == "stage"]
    for spans, sense in ((projects, _PROJECT), (apps, _APP), (hints, _STAGE), (stages, _STAGE), (freight, _VERSION)):
        for one in spans:
            for at in range(one.start, one.end):
                marked[at] = msgspec.structs.replace(tokens[at], senses=sense, is_known=True)
    only_hints = {one.start for one in hints} - {one.start for one in stages}
    for at in only_hints:
        marked[at] = msgspec.structs.replace(tokens[at], senses=frozenset(["DOMAIN"]), is_known=True)
    shapes = {shape(fold(one)) for one in known.stages if any(char.isdigit() for char in one)}
    starts = {key(one).split("-")[0] for one in known.stages if "-" in one}
    for at, token in enumerate(marked):
        if (
            not token.is_known
            and not token.senses
            and (
                shape(token.text) in shapes
                or ("-" in token.text and key(token.text).split("-")[0] in starts | CANONICAL.keys())
            )
        ):
            marked[at] = msgspec.structs.replace(token, senses=frozenset(["NEWNAME"]))
    return marked
