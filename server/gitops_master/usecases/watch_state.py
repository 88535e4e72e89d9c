"""Follow the state of a Stage or a pipeline: read again and again, keep the last good state, end when asked to."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum

import msgspec

from gitops_master.facts.durations import stamp
from gitops_master.model.errors import GitOpsError, Unreachable
from gitops_master.model.kargo import VERIFICATION_TERMINAL
from gitops_master.model.printable import printable
from gitops_master.model.state import Standing, StateAnswer

_AGE = re.compile(r"\b(?:\d+[dhms])+\b")
"""`3h12m`: grows by itself, and says nothing new."""


class Until(StrEnum):
    """When to stop following a Stage. settled: nothing moves there by itself, whether it is fine or not."""

    HEALTHY = "healthy"
    SETTLED = "settled"


class Moment(msgspec.Struct, frozen=True):
    """What is known after a read. `answer`: the last good one, read at `read_at`.

    `problem`, `since`: why reads fail, and when the first of them did; empty while they do not.
    """

    answer: StateAnswer
    read_at: datetime
    problem: str = ""
    since: datetime | None = None

    def failed(self, error: GitOpsError, now: datetime) -> "Moment":
        """The same state, and that it could not be read anew."""
        what = "not reachable" if isinstance(error, Unreachable) else "cannot be read"
        since = self.since or now
        return Moment(self.answer, self.read_at, printable(f"{what} since {stamp(since)}: {error.message}"), since)


async def watch(
    read: Callable[[], Awaitable[StateAnswer]],
    show: Callable[[Moment], None],
    *,
    until: Until | None = None,
    interval_s: float,
    clock: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]],
) -> Standing:
    """Shows every read until `until` holds, else for ever; returns the standing that ended it.

    The first read has to succeed: it raises as `get_state` does. Later ones that fail are shown as such.
    """
    moment = Moment(await read(), clock())
    show(moment)
    while until is None or not has_come(until, moment):
        await sleep(interval_s)
        try:
            moment = Moment(await read(), clock())
        except GitOpsError as error:
            moment = moment.failed(error, clock())
        show(moment)
    return moment.answer.standing


def has_come(until: Until, moment: Moment) -> bool:
    """Never by an old state: while reads fail, nobody knows."""
    if moment.problem:
        return False
    return moment.answer.standing is Standing.FINE if until is Until.HEALTHY else _is_settled(moment.answer)


def _is_settled(answer: StateAnswer) -> bool:
    stage = answer.stage
    if stage is None or stage.standing is Standing.PROMOTING:
        return False
    verifies = stage.verification is not None and stage.verification.phase not in VERIFICATION_TERMINAL
    progresses = stage.health is not None and stage.health.status == "Progressing"
    return not (stage.current_promotion or stage.queue or verifies or progresses)


def lines_of(answer: StateAnswer) -> list[str]:
    """The report, without when it was seen."""
    return [line for line in answer.report.split("\n") if not line.startswith("Observed ")]


def ageless(line: str) -> str:
    """The line, with what only time changes taken out: two that are equal so say the same."""
    return _AGE.sub("…", line)


def exit_code(standing: Standing) -> int:
    """The one table of docs/architecture.md. What is on its way is waited for."""
    codes = {Standing.FINE: 0, Standing.BROKEN: 1, Standing.WAITING: 2, Standing.PROMOTING: 2, Standing.UNKNOWN: 3}
    return codes[standing]
