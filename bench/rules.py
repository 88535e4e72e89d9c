"""What the rules cost over every Stage of a snapshot that is in memory, and which of them cost most.

Each rule's check is timed while the engine runs it, on the Stage, its Applications and its Warehouses, as an analysis does.
"""

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import MutableMapping
from pathlib import Path

from msgspec import structs

from bench import generate
from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.facts.stage import StageView
from gitops_master.model.snapshot import Snapshot, Wanted
from gitops_master.model.stage import Stage
from gitops_master.ports.cluster import ReadPlan
from gitops_master.rules.engine import run
from gitops_master.rules.registry import Hit, Rule, View, all_rules
from gitops_master.usecases.analyze_stage import EVERYTHING, neighbourhood

DEAREST = 10


def timed(rule: Rule, spent: MutableMapping[str, float]) -> Rule:
    """The same rule, whose check adds to `spent` what it takes until its last result."""

    def check(view: View) -> list[Hit | Wanted]:
        started = time.perf_counter()
        try:
            return list(rule.check(view))
        finally:
            spent[rule.id] += time.perf_counter() - started

    return structs.replace(rule, check=check)


def measure(snapshot: Snapshot) -> tuple[list[float], dict[str, float]]:
    """Seconds for each Stage, and for each rule over all of them."""
    spent: defaultdict[str, float] = defaultdict(float)
    rules = [timed(one, spent) for one in all_rules()]
    each = []
    for stage in snapshot.all(Stage, generate.PROJECT):
        started = time.perf_counter()
        run(neighbourhood(StageView(stage, snapshot)), snapshot, rules)
        each.append(time.perf_counter() - started)
    return each, spent


def report(folder: Path) -> None:
    snapshot = asyncio.run(SnapshotReader(folder).read(ReadPlan(EVERYTHING), deadline_s=60))
    each, spent = measure(snapshot)
    total = sum(each)
    print(f"\n{'rules over all Stages':58}{'seconds':>9}")
    print(f"{f'{len(all_rules())} rules, {len(each)} Stages':58}{total:9.3f}")
    print(f"{'the first Stage, which makes the indexes':58}{each[0]:9.4f}")
    print(f"{'each further Stage':58}{sum(each[1:]) / max(1, len(each) - 1):9.4f}")
    for rule_id, seconds in sorted(spent.items(), key=lambda one: -one[1])[:DEAREST]:
        print(f"  {rule_id:56}{seconds:9.3f}{seconds / total:8.1%}")


if __name__ == "__main__":
    report(Path(sys.argv[1]))
