"""Patterns of expectations: those that may take for ever, or are none, are refused with a reason."""

import pytest

from gitops_master.facts.body_patterns import body_holds, problem_of
from gitops_master.model.asking import Got


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)*b", "((a?)b)*", "([a-z]+)*", "(?:x{2,}){3}", ".*.*.*.*x", "(", "*"]
)
def test_patterns_that_may_take_for_ever_or_are_none_are_not_taken(pattern: str) -> None:
    assert problem_of(pattern)


@pytest.mark.parametrize(
    "pattern", ['"status": *"UP"', r"\(ok\)+", "[(+]*", "(ok|UP)", "(abc)+", '{"a":{}}', r"v\d+\.\d+"]
)
def test_patterns_as_people_write_them_are_taken(pattern: str) -> None:
    assert not problem_of(pattern)
    assert body_holds(pattern, Got(200, body=b'say "status": "UP" (ok) abc {"a":{}} v1.2'))
