"""Names in a request, picked out against those that exist: in full, by a part, under an alias, or misspelt."""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

import msgspec

from gitops_master.model.routing import Known
from gitops_master.routing.environments import CANONICAL
from gitops_master.routing.lexicon import HARD, ORDINARY, SOFT, SPELT_RIGHT, WORDS
from gitops_master.routing.loanwords import FILLERS
from gitops_master.routing.spelling import distance, fold, nearest, words
from gitops_master.routing.tokens import Token

_PLAIN_WORDS = frozenset(ORDINARY) | frozenset(FILLERS) | HARD | SOFT
_SPELT_ENVIRONMENTS = [word for word in CANONICAL if len(word) > 3]
_OBJECTS = words("the it this if whether that everything")
_LEADS = words("how able going try trying have has used way time ready possible us me ok")
_GIVING = frozenset({"for", "with", "of", "about", "let", "tell", "give", "show", "help"})
"""Before `us` these mean people, not a region."""
_POD = re.compile(r"^([a-z0-9][a-z0-9-]{1,80}?)-(?=[a-z]*\d)(?:[a-z0-9]{4,10}(?:-[a-z0-9]{5})?|\d{1,2})$")
"""What the Pods and ReplicaSets of an application are called."""
_RUN = re.compile(r"^([a-z0-9][a-z0-9-]{0,80})\.01[0-9a-z]{3,24}(?:\.[0-9a-f]{4,40})?$")
"""What Promotions and AnalysisRuns of a Stage are called."""
MOST_NAMES = 5000


class Mention(msgspec.Struct, frozen=True):
    """Tokens `start` to `end` name one of `names` (several: it is open which) of a sort: stage, app or project.

    `is_environment`: the words say what sort of environment, not of what. `is_whole`: the full name, not a part of it.
    """

    sort: str
    names: tuple[str, ...]
    start: int
    end: int
    is_environment: bool = False
    is_whole: bool = True

    @property
    def name(self) -> str:
        return self.names[0] if len(self.names) == 1 else ""


class Names:
    """The names of one sort, by all the words that may mean them."""

    def __init__(self, sort: str, names: Iterable[str]) -> None:
        self.sort = sort
        self.names = tuple(dict.fromkeys(one for one in names if one))[:MOST_NAMES]
        self.whole: dict[str, list[str]] = {}
        self.by_part: dict[str, list[str]] = {}
        for name in self.names:
            for written in {fold(name), key(name), key(name).replace("-", "")}:
                self.whole.setdefault(written, []).append(name)
        for name in self.names:
            parts = key(name).split("-")
            if len(parts) > 1:
                for part in dict.fromkeys(CANONICAL.get(one, one) for one in parts):
                    self.by_part.setdefault(part, []).append(name)
        self.aliases: dict[str, list[str]] = {}
        for name in self.names:
            if (env := CANONICAL.get(key(name))) is not None:
                self.aliases.setdefault(env, []).append(name)

    @cached_property
    def spelt(self) -> list[str]:
        return [one for one in self.whole if len(one) >= 3]

    @cached_property
    def spelt_parts(self) -> list[str]:
        return [one for one in self.by_part if len(one) >= 5]

    def exact(self, word: str) -> tuple[str, ...]:
        found = self.whole.get(word) or self.whole.get(key(word)) or ()
        return tuple(found) if len(found) < 2 or word not in self.names else (word,)

    def by_alias(self, word: str) -> tuple[str, ...]:
        env = CANONICAL.get(key(word))
        return tuple(self.aliases.get(env, ())) if env is not None else ()

    def near(self, word: str) -> tuple[str, ...]:
        """Names that a word is a misspelling of; of names with several parts each part must be near."""
        found = [one for one in nearest(key(word), self.spelt) if _parts_are_near(key(word), one)]
        return tuple(dict.fromkeys(name for one in found for name in self.whole[one]))


def key(name: str) -> str:
    """A name as its parts, however they are joined; what is before production is one part."""
    parts = "-".join(
        part
        for part in fold(name).replace("_", "-").replace(".", "-").replace("/", "-").replace(" ", "-").split("-")
        if part
    )
    return parts.replace("pre-prod", "preprod").replace("non-prod", "nonprod")


def _parts_are_near(word: str, wanted: str) -> bool:
    parts, others = word.split("-"), wanted.split("-")
    if len(parts) != len(others):
        return len(parts) == 1 or len(others) == 1
    return all(
        one == other or sorted(one) == sorted(other) or bool(nearest(one, [other])) or _lacks_letter(one, other)
        for one, other in zip(parts, others, strict=True)
    )


def _lacks_letter(part: str, wanted: str) -> bool:
    """`blu` for blue: too short to be sure of alone, but not as a part of a name that is near."""
    return len(wanted) >= 4 and part[:1] == wanted[:1] and part.isalpha() and distance(part, wanted, 1) == 1


def is_plain(token: Token) -> bool:
    """Whether it is an ordinary word, whose being a name depends on where it stands."""
    return token.text in _PLAIN_WORDS and token.text not in {"staging", "prod", "dev", "canary"}


def mentions(tokens: Sequence[Token], known: Known) -> list[Mention]:
    """All mentions in the order of the text. A stretch of tokens may name a stage, an application and a project at once."""
    found: list[Mention] = []
    for sort, names in (("stage", known.stages), ("app", known.apps), ("project", (known.project,))):
        found += _of(tokens, Names(sort, names))
    return sorted(found, key=lambda one: (one.start, -one.end))


def _of(tokens: Sequence[Token], names: Names) -> list[Mention]:
    found: list[Mention] = []
    at = 0
    while names.names and at < len(tokens):
        one = None if tokens[at].is_mark else _at(tokens, at, names)
        if one is not None:
            found.append(one)
        at = one.end if one is not None else at + 1
    return found


def _at(tokens: Sequence[Token], at: int, names: Names) -> Mention | None:
    for length in (4, 3, 2):
        words = tokens[at : at + length]
        if len(words) == length and not any(one.is_mark or " " in one.text for one in words):
            joined = "-".join(one.text for one in words)
            hit = names.exact(joined)
            if hit:
                return Mention(names.sort, hit, at, at + length)
    token = tokens[at]
    if " " in token.text:
        hit = names.exact(token.text.replace(" ", "-"))
        return Mention(names.sort, hit, at, at + 1) if hit else None
    hit = names.exact(token.text)
    if hit:
        return Mention(names.sort, hit, at, at + 1)
    if names.sort == "project":
        return _project(tokens, at, names)
    return _part(tokens, at, names)


def _project(tokens: Sequence[Token], at: int, names: Names) -> Mention | None:
    token = tokens[at]
    if is_plain(token):
        return None
    hit = names.near(token.text) if token.text not in SPELT_RIGHT else ()
    around = [one for one in (*tokens[max(at - 2, 0) : at], *tokens[at + 1 : at + 2]) if one.has("PROJECTWORD")]
    if not hit and around and not token.has("PRODUCT"):
        hit = tuple(names.by_part.get(token.text, ()))
    return Mention(names.sort, hit, at, at + 1) if hit else None


def _part(tokens: Sequence[Token], at: int, names: Names) -> Mention | None:
    token = tokens[at]
    word = key(token.text)
    if names.sort == "stage" and (run := _RUN.match(token.text)) and (hit := names.exact(run[1])):
        return Mention(names.sort, hit, at, at + 1)
    if names.sort == "app" and (pod := _POD.match(token.text)) and (hit := names.exact(pod[1])):
        return Mention(names.sort, hit, at, at + 1)
    env = CANONICAL.get(word) if word != "stage" and word != "pro" else None
    if (
        env is None
        and token.text not in SPELT_RIGHT
        and not is_plain(token)
        and token.text.isalpha()
        and token.word == token.text
    ):
        close = nearest(word, _SPELT_ENVIRONMENTS)
        env = CANONICAL[close[0]] if close else None
    if env is not None and names.sort == "stage":
        hit = tuple(names.aliases.get(env, ()))
        if hit:
            return Mention(names.sort, hit, at, at + 1, is_environment=True)
        hit = tuple(names.by_part.get(env, ()))
        if hit and not (is_plain(token) and not _stands_as_name(tokens, at)):
            return Mention(names.sort, hit, at, at + 1, is_environment=True, is_whole=False)
    if (
        env is not None
        or token.has("PRODUCT")
        or (
            is_plain(token)
            and not ((token.text not in WORDS or _is_gone_to(tokens, at)) and _stands_as_name(tokens, at))
        )
    ):
        return None
    hit = names.near(token.text) if token.text not in SPELT_RIGHT else ()
    if hit:
        return Mention(names.sort, hit, at, at + 1)
    hit = tuple(names.by_part.get(word, ())) or _several_parts(word, names)
    if hit or not token.text.isalpha() or token.text in SPELT_RIGHT:
        return Mention(names.sort, hit, at, at + 1, is_whole=False) if hit else None
    close = nearest(word, names.spelt_parts)
    hit = tuple(dict.fromkeys(name for one in close for name in names.by_part[one]))
    return Mention(names.sort, hit, at, at + 1, is_whole=False) if hit else None


def _several_parts(word: str, names: Names) -> tuple[str, ...]:
    """Names that begin or end with what was written (`prod-eu` of `prod-eu-west`), under aliases, too."""
    parts = [CANONICAL.get(one, one) for one in word.split("-")]
    if len(parts) < 2:
        return ()
    found = []
    for name in dict.fromkeys(one for part in parts for one in names.by_part.get(part, ())):
        its = [CANONICAL.get(one, one) for one in key(name).split("-")]
        if its[: len(parts)] == parts or its[-len(parts) :] == parts:
            found.append(name)
    exact = [name for name in found if len(key(name).split("-")) == len(parts)]
    return tuple(exact or found)


def _is_gone_to(tokens: Sequence[Token], at: int) -> bool:
    """`v2 -> green`: a colour, but here a place."""
    return at > 0 and tokens[at - 1].text in {"->", "=>", "→", "into", "onto"}


def _stands_as_name(tokens: Sequence[Token], at: int) -> bool:
    """Whether an ordinary word is used as a name here: `to live`, `the test stage`, `is main ok`, `check dev`."""
    before = tokens[at - 1] if at else None
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if tokens[at].text == "us" and before is not None and before.word in _GIVING:
        return False
    if (
        after is not None
        and after.has("STAGEWORD", "BAD", "GOOD", "ASKVERB")
        and not (
            before is not None
            and before.word in {"it", "the", "a", "that", "this"}
            and after.word not in {"stage", "env", "environment", "umgebung"}
        )
    ):
        return True
    if before is None:
        return after is None or after.is_mark
    if (
        before.word == "the"
        and at > 1
        and tokens[at - 2].has("TO", "IN")
        and not token_acts(tokens[at])
        and tokens[at].text not in WORDS
    ):
        return True
    if (
        before.word in {"and", "or", ","}
        and at > 1
        and (tokens[at - 2].text in CANONICAL or not tokens[at - 2].is_known)
    ):
        return after is None or after.is_mark or after.has("BAD", "GOOD", "ASKVERB")
    if before.has("STAGEWORD") or before.text in {"->", "=>", "→"}:
        return True
    if before.has("TO", "IN", "FROM") or before.word in {"of", "for", "with", "about"}:
        return not (before.word == "to" and token_acts(tokens[at]) and _is_infinitive(tokens, at))
    return before.has("ASKVERB") and after is not None and after.has("BAD", "GOOD", "STATUS")


def token_acts(token: Token) -> bool:
    """Whether a word may be a verb: only then `to` may be another than that of a place."""
    return token.has("VERIFY", "MOVE", "RUN", "STOP", "SETUP", "BACK", "AGAIN", "HELP", "SHOW") or token.text in {
        "live",
        "build",
        "test",
    }


def _is_infinitive(tokens: Sequence[Token], at: int) -> bool:
    """`I want to test staging`: a verb, because something is wished or follows that it is done to; `v3 to test` is a place."""
    before = tokens[at - 2] if at > 1 else None
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if after is not None and (after.word in _OBJECTS or CANONICAL.get(after.text)):
        return True
    moved = any(one.has("MOVE", "MOVED", "TURN", "BACK", "PROMOTION") for one in tokens[max(at - 8, 0) : at - 1])
    return not moved and (before is None or before.has("WISHWORD", "HOWTO", "WE") or before.word in _LEADS)


def stands(mention: Mention, tokens: Sequence[Token]) -> bool:
    """Whether a mention is one: a name that is an ordinary word, or has another sense, counts only where a name stands."""
    if (
        mention.end < len(tokens)
        and tokens[mention.end].word in {"test", "tests"}
        and tokens[mention.start].text in {"integration", "acceptance", "smoke", "load", "unit", "e2e", "performance"}
    ):
        return False
    if mention.end - mention.start > 1 or not is_plain(tokens[mention.start]):
        return True
    token = tokens[mention.start]
    if mention.sort == "app":
        around = (*tokens[max(mention.start - 2, 0) : mention.start], *tokens[mention.end : mention.end + 1])
        return any(one.has("APPWORD") for one in around) or _stands_as_name(tokens, mention.start)
    if _stands_as_name(tokens, mention.start):
        return True
    before = tokens[mention.start - 1] if mention.start else None
    acts = (
        before is not None
        and before.has("MOVE", "VERIFY", "BACK", "APPROVE", "STOP", "WHY", "STATUS", "ACROSS")
        and before.word not in {"what", "why"}
    )
    return acts and bool(token.text in CANONICAL or not WORDS.get(token.text))
