"""How often, and how many at a time: by a clock of the test."""

import anyio
import pytest

from gitops_master.serving.limits import MOST_CALLERS, Buckets, Gate, Slot


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_caller_may_ask_ten_seconds_worth_at_once_and_then_as_often_as_the_rate_says() -> None:
    clock = Clock()
    buckets = Buckets(60, clock)

    at_once = [buckets.take("a") for _ in range(11)]
    clock.now = 1.0
    later = [buckets.take("a"), buckets.take("a")]

    assert at_once == [None] * 10 + [1]
    assert later == [None, 1]


def test_it_is_said_when_to_come_back_and_then_it_is_let_in() -> None:
    clock = Clock()
    buckets = Buckets(2, clock)
    assert buckets.take("a") is None

    wait_s = buckets.take("a")
    assert wait_s == 30
    clock.now = float(wait_s)

    assert buckets.take("a") is None


def test_one_caller_does_not_use_up_what_another_has() -> None:
    buckets = Buckets(6, Clock())
    assert [buckets.take("a"), buckets.take("a")] == [None, 10]

    assert buckets.take("b") is None


def test_no_rate_lets_everything_in() -> None:
    assert {Buckets(0, Clock()).take("a") for _ in range(1000)} == {None}


def test_callers_that_come_once_do_not_fill_the_memory() -> None:
    buckets = Buckets(6, Clock())
    for number in range(MOST_CALLERS + 50):
        buckets.take(number)

    assert len(buckets._left) == MOST_CALLERS


async def test_as_many_wait_as_run_and_the_next_is_turned_away_at_once() -> None:
    gate = Gate(1, queue_s=60)
    first = await gate.enter()
    assert isinstance(first, Slot)
    got: list[Slot | None] = []

    async def wait() -> None:
        got.append(await gate.enter())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert (gate.waiting, gate.inside) == (1, 1)
        assert await gate.enter() is None
        first.release()

    assert isinstance(got[0], Slot)
    assert (gate.waiting, gate.inside) == (0, 1)


async def test_nobody_waits_for_ever() -> None:
    gate = Gate(1, queue_s=0.01)
    await gate.enter()

    assert await gate.enter() is None
    assert gate.waiting == 0


async def test_who_goes_while_waiting_leaves_no_trace() -> None:
    gate = Gate(1, queue_s=60)
    slot = await gate.enter()
    assert slot is not None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(gate.enter)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    slot.release()

    assert (gate.waiting, gate.inside) == (0, 0)
    assert await gate.enter() is not None


async def test_a_place_is_free_when_the_last_who_held_it_lets_go() -> None:
    gate = Gate(1, queue_s=0.01)
    slot = await gate.enter()
    assert slot is not None
    assert slot.hold()

    slot.release()
    assert gate.inside == 1
    slot.release()

    assert gate.inside == 0
    assert not slot.hold()


@pytest.mark.parametrize(("queue_s", "retry_s"), [(10, 5), (0.1, 1)])
def test_the_busy_say_when_to_come_back(queue_s: float, retry_s: int) -> None:
    assert Gate(1, queue_s).retry_s == retry_s
