"""Verify again and again until it passes or the time is over."""

from collections.abc import Awaitable, Callable

import anyio

from gitops_master.model.errors import GitOpsError
from gitops_master.model.finding import NotChecked
from gitops_master.model.printable import printable
from gitops_master.model.verification import Verdict, Verification
from gitops_master.usecases.run_verification import Tell

INTERVAL_S = 5.0
"""Between the end of one verification and the beginning of the next."""
MOST_TOLD = 3
"""Of what it still waits for, told at once."""


async def await_verification(
    verify: Callable[[], Awaitable[Verification]],
    tell: Tell,
    *,
    wait_s: float,
    interval_s: float = INTERVAL_S,
    clock: Callable[[], float] = anyio.current_time,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> Verification:
    """The first answer that passes, or the last one before `wait_s` are over; one without a wait.

    The first verification has to succeed: it raises as `run_verification` does. A later one that cannot be done is told, and
    tried again; if it was the last, the answer is the one before, and says so under `not_checked`.
    """
    ends = clock() + wait_s
    answer = await verify()
    while answer.verdict is not Verdict.PASS and (left_s := ends - clock()) > 0:
        await tell(_waiting(answer, left_s))
        await sleep(min(interval_s, left_s))
        try:
            answer = await verify()
        except GitOpsError as error:
            missed = NotChecked(what="the last verification", reason=printable(error.message))
            kept = [one for one in answer.not_checked if one.what != missed.what]
            answer = answer.model_copy(update={"not_checked": [*kept, missed]})
    return answer


def _waiting(answer: Verification, left_s: float) -> str:
    shown = answer.waits_for[:MOST_TOLD]
    more = len(answer.waits_for) - len(shown)
    return f"{left_s:.0f} s left, waiting for {', '.join(shown)}{f' and {more} more' if more > 0 else ''}"
