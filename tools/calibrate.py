"""How often a root cause was right, by the confidence it was given: over the cases of tests/cases, whole and with less to read.
Prints a table.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.finding import Confidence, Finding
from gitops_master.rules.registry import all_rules
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from tests import worlds

Tally = Counter[tuple[str, str]]
"""(confidence, right | symptom | other) → how many; confidence `none` where no root cause was named."""
World = tuple[list[dict[str, Any]], dict[str, Any], dict[str, str]]
TARGETS = frozenset({"Stage", "Application", "Warehouse"})
"""What the cases ask about: without it there is no question."""
FOLDERS = sorted(path.parent for path in worlds.CASES.glob("*/*/case.yaml"))


def measured() -> dict[str, Tally]:
    """By how much of each case could be read."""
    found: dict[str, Tally] = {}
    with ProcessPoolExecutor() as pool:
        for judged in pool.map(_judged, FOLDERS, chunksize=2):
            for column, tally in judged.items():
                found.setdefault(column, Counter()).update(tally)
    return found


def _judged(folder: Path) -> dict[str, Tally]:
    case, whole = yaml.safe_load((folder / "case.yaml").read_text()), worlds.load(folder)
    expected = case["expected"]
    accepted = {expected["root_cause_id"], *expected.get("also_accept", [])}
    found: dict[str, Tally] = {}
    for column, world in ((f"{folder.parent.name}, all read", whole), *_poorer(*whole)):
        root = _root_cause(case, world)
        found.setdefault(column, Counter())[_verdict(root, accepted)] += 1
    return found


def _verdict(root: Finding | None, accepted: set[str]) -> tuple[str, str]:
    if root is None:
        return "none", "other"
    symptoms = {one.id for one in all_rules() if one.is_symptom}
    return root.confidence.value, "right" if root.id in accepted else "symptom" if root.id in symptoms else "other"


def _poorer(objects: list[dict[str, Any]], index: dict[str, Any], logs: dict[str, str]) -> Iterator[tuple[str, World]]:
    """The same case as somebody sees it who may read less."""
    yield "versions unknown", (objects, {**index, "versions": {}}, logs)
    yield "no logs", (objects, index, {})
    for group, kind in sorted(
        {(str(one["apiVersion"]).rpartition("/")[0] or "v1", str(one["kind"])) for one in objects}
    ):
        name = f"{group}/{kind}"
        if kind not in TARGETS:
            gap = {"kind": name, "reason": "forbidden"}
            left = [one for one in objects if one["kind"] != kind]
            yield "one kind not readable", (left, {**index, "gaps": [*index.get("gaps", []), gap]}, logs)


def _root_cause(case: dict[str, Any], world: World) -> Finding | None:
    target = case["scope"]["target"]
    first = next(key for key in ("stage", "app", "warehouse") if key in target)
    request = AnalyzeRequest(
        project=case["scope"]["kargo_namespace"], symptom=" ".join(case["symptom"].split()), **{first: target[first]}
    )
    with TemporaryDirectory() as place:
        folder = worlds.write(Path(place) / "world", *world)
        return asyncio.run(analyze(SnapshotReader(folder), request)).root_cause


def table(found: dict[str, Tally]) -> str:
    """A line a level, a column a kind of reading."""
    columns = sorted(found, key=lambda column: (not column.endswith("all read"), column))
    lines = [f"| confidence | {' | '.join(columns)} |", f"|---{'|---' * len(columns)}|"]
    for level in (*Confidence, "none"):
        lines.append(f"| {level} | {' | '.join(_cell(found[column], level) for column in columns)} |")
    return "\n".join(lines) + "\n"


def _cell(tally: Tally, level: str) -> str:
    right, symptom, other = (tally[level, verdict] for verdict in ("right", "symptom", "other"))
    more = f" ({symptom} only a symptom)" if symptom else ""
    return f"{right} of {right + symptom + other}{more}" if right + symptom + other else "-"


if __name__ == "__main__":
    sys.stdout.write(table(measured()))
