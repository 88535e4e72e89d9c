"""Writes the tables of probes in references/verification-taxonomy.md from the probes themselves. `--check` only compares."""

import re
import sys

from gitops_master.probes.registry import LEVELS, Probe, all_probes
from tools.generated import ROOT, keep

PAGE = ROOT / "references" / "verification-taxonomy.md"
_HEAD = "| probe | checks | reads | PASS | WARN | FAIL | UNKNOWN, SKIPPED | needs | rights |\n" + "|---" * 9 + "|\n"
_NEEDS = {"PH": "P or H"}


def table(level: int) -> str:
    """The probes of a level, a row each."""
    return _HEAD + "".join(_row(one) for one in all_probes() if one.level == level)


def _row(one: Probe) -> str:
    row = one.row
    needs = _NEEDS.get(one.needs, one.needs)
    cells = (one.id, row.checks, row.reads, row.pass_, row.warn, row.fail, row.unknown, needs, row.rights)
    return f"| {' | '.join(cells)} |\n"


def page() -> str:
    """The page with its tables as the probes say. Raises ValueError where a level has no marks."""
    text = PAGE.read_text()
    for level in range(1, len(LEVELS) + 1):
        marked = re.compile(rf"(<!-- probes: level {level} -->\n).*?(<!-- /probes -->\n)", re.DOTALL)
        if not marked.search(text):
            raise ValueError(f"{PAGE.name} has no marks for level {level}")
        text = marked.sub(lambda found, level=level: found[1] + table(level) + found[2], text, count=1)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    sys.exit(keep(PAGE, page(), sys.argv[1:]))
