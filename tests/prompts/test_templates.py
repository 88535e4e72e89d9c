"""Filling in texts of prompts/, and quoting evidence in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_master.usecases.templates import cut, fenced, filled, shares, size


def test_values_sections_and_their_absence() -> None:
    text = "{{#a}}\nfirst {{a}}\n{{/a}}\n{{^a}}\nnone\n{{/a}}\nend{{#b}}, with {{b}}{{/b}}.\n"

    assert filled(text, {"a": "1", "b": ""}) == "first 1\nend.\n"
    assert filled(text, {"a": "", "b": "2"}) == "none\nend, with 2.\n"


def test_sections_nest() -> None:
    assert filled("{{#a}}\nx{{#b}} y{{/b}}\n{{/a}}\n", {"a": "1", "b": "1"}) == "x y\n"
    assert filled("{{#a}}\nx{{#b}} y{{/b}}\n{{/a}}\n", {"a": "", "b": "1"}) == ""


def test_a_value_is_never_looked_at_as_a_template() -> None:
    assert filled("{{a}} {{b}}", {"a": "{{b}} {{#b}}x{{/b}}", "b": "2"}) == "{{b}} {{#b}}x{{/b}} 2"


def test_a_key_without_a_value_is_a_mistake_in_the_text() -> None:
    with pytest.raises(KeyError):
        filled("{{nothing}}", {})


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    assert fenced("a ``` b") == "````text\na ``` b\n````"
    assert fenced("a ````` b").startswith("``````text\n")


@given(st.text(alphabet=st.sampled_from("`a\n "), max_size=60))
def test_no_text_ends_its_own_fence(text: str) -> None:
    first, *inside, last = fenced(text).split("\n")

    assert first == f"{last}text"
    assert all(last not in line for line in inside)


def test_what_is_cut_is_counted_and_what_was_not_checked_stays() -> None:
    lines = [f"line {number}: {'x' * 40}" for number in range(100)]
    text = "\n".join([*lines, "Not checked: Pods (forbidden)", "", "Observed now"])

    found = cut(text, 1000)

    assert size(found) <= 1000
    assert found.startswith("line 0: ")
    assert found.endswith("Not checked: Pods (forbidden)\n\nObserved now")
    kept = sum(line.startswith("line ") for line in found.split("\n"))
    assert f"[… {100 - kept} of 103 lines left out here for size]" in found


@given(st.lists(st.text(max_size=300), max_size=30), st.integers(min_value=200, max_value=4000))
def test_a_cut_never_takes_more_than_it_may(lines: list[str], most: int) -> None:
    assert size(cut("\n".join(lines), most)) <= most


@given(st.lists(st.integers(min_value=0, max_value=5000), max_size=8), st.integers(min_value=-100, max_value=20_000))
def test_shares_stay_below_the_whole_and_leave_nothing_to_the_short_ones(sizes: list[int], most: int) -> None:
    found = shares(sizes, most)

    assert sum(found) <= max(0, most)
    assert all(given <= wanted for given, wanted in zip(found, sizes, strict=True))
    if sum(sizes) <= most:
        assert found == sizes
