"""The router: from a text to modes, targets and the one question that is open.

Wishes count in their order, each mode once. A symptom counts where nothing is wished; an error that was pasted, where nothing
was even said.
"""

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from gitops_master.model.routing import Known, Route
from gitops_master.routing.belonging import is_of_something_else
from gitops_master.routing.clauses import Clause, clauses
from gitops_master.routing.evidence import Evidence, evidence
from gitops_master.routing.foreign import is_foreign
from gitops_master.routing.places import Place, is_goal, is_new, is_source, target, unknown_goal
from gitops_master.routing.questions import NOT_OURS, question_of, which_freight, which_stage
from gitops_master.routing.reading import Reading, read
from gitops_master.routing.senses import Senses
from gitops_master.routing.versions import Named
from gitops_master.routing.wish import Wish
from gitops_master.routing.wishes import wish_of


def route(text: str, known: Known) -> Route:
    """What is wanted, and of what. Never raises, and takes time that grows with the text and no faster."""
    reading = read(text, known)
    if is_foreign(reading.tokens):
        return Route(modes=(), question=NOT_OURS)
    seen = evidence(reading.pasted, known)
    wishes = [wish_of(one, has_yaml=reading.pasted.is_yaml) for one in clauses(reading.tokens)]
    denied = frozenset(at for one in wishes if one.clause is not None for at in _denied(one.clause))
    reading = msgspec.structs.replace(reading, denied=denied)
    wanted = _wanted(wishes, reading, seen)
    if not wanted:
        return _without(wishes, reading, known, seen)
    if not reading.pasted.lines and _is_strange(wanted, reading):
        return Route(modes=(), question=NOT_OURS)
    modes = tuple(dict.fromkeys(one.mode for one in wanted if one.mode is not None))
    acting = [one for one in wanted if one.mode == "PROMOTE" and not one.is_view]
    stage, open_stage = _stage(acting, wanted, reading, known)
    freight, open_freight = _freight(acting, wanted, reading, known)
    if reading.pasted.is_yaml and _creates(wanted) and seen.stage:
        stage = seen.stage
    seen_stage = "" if (open_stage is not None and acting) or (_creates(wanted) and _new_stage(reading)) else seen.stage
    question = ""
    if acting and not stage and not seen_stage:
        question = which_stage(open_stage, known)
    if open_freight is not None and not question:
        question = which_freight(open_freight, known)
    return Route(
        modes=modes,
        project=reading.project or seen.project,
        stage=stage or seen_stage,
        app=_app(reading, acting) or ("" if reading.apps or acting or seen.app in {stage, seen.stage} else seen.app),
        freight=freight or ("" if reading.freight else seen.freight),
        ask=bool(question),
        question=question,
    )


def _is_strange(wanted: Sequence[Wish], reading: Reading) -> bool:
    """Whether all that is wished is of something else, and nothing around it is ours either."""
    inside = [reading.tokens[at] for one in wanted if one.clause is not None for at in one.clause.starts]
    return is_of_something_else(inside, 2) and is_of_something_else(reading.tokens, 2)


def _wanted(wishes: Sequence[Wish], reading: Reading, seen: Evidence) -> list[Wish]:
    """What is wished; else what the symptoms or the paste ask for. Conditions and orders of time become wishes of their own."""
    wishes = [_repeated(one, reading) if one.kind == "again" else one for one in wishes]
    main = [one for one in wishes if not _under(one)]
    wished = [one for one in main if one.kind == "wish"]
    looks = [one for one in main if one.kind == "look"]
    symptoms = [one for one in wishes if one.kind == "symptom"]
    symptoms = [one for one in symptoms if _under(one) != "if"]
    if wished:
        if any(one.mode == "VERIFY" for one in looks) and not all(one.mode == "DIAGNOSE" for one in wished):
            wished = [one for one in main if one.kind == "wish" or (one.kind == "look" and one.mode == "VERIFY")]
        return _in_order(wishes, wished)
    wrong = symptoms or (seen.is_wrong and not reading.pasted.is_yaml)
    if looks and not wrong:
        return _in_order(wishes, looks)
    if symptoms:
        return symptoms[:1]
    if hints := [one for one in main if one.kind == "hint"]:
        return hints[:1]
    if seen.is_wrong and not any(one.kind in {"denied", "foreign"} for one in main):
        said = [one for one in wishes if one.kind not in {"nothing", "state"}]
        return [Wish("symptom", "DIAGNOSE", clause=said[0].clause if said else None)]
    if seen.command is not None:
        return [Wish("wish", seen.command, is_view=bool(seen.stage))]
    return []


def _repeated(wish: Wish, reading: Reading) -> Wish:
    """`run it again`: what the rest of the text speaks of, a verification or a promotion."""
    if any(one.has("VERIFICATION") for one in reading.tokens) or any(
        "analysisrun" in line.lower() for line in reading.pasted.lines
    ):
        return Wish("wish", "VERIFY", clause=wish.clause)
    if any(one.has("PROMOTION", "MOVED") for one in reading.tokens):
        return Wish("wish", "PROMOTE", clause=wish.clause)
    return Wish("unclear", clause=wish.clause)


def _under(wish: Wish) -> str:
    return wish.clause.under if wish.clause is not None else ""


def _in_order(wishes: Sequence[Wish], wished: list[Wish]) -> list[Wish]:
    """`check it before you promote`, `once staging is green, promote`: what has to be done, in the order of doing it."""
    promotes = any(one.mode == "PROMOTE" and not one.is_view for one in wished)
    chosen = {id(one) for one in wished}
    ordered: list[Wish] = []
    later: list[Wish] = []
    main = [at for at, one in enumerate(wishes) if id(one) in chosen]
    for at, one in enumerate(wishes):
        if id(one) in chosen:
            ordered.append(one)
        act = _implied(one, promotes=promotes)
        if act is not None and _under(one) == "before":
            later.append(act)
        elif act is not None:
            ordered.insert(len(ordered) if any(other > at for other in main) else max(len(ordered) - 1, 0), act)
    return [*ordered, *later]


def _implied(wish: Wish, *, promotes: bool) -> Wish | None:
    """What a subordinate clause asks for besides: an act whose time it names, or a check on which another act depends."""
    under, clause = _under(wish), wish.clause
    if clause is None or not under or under == "because":
        return None
    is_ours = any(token.has("WE") for token in clause.tokens)
    if under in {"before", "after"} and not is_ours and (act := _done(clause)) is not None:
        return act
    if under in {"if", "after"} and promotes and _is_condition(clause):
        return Wish("wish", "VERIFY", clause=clause)
    return None


def _done(clause: Clause) -> Wish | None:
    """What is to be done before or after: `before you promote it to prod`, `after promoting to prod`."""
    verbs = [token.word for token in clause.tokens if token.has("MOVE", "MOVED")]
    if verbs and (verbs[0].endswith("ing") or any(token.has("YOU") for token in clause.tokens)):
        return Wish("wish", "PROMOTE", is_forward=True, clause=clause)
    return None


def _is_condition(clause: Clause) -> bool:
    senses = Senses(clause)
    return senses.has("STAGE", "APP", "VERIFICATION") and senses.has("GOOD") and not senses.is_bad


def _places(reading: Reading, clause: Clause | None) -> list[Place]:
    if clause is None:
        return []
    inside = frozenset(clause.starts)
    denied = _denied(clause)
    return [one for one in reading.stages if one.start in inside and one.start not in denied]


def _denied(clause: Clause) -> frozenset[int]:
    """Places in the text of what a clause says is not meant."""
    senses = Senses(clause)
    shift = len([one for one in clause.tokens if not one.is_mark]) - len(senses.tokens)
    starts = [start for start, one in zip(clause.starts, clause.tokens, strict=True) if not one.is_mark][shift:]
    if not senses.is_denied:
        return frozenset()
    return frozenset(start for at, start in enumerate(starts) if at in senses.negated)


def _stage(acting: Sequence[Wish], wanted: Sequence[Wish], reading: Reading, known: Known) -> tuple[str, Place | None]:
    """(the Stage, or '' and the word that leaves it open)."""
    for one in acting:
        places = _places(reading, one.clause)
        lost = unknown_goal([reading.tokens[at] for at in one.clause.starts]) if one.clause is not None else ""
        if lost and one.is_forward:
            return "", Place((), 0, 0, lost)
        found = target(reading.tokens, places) or (places[0] if places and not one.is_forward else None)
        if found is not None:
            return found.name, found
        if not one.is_forward or _is_missing_there(reading, one) or _goes_there(one):
            found = _earlier(reading)
            if found is not None:
                return found.name, found
    if acting:
        return "", None
    return _first_of(wanted, reading)


def _first_of(wanted: Sequence[Wish], reading: Reading) -> tuple[str, Place | None]:
    """The Stage of what is only looked at or written: of its own clauses, else wherever it is named."""
    creates = _creates(wanted)
    makes = creates and _new_stage(reading)
    own = [_places(reading, one.clause) for one in wanted if not (makes and one.mode == "SETUP")]
    for places in (*own, *([] if makes else _others(wanted, reading))):
        places = [one for one in places if not (creates and is_new(reading.tokens, one, creates=True))]
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


def _creates(wanted: Sequence[Wish]) -> bool:
    return any(one.mode == "SETUP" for one in wanted)


def _new_stage(reading: Reading) -> bool:
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
    others = [one for one in reading.stages if not is_source(reading.tokens, one)]
    names = {one.names for one in others}
    return others[0] if len(names) == 1 else None


def _freight(
    acting: Sequence[Wish], wanted: Sequence[Wish], reading: Reading, known: Known
) -> tuple[str, Named | None]:
    """(the Freight's name, or '' and what leaves it open)."""
    if _creates(wanted) and not acting:
        found = [one for one in reading.freight if one.name]
        return (found[0].name, None) if found else ("", None)
    for one in acting:
        inside = frozenset(one.clause.starts) if one.clause is not None else frozenset()
        denied = _denied(one.clause) if one.clause is not None else frozenset()
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
    sure = [named for named in left if named.name]
    lost = [named for named in left if not named.name]
    if lost and not (sure and acting):
        return (sure[0].name if sure else ""), lost[0]
    return (sure[0].name, None) if sure else ("", None)


def _app(reading: Reading, acting: Sequence[Wish]) -> str:
    """The Application named; where something is done, only one named with it."""
    inside = {start for one in acting if one.clause is not None for start in one.clause.starts}
    clear = [one for one in reading.apps if one.name and (not acting or one.start in inside)]
    whole = [one for one in clear if one.is_whole]
    return (whole or clear)[0].name if clear else ""


def _without(wishes: Sequence[Wish], reading: Reading, known: Known, seen: Evidence) -> Route:
    """Nothing is wanted that is clear: one question, or that it is not our business."""
    ours = any(one.kind in {"unclear", "denied", "state"} for one in wishes) or bool(
        reading.stages or reading.apps or reading.freight or reading.project
    )
    foreign = any(one.kind == "foreign" for one in wishes)
    asked = bool(reading.pasted.lines) or (
        not is_of_something_else(reading.tokens) and (ours or not (foreign or _is_about_else(reading)))
    )
    named = {one.name for one in reading.stages if one.name and one.start not in reading.denied}
    stage = named.pop() if len(named) == 1 else "" if named else seen.stage
    freight = (
        next((one.name for one in reading.freight if one.name and one.start not in reading.denied), "") or seen.freight
    )
    return Route(
        modes=(),
        project=reading.project or seen.project,
        stage=stage,
        app=_app(reading, ()),
        freight=freight,
        ask=asked,
        question=question_of(wishes, stage, freight, is_ours=asked),
    )


def _is_about_else(reading: Reading) -> bool:
    """Whether it speaks of something, and that is nothing that we know: no ordinary word, no name."""
    words = [one for one in reading.tokens if not one.is_mark]
    strange = [one for one in words if not one.is_known and not one.senses and one.text.isalpha() and len(one.text) > 2]
    return bool(strange) and not any(one.has("DOMAIN", "STAGE", "APP", "VERSION", "PRODUCT") for one in words)
