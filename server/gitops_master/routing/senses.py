"""One clause as what can be asked of it: which verbs are wished for, which only spoken of, what is negated, what is a question."""

from functools import cached_property
from itertools import pairwise

import msgspec

from gitops_master.routing.clauses import Clause
from gitops_master.routing.keeping import keeps_out
from gitops_master.routing.lexicon import ENGLISH_WORDS
from gitops_master.routing.passive import as_active
from gitops_master.routing.polite import POLITE, as_command, led_in, strip
from gitops_master.routing.spelling import words
from gitops_master.routing.tokens import Token

_LIGHT = words(
    "do make perform initiate start trigger run give need want request mach mache machen macht haz hacer fais faire faz fazer fai fare doe doen zrob"
)
"""Verbs that say nothing by themselves: what is to be done is the noun behind them, `do a rollback`."""
_ARTICLES = words("""the a an this that these those my our your their last latest next new current each every any no of failed
    running stuck some which what same previous second first another automatic manual der die das ein eine el la un
    una le les une il lo o os de het een""")
_SUBJECTS = frozenset(
    ["i", "we", "they", "he", "she", "it", "someone", "somebody", "who", "wir", "ich", "that", "which"]
)
_HOW = frozenset(["wie", "como", "comment", "come", "hoe", "jak", "how"])
_GERMAN = frozenset(["ist", "kann", "ich", "war", "hat", "in", "auf"])
ACTING = ("MOVE", "BACK", "STOP", "APPROVE", "VERIFY", "SETUP", "AGAIN", "RUN", "TURN", "CONFIGURE")
_DENIABLE = (
    *ACTING,
    "MOVED",
    "PROMOTION",
    "CAUSE",
    "WHY",
    "HELP",
    "FREIGHT",
    "VERIFICATION",
    "AVAILABLE",
    "WHETHER",
    "SETTING",
)
_NOBODY = words("unable nothing nobody none neither")
_BETWEEN = words("really yet the so quite very all va esta e looking")
_HARMLESS_NOT = frozenset(["forget", "hesitate", "worry", "care", "sure", "only", "yet", "problem", "rush", "matter"])
_WITHOUT = words("""without instead_of rather_than never ohne anstatt statt sin sans sem senza zonder bez en_lugar_de em_vez_de
    au_lieu_de invece_di in_plaats_van zamiast""")
_NOT_AFTER = frozenset(["nicht", "niet", "pas", "nie", "ikke", "inte", "not"])
_HANDS_ON = words(
    "know wonder tell me see say wissen sagen saber savoir sapere weten wiedziec of about ask find out advise clarify confirm check learn list show"
)
_FINITE = words("""is are was were has have had does did ist sind war hat haben wurde est sont etait esta estan fue es sao foi sono
    stato zijn heeft werd jest byl failed fails keeps passed looks looked says stays shows went goes gets got needs
    stopped started crashed used promoted worked works succeeded""")
_AUXILIARY = frozenset(
    ["can", "could", "will", "does", "did", "is", "are", "was", "were", "has", "have", "had", "would", "should", "be"]
)


class Senses:
    """A clause under examination. Places are indices into `tokens`, which have the polite beginning taken off."""

    def __init__(self, clause: Clause) -> None:
        self.clause = clause
        tokens = [one for one in clause.tokens if not one.is_mark]
        tokens, flags = strip(tokens)
        self.is_possible, self.is_requested, self.is_told = (
            one in flags for one in ("is_possible", "is_requested", "is_told")
        )
        if self.is_requested and tokens:
            tokens, more = strip([as_command(tokens[0]), *tokens[1:]])
            self.is_told = self.is_told or "is_told" in more
        active = as_active(tokens)
        self.is_requested = self.is_requested or active is not tokens
        self.tokens = self._translated(led_in(active))
        self.negated: set[int] = set()
        self.is_bad = False
        self.is_kept = False
        self.is_denied = False
        self._negate()

    @staticmethod
    def _translated(tokens: list[Token]) -> list[Token]:
        """Words that mean one thing in front of a clause of their own language, and another elsewhere."""
        if (
            len(tokens) > 1
            and tokens[0].word == "was"
            and not tokens[1].is_mark
            and (tokens[1].text not in ENGLISH_WORDS or tokens[1].word in _GERMAN)
            and not tokens[1].has("STAGE", "APP", "VERSION")
        ):
            return [msgspec.structs.replace(tokens[0], senses=frozenset(["WHAT"])), *tokens[1:]]
        if (
            len(tokens) > 1
            and tokens[0].word in _HOW
            and any(one.has("SETUP", "CONFIGURE", "MOVE", "BACK") for one in tokens[1:4])
        ):
            return [msgspec.structs.replace(tokens[0], senses=frozenset(["HOWTO"])), *tokens[1:]]
        return tokens

    def _negate(self) -> None:
        spoken = [one.word for one in self.tokens]
        if not self.clause.is_asked and keeps_out(self.tokens):
            self.is_kept = True
            return
        skips = spoken[:1] == ["skip"] and not any(one.has("STAGE", "YAML") for one in self.tokens)
        if skips or (spoken and (spoken[0] in {"forget", "ignore"} or ("leave" in spoken and "alone" in spoken))):
            self._deny(0)
            return
        for at, token in enumerate(self.tokens):
            if token.has("NOT") and not token.has("STAGE", "APP", "VERSION"):
                self._negate_at(at, token)

    def _negate_at(self, at: int, token: Token) -> None:
        before = self.tokens[at - 1].word if at else ""
        after = self.tokens[at + 1 : at + 5]
        if (
            after
            and after[0].word in {"care", "mind", "worry"}
            and any(one.has("WHY", "CAUSE", "WHAT") for one in after)
        ):
            self._deny(at)
            return
        if after and after[0].word in _HARMLESS_NOT and token.word in {"not", "no", "never"}:
            return
        if token.word == "never" and after and after[0].word == "mind":
            self._deny(at)
        elif token.word in _NOBODY or (token.word == "not" and (before in _AUXILIARY or self._asks_why(at))):
            self.is_bad = True
            self._hide(at, len(self.tokens))
        elif before == "do" and token.word == "not":
            self._negate_do(at, after)
        elif token.word in _WITHOUT:
            self.is_denied = True
            ends = (here for here in range(at + 2, len(self.tokens)) if self._commands(here))
            self._hide(at, next(ends, len(self.tokens)))
        elif after and after[0].has("STAGE", "APP", "VERSION"):
            self.is_denied = True
            self._hide(at, at + 2)
        elif len(after) > 1 and after[0].text in {"to", "into", "onto"} and after[1].has("STAGE"):
            self.is_denied = True
            self._hide(at, at + 3)
        else:
            self._negate_word(at, token, after)

    def _asks_why(self, at: int) -> bool:
        """`why did prod not take it`."""
        return any(
            one.has("WHY") and later.has("ASKVERB") for one, later in pairwise(self.tokens[max(at - 8, 0) : at - 1])
        )

    def _commands(self, at: int) -> bool:
        return self.tokens[at].has("SHOW", "VERIFY", "MOVE", "CAUSE", "WHY") and not self.tokens[at].text.endswith(
            "ing"
        )

    def _negate_word(self, at: int, token: Token, after: list[Token]) -> None:
        """A plain `not`: of a state that makes a symptom, of a deed that makes no wish."""
        state = after and after[0].has("GOOD", "MOVED", "STATUS")
        state = state or (len(after) > 1 and after[1].has("GOOD") and after[0].word in _BETWEEN)
        follows = at > 0 and self.tokens[at - 1].has("GOOD")
        follows = follows or (at > 1 and self.tokens[at - 2].has("GOOD") and token.word in _NOT_AFTER and not after)
        if state or follows:
            self.is_bad = True
        elif any(one.has(*_DENIABLE) for one in self.tokens[at + 1 : at + 7]):
            self._deny(at)
        elif token.word in _NOT_AFTER and any(one.has("MOVE", "BACK", "VERIFY", "STOP") for one in self.tokens[:at]):
            self.is_denied = True
            self._hide(0, at)

    def _negate_do(self, at: int, after: list[Token]) -> None:
        """`do not` commands, unless somebody or something does not."""
        subject = self.tokens[: at - 1]
        verb = after[0].word if after else ""
        if any(one.has("WE") for one in subject) and verb not in {"see", "get", "have"}:
            if verb not in {"know", "understand", "think", "remember", "care"}:
                self._deny(at)
            return
        if (
            subject
            and subject[-1].word not in POLITE
            and not subject[-1].has("YOU", "WISHWORD", "NOT")
            and not subject[-1].has(*ACTING)
        ):
            self.is_bad = True
            self._hide(at, len(self.tokens))
            return
        self._deny(at)

    def _deny(self, at: int) -> None:
        self.is_denied = True
        self._hide(at, len(self.tokens))

    def _hide(self, start: int, end: int) -> None:
        self.negated.update(range(start, end))

    def has(self, *senses: str) -> bool:
        return bool(self.where(*senses))

    def where(self, *senses: str) -> list[int]:
        """Places of words with one of the senses that are not negated and no names."""
        return [at for at, one in enumerate(self.tokens) if one.has(*senses) and at not in self.negated]

    def count(self, sense: str) -> int:
        return len(self.where(sense))

    def words(self, *words: str) -> bool:
        return any(one.word in words for at, one in enumerate(self.tokens) if at not in self.negated)

    def verbs(self, *senses: str) -> list[int]:
        """Places where a word is the verb of a wish: not a noun behind an article, not what somebody does by himself."""
        return [at for at in self.where(*senses) if self._is_wished(at)]

    def _is_wished(self, at: int) -> bool:
        if at == 0:
            return True
        before = self.tokens[at - 1]
        if before.word in _ARTICLES:
            return any(one.word in _LIGHT for one in self.tokens[max(at - 4, 0) : at - 1])
        if before.word in {"i", "we"} and at == 1 and self.tokens[at].word in {"need", "want"}:
            return True
        if before.word in _SUBJECTS and not self.is_possible and not self.is_requested:
            return before.word == "it" and at > 1 and self.tokens[at - 2].word in {"get", "make", "let", "have"}
        return True

    @cached_property
    def first(self) -> Token:
        return self.tokens[0] if self.tokens else Token("", "")

    @cached_property
    def is_yes_or_no(self) -> bool:
        """Asks whether something is so: by its verb in front, by `whether`, or a state with a question mark."""
        if self.clause.is_embedded:
            return not self.is_denied
        if self.is_requested and not self.first.has("ASKVERB") and self.has(*ACTING, "HELP", "SHOW"):
            return False
        if self.first.has("ASKVERB") and len(self.tokens) > 1:
            second = self.tokens[1]
            if second.has("WHAT"):
                return False
            if self.first.word == "have" and not self.clause.is_asked:
                return False
            if self.first.word == "do" and (
                second.word in _ARTICLES or second.word in {"it", "not", "something", "anything"}
            ):
                return False
            return not second.has("NOT") or self.clause.is_asked
        if self.first.word in {"anything", "everything", "any", "all", "something"} or self.has("ORNOT"):
            return self.clause.is_asked
        return (
            self.clause.is_asked
            and not self.is_requested
            and not self.has("WHAT", "WHY", "HOWTO", "MOVE", "BACK", "CAUSE", "SETUP", "APPROVE", "SETTING", "AUTO")
            and self.has("GOOD", "BAD", "MOVED", "STAGE", "APP", "VERIFICATION", "PROMOTION")
        )

    @cached_property
    def asks_what(self) -> bool:
        """Asks what or which: in front, or behind what hands a question on; a relative pronoun does not."""
        return any(
            at < 2
            or self.tokens[at - 1].has("SHOW", "VERIFY", "WHAT")
            or self.tokens[at - 1].word in _HANDS_ON
            or self.is_told
            for at in self.where("WHAT")
        )

    @cached_property
    def is_statement(self) -> bool:
        """Says how things are, and asks and commands nothing: a subject first, its verb after it."""
        if self.is_requested or self.is_possible or self.is_told or self.clause.is_asked or self.clause.is_embedded:
            return False
        if self.has("WISHWORD", "HOWTO") or self.asks_what or not self.tokens or self.clause.under:
            return False
        first = self.first
        if (first.has("ACROSS", "WHY") and not first.has("STAGE")) or first.word.startswith(
            ("which_", "where", "what_", "who_")
        ):
            return False
        if first.has("WE") and first.word not in {"people"}:
            return len(self.tokens) > 1
        verbs = [at for at, one in enumerate(self.tokens) if at and one.word in _FINITE]
        subject = (
            first.word in _ARTICLES
            or not first.has(*ACTING, "ASKVERB", "WHY", "CAUSE", "HELP", "SHOW")
            or first.has("STAGE", "APP", "VERSION", "PROJECT", "VERIFICATION")
        )
        if len(self.tokens) > 1 and self.tokens[1].word == "of":
            subject = True
        if len(self.tokens) > 1 and first.has("VERIFY") and self.tokens[1].word in _FINITE:
            subject = True
        if first.word == "verify" and len(self.tokens) > 1 and self.tokens[1].word in {"job", "step"}:
            subject = True
        return (
            bool(verbs)
            and subject
            and not any(
                self.tokens[at].word in {"has", "have"}
                and self.tokens[at + 1 : at + 2]
                and self.tokens[at + 1].word == "to"
                for at in verbs
            )
        )

    @cached_property
    def is_good(self) -> bool:
        return self.has("GOOD") and not self.is_bad

    @cached_property
    def has_fault(self) -> bool:
        """A symptom that is not only the name of a setting, as a timeout is."""
        return self.is_bad or any(not self.tokens[at].has("SETTING") for at in self.where("BAD", "ENDLESS"))

    @cached_property
    def has_symptom(self) -> bool:
        return self.is_bad or self.has("BAD", "ENDLESS")
