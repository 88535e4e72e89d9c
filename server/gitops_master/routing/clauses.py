"""A request as clauses: what is wanted, what is only said about it, and in which order."""

from collections.abc import Sequence

import msgspec

from gitops_master.routing.spelling import words
from gitops_master.routing.tokens import Token, joins

_HARD = frozenset(".?!;\n()") | {"...", ".."}
_SOFT = frozenset(",:–—-|")
_QUOTES = frozenset('"“”„«»')
_PREDICATES = words(
    "WHY CAUSE VERIFY MOVE BACK STOP APPROVE SETUP AGAIN RUN HOWTO SHOW HELP WHAT TURN AVAILABLE ACROSS"
)
_OPENERS = words("""first also please pls then it if so ok okay yes afterwards afterward finally next just now i we you can could would
    will should let us me know hear want need to like maybe perhaps possible immediately do not again kindly directly bitte
    por favor s'il te vous plait anschliessend danach luego the a""")
_ASKING = words("""out know wonder wondering see sure tell ask say find understand learn idea report curious interested question matter
    weiss wissen sehen sag sage schau saber sabes dime dire savoir sais dis sapere sai weten wiedziec wiem verify
    check""")
_BEFORE_DUTCH_IF = words(
    "check checken checkt weten zien zeggen kijken nagaan na even eens mij vertel vraag weet controleer kijk eruit me"
)
_PLEASING = words(
    "appreciated obliged helpful thankful great nice lovely cool awesome appreciate grateful happy glad perfect wonderful"
)
_ONLY_AFTER_NOT = words(
    "just only instead rather nur lieber solo solamente seulement plutot apenas soltanto alleen tylko sonst"
)


class Clause(msgspec.Struct, frozen=True):
    """A stretch of tokens. `under`: before, after, because or if, where it is subordinate; `is_asked`: ends with a question mark.

    `is_embedded`: what follows `whether` is asked. `starts`: the tokens' places in the text.
    """

    tokens: tuple[Token, ...]
    starts: tuple[int, ...]
    under: str = ""
    is_asked: bool = False
    is_embedded: bool = False
    is_quoted: bool = False


class _Cutter:
    """Cuts tokens into clauses, in one pass."""

    def __init__(self) -> None:
        self.done: list[Clause] = []
        self.current: list[tuple[int, Token]] = []
        self.under = ""
        self.embedded = False
        self.sentence = 0

    def cut(self, *, asked: bool = False) -> None:
        if self.current:
            places, tokens = zip(*self.current, strict=True)
            self.done.append(Clause(tokens, places, self.under, is_embedded=self.embedded))
        if asked:
            # a question mark asks what came last; what was only said before it stays said
            self.done[-1:] = [msgspec.structs.replace(one, is_asked=True) for one in self.done[-1:]]
        self.current, self.under, self.embedded = [], "", False

    def has_not(self) -> bool:
        return any(one.has("NOT") for _, one in self.current)


def clauses(tokens: Sequence[Token]) -> list[Clause]:
    """The clauses of a text, in its order. Every token is in at most one; marks and words that only join are in none."""
    cutter = _Cutter()
    for at, token in enumerate(tokens):
        if token.word in _HARD:
            cutter.cut(asked=token.word == "?")
        elif token.word in _SOFT:
            if _may_cut(tokens, at, cutter):
                cutter.cut()
        elif token.word in _QUOTES:
            continue
        elif _joins_here(tokens, at, cutter):
            cutter.cut()
        elif not cutter.current and joins(token) == "then" and not token.has("STAGE", "APP"):
            continue
        else:
            under = _subordinates(tokens, at, cutter)
            if under == "whether":
                cutter.embedded = True
            elif under:
                cutter.cut()
                cutter.under = "" if under == "please" else under
                continue
            if _goes_on_after(tokens, at, cutter):
                continue
            if _ends_condition(token, cutter) or (cutter.under and cutter.current and _requests(tokens, at)):
                cutter.cut()
            cutter.current.append((at, token))
    cutter.cut()
    return _merged(cutter.done)


def _may_cut(tokens: Sequence[Token], at: int, cutter: _Cutter) -> bool:
    if tokens[at].word in {"-", "|", ":"}:
        return bool(cutter.current) and _opens(tokens, at + 1)
    return True


def _joins_here(tokens: Sequence[Token], at: int, cutter: _Cutter) -> bool:
    token = tokens[at]
    how = "" if token.has("STAGE", "APP", "VERSION", "PROJECT") else joins(token)
    if how == "and":
        return _opens(tokens, at + 1)
    if how == "then":
        return bool(cutter.current) or cutter.under != ""
    if how == "but":
        if at + 2 < len(tokens) and tokens[at + 1].has("NOT") and tokens[at + 2].has("IN", "STAGE") and cutter.current:
            return False
        if token.word in _ONLY_AFTER_NOT:
            return cutter.has_not() and not cutter.current[-1][1].has("NOT")
        return bool(cutter.current)
    return False


def _requests(tokens: Sequence[Token], at: int) -> bool:
    """`following our call I would …`, `after lunch could you …`: somebody is spoken to, so that what came before is over."""
    token, after = tokens[min(at, len(tokens) - 1)], tokens[at + 1] if at + 1 < len(tokens) else None
    if after is None:
        return False
    if token.word in {"i", "we", "so_i", "so_we"}:
        return after.word in {"would", "kindly", "ask", "request", "want", "wish"}
    return (token.has("ASKVERB") and after.has("YOU")) or (token.word == "please" and after.has(*_PREDICATES))


def _goes_on_after(tokens: Sequence[Token], at: int, cutter: _Cutter) -> bool:
    """`after that get it into prod`: the next step, not a condition; its pronoun says nothing."""
    if tokens[at].word not in {"that", "this", "which"} or cutter.under != "after" or cutter.current:
        return False
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if after is None or after.has("ASKVERB", "GOOD", "STAGE", "VERSION", "FREIGHT", "PROMOTION", "VERIFICATION"):
        return False
    cutter.under = ""
    return True


def _ends_condition(token: Token, cutter: _Cutter) -> bool:
    """`if ok promote it`: the condition is over where the next command begins, comma or not."""
    if (
        cutter.under not in {"if", "after", "before"}
        or not cutter.current
        or not token.has("MOVE", "BACK", "VERIFY", "STOP", "AGAIN", "APPROVE", "SHOW", "WHY", "CAUSE")
    ):
        return False
    if cutter.under == "if" and len(cutter.current) == 1 and cutter.current[0][1].has("NOT"):
        return token.has("WHY", "CAUSE", "MOVE", "BACK", "SHOW")
    last = cutter.current[-1][1]
    first = cutter.current[0][1].text
    spoken = [one for _, one in cutter.current]
    if first in {"it", "that", "they", "this", "so"} and all(one.has("ASKVERB", "NOT") for one in spoken[1:]):
        return len(spoken) > 1 or first == "so" or (cutter.under == "before" and first in {"that", "this"})
    if first.endswith("ing") and any(one.has("STAGE") for _, one in cutter.current):
        return not last.has("TO", "NOT")
    said = any(
        one.has("GOOD", "BAD", "NOT", "STATUS") or one.word in {"so", "yes", "possible"} for _, one in cutter.current
    )
    said = said or (len(cutter.current) > 1 and cutter.current[0][1].has("WE", "YOU"))
    return said and not last.has("TO", "ASKVERB", "NOT", "WE", "YOU") and last.word not in {"the", "a", "last"}


def _opens(tokens: Sequence[Token], at: int) -> bool:
    """Whether a clause with a predicate begins here."""
    for token in tokens[at : at + 7]:
        if token.has(*_PREDICATES) and not token.has("STAGE", "APP", "VERSION") and token.word not in _OPENERS:
            return True
        if token.has("BEFORE", "AFTER", "WHETHER", "ASKVERB"):
            return True
        if token.word not in _OPENERS and not joins(token) and not token.has("STAGE", "GOOD", "FILLER"):
            return False
    return False


def _is_polite(tokens: Sequence[Token], at: int, cutter: _Cutter) -> bool:
    """`if you could …`, `it would be great if …`: a wish, no condition."""
    asks = at + 2 < len(tokens) and tokens[at + 1].has("YOU") and tokens[at + 2].has("ASKVERB")
    said = [one for _, one in cutter.current]
    return asks or (any(one.word in _PLEASING for one in said) and not any(one.has("VERIFY") for one in said))


def _subordinates(tokens: Sequence[Token], at: int, cutter: _Cutter) -> str:
    token = tokens[at]
    if token.has("STAGE", "APP", "VERSION", "PROJECT"):
        return ""
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if token.word == "if" and _is_polite(tokens, at, cutter):
        return "please"
    if token.text == "of" and not (at and tokens[at - 1].text in _BEFORE_DUTCH_IF):
        return ""
    if token.has("WHETHER"):
        if token.word in {"whether", "ob", "czy"} or any(
            one.has("VERIFY", "LOOK", "SHOW") or one.word in _ASKING for _, one in cutter.current
        ):
            return "whether"
        return (
            "if"
            if token.word in {"if", "si", "se", "als", "czy", "om"} and not (token.word == "se" and cutter.current)
            else ""
        )
    if token.has("AFTER") and not (after is not None and after.has("ASKVERB") and token.has("WHAT")):
        return "" if token.word in {"po", "als", "following"} and cutter.current else "after"
    if token.has("BEFORE"):
        return "before"
    if token.has("BECAUSE") and _requests(tokens, at if token.word.startswith("so_") else at + 1):
        return "please"
    if token.has("BECAUSE") and (token.word != "since" or (after is not None and after.has("WE"))):
        return "" if token.word.startswith("so_") and _changes(cutter) else "because"
    return ""


def _changes(cutter: _Cutter) -> bool:
    """`change staging so that it waits`: what it is to do is what is to be changed."""
    said = [one for _, one in cutter.current]
    return any(one.has("SETUP", "CONFIGURE") for one in said) and not any(one.has("MOVE", "VERSION") for one in said)


def _merged(found: list[Clause]) -> list[Clause]:
    """Fragments without a predicate (`for prod, please`) go to the clause before them, or else the one behind."""
    merged: list[Clause] = []
    waiting: Clause | None = None
    for clause in found:
        if waiting is not None:
            clause, waiting = _joined(waiting, clause), None
        if _is_whole(clause) or clause.under:
            merged.append(clause)
        elif merged and not merged[-1].under and not merged[-1].is_asked:
            merged[-1] = _joined(merged[-1], clause)
        elif clause.is_asked or (clause.tokens[0].has("WE") and any(one.has("VERSION") for one in clause.tokens)):
            merged.append(clause)
        else:
            waiting = clause
    if waiting is not None:
        merged.append(waiting)
    return merged


def _joined(one: Clause, other: Clause) -> Clause:
    return msgspec.structs.replace(
        other,
        tokens=(*one.tokens, *other.tokens),
        starts=(*one.starts, *other.starts),
        is_asked=one.is_asked or other.is_asked,
        is_embedded=one.is_embedded or other.is_embedded,
        under=one.under or other.under,
    )


def _is_whole(clause: Clause) -> bool:
    states = words("BAD GOOD STATUS ACROSS AVAILABLE SETTING VERIFICATION PROMOTION MOVED ASKVERB ENDLESS FREIGHT NOT")
    plain = [one for one in clause.tokens if not one.has("STAGE", "APP", "VERSION", "PROJECT")]
    if any(one.has("VERSION") for one in clause.tokens) and any(
        one.word in {"gets", "get", "takes", "receives"} for one in clause.tokens
    ):
        return True
    pairs = zip(clause.tokens, clause.tokens[1:], strict=False)
    if any(one.has("VERSION") for one in clause.tokens) and any(
        one.has("TO") and other.has("STAGE") for one, other in pairs
    ):
        return True
    if all(any(one.has(sense) for one in clause.tokens) for sense in ("VERSION", "STAGE", "WISHWORD")):
        return True
    if all(any(one.has(sense) for one in clause.tokens) for sense in ("VERSION", "STAGE", "WISHWORD")):
        return True
    if any(one.word in {"forget", "forget_about", "ignore", "leave"} for one in clause.tokens):
        return True
    if len(clause.tokens) > 1 and clause.tokens[0].has("NOT") and clause.tokens[1].has("VERSION"):
        return False  # what is set right belongs to what it was said of: `promote v1, not v2, to prod`
    if len(clause.tokens) > 2 and clause.tokens[0].has("NOT") and clause.tokens[2].has("STAGE"):
        return clause.tokens[1].text not in {"to", "into", "onto"}
    return any(
        one.has(*_PREDICATES, *states) and one.word not in {"do", "want", "need", "like", "please"} for one in plain
    )
