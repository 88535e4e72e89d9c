"""Each check says how to tell and what to do, and where that was looked up."""

import pytest

from gitops_master.manifests.checks.registry import Check, checks
from gitops_master.model.versions import VersionRange


@pytest.mark.parametrize("check", checks(), ids=lambda one: one.id)
def test_a_manual_is_complete(check: Check) -> None:
    for heading in ("How to tell: ", "What to do: "):
        assert heading in check.manual
    assert check.sources
    for one in check.versions:
        VersionRange.parse(one)
