"""What ids of plans are sealed with."""

from pathlib import Path

import pytest

from gitops_master.adapters.plan_key import plan_key
from gitops_master.model.errors import UnreadableInput, UsageError


def test_without_a_file_nobody_else_has_the_key() -> None:
    assert len(plan_key(None)) == 32
    assert plan_key(None) != plan_key(None)


def test_a_file_is_the_key_of_all_who_name_it(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k" * 32 + "\n")

    assert plan_key(tmp_path / "key") == b"k" * 32


@pytest.mark.parametrize("held", ["", "short", "k" * 31, "k" * 5000])
def test_what_is_no_key_is_refused_without_being_shown(held: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(held)

    with pytest.raises(UsageError, match="is no key of plans") as told:
        plan_key(tmp_path / "key")
    assert not held or held not in str(told.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="cannot be read: No such file"):
        plan_key(tmp_path / "none")
