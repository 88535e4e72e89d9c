"""Regular expressions that a body must hold: which are taken, and what is said where one is looked for."""

import re
import warnings

from gitops_master.model.asking import Got

NOT_IN_BEGINNING = "the pattern is not in the beginning of the body, and more was not looked at"
_MOST_SEARCHED = 4096
"""Characters of a body that a pattern with repeats is looked for in; one without is looked for in all that was read."""
_REPEATS = frozenset("*+{")
_MOST_REPEATS = 3
"""In a pattern: each may multiply the steps by the length of the text. The file with the patterns is the user's own; this is
against accidents."""
_PIECE = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?(?:P<\w+>|[:=!]|<[=!]))?|\)|[*+?|]|\{\d*,?\d*\}|[^\\]", re.DOTALL
)


def problem_of(pattern: str) -> str:
    """Why a pattern is not taken; empty where it is."""
    try:
        with warnings.catch_warnings(action="error"):  # of what Python will read otherwise one day
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        return f"is not a regular expression: {error}"
    if _may_take_for_ever(pattern):
        return "repeats what already repeats, or has alternatives, inside a group, or repeats too often: it may take for ever"
    return ""


def body_holds(pattern: str, got: Got) -> bool | None:
    """Whether the pattern, which is one that is taken, is found in the body; None where it is not, and the body goes on."""
    searched = got.text if _REPEATS.isdisjoint(pattern) else got.text[:_MOST_SEARCHED]
    if re.search(pattern, searched, re.MULTILINE) is not None:
        return True
    return None if got.truncated or len(got.text) > len(searched) else False


def _may_take_for_ever(pattern: str) -> bool:
    """A repeated group that repeats something itself, or chooses, may match one text in exponentially many ways."""
    loose: list[bool] = [False]
    pieces: list[str] = _PIECE.findall(pattern)
    for piece, after in zip(pieces, [*pieces[1:], ""], strict=True):
        if piece.startswith("("):
            loose.append(False)
        elif piece == ")" and len(loose) > 1:
            inner = loose.pop()
            if inner and after[:1] in {"*", "+", "{"}:
                return True
            loose[-1] = loose[-1] or inner
        elif piece in {"*", "+", "?", "|"} or (piece[0] == "{" and len(piece) > 1):
            loose[-1] = True
    return sum(piece in {"*", "+"} or (piece[0] == "{" and len(piece) > 1) for piece in pieces) > _MOST_REPEATS
