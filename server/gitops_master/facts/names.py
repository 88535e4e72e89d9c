"""Promotion names: `<stage>.<ulid>.<freight7>` (kargo pkg/api/promotion.go, same shape since 0.8)."""

import re
from datetime import UTC, datetime

_GENERATED = re.compile(r"^(?P<stage>.{1,218})\.(?P<ulid>[0-9a-hjkmnp-tv-z]{26})\.(?P<freight>[0-9a-z]{1,7})$")
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def is_generated(name: str, stage: str) -> bool:
    """Whether Kargo itself gave this name to a Promotion of the Stage."""
    match = _GENERATED.match(name)
    return match is not None and match["stage"] == stage[:218].lower()


def ulid_time(name: str) -> datetime | None:
    """The millisecond a generated name was made at; None for other names."""
    match = _GENERATED.match(name)
    if match is None:
        return None
    millis = 0
    for char in match["ulid"][:10]:
        millis = millis * 32 + _CROCKFORD.index(char)
    try:
        return datetime.fromtimestamp(millis / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def earliest_name(stage: str, at: datetime) -> str:
    """The text that every name which Kargo generates for a Promotion of the Stage from then on sorts after."""
    millis = int(at.timestamp() * 1000)
    digits = ""
    for _ in range(10):
        millis, digit = divmod(millis, 32)
        digits = _CROCKFORD[digit] + digits
    return f"{stage[:218].lower()}.{digits}"


def stage_named(name: str) -> str:
    """The Stage that a generated name was made for, where that is in it in full; empty for other names."""
    match = _GENERATED.match(name)
    return match["stage"] if match is not None and len(match["stage"]) < 218 else ""
