"""What is said of the packages: found where a package says it, and wrong where something is."""

from pathlib import Path

import pytest

from tools.audit import Package, complaints, pins, undeclared

THERE = {
    "anyio": Package("anyio", "4.1", "MIT", frozenset()),
    "cryptography": Package("cryptography", "50.0", "Apache-2.0 OR BSD-3-Clause", frozenset({"cffi"})),
}
RUN = {"anyio": "4.1", "cryptography": "50.0"}


def _complaints(there: dict[str, Package], dev: dict[str, str] = RUN, build: dict[str, str] = {}) -> list[str]:  # noqa: B006
    return [*complaints(there, RUN, dev, build)]


def test_what_is_pinned_and_permitted_is_right() -> None:
    assert _complaints(THERE) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"extra": Package("extra", "1", "MIT", frozenset())}, "extra 1 is installed and not pinned"),
        ({"anyio": Package("anyio", "4.2", "MIT", frozenset())}, "installed as 4.2 and pinned as 4.1"),
        ({"anyio": Package("anyio", "4.1", "AGPL-3.0-only", frozenset())}, "licence 'AGPL-3.0-only' is none of"),
        ({"anyio": Package("anyio", "4.1", "MIT AND GPL-2.0-only", frozenset())}, "is none of"),
        ({"anyio": Package("anyio", "4.1", "not said", frozenset())}, "licence 'not said'"),
    ],
)
def test_what_is_not_is_told(change: dict[str, Package], words: str) -> None:
    (told,) = _complaints({**THERE, **change})

    assert words in told


def test_pins_that_differ_are_told() -> None:
    (told,) = _complaints(THERE, build={"anyio": "3.0"})

    assert told == "anyio is pinned as 3.0 in requirements/build.txt and as 4.1 in dev.txt"


def test_pins_are_read_with_markers_and_names_in_one_form(tmp_path: Path) -> None:
    (tmp_path / "some.txt").write_text(
        'PyYAML==6.0.3 \\\n    --hash=sha256:1\nzope.one==1 ; sys_platform == "win32" \\\n'
    )

    assert pins(tmp_path / "some.txt") == {"pyyaml": "6.0.3", "zope-one": "1"}


def test_imports_and_declarations_are_held_together(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(
        "import os\nimport yaml.nodes\ndef f():\n    from anyio import run\n_LATER = 'late.one'\n"
    )
    providers = {"yaml": ["PyYAML"], "anyio": ["anyio"], "rich": ["rich"], "late": ["late"]}

    told = [*undeclared([tmp_path / "one.py"], ["anyio>=4", "rich", "late"], providers)]

    assert told == [
        "the program imports pyyaml, which pyproject.toml does not name",
        "pyproject.toml names rich, which the program does not import",
    ]
