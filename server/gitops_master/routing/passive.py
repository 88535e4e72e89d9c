"""Wishes in the passive: `arrange for v2 to be moved to prod`, `I ask that the promotion be stopped`."""

from itertools import pairwise

import msgspec

from gitops_master.routing.lexicon import WORDS
from gitops_master.routing.spelling import words
from gitops_master.routing.tokens import Token

_SOFTLY = words(
    "would kindly hereby do politely must shall may might like to please humbly respectfully also therefore want"
)
_LEADS = tuple(
    tuple(one.split())
    for one in (
        "see to it that",
        "arrange for",
        "arrange that",
        "ask that",
        "ask for",
        "ask to have",
        "request that",
        "request for",
        "propose that",
        "suggest that",
        "insist that",
        "see that",
        "my request that",
        "my request is that",
        "our request is that",
        "would like that",
    )
)
_SURE = (("ensure", "that"), ("make_sure", "that"), ("make_certain", "that"))
_BE = words("be is are get gets were been")
_IRREGULAR = {
    "brought": "bring",
    "taken": "take",
    "sent": "send",
    "run": "run",
    "put": "put",
    "stopped": "stop",
    "set": "set",
}
_VERBS = frozenset(["MOVE", "BACK", "STOP", "APPROVE", "VERIFY", "AGAIN", "RUN", "SETUP", "CONFIGURE"])


def as_active(tokens: list[Token]) -> list[Token]:
    """The command that somebody makes who asks that something be done; else the tokens as they are."""
    at = 1 if tokens and tokens[0].word in {"i", "we"} else 0
    while at < len(tokens) and tokens[at].word in _SOFTLY:
        at += 1
    said = tuple(one.word for one in tokens[at : at + 4])
    lead = next((one for one in _LEADS if said[: len(one)] == one), ())
    rest = tokens[at + len(lead) :] if lead else tokens
    for place, (one, later) in enumerate(pairwise(rest)):
        subjunctive = bool(lead) or (one.word == "were" and bool(place) and rest[0].has("VERSION"))
        subjunctive = subjunctive or (said[:2] in _SURE and one.word in {"gets", "get"} and bool(place))
        if one.word in _BE and subjunctive and (verb := _verb(later)) is not None:
            before = rest[: place - 1] if place and rest[place - 1].word == "to" else rest[:place]
            return [verb, *(before if lead else before[2:] if said[:2] in _SURE else before), *rest[place + 2 :]]
    return tokens


def _verb(token: Token) -> Token | None:
    """`moved`, `verified`, `stopped`: the verb that it is a form of."""
    if token.has("MOVED"):
        return msgspec.structs.replace(token, word="promote", senses=frozenset(["MOVE"]))
    if token.has("BACK", "AGAIN"):
        return token
    word = token.word
    for base in (_IRREGULAR.get(word, ""), f"{word[:-3]}y", word[:-2], word[:-1], word[:-3]):
        if base and (word in _IRREGULAR or word.endswith("ed")) and (senses := WORDS.get(base, frozenset()) & _VERBS):
            return msgspec.structs.replace(token, word=base, senses=senses)
    return None
