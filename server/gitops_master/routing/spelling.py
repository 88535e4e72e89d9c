"""Spelling: words without case and accents, and which known word a misspelt one is near."""

import unicodedata
from collections.abc import Iterable

_LETTERS = str.maketrans(
    {"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "’": "'", "‘": "'", "`": "`"}
)
LONGEST = 40
"""Characters of a word that may be misspelt; what is longer is no word that anybody types."""


def fold(text: str) -> str:
    """Lower case, without accents; typographic apostrophes become plain ones."""
    lower = text.lower().translate(_LETTERS)
    if lower.isascii():
        return lower
    plain = unicodedata.normalize("NFKD", lower)
    return unicodedata.normalize("NFC", "".join(char for char in plain if not "\u0300" <= char <= "\u036f"))


def distance(one: str, other: str, most: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two words; `most` + 1 where there are more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before, previous = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, char in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (char != wanted))
            if i > 1 and j > 1 and char == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, previous = previous, row
    return min(previous[-1], most + 1)


def slips(length: int) -> int:
    """How many slips a word of that length may have and still be taken for it."""
    return 0 if length < 3 else 1 if length < 7 else 2


def is_near(word: str, wanted: str) -> bool:
    """Whether a word is a misspelt other one. Digits are never misspelt: qa2 is not qa, and v1.3 is not v1.2."""
    if word == wanted:
        return True
    most = slips(len(wanted))
    if not most or len(word) < 3 or len(word) > LONGEST or _digits(word) != _digits(wanted):
        return False
    if len(wanted) == 3 and len(word) == 4 and sorted(set(word)) == sorted(wanted) and _undoubled(word) == wanted:
        return True
    if len(wanted) == 3 or len(word) == 3:  # of three letters any other makes a new word; two swapped ones do not
        return sorted(word) == sorted(wanted) and distance(word, wanted, 1) == 1
    if word[0] != wanted[0] and word[:2] != wanted[1::-1] and word[:3] != wanted[1:4]:
        return False
    far = distance(word, wanted, most)
    # two letters replaced by others make another word (regions, reasons); two that changed places, or one too many, a slip
    return far <= most and not (far == 2 and len(word) == len(wanted) and _replaced(word, wanted) == far)


def nearest(word: str, candidates: Iterable[str]) -> list[str]:
    """The candidates that the word is nearest to: none, one, or several at the same distance."""
    found: list[str] = []
    best = 3
    for one in candidates:
        if is_near(word, one):
            far = distance(word, one, 2)
            if far < best:
                best, found = far, [one]
            elif far == best:
                found.append(one)
    return found


def _replaced(word: str, wanted: str) -> int:
    """In how many places two words of one length differ; 0 where only letters changed places."""
    return 0 if sorted(word) == sorted(wanted) else sum(one != other for one, other in zip(word, wanted, strict=True))


def _undoubled(word: str) -> str:
    return "".join(char for at, char in enumerate(word) if not at or word[at - 1] != char)


def _digits(word: str) -> str:
    return "".join(char for char in word if char.isdigit())


def words(listed: str) -> frozenset[str]:
    """The words of a list that is written as text: a vocabulary is read in lines."""
    return frozenset(listed.split())
