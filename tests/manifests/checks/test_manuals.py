"""Each check says how to tell and what to do, and where that was looked up."""

import re

import pytest

from gitops_master.manifests.checks.registry import Check, checks
from gitops_master.model.versions import VersionRange

_SOURCE = re.compile(r"[\w-]+/[\w-]+(#\d+| v\d+\.\d+\.\d+(-rc\d+)? [\w./-]+( \w+)?)")
"""Repository and number of an issue; or repository, tag, path and, where it is one, the function or type."""


@pytest.mark.parametrize("check", checks(), ids=lambda one: one.id)
def test_a_manual_is_complete(check: Check) -> None:
    for heading in ("How to tell: ", "What to do: "):
        assert heading in check.manual
    assert check.sources
    assert [one for one in check.sources if not _SOURCE.fullmatch(one)] == []
    for one in check.versions:
        VersionRange.parse(one)
