"""Durations as people read them."""

from datetime import timedelta

import pytest

from gitops_master.facts.durations import human


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (timedelta(days=2, hours=3, minutes=9), "2d3h"),
        (timedelta(days=1, minutes=54), "1d"),
        (timedelta(hours=15, seconds=4), "15h"),
        (timedelta(minutes=40, seconds=4), "40m"),
        (timedelta(seconds=12), "12s"),
        (timedelta(seconds=-3), "0s"),
    ],
)
def test_a_span_is_shown_by_its_largest_unit_and_the_next(span: timedelta, shown: str) -> None:
    assert human(span) == shown
