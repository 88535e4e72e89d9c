"""What one clause wants. The order of the questions is the decision: cause before configuration before state before moving."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from gitops_master.model.routing import Mode
from gitops_master.routing.clauses import Clause
from gitops_master.routing.lexicon import CAREER, CERTAIN, HARD, SOFT, SPELT_RIGHT
from gitops_master.routing.senses import Senses
from gitops_master.routing.spelling import words
from gitops_master.routing.tokens import Token

Kind = Literal["wish", "look", "symptom", "state", "denied", "foreign", "again", "hint", "unclear", "nothing"]

_WEAK = words("""use get give tell put want need have make like see set change update switch add allow split build go let swap
    remove give_me skip drop delete replace bump limit limits""")
_WRITING = frozenset(["write", "tell", "compose", "translate", "sing", "draw", "draft", "explain"])
_CHANGING = words(
    "add remove delete change update replace set skip need make drop want build split put swap have require"
)
_ADVERBS = words("""again once_more nochmal nochmals noch_mal noch_einmal erneut neu otra_vez de_nuevo nuevamente encore_une_fois
    a_nouveau de_nouveau novamente outra_vez de_novo ancora_una_volta di_nuovo nuovamente opnieuw nog_een_keer
    nog_eens ponownie jeszcze_raz igen anew another_time""")
_OURS = ("DOMAIN", "STAGE", "APP", "VERSION", "PROJECT", "PROMOTION", "FREIGHT", "VERIFICATION", "PRODUCT", "SETTING")


class Wish(msgspec.Struct, frozen=True):
    """What a clause comes to. `is_view`: only looks at the pipeline, and needs no Stage; `is_forward`: moves Freight on."""

    kind: Kind
    mode: Mode | None = None
    is_view: bool = False
    is_forward: bool = False
    is_back: bool = False
    clause: Clause | None = None


def wish_of(clause: Clause, *, has_yaml: bool = False) -> Wish:
    """The wish of a clause, or what else it is. `has_yaml`: YAML came with the request, so that `is this right?` is about it."""
    senses = Senses(clause)
    found = _wish(senses, has_yaml)
    return msgspec.structs.replace(found, clause=clause)


def _wish(s: Senses, has_yaml: bool) -> Wish:
    if _is_foreign(s):
        return Wish("foreign")
    if s.is_statement and not _turns(s):
        return _stated(s)
    for decide in (_cause, _setup, _verification, _view, _question, _moving, _looking, _said):
        found = decide(s) if decide is not _setup else _setup(s, has_yaml)
        if found is not None:
            return found
    if s.is_denied:
        return Wish("denied")
    if any(one.word in SOFT for one in s.tokens) and not s.has(*_OURS):
        return Wish("foreign")
    return Wish("unclear" if s.has(*_OURS, "BAD", "GOOD", "MOVE", "AGAIN", "STATUS") else "nothing")


def _is_foreign(s: Senses) -> bool:
    """Speaks of everyday things or of other tools, and of nothing here."""
    if s.has("STAGE", "APP", "VERSION", "PROJECT", "PRODUCT"):
        return any(one.word in HARD for one in s.tokens) and s.first.word in _WRITING
    if any(one.word in HARD for one in s.tokens):
        return not any(one.word in CERTAIN for one in s.tokens) or s.first.word in _WRITING
    return any(one.word in SOFT for one in s.tokens) and not s.has("FREIGHT", "VERIFICATION", "SETTING")


def _stated(s: Senses) -> Wish:
    """A sentence that says how things are: a symptom, or only what explains the wish."""
    if s.has("WHY"):
        return (
            Wish("state")
            if s.first.has("WE") and s.words("know", "understand", "see", "found", "figured_out")
            else Wish("wish", "DIAGNOSE")
        )
    if s.has_symptom or s.has("CAUSE") or s.words("old", "outdated", "behind", "although", "unexpected"):
        return Wish("symptom", "DIAGNOSE")
    return Wish("state" if s.has(*_OURS) else "nothing")


def _cause(s: Senses) -> Wish | None:
    whys = [at for at in s.where("WHY") if not (s.tokens[at].word in {"porque"} and at > 0 and not s.clause.is_asked)]
    if whys:
        rest = [one.word for one in s.tokens[whys[0] + 1 : whys[0] + 4]]
        if rest[:2] == ["do", "not"] and len(rest) > 2 and rest[2] in {"you", "we"}:
            s.negated.clear()
            return _moving(s)
        return Wish("wish", "DIAGNOSE")
    if s.where("CAUSE") and not _is_setup_object(s):
        if s.has("MOVE") and s.words("mean", "means", "cause") and not s.has_symptom:
            return None
        return Wish("wish", "DIAGNOSE")
    return None


def _is_setup_object(s: Senses) -> bool:
    """`prevent_from`-words beside a configuring verb: the cause is not asked for, a gate is."""
    return bool(s.verbs("CONFIGURE")) or (s.has("HOWTO") and s.has("SETTING"))


def _setup(s: Senses, has_yaml: bool) -> Wish | None:
    wanted = Wish("wish", "SETUP")
    if has_yaml and (s.verbs("SETUP", "CONFIGURE", "HELP") or s.words("make_it")) and not s.has("WHY"):
        return wanted
    if (
        s.asks_what
        and s.has("SETTING")
        and not s.has("STAGE", "BAD", "MOVED")
        and s.words("do", "does", "need", "needs", "should", "must", "have", "required", "can")
    ):
        return wanted
    if _makes_verify(s) or (
        s.has("NEWNAME") and s.has("STAGEWORD", "NEWTHING") and s.words("new", "another", "additional")
    ):
        return wanted
    if s.words("make", "set", "make_it") and s.words("it", "make_it") and not s.has("AGAIN", "GOOD", "MOVE", "STAGE"):
        return Wish("hint", "SETUP")
    if s.tokens and s.tokens[-1].word == "how" and s.clause.is_asked and s.has("SETTING", "AUTO"):
        return wanted
    if len(s.tokens) == 1 and s.first.word == "how":
        return Wish("hint", "SETUP")
    if (
        has_yaml
        and (s.has("LINT", "VERIFY", "LOOK", "HELP", "SETTING", "NEWTHING") or s.is_yes_or_no)
        and not s.has("STAGE", "APP", "VERSION")
    ):
        return wanted
    if s.has("LINT") and s.has("YAML", "SETTING"):
        return wanted
    if s.has("PROMOTION") and not s.has("SETTING") and s.words("create", "start", "trigger", "make"):
        return None
    if s.has("VERSION") and not s.has("SETTING", "NEWTHING") and not s.has("YAML"):
        return None
    objects = s.has("SETTING", "AUTO") and not (s.has("AGAIN") and not _settings_beside_retry(s))
    if _configures(s, objects):
        return wanted
    if (
        objects
        and not s.has_symptom
        and not s.has("VERIFY", "MOVE", "BACK", "RUN", "AGAIN", "STATUS", "MOVED", "PROMOTION", "GOOD")
        and not s.is_denied
    ):
        return None if s.is_yes_or_no or (s.has("WHAT", "SHOW") and s.has("STAGE")) else Wish("hint", "SETUP")
    return None


def _makes_verify(s: Senses) -> bool:
    """`have staging verify that …`: not a check to be made now."""
    if not s.words("want", "have", "make", "let", "should", "must", "need", "like") or s.clause.is_asked:
        return False
    verbs = set(s.where("VERIFY"))
    return (
        any(one.has("STAGE") and ({at + 1, at + 2, at + 3} & verbs) for at, one in enumerate(s.tokens))
        and len(s.tokens) > 4
    )


def _settings_beside_retry(s: Senses) -> bool:
    """`add a retry` sets one; `retry it` does it again."""
    if (s.has("HOWTO") and s.has("CONFIGURE")) or any(
        s.tokens[at].word
        in {"add", "configure", "set", "increase", "set_up", "change", "enable", "need", "want", "put"}
        for at in s.verbs("SETUP")
    ):
        return True
    return any(not s.tokens[at].has("AGAIN") for at in s.where("SETTING", "AUTO"))


def _configures(s: Senses, objects: bool) -> bool:
    strong = [at for at in s.verbs("SETUP", "CONFIGURE") if s.tokens[at].word not in _WEAK]
    weak = [at for at in s.verbs("SETUP", "CONFIGURE") if s.tokens[at].word in _WEAK]
    about_state = s.is_yes_or_no and not s.is_possible and not s.clause.is_embedded
    if about_state and s.first.has("ASKVERB"):
        return s.has("HOWTO")
    if s.has("HOWTO"):
        moves = bool(s.verbs("MOVE", "BACK")) and not objects
        if moves and not s.has("CONFIGURE"):
            return False
        return (not s.has_symptom or s.has("CONFIGURE")) and bool(objects or strong or s.has("CONFIGURE", "NEWTHING"))
    if strong and (
        objects or s.has("NEWTHING", "VERIFICATION", "STAGEWORD", "NEWNAME", "PRODUCT") or s.has("CONFIGURE")
    ):
        return not (s.has("PROMOTION") and not objects and not s.has("CONFIGURE"))
    changes = s.words(*_CHANGING) and s.has("NEWTHING", "VERIFICATION", "NEWNAME") and not s.has("AGAIN", "RUN")
    if weak and (objects or changes):
        return not (s.has("VERIFY") and s.words("need", "want") and not objects)
    if objects and (s.has("WISHWORD", "STOP", "TURN") or s.is_possible):
        return not s.has_symptom or s.is_possible
    return s.has("YAML") and not s.has_symptom and not s.is_yes_or_no


def _verification(s: Senses) -> Wish | None:
    wanted = Wish("wish", "VERIFY")
    if s.is_yes_or_no and not s.is_possible:
        return None
    acts = s.verbs("AGAIN", "RUN", "STOP", "MOVE", "TURN")
    if s.has("VERIFICATION") and acts and not (s.has("PROMOTION") and s.has("STOP")):
        return wanted
    if [at for at in s.verbs("AGAIN") if s.tokens[at].has("VERIFY")]:
        return wanted
    return None


def _view(s: Senses) -> Wish | None:
    """Versions across the pipeline, and what is available."""
    wanted = Wish("wish", "PROMOTE", is_view=True)
    if s.verbs("BACK", "APPROVE") or _moves(s):
        return None
    stages = s.count("STAGE")
    asked = s.asks_what or s.has("SHOW") or s.is_told
    if (
        asked
        and not s.clause.is_embedded
        and (s.has("AVAILABLE") or len(s.where("WHAT")) > 1 or (s.first.has("WHAT") and s.has("MOVE")))
    ):
        return wanted
    if s.has("AVAILABLE") and not (
        s.words("available", "disponible", "verfugbar") and stages and not s.has("FREIGHT", "VERSION")
    ):
        return wanted if not s.has_symptom or s.has("FREIGHT") else None
    if s.has("ACROSS"):
        if s.is_yes_or_no and s.has("GOOD", "BAD") and not s.words("behind", "ahead", "where"):
            return None
        if s.has_symptom and not s.has("FREIGHT", "VERSION"):
            return None
        return wanted if s.has(*_OURS, "MOVED", "SHOW", "STATUS", "WHAT") else None
    if s.is_yes_or_no or s.has_symptom:
        return None
    if s.has("FREIGHT", "PROMOTION") and asked and stages != 1:
        return wanted
    return wanted if s.asks_what and stages > 1 else None


def _question(s: Senses) -> Wish | None:
    """Yes or no about a state; what is in one Stage."""
    if s.is_possible and s.has("MOVE", "BACK", "APPROVE", "STOP"):
        return None
    wanted = Wish("wish", "VERIFY")
    if s.is_yes_or_no:
        if (
            s.first.word in {"can", "could", "may", "should", "shall", "will"}
            and s.has("MOVE", "MOVED", "BACK")
            and s.has("VERSION", "STAGE", "FREIGHT")
            and not s.is_bad
        ):
            return Wish("wish", "PROMOTE", is_forward=True)
        if (
            s.has(
                "GOOD",
                "BAD",
                "STATUS",
                "MOVED",
                "STAGE",
                "APP",
                "VERSION",
                "PROMOTION",
                "VERIFICATION",
                "FREIGHT",
                "DOMAIN",
            )
            or s.is_bad
        ):
            return wanted
        return None
    if s.asks_what and s.words("there") and s.has("GOOD", "MOVED", "FREIGHT"):
        return wanted
    if (
        s.has("WISHWORD")
        and s.has("FREIGHT")
        and s.count("STAGE") == 1
        and not s.verbs("MOVE", "BACK", "TURN")
        and not _has_goal(s)
    ):
        return wanted
    if (s.asks_what or s.has("SHOW")) and not _moves(s):
        if s.has_symptom and not s.has("GOOD", "FREIGHT", "VERSION"):
            return Wish("wish", "DIAGNOSE")
        if s.has("STAGE", "APP", "VERIFICATION", "STATUS") or (s.has("PROMOTION") and s.has("SHOW")):
            return wanted
    return None


def _turns(s: Senses) -> bool:
    """`get it to prod`, `bump ring-1 to the same`, `sg gets v3`: everyday verbs that move Freight where a Stage is with them."""
    if s.is_yes_or_no or s.is_bad or s.has("SETTING", "YAML", "BAD"):
        return False
    if (
        s.verbs("TURN")
        and (s.has("VERSION", "FREIGHT") or s.words("it", "that", "this", "them", "everything"))
        and _has_goal(s)
    ):
        return True
    if s.words("bump", "bring", "upgrade", "update", "raise") and s.has("STAGE") and (_has_goal(s) or s.words("same")):
        return True
    return s.first.has("STAGE") and s.has("VERSION") and s.words("gets", "get", "receives", "takes", "should", "needs")


def _moves(s: Senses) -> bool:
    """Whether a verb that moves Freight is wished for here, not only asked about."""
    if _turns(s):
        return True
    if s.verbs("TURN") and s.has("VERSION", "FREIGHT") and _has_goal(s) and not s.is_yes_or_no and not s.is_bad:
        return True
    verbs = [
        at
        for at in s.verbs("MOVE")
        if not (s.tokens[at].has("PROMOTION") and at and s.tokens[at - 1].has("WHAT", "ASKVERB"))
    ]
    verbs = [
        at
        for at in verbs
        if s.tokens[at].word not in {"send", "carry", "publish", "put", "bring"}
        or s.has("STAGE", "VERSION", "FREIGHT", "AWAY")
    ]
    return bool(verbs) and not s.is_yes_or_no and not (s.has("WHAT") and s.first.has("WHAT")) and not s.is_bad


def _moving(s: Senses) -> Wish | None:
    if s.is_bad and not s.is_possible:
        return None
    if s.verbs("BACK") or _goes_back(s):
        return Wish("wish", "PROMOTE", is_back=True)
    if s.verbs("STOP") and (
        s.has("PROMOTION", "FREIGHT", "MOVED", "STAGE", "VERSION", "PIPELINE", "MOVE")
        or s.words("it", "that", "this", "everything")
    ):
        return Wish("wish", "PROMOTE")
    if s.verbs("APPROVE") and (s.has("STAGE", "VERSION", "FREIGHT", "PROMOTION") or len(s.tokens) < 4):
        return Wish("wish", "PROMOTE")
    forward = Wish("wish", "PROMOTE", is_forward=True)
    verbs = s.verbs("MOVE")
    if verbs and (not s.has("BAD") or verbs[0] < min(s.where("BAD"))) and not s.is_yes_or_no:
        return forward
    if s.is_possible and s.has("MOVE", "MOVED", "BACK"):
        return forward
    if _turns(s) or (any(one.word in {"<-", "←"} for one in s.tokens) and s.has("STAGE")):
        return forward
    if s.verbs("TURN") and (s.has("VERSION") or (s.has("FREIGHT") and s.has("STAGE"))):
        return forward
    if s.verbs("AGAIN") and s.has("PROMOTION", "MOVED") and s.has("AGAIN"):
        return Wish("wish", "PROMOTE")
    if (
        s.has("PROMOTION", "MOVED")
        and not s.has("BAD", "GOOD", "WHAT")
        and not s.is_yes_or_no
        and (s.has("WISHWORD", "RUN", "TURN", "SETUP") or s.is_requested or _has_goal(s))
    ):
        return forward
    return (
        forward
        if _has_goal(s)
        and (s.has("VERSION", "FREIGHT") or s.count("STAGE") > 1)
        and not s.has("BAD", "GOOD", "WHAT", "VERIFY")
        else None
    )


def _goes_back(s: Senses) -> bool:
    back = [
        at
        for at, one in enumerate(s.tokens)
        if one.word in {"back", "zuruck", "zurueck", "terug", "atras"} and at not in s.negated
    ]
    return (bool(back) and s.has("MOVE", "TURN", "RUN", "SETUP", "HELP", "PROMOTION")) or (
        bool(back) and s.has("VERSION")
    )


def _has_goal(s: Senses) -> bool:
    """`… to prod`."""
    return any(one.has("TO") and later.has("STAGE") for one, later in zip(s.tokens, s.tokens[1:], strict=False)) or (
        any(one.word in {"->", "=>", "→"} for one in s.tokens)
    )


def _looking(s: Senses) -> Wish | None:
    """Checking: of what is said to be wrong it asks for the cause."""
    again = s.where("AGAIN")
    if (
        again
        and not s.has("VERIFY", "BAD")
        and (s.verbs("RUN") or any(s.tokens[at].word not in _ADVERBS for at in again))
    ):
        return Wish("again")
    verbs = s.verbs("VERIFY")
    if verbs:
        looks = all(s.tokens[at].has("LOOK") for at in verbs)
        if looks and s.has_symptom and not s.words("for"):
            return Wish("wish", "DIAGNOSE")
        has_object = s.has(*_OURS, "STATUS", "GOOD", "PRODUCT") or s.words("it", "again", "everything", "that", "this")
        if has_object or len(s.tokens) == 1:
            return Wish("look" if looks and not s.clause.is_embedded else "wish", "VERIFY")
        return (
            Wish("nothing") if any(not one.is_known and not one.senses for one in s.tokens) else Wish("look", "VERIFY")
        )
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
    if s.has("GOOD") and s.has(*_OURS):
        return Wish("state")
    if s.has("VERIFICATION") and not s.is_denied and (s.has("STAGE", "WISHWORD") or len(s.tokens) < 3):
        return Wish("wish", "VERIFY")
    return None


def is_foreign(tokens: Sequence[Token]) -> bool:
    """Whether a whole text is about something else: everyday words or other tools, and nothing that only we speak of."""
    words = [one.word for one in tokens]
    everyday = sum(word in HARD for word in words)
    names = [one for one in tokens if one.has("STAGE", "APP", "VERSION", "PROJECT")]
    if any(one.text not in SPELT_RIGHT for one in names) or any(one.has("PRODUCT") for one in tokens):
        return False
    if any(word in CAREER for word in words) and not names:
        return not any(word in CERTAIN for word in words if not word.startswith("promotion"))
    if any(word in CERTAIN for word in words) or len(names) > everyday // 2:
        return False
    return bool(everyday) or (
        any(word in SOFT for word in words)
        and not any(one.has("FREIGHT", "VERIFICATION", "SETTING", "PROMOTION", "STAGEWORD") for one in tokens)
    )
