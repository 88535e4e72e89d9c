"""What the name of a Promotion tells."""

import pytest

from gitops_master.facts.names import stage_named

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
