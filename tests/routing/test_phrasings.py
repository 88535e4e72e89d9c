"""The table of phrasings: what people write, and what they want. Prints where the router goes astray (-rP shows it)."""

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from gitops_master.model.routing import Known, Route
from gitops_master.routing import route

TABLES = [
    yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))
    for name in ("phrasings.yaml", "everyday.yaml", "asked.yaml")
]
ENOUGH = 0.97
FIELDS = ("project", "stage", "app", "freight", "ask")


def phrasings() -> list[tuple[Known, str, dict[str, Any]]]:
    """(known names, text, what is expected of each field)."""
    found = []
    for table, world, listed in ((one, *entry) for one in TABLES for entry in one["worlds"].items()):
        known = Known.model_validate(listed)
        for text, modes, *more in table[world]:
            told = more[0] if more else {}
            start = told.get("freight", "")
            freight = next((one.name for one in known.freight if start and one.name.startswith(start)), "")
            told = {"project": "", "stage": "", "app": "", "ask": False, **told, "freight": freight}
            found.append((known, text, {"modes": modes.split(), **told}))
    return found


def wrong(answer: Route, expected: dict[str, Any]) -> dict[str, Any]:
    """The fields that are not as expected, with what they are."""
    astray: dict[str, Any] = {} if list(answer.modes) == expected["modes"] else {"modes": list(answer.modes)}
    for field in FIELDS:
        if getattr(answer, field) != expected[field]:
            astray[field] = getattr(answer, field)
    return astray


def test_nearly_all_phrasings_come_to_what_is_wanted() -> None:
    confusion: Counter[tuple[str, str]] = Counter()
    astray = []
    table = phrasings()
    for known, text, expected in table:
        answer = route(text, known)
        confusion[" ".join(expected["modes"]) or "none", " ".join(answer.modes) or "none"] += 1
        if found := wrong(answer, expected):
            astray.append(f"{text!r}: {found}, wanted { {field: expected[field] for field in found} }")
    print(_as_table(confusion))
    print(f"{len(table) - len(astray)} of {len(table)} as wanted", *astray, sep="\n")

    assert len(table) >= 200
    assert len(astray) <= (1 - ENOUGH) * len(table)


def test_every_answer_that_asks_says_what() -> None:
    for known, text, _ in phrasings():
        answer = route(text, known)

        assert bool(answer.question) == (answer.ask or not answer.modes), text


def _as_table(confusion: Counter[tuple[str, str]]) -> str:
    wanted = sorted({one for one, _ in confusion})
    given = sorted({other for _, other in confusion})
    width = max(map(len, wanted))
    lines = [f"{'wanted':{width}}  " + "  ".join(given)]
    for one in wanted:
        cells = (f"{confusion[one, other] or '.':>{len(other)}}" for other in given)
        lines.append(f"{one:{width}}  " + "  ".join(cells))
    return "\n".join(lines)
