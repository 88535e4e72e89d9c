"""The annotation that lets Stages change an Application, as Kargo parses it."""

import pytest

from gitops_master.facts.authorized_stages import Entry, Flaw, entries, flaw
from gitops_master.model.versions import Version


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("shop:test", [("shop", "test")]),
        (" shop : test , shop:prod,", [("shop", "test"), ("shop", "prod")]),
        ("shop", [("shop", "")]),
        ("shop:", [("shop", "")]),
        (":test", [("", "test")]),
        ("a:b:c", [("a", "b:c")]),
        (" , ,", []),
        ("", []),
    ],
)
def test_entries(value: str, expected: list[tuple[str, str]]) -> None:
    assert [(one.project, one.stage) for one in entries(value)] == expected


def test_an_entry_keeps_its_text_without_blanks() -> None:
    assert entries(" shop : test ,api") == (Entry("shop", "test", "shop:test"), Entry("api", "", "api"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("shop:test", None),
        ("shop:prod, shop:test", None),
        ("", Flaw.ABSENT),
        ("  ", Flaw.ABSENT),
        (",", Flaw.MALFORMED),
        ("shop:test,api", Flaw.MALFORMED),
        ("a:b:c", Flaw.MALFORMED),
        ("shop:test,shop:*", Flaw.GLOB),
        ("shop:prod", Flaw.OTHER),
    ],
)
def test_flaws(value: str, expected: Flaw | None) -> None:
    assert flaw(value, "shop:test", None) is expected


def test_lists_are_understood_since_1_11() -> None:
    assert flaw("shop:test,shop:prod", "shop:test", Version(1, 11, 0)) is None
    assert flaw("shop:test,shop:prod", "shop:test", Version(1, 10, 4)) is Flaw.LIST
    assert flaw("shop:test", "shop:test", Version(1, 10, 4)) is None
