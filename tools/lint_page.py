"""Writes the list of checks in docs/lint.md from the checks themselves. `--check` only compares."""

import re
import sys

from gitops_master.manifests.checks.registry import Check
from gitops_master.usecases.lint_checks import every_check
from tools.generated import ROOT, keep

PAGE = ROOT / "docs" / "lint.md"
_MARKED = re.compile(r"(<!-- checks -->\n).*?(<!-- /checks -->\n)", re.DOTALL)


def section() -> str:
    """A row a check, then the manual of each."""
    every = every_check()
    rows = ["| check | what | level | versions |", "|---|---|---|---|"]
    rows += [
        f"| [{one.id}](#{one.id}) | {one.title} | {one.level.value} | {', '.join(one.versions)} |" for one in every
    ]
    return "\n".join([*rows, "", *map(_manual, every)])


def _manual(one: Check) -> str:
    sources = "".join(f"- {source}\n" for source in one.sources)
    return f"### {one.id}\n\n{one.title} ({one.level.value}).\n\n{one.manual}\n" + (
        f"\nSources:\n\n{sources}" if sources else ""
    )


def page() -> str:
    """The page with its checks. Raises ValueError where it has no marks."""
    text = PAGE.read_text()
    if not _MARKED.search(text):
        raise ValueError(f"{PAGE.name} has no marks")
    return _MARKED.sub(lambda found: found[1] + section() + found[2], text, count=1)


if __name__ == "__main__":
    sys.exit(keep(PAGE, page(), sys.argv[1:]))
