"""Waiting for a verification to pass, by a clock that the test turns."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from gitops_master.model.errors import Unreachable
from gitops_master.model.finding import Target
from gitops_master.model.verification import Verdict, Verification
from gitops_master.usecases.await_verification import await_verification


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def read(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def _answer(verdict: Verdict) -> Verification:
    waits = [] if verdict is Verdict.PASS else ["pods-ready Deployment shop-prod/web"]
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return Verification(target=Target(kind="Stage", name="prod"), verdict=verdict, waits_for=waits, observed_at=at)


async def _waited(outcomes: list[Verdict | Exception], wait_s: float) -> tuple[Verification, list[str], float]:
    left: Iterator[Verdict | Exception] = iter(outcomes)
    clock, told = Clock(), []

    async def verify() -> Verification:
        one = next(left)
        if isinstance(one, Exception):
            raise one
        return _answer(one)

    async def tell(now: str) -> None:
        told.append(now)

    found = await await_verification(verify, tell, wait_s=wait_s, interval_s=10, clock=clock.read, sleep=clock.sleep)
    return found, told, clock.now


async def test_without_a_wait_it_is_done_once() -> None:
    found, told, _ = await _waited([Verdict.FAIL], 0)

    assert found.verdict is Verdict.FAIL
    assert told == []


async def test_it_ends_as_soon_as_it_passes_and_says_what_it_waits_for() -> None:
    found, told, took = await _waited([Verdict.UNKNOWN, Verdict.FAIL, Verdict.PASS], 600)

    assert found.verdict is Verdict.PASS
    assert took == 20
    assert told[0] == "600 s left, waiting for pods-ready Deployment shop-prod/web"


async def test_at_the_deadline_the_last_answer_counts() -> None:
    found, _, took = await _waited([Verdict.UNKNOWN, Verdict.UNKNOWN, Verdict.FAIL], 15)

    assert found.verdict is Verdict.FAIL
    assert took == 15


async def test_one_that_cannot_be_done_in_between_is_tried_again() -> None:
    found, _, _ = await _waited([Verdict.UNKNOWN, Unreachable("no answer"), Verdict.PASS], 600)

    assert found.verdict is Verdict.PASS
    assert found.not_checked == []


async def test_where_the_last_one_cannot_be_done_the_answer_says_so() -> None:
    found, _, _ = await _waited([Verdict.UNKNOWN, Unreachable("no answer")], 10)

    assert found.verdict is Verdict.UNKNOWN
    assert found.not_checked[0].reason == "no answer"


async def test_the_first_one_has_to_succeed() -> None:
    with pytest.raises(Unreachable):
        await _waited([Unreachable("no answer")], 600)
