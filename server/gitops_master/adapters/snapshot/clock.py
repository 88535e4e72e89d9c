"""The newest time that the objects mention: the clock of a snapshot that does not say when it was taken."""

import re
from datetime import datetime
from typing import Any

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_EVENT_TIMES = ("eventTime", "firstTimestamp", "lastTimestamp", "deprecatedFirstTimestamp", "deprecatedLastTimestamp")


class NewestTime:
    """Looks at creation times, everything under `status`, and the times of Events and Leases."""

    def __init__(self) -> None:
        # Times of one length that end in Z sort like their texts; only the greatest of each are parsed.
        self._texts: dict[int, str] = {}
        self._other: datetime | None = None

    def see(self, data: dict[str, Any]) -> None:
        metadata, spec, series = data.get("metadata"), data.get("spec"), data.get("series")
        if isinstance(metadata, dict):
            self._value(metadata.get("creationTimestamp"))
        self._value(data.get("status"))
        if data.get("kind") == "Event":
            for key in _EVENT_TIMES:
                self._value(data.get(key))
            if isinstance(series, dict):
                self._value(series.get("lastObservedTime"))
        elif data.get("kind") == "Lease" and isinstance(spec, dict):
            self._value(spec.get("renewTime"))

    @property
    def time(self) -> datetime | None:
        times = [time for text in self._texts.values() if (time := _parsed(text))]
        if self._other:
            times.append(self._other)
        return max(times, default=None)

    def _value(self, value: Any) -> None:
        kind = type(value)
        if kind is str:
            if 20 <= len(value) <= 35 and value[10] == "T" and value[4] == "-":
                self._text(value)
        elif kind is dict:
            for held in value.values():
                self._value(held)
        elif kind is list:
            for held in value:
                self._value(held)

    def _text(self, text: str) -> None:
        if not text.endswith("Z"):
            time = _parsed(text)
            if time and (self._other is None or time > self._other):
                self._other = time
        elif text > self._texts.get(len(text), "") and _parsed(text):
            self._texts[len(text)] = text


def _parsed(text: str) -> datetime | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    seconds, fraction, zone = match.groups()
    try:
        # datetime holds microseconds; Go writes up to nine digits
        return datetime.fromisoformat(seconds + (fraction or "")[:7] + zone)
    except ValueError:
        return None
