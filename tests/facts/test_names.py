"""Promotion names: what Kargo generates, and when."""

from datetime import UTC, datetime, timedelta

from gitops_master.facts.names import earliest_name, is_generated, ulid_time

AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


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
