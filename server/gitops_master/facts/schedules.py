"""Cron schedules with a duration, as Argo CD's sync windows use them: active now, and until when.

Five fields with `*`, lists, ranges and steps, names of months and days, and the @-words; enough for what robfig/cron
takes there. A schedule that cannot be read is None, never "inactive".
"""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from gitops_master.facts.durations import later

_WORDS = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NAMES: dict[int, dict[str, int]] = {
    3: {name: number for number, name in enumerate(_MONTHS, start=1)},
    4: {name: number for number, name in enumerate(_DAYS)},
}
_LONGEST = timedelta(days=31)


class Schedule(msgspec.Struct, frozen=True):
    """The fields as sets, and whether day of month and day of week were left open."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool

    def starts(self, at: datetime) -> bool:
        if at.minute not in self.minutes or at.hour not in self.hours or at.month not in self.months:
            return False
        day, weekday = at.day in self.days, (at.weekday() + 1) % 7 in self.weekdays
        return (day and weekday) if self.any_day or self.any_weekday else (day or weekday)


def parse(text: str) -> Schedule | None:
    fields = _WORDS.get(text.strip().lower(), text).split()
    if len(fields) != 5:
        return None
    try:
        sets = [_values(field.lower(), *_RANGES[index], _NAMES.get(index, {})) for index, field in enumerate(fields)]
    except (ValueError, KeyError):
        return None
    minutes, hours, days, months, weekdays = sets
    any_day, any_weekday = fields[2] in {"*", "?"}, fields[4] in {"*", "?"}
    return Schedule(minutes, hours, days, months, weekdays, any_day=any_day, any_weekday=any_weekday)


def _values(field: str, low: int, high: int, names: dict[str, int]) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        if span in {"*", "?"}:
            first, last = low, high
        else:
            begin, dash, end = span.partition("-")
            first = _number(begin, names)
            last = _number(end, names) if dash else (high if step else first)
        found |= set(range(first, last + 1, int(step) if step else 1))
    return frozenset(value % 7 if high == 6 else value for value in found)


def _number(text: str, names: dict[str, int]) -> int:
    return names[text] if text in names else int(text)


def zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return None


def active_until(schedule: Schedule, duration: timedelta, now: datetime, where: tzinfo) -> datetime | None:
    """When the window that is open now closes; None where none is open."""
    at = now.astimezone(where).replace(second=0, microsecond=0)
    oldest = at - min(duration, _LONGEST)
    while at > oldest:
        if schedule.starts(at):
            return later(at.astimezone(UTC), duration)
        at -= timedelta(minutes=1)
    return None


def next_start(schedule: Schedule, now: datetime, where: tzinfo) -> datetime | None:
    """The next time the schedule begins, within eight days."""
    at = now.astimezone(where).replace(second=0, microsecond=0)
    for minutes in range(1, 8 * 24 * 60):
        if schedule.starts(at + timedelta(minutes=minutes)):
            return (at + timedelta(minutes=minutes)).astimezone(UTC)
    return None
