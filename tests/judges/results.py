"""What the conformance suite found, read from the folder that it writes, and the tables of it in docs/conformance.md."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parents[2] / "docs/conformance.md"
REVISIONS = ("2025-06-18", "2025-11-25", "2026-07-28")
"""Versions of the protocol that hosts speak: a column each."""

_FOLDER = re.compile(r"(?:server-)?(?P<scenario>.+)-\d{4}-\d\d-\d\dT[\d-]+Z")
_SAYS_NOTHING = {"INFO", "SKIPPED"}


class Scenario(NamedTuple):
    """The checks of one scenario, in two groups; none of those that the suite skipped. `failed`: warnings, too."""

    met: tuple[str, ...]
    failed: tuple[str, ...]

    @property
    def is_met(self) -> bool:
        return bool(self.met) and not self.failed

    @property
    def score(self) -> str:
        """`3`, or `26 of 28`."""
        every = len(self.met) + len(self.failed)
        return f"{len(self.met)} of {every}" if self.failed else str(every)


def read(folder: Path) -> dict[str, Scenario]:
    """Scenario -> how it went, of everything that was run into the folder."""
    return {_scenario(path.parent.name): _read(path) for path in sorted(folder.glob("*/checks.json"))}


def _scenario(folder: str) -> str:
    found = _FOLDER.fullmatch(folder)
    assert found is not None, folder
    return found["scenario"]


def _read(path: Path) -> Scenario:
    said = [(one["id"], one["status"]) for one in json.loads(path.read_text())]
    # That all messages fit the schema of the protocol is found where none was sent, too.
    met = [name for name, status in said if status == "SUCCESS" and name != "wire-schema-valid"]
    return Scenario(tuple(met), tuple(name for name, status in said if status not in {"SUCCESS", *_SAYS_NOTHING}))


def column(server: str, revision: str) -> dict[str, str]:
    """Scenario -> score, as the page has it under the heading `server`."""
    return {name: row[revision] for name, row in _table(server).items() if row.get(revision)}


def write_column(server: str, revision: str, scores: Mapping[str, str]) -> None:
    """Puts the scores into the page's table in place of those that it has."""
    table = _table(server)
    for name in {*table, *scores}:
        table.setdefault(name, {})[revision] = scores.get(name, "")
    rows = [_row("scenario", *REVISIONS), _row(*["---"] * (1 + len(REVISIONS)))]
    rows += [
        _row(f"`{name}`", *(table[name].get(one, "") for one in REVISIONS))
        for name in sorted(table)
        if any(table[name].values())
    ]
    text, at = PAGE.read_text(), _place(server)
    PAGE.write_text(text[: at.start] + "\n".join(rows) + text[at.stop :])


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _place(server: str) -> slice:
    found = re.compile(
        rf"^## {re.escape(server)}\n(?:[^|#\n].*\n|\n)*(?P<rows>(?:\|.*\|\n?)+(?<!\n))", re.MULTILINE
    ).search(PAGE.read_text())
    assert found is not None, f"docs/conformance.md has no table under '{server}'"
    return slice(found.start("rows"), found.end("rows"))


def _table(server: str) -> dict[str, dict[str, str]]:
    rows = PAGE.read_text()[_place(server)].splitlines()[2:]
    cells = [[each.strip() for each in row.strip("|").split("|")] for row in rows]
    return {name.strip("`"): dict(zip(REVISIONS, scores, strict=True)) for name, *scores in cells}
