"""What is aimed at: the Stage, the Freight and the Application of what is wanted."""

from collections.abc import Sequence
from itertools import pairwise

from gitops_master.model.routing import Known
from gitops_master.routing.clauses import Clause
from gitops_master.routing.places import Place, is_goal, is_new, is_source, target, unknown_goal
from gitops_master.routing.reading import Reading
from gitops_master.routing.senses import Senses
from gitops_master.routing.versions import Named
from gitops_master.routing.wish import Wish


def places_in(reading: Reading, clause: Clause | None) -> list[Place]:
    if clause is None:
        return []
    inside = frozenset(clause.starts)
    denied = denied_in(clause)
    return [one for one in reading.stages if one.start in inside and one.start not in denied]


def denied_in(clause: Clause) -> frozenset[int]:
    """Places in the text of what a clause says is not meant."""
    senses = Senses(clause)
    shift = len([one for one in clause.tokens if not one.is_mark]) - len(senses.tokens)
    starts = [start for start, one in zip(clause.starts, clause.tokens, strict=True) if not one.is_mark][shift:]
    if not senses.is_denied:
        return frozenset()
    return frozenset(start for at, start in enumerate(starts) if at in senses.negated)


def stage_of(
    acting: Sequence[Wish], wanted: Sequence[Wish], reading: Reading, known: Known
) -> tuple[str, Place | None]:
    """(the Stage, or '' and the word that leaves it open)."""
    left: Place | None = None
    for one in acting:
        places = places_in(reading, one.clause)
        lost = unknown_goal([reading.tokens[at] for at in one.clause.starts]) if one.clause is not None else ""
        if lost and one.is_forward:
            return "", Place((), 0, 0, lost)
        found = target(reading.tokens, places)
        if found is not None:
            return found.name, found
        if places and not one.is_forward:
            left = left or places[0]
            continue
        if not one.is_forward or _is_missing_there(reading, one) or _goes_there(one):
            found = _earlier(reading)
            if found is not None:
                return found.name, found
    if left is not None:
        return left.name, left
    if acting:
        return "", None
    return _first_of(wanted, reading)


def _first_of(wanted: Sequence[Wish], reading: Reading) -> tuple[str, Place | None]:
    """The Stage of what is only looked at or written: of its own clauses, else wherever it is named."""
    is_set_up = creates(wanted)
    makes = is_set_up and makes_stage(reading)
    others = [one for one in wanted if one.mode != "SETUP" and one.clause is not None]
    if makes and others:
        ends = min(one.clause.starts[0] for one in wanted if one.mode == "SETUP" and one.clause is not None)
        before = [one for one in reading.stages if one.start < ends and one.start not in reading.denied]
        return (before[0].name, before[0]) if before else ("", None)
    own = [places_in(reading, one.clause) for one in wanted if not (makes and one.mode == "SETUP")]
    for places in (*own, *([] if makes else _others(wanted, reading))):
        places = [one for one in places if not (is_set_up and is_new(reading.tokens, one, creates=True))]
        if len(places) > 1 and wanted[0].is_view and len(wanted) == 1:
            goals = [one for one in places if is_goal(reading.tokens, one)]
            return (goals[0].name, goals[0]) if goals else ("", None)
        found = target(reading.tokens, places) or (places[0] if places else None)
        if found is not None:
            return found.name, found
    return "", None


def _others(wanted: Sequence[Wish], reading: Reading) -> list[list[Place]]:
    """Stages outside the clauses that wish: first those behind, then those before, then any that is not denied."""
    starts = [one.clause.starts[0] for one in wanted if one.clause is not None and one.clause.starts]
    left = [one for one in reading.stages if one.start not in reading.denied]
    rest = [one for one in reading.stages if one.start in reading.denied]
    return [[one for one in left if starts and one.start > max(starts)], left, rest]


def creates(wanted: Sequence[Wish]) -> bool:
    return any(one.mode == "SETUP" for one in wanted)


def makes_stage(reading: Reading) -> bool:
    """Whether a Stage is to be made: what else is named only says where it belongs."""
    if any(one.has("NEWNAME") for one in reading.tokens):
        return True
    for at, token in enumerate(reading.tokens):
        if at + 1 < len(reading.tokens) and reading.tokens[at + 1].has("STAGE"):
            continue
        if token.word in {"stage", "environment", "env", "umgebung", "entorno", "ambiente", "etapa"} and not token.has(
            "STAGE"
        ):
            before = [one.word for one in reading.tokens[max(at - 4, 0) : at]]
            makes = any(one.has("SETUP") for one in reading.tokens[max(at - 5, 0) : at])
            named = at + 1 < len(reading.tokens) and not reading.tokens[at + 1].is_known
            if (makes or "new" in before or "another" in before) and (
                named or {"a", "an", "new", "another", "eine", "una", "une", "uma", "neue", "nueva"} & set(before[-3:])
            ):
                return not any(word in before for word in ("to", "for", "of", "in", "on")) or named
    return False


def _goes_there(wish: Wish) -> bool:
    """`promote it there`: to where was spoken of."""
    tokens = wish.clause.tokens if wish.clause is not None else ()
    return any(
        later.word == "there" or (one.word == "to" and later.word in {"it", "that"}) for one, later in pairwise(tokens)
    )


def _is_missing_there(reading: Reading, wish: Wish) -> bool:
    """`v1.3 is not in prod yet, promote it`: the Stage spoken of is where it is to go."""
    text = reading.tokens[: wish.clause.starts[0]] if wish.clause is not None and wish.clause.starts else ()
    return any(one.has("NOT") or one.word in {"behind", "old", "outdated", "still", "missing", "older"} for one in text)


def _earlier(reading: Reading) -> Place | None:
    every = [one for one in reading.stages if not is_source(reading.tokens, one)]
    others = [one for one in every if one.start not in reading.denied] or every
    names = {one.names for one in others}
    return others[0] if len(names) == 1 else None


def freight_of(
    acting: Sequence[Wish], wanted: Sequence[Wish], reading: Reading, known: Known
) -> tuple[str, Named | None]:
    """(the Freight's name, or '' and what leaves it open)."""
    if creates(wanted) and not acting:
        found = [one for one in reading.freight if one.name]
        return (found[0].name, None) if found else ("", None)
    for one in acting:
        inside = frozenset(one.clause.starts) if one.clause is not None else frozenset()
        denied = denied_in(one.clause) if one.clause is not None else frozenset()
        here = [named for named in reading.freight if named.start in inside and named.start not in denied]
        if here:
            goals = [
                named
                for named in here
                if reading.tokens[named.start - 1].has("TO")
                or reading.tokens[named.start - 1].word in {"with", "version", "release", "tag"}
            ]
            best = (goals if one.is_back or (len(here) > 1 and goals) else here)[:1] or here[:1]
            return (best[0].name, None) if best[0].name else ("", best[0])
    denied = reading.denied
    left = [named for named in reading.freight if named.start not in denied]
    if any(one.is_back for one in acting):
        return "", None
    if not left and any(one.word in {"it", "that"} for wish in acting if wish.clause for one in wish.clause.tokens):
        left = list(reading.freight)
    sure = [named for named in left if named.name]
    lost = [named for named in left if not named.name]
    if lost and not (sure and acting):
        return (sure[0].name if sure else ""), lost[0]
    return (sure[0].name, None) if sure else ("", None)


def app_of(reading: Reading, acting: Sequence[Wish], asked: Sequence[Wish] = ()) -> str:
    """The Application named; where something is done, only one named with it."""
    inside = {start for one in (*acting, *asked) if one.clause is not None for start in one.clause.starts}
    clear = [one for one in reading.apps if one.name and (not acting or one.start in inside)]
    whole = [one for one in clear if one.is_whole]
    return (whole or clear)[0].name if clear else ""
