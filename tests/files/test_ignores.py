"""Comments that switch checks off: which line they are about."""

from gitops_master.files.ignores import Ignore, ignores


def test_a_comment_behind_something_is_about_its_own_line() -> None:
    text = "a: 1\nb: 2  # gitops-master: ignore one-check\n"

    assert list(ignores(text, "x.yaml")) == [Ignore("x.yaml", 2, 2, ("one-check",))]


def test_a_comment_by_itself_is_about_the_next_line_that_says_something() -> None:
    text = "# gitops-master: ignore one, two\n# and why\n\n---\na: 1\n"

    assert list(ignores(text)) == [Ignore("", 1, 5, ("one", "two"))]


def test_a_reason_is_no_id() -> None:
    text = "# gitops-master: ignore one because it is so, two (see above) -- three, four\na: 1\n"

    assert [one.ids for one in ignores(text)] == [("one", "two")]


def test_other_comments_are_none() -> None:
    text = "# gitops-master: ignored by all\n# gitops-master: check\nurl: a#gitops-master: ignore x\na: 1\n"

    assert list(ignores(text)) == []


def test_a_comment_that_names_nothing_is_seen() -> None:
    assert list(ignores("a: 1 # gitops-master: ignore\n")) == [Ignore("", 1, 1, ())]


def test_a_comment_at_the_end_is_about_itself() -> None:
    assert list(ignores("a: 1\n# gitops-master: ignore one")) == [Ignore("", 2, 2, ("one",))]
