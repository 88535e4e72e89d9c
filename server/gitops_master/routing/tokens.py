"""Words of a request with their senses: contractions taken apart, phrases joined, slips of the keyboard put right."""

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from gitops_master.routing.environments import CANONICAL
from gitops_master.routing.lexicon import ENGLISH_WORDS, HARD, PHRASES, SOFT, SPELT_RIGHT, WORDS
from gitops_master.routing.loanwords import AND, BUT, FILLERS, THEN, UNSPACED
from gitops_master.routing.spelling import LONGEST, fold, nearest, words

MOST_TOKENS = 1500
_MOST_UNKNOWN = 150
"""Misspelt words that are looked up in one text: each is compared with the whole vocabulary."""
_TOKEN = re.compile(r"->|=>|→|<-|←|[^\W_](?:[\w'./:@+#-]{0,300}[^\W_])?|\.{2,}|[,;:.!?()\n\"“”„«»—–|&]|-")
_CONTRACTED = {
    "can't": "can not", "cant": "can not", "cannot": "can not", "won't": "will not", "wont": "will not", "shan't": "shall not", "ain't": "is not", "aint": "is not",
    "whats": "what is", "wats": "what is", "wheres": "where is", "whys": "why is", "hows": "how is", "whos": "who is", "thats": "that is",
    "lets": "let us", "let's": "let us", "dont": "do not", "doesnt": "does not", "didnt": "did not", "isnt": "is not", "arent": "are not",
    "wasnt": "was not", "werent": "were not", "hasnt": "has not", "havent": "have not", "wouldnt": "would not", "couldnt": "could not",
    "shouldnt": "should not", "im": "i am", "ive": "i have", "id": "i would", "wanna": "want to", "gonna": "going to", "gotta": "got to",
    "gimme": "give me", "lemme": "let me", "wtf": "what is wrong", "y": "y", "hwy": "why", "whyy": "why", "wy": "why", "plz": "please", "pleez": "please", "plse": "please", "ty": "thanks", "thks": "thanks", "cuz": "because", "bc": "because", "coz": "because", "rn": "now", "atm": "now", "wdym": "what does this mean", "dunno": "do not know", "tho": "though", "cld": "could", "wld": "would", "shld": "should", "abt": "about", "w/": "with", "w/o": "without", "prolly": "probably", "sup": "what is up", "wut": "what", "dat": "that", "ver": "version", "vers": "version", "verif": "verification", "promos": "promotions", "cfg": "config", "conf": "config", "deets": "details", "ppl": "people", "smth": "something", "hv": "have", "cud": "could", "iz": "is", "teh": "the", "hwo": "how", "waht": "what", "r": "are", "u": "you",
}  # fmt: skip
_NOISE = words("heck hell exactly currently already actually really literally honestly even")
"""Left out before phrases are joined: `what exactly happened` is `what happened`."""
_FORMS = (
    ("ies", ("y",)),
    ("ied", ("y",)),
    ("ing", ("", "e")),
    ("ed", ("", "e")),
    ("es", ("",)),
    ("s", ("",)),
    ("er", ("", "e")),
    ("ly", ("",)),
)
_ENDINGS = {"n't": "not", "'s": "is", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would", "'m": "am"}
_ELIDED = re.compile(r"^(?:l|d|qu|j|n|s|c|m|t|dell|nell|all|sull|un)'(?=\w)")
_WIDE = re.compile(r"[\u3001-\u9fff\uac00-\ud7a3\uff00-\uffef]+")
MARKS = frozenset(',;:.!?()\n"“”„«»—–|&-') | {"...", ".."}
_FILLER = frozenset(FILLERS)
_ARROW = re.compile(r"(?<=[\w.])[ \t]{1,3}>{1,2}[ \t]{1,3}(?=\w)")
_FIELD = re.compile(r"(?<![\w.)/(])[a-z]{2,30}(?:[A-Z][a-z0-9]{1,30}){1,6}\b(?!\()")
"""Fields of manifests: `requiredSoakTime`."""
_ALARM = re.compile(
    r"^[a-z]{3,40}(?:failed|failing|failure|unhealthy|degraded|notready|stuck|errored|outofsync|timeout|stalled|crashlooping|error)$"
)
"""What alerts and reasons are called: `KargoStageNotReady`."""
_BY_START: dict[str, list[str]] = {}
for _word in sorted(word for word in ENGLISH_WORDS if len(word) >= 3):
    _BY_START.setdefault(_word[0], []).append(_word)


class Token(msgspec.Struct, frozen=True):
    """A word, phrase or mark. `text` folded, as it was typed; `word` put right. `is_known`: an ordinary word of some language."""

    text: str
    word: str
    senses: frozenset[str] = frozenset()
    is_known: bool = True
    is_possessive: bool = False

    def has(self, *senses: str) -> bool:
        return not self.senses.isdisjoint(senses)

    @property
    def is_mark(self) -> bool:
        return self.word in MARKS


def tokenize(text: str, kept: Iterable[str] = ()) -> list[Token]:
    """The tokens of a text. `kept`: names; neither they nor their parts are taken for misspelt words. At most `MOST_TOKENS`."""
    names = frozenset(kept)
    parts_of_names = frozenset(part for name in names for part in re.split(r"[-_. ]", name))
    fields = frozenset(map(fold, _FIELD.findall(text)))
    raw: list[Token] = []
    budget = _MOST_UNKNOWN
    for found in _TOKEN.finditer(_spaced(fold(text))):
        for part, possessive in _parts(found[0], names):
            right = part
            if (
                not _is_ordinary(part)
                and part not in names
                and part not in parts_of_names
                and part not in CANONICAL
                and budget
                and part.isalpha()
            ):
                budget -= 1
                right = _put_right(part)
            if part.startswith("re-") and not _is_ordinary(part) and part not in names:
                right = _put_right(part.replace("-", ""))
            known = _is_ordinary(right) and part not in names
            senses = WORDS.get(right, frozenset())
            if not known and part in fields and part not in names:
                known, senses = True, frozenset(["SETTING"])
            elif not known and part not in names and part not in parts_of_names and _ALARM.match(part):
                known, senses = True, frozenset(["BAD"])
            if part in _NOISE and part not in parts_of_names:
                if part in {"heck", "hell"} and raw and raw[-1].word == "the":
                    raw.pop()
                continue
            if part == "y" and not raw:
                right, senses = "why", WORDS["why"]
            raw.append(Token(part, right, senses, known or right in MARKS, possessive))
        if len(raw) >= MOST_TOKENS:
            break
    return _with_phrases(raw, names)


def _spaced(text: str) -> str:
    """Scripts that put no spaces between words: the words that are known in place, with spaces; names in between stand free."""
    text = _ARROW.sub(" -> ", text)
    if not _WIDE.search(text):
        return text
    for word, meaning in UNSPACED.items():
        text = text.replace(word, f" {meaning} ")
    return _WIDE.sub(" ", text)


def _parts(piece: str, names: frozenset[str]) -> list[tuple[str, bool]]:
    """A piece as words; what is joined by slashes or ends in marks is taken apart unless it is a name."""
    piece = piece.rstrip(".:'") or piece
    if piece in names:
        return [(piece, False)]
    if piece in {"y/n", "yes/no", "j/n"}:
        return [("?", False)]
    if piece in _CONTRACTED:
        return [(one, False) for one in _CONTRACTED[piece].split()]
    if piece.endswith("n't") and len(piece) > 4:
        return [(piece[:-3], False), ("not", False)]
    for ending, word in _ENDINGS.items():
        if piece.endswith(ending) and len(piece) > len(ending):
            head = piece[: -len(ending)]
            if (
                ending == "'s"
                and not WORDS.get(head, frozenset()) & {"WHAT", "WHY", "ACROSS"}
                and head not in {"it", "that", "there", "here", "how", "who", "he", "she"}
            ):
                return [(head, True)]
            return [(head, False), (word, False)]
    if piece.endswith("s'"):
        return [(piece[:-1], True)]
    head = piece.partition("'")[0]
    if head != piece and (head in names or any(char.isdigit() for char in head)):
        return [(head, False)]
    short = _ELIDED.sub("", piece)
    if short != piece and piece not in WORDS:
        return [*([("ne", False)] if piece.startswith("n'") else []), (short, False)]
    if piece.count("/") == 1 and ":" not in piece and not any(char.isdigit() for char in piece):
        return [(one, False) for one in piece.split("/") if one]
    return [(piece, False)]


def _is_ordinary(word: str) -> bool:
    return _is_listed(word) or _is_inflected(word)


def _is_inflected(word: str) -> bool:
    """A form of an English word (`retried`, `shows`): spelt right, and no command."""
    for ending, others in _FORMS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            stem = word[: -len(ending)]
            if any(stem + other in ENGLISH_WORDS for other in others) or (
                stem[-1] == stem[-2] and stem[:-1] in ENGLISH_WORDS and ending != "s"
            ):
                return True
    return False


def _is_listed(word: str) -> bool:
    return word in SPELT_RIGHT or word in _FILLER or word in HARD or word in SOFT or word in MARKS


@lru_cache(maxsize=4096)
def _put_right(word: str) -> str:
    """The word of the vocabulary that this is a misspelling of; else itself. Elongated ones (`pleeease`) count as their short form."""
    if not 3 <= len(word) <= LONGEST:
        return word
    short = re.sub(r"(.)\1{2,}", r"\1\1", word)
    for one in (short, re.sub(r"(.)\1+", r"\1", word)):
        if one != word and _is_ordinary(one):
            return one
    starts = {word[0], word[1]}
    found = nearest(
        word, (one for start in sorted(starts) for one in _BY_START.get(start, ()) if len(one) > 3 or len(word) == 3)
    )
    telling = [one for one in found if WORDS.get(one)]
    return max(telling or found or [word], key=len)


def _with_phrases(raw: list[Token], names: frozenset[str]) -> list[Token]:
    joined: list[Token] = []
    at = 0
    while at < len(raw):
        for parts, senses in PHRASES.get(raw[at].word, ()) if raw[at].text not in names else ():
            taken = raw[at : at + len(parts)]
            if len(taken) == len(parts) and all(
                one.word == part and one.text not in names for one, part in zip(taken, parts, strict=True)
            ):
                joined.append(Token(" ".join(one.text for one in taken), "_".join(parts), senses))
                at += len(parts)
                break
        else:
            joined.append(raw[at])
            at += 1
    return joined


def joins(token: Token) -> str:
    """How a word joins clauses: `and`, `then`, `but`, or not at all."""
    if token.word in {"and", "&"} or token.word in AND:
        return "and"
    if token.word in {"then", "afterwards", "afterward", "subsequently", "finally"} or token.word in THEN:
        return "then"
    if token.word in {"but", "just", "only", "instead", "rather", "however", "except"} or token.word in BUT:
        return "but"
    return ""
