"""Go durations (`24h0m0s`, `1m20.148649701s`) in and human ones out."""

import re
from datetime import UTC, datetime, timedelta

_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|h|m|s)")
_LONGEST = 64
"""Characters of a duration; a longer text is none, and the pattern would take its time to say so."""
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def parse_duration(text: str) -> timedelta | None:
    """A Go duration; None where the text is not one."""
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    if not text or _PART.sub("", text):
        return timedelta() if text == "0" else None
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        return timedelta.max


def later(time: datetime, span: timedelta, times: int = 1) -> datetime:
    """The time that many spans later; the last there is where the calendar ends before."""
    try:
        return time + span * times
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def human(span: timedelta) -> str:
    """`2d3h`, `15h`, `40m`, `12s`: a unit and the next smaller one, never negative."""
    seconds = max(0, int(span.total_seconds()))
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, secs = divmod(rest, 60)
    counts = [(days, "d"), (hours, "h"), (minutes, "m")]
    largest = next((at for at, (count, _) in enumerate(counts) if count), None)
    if largest is None:
        return f"{secs}s"
    return "".join(f"{count}{unit}" for count, unit in counts[largest : largest + 2] if count)


def lasting(since: datetime | None, now: datetime) -> str:
    """` for 3h`, to be put behind a verb; empty where the beginning is not known."""
    return f" for {human(now - since)}" if since is not None else ""


def stamp(time: datetime) -> str:
    """RFC 3339 in UTC with whole seconds, as Kubernetes prints it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
