"""Words for a name that nothing has: what is nearest to it."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

MOST_NAMED = 5
"""Unknown arguments that are named; more are counted."""
MOST_SHOWN = 80
"""Characters of one that is shown."""
_LONGEST = 300
"""Characters of a name for which a near one is looked: none that we know is longer."""


def did_you_mean(name: str, names: Sequence[str]) -> str:
    """`; did you mean 'prod'?`, empty where nothing is near."""
    near = get_close_matches(name, names, n=1) if len(name) <= _LONGEST else []
    return f"; did you mean {near[0]!r}?" if near else ""


def no_such_arguments(of: str, unknown: Iterable[str], names: Sequence[str]) -> str:
    """What is wrong with arguments that a tool or prompt does not have, and which ones it has."""
    given = list(unknown)
    parts = [f"{of} has no argument {shown(one)}{did_you_mean(one, names)}" for one in given[:MOST_NAMED]]
    more = [f"and {len(given) - MOST_NAMED} more it does not have"] if len(given) > MOST_NAMED else []
    return "; ".join([*parts, *more]) + f". It takes: {', '.join(names)}."


def shown(value: object) -> str:
    """What was given, quoted, cut: who sends it decides how long it is."""
    if isinstance(value, str):
        return repr(value) if len(value) <= MOST_SHOWN else f"{value[: MOST_SHOWN - 1]!r}…"
    return type(value).__name__ if isinstance(value, list | dict) else repr(value)[:MOST_SHOWN]
