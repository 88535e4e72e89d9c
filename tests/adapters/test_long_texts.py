"""Texts of megabytes are cut where they come in; everything else stays as it is."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_master.adapters.long_texts import LONGEST, cut, cut_json, may_be_in

FILLERS = ['"', "\\", '\\"', 'a"', '":', '", "b": "', "é", "\n", "x"]
"""What a text may be full of, so that it looks as if it ended."""


@pytest.mark.parametrize("filler", FILLERS)
def test_a_long_text_is_found_whatever_it_is_full_of(filler: str) -> None:
    text = filler * (3 * LONGEST // len(filler) + 1)
    body = json.dumps({"before": "x", "held": [{"message": text}], "after": 1}).encode()

    result = json.loads(cut_json(body))

    assert len(result["held"][0]["message"]) == LONGEST + 3
    assert (result["before"], result["after"]) == ("x", 1)


def test_many_short_texts_are_not_taken_for_a_long_one() -> None:
    body = json.dumps([{"message": "all is well " * 20, "number": at} for at in range(5000)]).encode()

    assert not may_be_in(body)
    assert cut_json(body) is body


def test_what_is_not_json_is_left_to_whoever_reads_it() -> None:
    body = b"{" + b"x" * 4 * LONGEST

    assert cut_json(body) is body


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@settings(deadline=None, max_examples=50)
@given(_PLAIN)
def test_data_without_long_texts_is_not_changed(value: Any) -> None:
    assert cut(json.loads(json.dumps(value))) == value
