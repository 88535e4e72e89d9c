"""Markdown in sections and parts."""

from gitops_master.usecases.markdown import parts, sections

TEXT = """\
# Title

Intro.

## First one

Text.

```sh
# no heading
```

### Inner

More.

## Second: `code` & all
"""


def test_a_section_reaches_to_the_next_heading_of_its_level() -> None:
    found = {one.heading: one.text for one in sections(TEXT)}

    assert list(found) == ["Title", "First one", "Inner", "Second: `code` & all"]
    assert found["Title"] == TEXT
    assert found["First one"].endswith("### Inner\n\nMore.\n")
    assert found["Inner"] == "### Inner\n\nMore.\n"


def test_anchors_are_those_of_repository_hosts() -> None:
    assert [one.slug for one in sections(TEXT)] == ["title", "first-one", "inner", "second-code--all"]


def test_a_short_text_is_one_part() -> None:
    assert parts(TEXT, 1000) == [TEXT.rstrip()]


def test_parts_are_cut_between_blocks_and_never_within_a_fence() -> None:
    fence = "```\n" + "\n\n".join(f"line {number}" for number in range(5)) + "\n```"

    assert parts(f"{'a' * 50}\n\n{fence}\n\n{'b' * 50}", 60) == ["a" * 50, fence, "b" * 50]


def test_a_heading_goes_with_what_follows_it() -> None:
    assert parts(f"{'a' * 20}\n\n## Next\n\n{'b' * 50}", 60) == ["a" * 20, f"## Next\n\n{'b' * 50}"]


def test_a_table_that_goes_on_has_its_head_again() -> None:
    rows = [f"| row {number} | {'x' * 20} |" for number in range(4)]
    head = ["| a | b |", "|---|---|"]

    found = parts("\n".join([*head, *rows]), 80)

    assert len(found) > 1
    assert all(one.splitlines()[:2] == head for one in found)
    assert [row for one in found for row in one.splitlines()[2:]] == rows
