"""What was probably meant where a name is wrong."""

from collections.abc import Iterable
from difflib import get_close_matches

_SHOWN = 8


def near(name: str, existing: Iterable[str]) -> str:
    """`did you mean web?`, else what there is; empty where there is nothing."""
    every = sorted({one for one in existing if one})
    close = get_close_matches(name, every, n=1, cutoff=0.65)
    if close:
        return f"did you mean {close[0]}?"
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return f"there is {', '.join(every[:_SHOWN])}{more}" if every else ""


def is_slip(hint: str) -> bool:
    """Whether `near` has found one name that was probably meant."""
    return hint.startswith("did you mean")
