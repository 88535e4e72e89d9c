"""Words for a name that nothing has: what is nearest to it."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


def did_you_mean(name: str, names: Sequence[str]) -> str:
    """`; did you mean 'prod'?`, empty where nothing is near."""
    near = get_close_matches(name, names, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def no_such_arguments(of: str, unknown: Iterable[str], names: Sequence[str]) -> str:
    """What is wrong with arguments that a tool or prompt does not have, and which ones it has."""
    parts = [f"{of} has no argument {one!r}{did_you_mean(one, names)}" for one in unknown]
    return "; ".join(parts) + f". It takes: {', '.join(names)}."
