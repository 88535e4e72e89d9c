"""Freight in a request: by name, alias, tag, version, digest or commit, and versions that nothing known has."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from gitops_master.model.routing import Known, KnownFreight
from gitops_master.routing.lexicon import HARD, ORDINARY, SOFT
from gitops_master.routing.loanwords import FILLERS
from gitops_master.routing.spelling import distance, fold, is_near, nearest, words
from gitops_master.routing.tokens import Token

_VERSION = re.compile(r"^v?\d{1,8}(?:\.\d{1,8}){1,3}(?:[-+.][0-9a-z][\w.+-]{0,60})?$|^v\d{1,8}$")
_HASH = re.compile(r"^(?:sha256:)?(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,64}$|^[0-9a-f]{40}$|^[0-9a-f]{64}$")
_ADDRESS = re.compile(r"^\d{1,3}(?:\.\d{1,3}){3}$")
_TAGGED = re.compile(r"^[\w./-]{2,200}(?::\d{2,5}/[\w./-]{1,200})?[:@]((?:sha256:)?[\w][\w.+-]{0,127})$")
_NAMED_BY = frozenset(
    {"version", "release", "tag", "freight", "image", "build", "commit", "sha", "digest", "hash", "alias"}
)
_OTHERS = words("kargo argo argocd argo_cd kubernetes k8s helm openshift istio kubectl argo_rollouts python")


class Named(msgspec.Struct, frozen=True):
    """Freight named by token `start` to `end`. No `freight`: nothing known is called so; several: it is open which."""

    freight: tuple[str, ...]
    text: str
    start: int
    end: int

    @property
    def name(self) -> str:
        return self.freight[0] if len(self.freight) == 1 else ""


class Index:
    """All words that mean a piece of Freight."""

    def __init__(self, known: Known) -> None:
        self.exact: dict[str, list[str]] = {}
        self.hashes: list[tuple[str, str]] = []
        self.versions: list[tuple[str, str]] = []
        self.aliases: dict[str, str] = {}
        self.shapes: set[str] = set()
        for one in known.freight:
            for word in _words(one):
                self.exact.setdefault(word, []).append(one.name)
                if word[0].isalpha() and word[-1].isdigit() and len(word) < 30 and "/" not in word:
                    self.shapes.add(shape(word))
                if _HASH.match(word) or word == fold(one.name):
                    self.hashes.append((word.removeprefix("sha256:"), one.name))
                elif word[:1].isdigit():
                    self.versions.append((word, one.name))
            if one.alias:
                self.aliases[fold(one.alias).replace("_", "-")] = one.name

    def meaning(self, word: str) -> tuple[str, ...]:
        """The Freight that a word means by what it is, carries, or how that begins."""
        bare = word[1:] if re.match(r"^v\d", word) else word
        found = self.exact.get(word) or self.exact.get(bare)
        if found:
            return tuple(dict.fromkeys(found))
        if _HASH.match(word):
            bare = word.removeprefix("sha256:")
            return tuple(dict.fromkeys(name for one, name in self.hashes if one.startswith(bare)))
        if _VERSION.match(word):
            return tuple(
                dict.fromkeys(
                    name for one, name in self.versions if one.startswith((f"{bare}.", f"{bare}-", f"{bare}+"))
                )
            )
        return ()


def shape(word: str) -> str:
    """What words of one series have in common: `build-#` of build-1050 and build-1051."""
    return re.sub(r"\d+", "#", word)


def _words(freight: KnownFreight) -> list[str]:
    words = [fold(freight.name)]
    if freight.alias:
        words.append(fold(freight.alias).replace("_", "-"))
    for reference in (*freight.images, *freight.commits):
        whole = fold(reference)
        tag = _TAGGED.match(whole)
        for one in (whole, tag[1] if tag else "", whole.rpartition("@")[2]):
            if one:
                words += [one, one[1:]] if re.match(r"^v\d", one) else [one]
    return list(dict.fromkeys(words))


def named(tokens: Sequence[Token], index: Index) -> list[Named]:
    """Every piece of Freight that is named, and every version or hash that nothing known has."""
    found: list[Named] = []
    at = 0
    while at < len(tokens):
        one = _at(tokens, at, index)
        if one is not None:
            found.append(one)
        at = one.end if one is not None else at + 1
    return found


def _at(tokens: Sequence[Token], at: int, index: Index) -> Named | None:
    token = tokens[at]
    pair = f"{token.text}-{tokens[at + 1].text}" if at + 1 < len(tokens) else ""
    if pair in index.aliases:
        return Named((index.aliases[pair],), pair, at, at + 2)
    text = token.text
    tagged = _TAGGED.match(text)
    if tagged and not index.meaning(text):
        text = tagged[1] if _looks_named(tagged[1]) or index.meaning(tagged[1]) else text
    hit = index.meaning(text)
    if hit and (not text.isdigit() or _is_introduced(tokens, at)):
        return Named(hit, token.text, at, at + 1)
    if (
        _looks_named(text)
        and not _of_another(tokens, at)
        and (text.count(".") != 1 or text[0] == "v" or _is_introduced(tokens, at))
    ):
        return Named((), token.text, at, at + 1)
    if (
        any(char.isdigit() for char in text)
        and shape(text) in index.shapes
        and not token.is_known
        and not _looks_named(text)
    ):
        return Named((), token.text, at, at + 1)
    if "-" in text or (token.has("FREIGHT") is False and not token.is_known):
        close = (nearest(text, index.aliases) or _near_halves(text, index.aliases)) if "-" in text else []
        if len(close) == 1:
            return Named((index.aliases[close[0]],), token.text, at, at + 1)
    if pair and "-" not in text and not _is_plain(token.text) and tokens[at + 1].text.isalpha():
        close = nearest(pair, index.aliases)
        if len(close) == 1:
            return Named((index.aliases[close[0]],), pair, at, at + 2)
    return _half_an_alias(tokens, at, index)


def _near_halves(text: str, aliases: Iterable[str]) -> list[str]:
    """Aliases of which each half has the letters of what was typed, in a wrong order or one of them twice."""
    halves = text.split("-")
    return [
        alias
        for alias in aliases
        if len(others := alias.split("-")) == len(halves)
        and all(
            is_near(half, other) or (len(other) > 3 and set(half) == set(other) and distance(half, other, 2) <= 2)
            for half, other in zip(halves, others, strict=True)
        )
    ]


def _half_an_alias(tokens: Sequence[Token], at: int, index: Index) -> Named | None:
    """`the fox` for fuzzy-fox, where only one ends so."""
    text = tokens[at].text
    if len(text) < 3 or not text.isalpha() or _is_plain(text) or tokens[at].senses:
        return None
    halves = [name for alias, name in index.aliases.items() if text in alias.split("-")]
    return Named((halves[0],), text, at, at + 1) if len(halves) == 1 else None


def _looks_named(text: str) -> bool:
    return bool((_VERSION.match(text) and not _ADDRESS.match(text)) or _HASH.match(text))


def _is_introduced(tokens: Sequence[Token], at: int) -> bool:
    before = tokens[at - 1] if at else None
    return before is not None and (
        before.word in _NAMED_BY or before.has("TO", "MOVE", "BACK") or before.word == "with"
    )


def _of_another(tokens: Sequence[Token], at: int) -> bool:
    """A version of the product, not of what it delivers: `kargo 1.9`, `upgraded Argo CD to v3.1`."""
    window = tokens[max(at - 4, 0) : at]
    return any(one.word in _OTHERS or one.has("PRODUCT") for one in window) and not any(
        one.word in _NAMED_BY - {"version"} for one in window
    )


def _is_plain(text: str) -> bool:
    return text in ORDINARY or text in FILLERS or text in HARD or text in SOFT
