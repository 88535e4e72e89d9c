"""What one clause wants. The order of the questions is the decision: cause before configuration before state before moving."""

import msgspec

from gitops_master.routing.asking import question, verification, view
from gitops_master.routing.clauses import Clause
from gitops_master.routing.foreign import is_foreign_clause
from gitops_master.routing.lexicon import SOFT
from gitops_master.routing.moving import moving, turns
from gitops_master.routing.senses import Senses
from gitops_master.routing.setting_up import set_up
from gitops_master.routing.spelling import words
from gitops_master.routing.wish import OURS, Wish

_MENDED = words("fixed sorted repaired unstuck unblocked resolved solved")
_HELPING = words(
    "kummer_dich kummere_dich kummert_euch kummern_sie_sich occupe-toi ocupate occupati zajmij_sie zorg_voor cuida help help_me assist take_care_of handle"
)
_MAYBE = words("wrong_with going_on")
_ADVERBS = words("""again once_more nochmal nochmals noch_mal noch_einmal erneut neu otra_vez de_nuevo nuevamente encore_une_fois
    a_nouveau de_nouveau novamente outra_vez de_novo ancora_una_volta di_nuovo nuovamente opnieuw nog_een_keer
    nog_eens ponownie jeszcze_raz igen anew another_time""")


def wish_of(clause: Clause, *, has_yaml: bool = False) -> Wish:
    """The wish of a clause, or what else it is. `has_yaml`: YAML came with the request, so that `is this right?` is about it."""
    senses = Senses(clause)
    found = _wish(senses, has_yaml)
    return msgspec.structs.replace(found, clause=clause)


def _wish(s: Senses, has_yaml: bool) -> Wish:
    if is_foreign_clause(s):
        return Wish("foreign")
    if s.is_kept:
        return Wish("wish", "PROMOTE")
    if s.is_statement and not turns(s):
        return _stated(s)
    if s.words("quick") and s.words("health_check", "smoke_test") and s.has("STAGE", "APP"):
        return Wish("wish", "VERIFY")
    if _is_overdue(s):
        return Wish("symptom", "DIAGNOSE")
    found = _cause(s) or set_up(s, has_yaml=has_yaml)
    for decide in (verification, view, question, moving, _looking, _said):
        found = found or decide(s)
    if found is not None:
        return found
    if s.is_denied:
        return Wish("denied")
    if any(one.word in SOFT for one in s.tokens) and not s.has(*OURS):
        return Wish("foreign")
    return Wish("unclear" if s.has(*OURS, "BAD", "GOOD", "MOVE", "AGAIN", "STATUS") else "nothing")


def _is_overdue(s: Senses) -> bool:
    """`beta should have been promoted yesterday`."""
    spoken = [one.word for one in s.tokens[:6]]
    said = any(spoken[at : at + 3] == ["should", "have", "been"] for at in range(1, 4))
    return said and not s.clause.is_asked and s.has("MOVED", "GOOD") and not s.is_requested


def _stated(s: Senses) -> Wish:
    """A sentence that says how things are: a symptom, or only what explains the wish."""
    if s.has("WHY"):
        return (
            Wish("state")
            if s.first.has("WE") and s.words("know", "understand", "see", "found", "figured_out")
            else Wish("wish", "DIAGNOSE")
        )
    lacks = s.is_denied and not s.first.has("WE", "NOT") and s.first.has(*OURS)
    keeps = s.words("still") and s.has("STAGE", "APP") and s.has("VERSION", "FREIGHT")
    if (
        lacks
        or keeps
        or s.has_symptom
        or s.has("CAUSE")
        or s.words("old", "outdated", "behind", "although", "unexpected")
    ):
        return Wish("symptom", "DIAGNOSE")
    return Wish("state" if s.has(*OURS) else "nothing")


def _cause(s: Senses) -> Wish | None:
    whys = [at for at in s.where("WHY") if not (s.tokens[at].word in {"porque"} and at > 0 and not s.clause.is_asked)]
    if whys:
        rest = [one.word for one in s.tokens[whys[0] + 1 : whys[0] + 4]]
        if rest[:2] == ["do", "not"] and len(rest) > 2 and rest[2] in {"you", "we"}:
            s.negated.clear()
            return moving(s)
        return Wish("wish", "DIAGNOSE")
    if (
        s.has_symptom
        and s.tokens
        and (
            s.first.word in {"how_did", "how_could"}
            or (s.first.word == "how" and s.tokens[1:2] and s.tokens[1].word in {"did", "could", "can"})
        )
    ):
        return Wish("wish", "DIAGNOSE")
    if s.is_yes_or_no and s.where("CAUSE") and all(s.tokens[at].word in _MAYBE for at in s.where("CAUSE")):
        return Wish("wish", "VERIFY") if s.has("STAGE", "APP", "PROJECT", "PROMOTION", "VERIFICATION") else None
    if s.clause.is_embedded and s.has("CAUSE") and s.has("WHETHER") and min(s.where("CAUSE")) < max(s.where("WHETHER")):
        return Wish("wish", "VERIFY") if s.is_yes_or_no and s.has(*OURS) else None
    if s.where("CAUSE") and not _is_setup_object(s):
        if s.has("MOVE") and s.words("mean", "means", "cause") and not s.has_symptom:
            return None
        return Wish("wish", "DIAGNOSE")
    return None


def _is_setup_object(s: Senses) -> bool:
    """`prevent_from`-words beside a configuring verb: the cause is not asked for, a gate is."""
    return bool(s.verbs("CONFIGURE")) or (s.has("HOWTO") and s.has("SETTING"))


def _looking(s: Senses) -> Wish | None:
    """Checking: of what is said to be wrong it asks for the cause."""
    again = s.where("AGAIN")
    if (
        again
        and not s.has("VERIFY", "BAD")
        and (s.verbs("RUN") or any(s.tokens[at].word not in _ADVERBS for at in again))
    ):
        return Wish("again")
    if s.verbs("RUN") and s.tokens[-1].word in {"it", "that", "them", "those"} and len(s.tokens) < 4:
        return Wish("again")
    verbs = s.verbs("VERIFY")
    if verbs:
        looks = all(s.tokens[at].has("LOOK") for at in verbs)
        if looks and s.has_symptom and not s.words("for"):
            return Wish("wish", "DIAGNOSE")
        has_object = s.has(*OURS, "STATUS", "GOOD", "PRODUCT") or s.words("it", "again", "everything", "that", "this")
        if has_object or len(s.tokens) == 1:
            return Wish("look" if looks and not s.clause.is_embedded else "wish", "VERIFY")
        return (
            Wish("nothing") if any(not one.is_known and not one.senses for one in s.tokens) else Wish("look", "VERIFY")
        )
    if (
        s.words("need", "want", "get", "have")
        and s.tokens[-1].word in _MENDED
        and s.has("STAGE", "APP")
        and not s.is_yes_or_no
    ):
        return Wish("wish", "DIAGNOSE")
    if s.verbs("HELP") and not s.has_symptom and all(s.tokens[at].word in _HELPING for at in s.where("HELP")):
        return Wish("unclear") if s.has("STAGE", "APP", "PROMOTION", "VERIFICATION") else None
    if s.verbs("HELP"):
        if s.has("STAGE", "APP", "PROMOTION", "VERIFICATION") or s.has_symptom:
            return Wish("wish", "DIAGNOSE")
        return None
    return None


def _said(s: Senses) -> Wish | None:
    """Statements: a symptom asks for its cause where nothing else is wished; a good state only explains the wish."""
    if s.has_symptom:
        return Wish("symptom", "DIAGNOSE")
    if s.has("STATUS"):
        return (
            Wish("wish", "VERIFY") if s.has("STAGE", "APP", "VERIFICATION", "PROMOTION", "PROJECT", "VERSION") else None
        )
    if s.has("GOOD") and s.has(*OURS):
        return Wish("state")
    if s.has("VERIFICATION") and not s.is_denied and (s.has("STAGE", "WISHWORD") or len(s.tokens) < 3):
        return Wish("wish", "VERIFY")
    return None
