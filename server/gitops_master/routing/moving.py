"""Whether a clause wants Freight moved or stopped."""

from itertools import pairwise

from gitops_master.routing.senses import Senses
from gitops_master.routing.spelling import words
from gitops_master.routing.wish import Wish

_BACK = words("back zuruck zurueck terug atras")
_THEM = words("it that this everything one them")
_EQUALS = words("give put get take move bring align match set bump raise level keep")
_INTO = words("to into onto on_to over_to off_to -> nach auf naar vers")
_AROUND = words("the next please pls plz now then asap today stage straight directly and only just bitte por favor")
_EVERYDAY = words("deliver move ship push land send carry publish put bring")


def moving(s: Senses) -> Wish | None:
    """The wish for Freight to be moved, stopped, approved or taken back."""
    if s.is_bad and not s.is_possible:
        return None
    if s.verbs("BACK") or _goes_back(s):
        return Wish("wish", "PROMOTE", is_back=True)
    if s.has("TURN", "MOVE") and any(one.word == "out_of" and next_.has("STAGE") for one, next_ in pairwise(s.tokens)):
        return Wish("wish", "PROMOTE")
    if s.verbs("STOP") and (s.has("PROMOTION", "FREIGHT", "MOVED", "STAGE", "VERSION", "MOVE") or s.words(*_THEM)):
        return Wish("wish", "PROMOTE")
    if s.verbs("APPROVE") and (s.has("STAGE", "VERSION", "FREIGHT", "PROMOTION") or len(s.tokens) < 4):
        return Wish("wish", "PROMOTE")
    if s.verbs("AGAIN") and s.has("PROMOTION", "MOVED") and not s.verbs("MOVE"):
        return Wish("wish", "PROMOTE")
    return Wish("wish", "PROMOTE", is_forward=True) if _goes_on(s) else None


def _carries_else(s: Senses, verbs: list[int]) -> bool:
    """`deliver my groceries`: everyday verbs with something that is nothing here."""
    if not verbs or s.has("STAGE", "VERSION", "FREIGHT", "PROMOTION", "APP", "STAGEWORD") or s.words(*_THEM):
        return False
    strange = sum(not one.is_known and one.text.isalpha() for one in s.tokens)
    return strange > 1 or (strange == 1 and all(s.tokens[at].word in _EVERYDAY for at in verbs))


def _goes_on(s: Senses) -> bool:
    verbs = s.verbs("MOVE")
    if _carries_else(s, verbs):
        return False
    if verbs and (not s.has("BAD") or verbs[0] < min(s.where("BAD"))) and not s.is_yes_or_no:
        return True
    if (s.is_possible and s.has("MOVE", "MOVED", "BACK")) or turns(s):
        return True
    if any(one.word in {"<-", "←"} for one in s.tokens) and s.has("STAGE"):
        return True
    if s.verbs("TURN") and (s.has("VERSION") or (s.has("FREIGHT") and s.has("STAGE", "TO"))):
        return True
    if s.has("BAD", "GOOD", "WHAT"):
        return False
    if s.first.word in _INTO and has_goal(s) and all(one.has("TO", "STAGE") or one.word in _AROUND for one in s.tokens):
        return not s.clause.is_asked and not s.clause.under
    if (
        s.has("VERSION")
        and s.has("STAGE")
        and all(one.has("VERSION", "STAGE") or one.word in _AROUND for one in s.tokens)
    ):
        return not s.clause.is_asked and len(s.tokens) > 2
    if s.first.has("VERSION") and len(s.tokens) < 6 and not s.is_yes_or_no and _is_for_stage(s):
        return True
    wished = s.has("WISHWORD", "RUN", "TURN", "SETUP") or s.is_requested or has_goal(s)
    if s.has("PROMOTION", "MOVED") and (s.is_possible or not s.is_yes_or_no) and wished:
        return True
    return has_goal(s) and (s.has("VERSION", "FREIGHT") or s.count("STAGE") > 1) and not s.has("VERIFY")


def _is_for_stage(s: Senses) -> bool:
    """`2.8.0 for preprod please`."""
    return not s.clause.is_asked and any(one.word == "for" and later.has("STAGE") for one, later in pairwise(s.tokens))


def turns(s: Senses) -> bool:
    """`get it to prod`, `bump ring-1 to the same`, `sg gets v3`: everyday verbs that move Freight where a Stage is with them."""
    if s.is_yes_or_no or s.is_bad or s.has("SETTING", "YAML", "BAD"):
        return False
    if s.first.text in _INTO and s.tokens[1:2] and s.tokens[1].has("STAGE") and not s.clause.is_asked:
        return s.words("with", "goes", "go", "put", "please") and s.has("VERSION", "FREIGHT", "WHAT")
    if s.verbs("TURN") and (s.has("VERSION", "FREIGHT") or s.words(*_THEM)) and has_goal(s):
        return True
    if any(
        one.word in {"give", "hand", "bring", "get"}
        and a.has("STAGE")
        and (b.has("VERSION", "WHAT") or b.word == "whatever")
        for one, a, b in zip(s.tokens, s.tokens[1:], s.tokens[2:], strict=False)
    ):
        return True
    if (
        s.has("STAGE")
        and s.words("same", "par", "level", "align", "match")
        and s.words(*_EQUALS)
        and not s.has("WHAT", "ASKVERB")
    ):
        return True
    if s.first.has("VERSION") and s.has("STAGE") and s.words("should", "must", "needs", "belongs", "goes"):
        return not s.words("already", "have", "been") and not s.clause.is_asked
    if s.words("bump", "bring", "upgrade", "update", "raise") and s.has("STAGE") and (has_goal(s) or s.words("same")):
        return True
    if (
        (s.is_requested or s.words("let", "take", "need", "want", "needs", "wants"))
        and s.has("VERSION")
        and s.has("STAGE")
        and not s.has("VERIFY")
    ):
        return True
    if s.has("WHAT") and s.count("STAGE") > 1 and s.words("should", "must", "needs") and not s.clause.is_asked:
        return s.first.has("STAGE", "WHAT") and s.words("have", "get", "run", "receive", "go")
    return s.first.has("STAGE") and s.has("VERSION") and s.words("gets", "get", "receives", "takes", "should", "needs")


def moves(s: Senses) -> bool:
    """Whether a verb that moves Freight is wished for here, not only asked about."""
    if turns(s):
        return True
    if s.is_yes_or_no or s.is_bad or s.first.has("WHAT"):
        return False
    verbs = [
        at
        for at in s.verbs("MOVE")
        if not (at and s.tokens[at].has("PROMOTION") and s.tokens[at - 1].has("WHAT", "ASKVERB"))
    ]
    return any(
        s.tokens[at].word not in _EVERYDAY or s.has("STAGE", "VERSION", "FREIGHT") or s.words(*_THEM) for at in verbs
    )


def _goes_back(s: Senses) -> bool:
    back = any(one.word in _BACK and at not in s.negated for at, one in enumerate(s.tokens))
    return back and s.has("MOVE", "TURN", "RUN", "SETUP", "HELP", "PROMOTION", "VERSION")


def has_goal(s: Senses) -> bool:
    """`… to prod`."""
    return any(one.has("TO") and later.has("STAGE") for one, later in zip(s.tokens, s.tokens[1:], strict=False)) or (
        any(one.word in {"->", "=>", "→"} for one in s.tokens)
    )
