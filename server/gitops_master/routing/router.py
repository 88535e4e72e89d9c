"""The router: from a text to modes, targets and the one question that is open.

Wishes count in their order, each mode once. A symptom counts where nothing is wished; an error that was pasted, where nothing
was even said.
"""

from collections.abc import Sequence

import msgspec

from gitops_master.model.routing import Known, Route
from gitops_master.routing.aims import app_of, creates, denied_in, freight_of, makes_stage, places_in, stage_of
from gitops_master.routing.belonging import is_of_something_else
from gitops_master.routing.clauses import Clause, clauses
from gitops_master.routing.evidence import Evidence, evidence
from gitops_master.routing.foreign import is_foreign
from gitops_master.routing.questions import NOT_OURS, question_of, which_freight, which_stage
from gitops_master.routing.reading import Reading, read
from gitops_master.routing.senses import Senses
from gitops_master.routing.spelling import words
from gitops_master.routing.wish import Wish
from gitops_master.routing.wishes import wish_of

_ASKING = frozenset(
    words("BACK STOP APPROVE SETUP AGAIN RUN WHAT ASKVERB TURN HOWTO WHETHER WISHWORD SHOW ACROSS AVAILABLE LOOK")
)
_FIRST = words("first beforehand upfront first_of_all firstly zuerst vorher primero antes prima d'abord najpierw eerst")


def route(text: str, known: Known) -> Route:
    """What is wanted, and of what. Never raises, and takes time that grows with the text and no faster."""
    reading = read(text, known)
    if is_foreign(reading.tokens):
        return Route(modes=(), question=NOT_OURS)
    seen = evidence(reading.pasted, known)
    wishes = [wish_of(one, has_yaml=reading.pasted.is_yaml) for one in clauses(reading.tokens)]
    denied = frozenset(at for one in wishes if one.clause is not None for at in denied_in(one.clause))
    reading = msgspec.structs.replace(reading, denied=denied)
    wanted = _wanted(wishes, reading, seen)
    if not wanted:
        return _without(wishes, reading, known, seen)
    if not reading.pasted.lines and _is_strange(wanted, reading):
        return Route(modes=(), question=NOT_OURS)
    modes = tuple(dict.fromkeys(one.mode for one in wanted if one.mode is not None))
    acting = [one for one in wanted if one.mode == "PROMOTE" and not one.is_view]
    stage, open_stage = stage_of(acting, wanted, reading, known)
    freight, open_freight = freight_of(acting, wanted, reading, known)
    if reading.pasted.is_yaml and creates(wanted) and seen.stage:
        stage = seen.stage
    seen_stage = "" if (open_stage is not None and acting) or (creates(wanted) and makes_stage(reading)) else seen.stage
    question = ""
    if acting and not stage and not seen_stage:
        question = which_stage(open_stage, known)
    if open_freight is not None and not question:
        question = which_freight(open_freight, known)
    return Route(
        modes=modes,
        project=reading.project or seen.project,
        stage=stage or seen_stage,
        app=app_of(reading, acting, [one for one in wanted if one.mode in {"DIAGNOSE", "VERIFY"}])
        or ("" if reading.apps or acting or seen.app in {stage, seen.stage} else seen.app),
        freight=freight or ("" if reading.freight else seen.freight),
        ask=bool(question),
        question=question,
    )


def _is_strange(wanted: Sequence[Wish], reading: Reading) -> bool:
    """Whether all that is wished is of something else, and nothing around it is ours either."""
    inside = [reading.tokens[at] for one in wanted if one.clause is not None for at in one.clause.starts]
    return is_of_something_else(inside, 3) and is_of_something_else(reading.tokens, 3)


def _wanted(wishes: Sequence[Wish], reading: Reading, seen: Evidence) -> list[Wish]:
    """What is wished; else what the symptoms or the paste ask for. Conditions and orders of time become wishes of their own."""
    wishes = [_repeated(one, reading) if one.kind == "again" else one for one in wishes]
    main = [one for one in wishes if not _under(one)]
    wished = [one for one in main if one.kind == "wish"]
    looks = [one for one in main if one.kind == "look"]
    symptoms = [one for one in wishes if one.kind == "symptom"]
    symptoms = [one for one in symptoms if _under(one) != "if"]
    manifest = any(line.lstrip().startswith(("apiVersion:", "kind:", "spec:")) for line in reading.pasted.lines)
    if wished and seen.is_wrong and not manifest and _is_caption(reading, wished):
        return [Wish("symptom", "DIAGNOSE", clause=wished[0].clause)]
    if wished:
        looks = [one for one in looks if one.mode == "VERIFY"]
        if looks and (not all(one.mode == "DIAGNOSE" for one in wished) or _is_of_another(looks, wished, reading)):
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


def _is_caption(reading: Reading, wished: Sequence[Wish]) -> bool:
    """`from the promotion to preprod:` above an error: it says whence the error is, and wishes nothing."""
    said = [reading.tokens[at] for one in wished if one.clause is not None for at in one.clause.starts]
    return len(said) < 12 and not any(
        (one.has(*_ASKING) and not one.has("TO", "IN", "VERIFICATION", "PROMOTION"))
        or (one.has("MOVE") and not one.has("PROMOTION"))
        or (at == 0 and (one.has("VERIFY") or one.word == "deploy"))
        for at, one in enumerate(said)
    )


def _is_of_another(looks: Sequence[Wish], wished: Sequence[Wish], reading: Reading) -> bool:
    """`check eu is in sync, find out why us is not`: a check that is no beginning of the diagnosis, as it is of another Stage."""
    seen = {place.names for one in looks for place in places_in(reading, one.clause)}
    asked = {place.names for one in wished for place in places_in(reading, one.clause)}
    return bool(seen and asked) and not seen & asked


def _repeated(wish: Wish, reading: Reading) -> Wish:
    """`run it again`: what the rest of the text speaks of, a verification or a promotion."""
    if any(one.has("VERIFICATION", "VERIFY") for one in reading.tokens) or any(
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
        if id(one) in chosen and _comes_first(one, wishes[at - 1] if at else None):
            ordered.insert(_place_of_acts(ordered), one)
        elif id(one) in chosen:
            ordered.append(one)
        act = _implied(one, promotes=promotes)
        if act is not None and _under(one) == "before":
            later.append(act)
        elif act is not None:
            ordered.insert(len(ordered) if any(other > at for other in main) else max(len(ordered) - 1, 0), act)
    return [*ordered, *later]


def _comes_first(wish: Wish, before: Wish | None) -> bool:
    """`promote it to prod but first rerun the verification`, `…, before that check uat`."""
    if wish.clause is None or (wish.mode == "PROMOTE" and not wish.is_view):
        return False
    spoken = [one.word for one in wish.clause.tokens]
    leads = before is not None and _under(before) == "before" and before.clause is not None
    return (
        spoken[0] in _FIRST
        or (len(spoken) > 2 and spoken[-1] in _FIRST)
        or (leads and before is not None and before.clause is not None and len(before.clause.tokens) == 1)
    )


def _place_of_acts(ordered: Sequence[Wish]) -> int:
    """Where the acts begin that something has to come before."""
    return next((at for at, one in enumerate(ordered) if one.mode == "PROMOTE" and not one.is_view), len(ordered))


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
    return senses.has("STAGE", "APP", "VERIFICATION") and senses.has("GOOD", "AGAIN") and not senses.is_bad


def _without(wishes: Sequence[Wish], reading: Reading, known: Known, seen: Evidence) -> Route:
    """Nothing is wanted that is clear: one question, or that it is not our business."""
    ours = any(one.kind in {"unclear", "denied", "state"} for one in wishes) or bool(
        reading.stages or reading.apps or reading.freight or reading.project
    )
    foreign = any(one.kind == "foreign" for one in wishes)
    asked = bool(reading.pasted.lines) or (not is_of_something_else(reading.tokens) and (ours or not foreign))
    named = {one.name for one in reading.stages if one.name and one.start not in reading.denied}
    stage = named.pop() if len(named) == 1 else "" if named else seen.stage
    freight = (
        next((one.name for one in reading.freight if one.name and one.start not in reading.denied), "") or seen.freight
    )
    return Route(
        modes=(),
        project=reading.project or seen.project,
        stage=stage,
        app=app_of(reading, ()),
        freight=freight,
        ask=asked,
        question=question_of(wishes, stage, freight, is_ours=asked),
    )
