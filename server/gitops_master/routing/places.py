"""Which of the names that stand in a request is the target of what is wanted."""

from collections.abc import Sequence

import msgspec

from gitops_master.routing.spelling import words
from gitops_master.routing.tokens import Token

NEW = words("""new called named name neue neuer neuen neues nueva nuevo nouvelle nouveau nova novo nuova nuovo nieuwe nowy nowa
    nowe additional extra second third""")
_HOLDS = words("""grab_what grab_whatever take_whatever what whatever version build release freight what's image one that is currently running runs was wo lo ce quello
    wat""")


_KEEPS = words("has runs is got uses carries holds serves hat ist laeuft tiene tem ha")


class Place(msgspec.Struct, frozen=True):
    """A Stage named at token `start`. No names: a word where a Stage should stand and that none is called. Several: open."""

    names: tuple[str, ...]
    start: int
    end: int
    text: str

    @property
    def name(self) -> str:
        return self.names[0] if len(self.names) == 1 else ""


def is_source(tokens: Sequence[Token], place: Place) -> bool:
    """Whether Freight is to come from there: `from staging`, `what is in staging`, `staging's version`."""
    before = tokens[max(place.start - 6, 0) : place.start]
    near = before[-1] if before else None
    if near is not None and near.word in {"the", "la", "el", "le", "der", "our"} and len(before) > 1:
        near = before[-2]
    after = tokens[place.end] if place.end < len(tokens) else None
    if tokens[place.end - 1].is_possessive and after is not None and after.has("FREIGHT", "PROMOTION"):
        return True
    if after is not None and near is not None and near.word in _HOLDS and after.word in _KEEPS:
        return True
    if near is None:
        return after is not None and after.text in {"->", "=>", "→"}
    if near.has("FROM") or near.word in {"like", "as", "of"}:
        return near.has("FROM") or any(one.has("FREIGHT") or one.word in {"same", "like"} for one in before)
    if after is not None and after.text in {"->", "=>", "→"}:
        return True
    if near.word in {"than", "beyond", "past"}:
        return True
    if len(before) > 1 and before[-2].word in {"it", "them", "this"}:
        return False
    return near.has("IN") and near.word != "into" and any(one.word in _HOLDS for one in before)


def is_goal(tokens: Sequence[Token], place: Place) -> bool:
    """Whether Freight is to go there: `to prod`, `into the prod stage`, `-> prod`."""
    before = [
        one
        for one in tokens[max(place.start - 3, 0) : place.start]
        if one.word
        not in {"the", "a", "our", "la", "el", "die", "den", "das", "le", "new", "stage", "environment", "env"}
    ]
    return bool(before) and before[-1].has("TO")


def target(tokens: Sequence[Token], places: Sequence[Place]) -> Place | None:
    """The Stage that something is done to: where it is to go, else the first that nothing only comes from."""
    goals = [one for one in places if is_goal(tokens, one) and not is_source(tokens, one)]
    if goals:
        return goals[0]
    others = [one for one in places if not is_source(tokens, one)]
    return others[0] if others else None


def is_new(tokens: Sequence[Token], place: Place, *, creates: bool) -> bool:
    """Whether a name is one to be given: `a stage qa2`, `a new environment called qa`."""
    before = tokens[max(place.start - 3, 0) : place.start]
    if any(one.word in NEW for one in before[-2:]):
        return True
    return (
        creates
        and bool(before)
        and (
            (
                before[-1].has("STAGEWORD")
                and any(one.word in {"a", "an", "another", "eine", "una", "un", "une", "uma", "een"} for one in before)
            )
            or (
                len(before) > 1
                and place.end < len(tokens)
                and tokens[place.end].has("STAGEWORD")
                and before[-1].word in {"a", "an", "another", "eine", "una", "un", "une", "uma"}
            )
        )
    )


def unknown_goal(tokens: Sequence[Token]) -> str:
    """A word where the Stage to go to should stand, which nothing known is called; else ''."""
    for at, token in enumerate(tokens[:-1]):
        following = tokens[at + 1]
        if following.has("STAGEWORD") and at + 2 < len(tokens):
            following = tokens[at + 2]
        if (
            (
                token.word in {"to", "into", "onto", "nach", "->", "→", "=>", "hacia", "vers", "naar"}
                and not following.is_mark
                and not following.is_known
            )
            and not following.has("STAGE", "APP", "VERSION", "PROJECT")
            and following.text not in {"the"}
        ):
            return following.text
    return ""
