"""A short share of `python -m bench.load`, without its times: many clients at once, no error, nothing left behind."""

import pytest

from bench.load import CALLS, Over, over_http, over_stdio


@pytest.mark.parametrize("over", [over_stdio, over_http])
async def test_mixed_calls_from_many_clients_are_answered_and_leave_nothing_behind(over: Over) -> None:
    count = 3 * len(CALLS)

    taken, before, after = await over(count, 12)

    assert len(taken) == count
    assert after.descriptors <= before.descriptors
    assert after.tasks <= before.tasks
