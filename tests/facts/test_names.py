"""Promotion names: what Kargo generates, when, and what a name tells."""

from datetime import UTC, datetime, timedelta

import pytest

from gitops_master.facts.names import earliest_name, is_generated, stage_named, ulid_time

AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
ULID = "01m83b8f561jx9q0s2vefvr5g2"


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        (f"test.{ULID}.f1f1f1f", "test"),
        (f"eu.test.{ULID}.f1f1f1f", "eu.test"),
        (f"{'s' * 217}.{ULID}.f1f1f1f", "s" * 217),
        (f"{'s' * 218}.{ULID}.f1f1f1f", ""),
        ("by-hand", ""),
        (f"test.{ULID}", ""),
    ],
)
def test_the_stage_is_told_where_the_name_holds_it_in_full(name: str, stage: str) -> None:
    assert stage_named(name) == stage


def test_the_earliest_name_of_a_time_lies_between_names_before_and_after() -> None:
    start = earliest_name("prod", AT)
    name = f"{start}{'0' * 16}.1234567"

    assert is_generated(name, "prod")
    assert ulid_time(name) == AT
    assert (
        earliest_name("prod", AT - timedelta(milliseconds=1))
        < start
        < name
        < earliest_name("prod", AT + timedelta(seconds=1))
    )


def test_long_names_of_stages_are_cut_as_kargo_cuts_them() -> None:
    assert earliest_name("S" * 250, AT) == f"{'s' * 218}.{earliest_name('x', AT)[2:]}"
