"""Every check explains itself, says where it knows it from, and has a test of its own."""

from pathlib import Path

import pytest

from gitops_master.manifests.checks.registry import Check, checks
from gitops_master.model.versions import VersionRange
from gitops_master.usecases.lint_checks import OWN, every_check

HERE = Path(__file__).parent
TESTED = "\n".join(
    path.read_text() for folder in ("checks", "schema") for path in sorted((HERE / folder).glob("**/test_*.py"))
)


@pytest.mark.parametrize("one", checks(), ids=lambda one: one.id)
def test_a_check_has_sources_and_a_test_that_names_it(one: Check) -> None:
    assert one.sources
    assert f'"{one.id}"' in TESTED


@pytest.mark.parametrize("one", every_check(), ids=lambda one: one.id)
def test_a_check_has_a_manual(one: Check) -> None:
    assert one.title
    assert not one.title.endswith(".")
    assert "What to do:" in one.manual
    assert all(VersionRange.parse(text).text for text in one.versions)


def test_ids_are_kebab_case_and_no_two_alike() -> None:
    ids = [one.id for one in every_check()]

    assert len(ids) == len(set(ids)) == len(checks()) + len(OWN)
    assert all(one == one.lower() and set(one) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for one in ids)
