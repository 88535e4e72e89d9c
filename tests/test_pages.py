"""The pages that people read: links lead somewhere, every page is in the index, every command has its manual."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from gitops_master.cli.main import program
from gitops_master.cli.manual import MANUALS
from tools.commands_page import COMMANDS

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    {*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("references/*.md"), *ROOT.glob("deploy/**/*.md")}
)
_FENCED = re.compile(r"^(`{3,}).*?^\1`*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def _prose(path: Path) -> str:
    return _FENCED.sub("", path.read_text())


def _anchors(path: Path) -> set[str]:
    """As GitHub makes them of headings: lower case, punctuation dropped, spaces to hyphens; the second of a name gets -1."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} (.*)$", _prose(path), re.MULTILINE):
        plain = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        number = 1
        while (unique := anchor if anchor not in found else f"{anchor}-{number}") in found:
            number += 1
        found.add(unique)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_its_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    broken = []
    for link in _LINK.findall(_CODE.sub("", _prose(page))):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = (page.parent / name).resolve() if name else page
        missing = not target.exists() or (anchor and target.suffix == ".md" and anchor not in _anchors(target))
        broken += [link] if missing else []

    assert broken == []


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text()

    assert [
        page.name for page in (ROOT / "docs").glob("*.md") if page.name != "README.md" and page.name not in index
    ] == []


def test_every_command_has_a_manual_and_stands_on_the_page() -> None:
    names = {one.name for one in program.registered_commands} | {"generate stage"}

    assert names == set(COMMANDS)
    assert names == set(MANUALS)
