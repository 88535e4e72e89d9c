"""Which finding offers which operation as a ready call, that each call is one, and where none may be offered."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.model.finding import Remedy
from gitops_master.rules.registry import all_rules
from gitops_master.usecases.analyze_stage import AnalyzeRequest
from tests import worlds
from tests.calls import findings, objects, told, unlike, wrong
from tests.rules.test_rules import FILES
from tests.scenarios.test_real import world as real_world

TABLE = Path(__file__).parent / "golden" / "calls.yaml"
"""Rule: the calls that its own cases bring about. GOLDEN_UPDATE=1 writes it; what is new there wants a look at its remedy."""

WITHOUT = {
    "app-synced-away-from-promoted-revision": "helps only until",
    "applicationset-overwrites-target-revision": "promote the same Freight",
    "argocd-update-skipped-on-retry-hides-sync-error": "compare",
    "auto-promotion-overrides-manual-rollback": "promote the older Freight",
    "foreign-argocd-operation-blocks-update": "Terminate the operation",
    "immutable-field-changed": "delete",
    "managed-job-failed": "Sync",
    "named-default-controller-takes-other-shards-promotions": "promote the same Freight",
    "nonconformant-promotion-name-blocks-replay": "promote the wanted Freight",
    "orphaned-sync-operation": "",
    "pinned-revision-on-shared-branch": "helps only until",
    "running-promotion-not-requeued": "Refresh the Promotion",
    "stage-unhealthy": "Refresh Stage",
    "two-controllers-reconcile-same-promotion": "promote the same Freight",
    "waiting-for-pruning-confirmation": "",
    "waiting-for-pull-request-merge": "refresh the Promotion",
    "waiting-for-soak-time": "",
}
"""Rule: words of the remedies that hold a command of ours and, in each of its cases, no call of it.

Done alone, they would bring back what has to be mended first, wait behind what jams, come too early, or do something else.
"""
OURS = ("kargo promote", "kargo verify", "kargo.akuity.io/refresh=", "argocd.argoproj.io/refresh=", "argocd app sync")


async def _remedies(stem: str, tmp_path: Path) -> tuple[list[tuple[str, Remedy]], list[str]]:
    """(rule, remedy) of everything found in the cases of one rule, and what is wrong with their calls."""
    found, bad = [], []
    for number, case in enumerate(yaml.safe_load(FILES[stem].read_text())):
        folder, request = worlds.rule_case(case, tmp_path / str(number))
        there = objects(folder)
        for finding in await findings(folder, request):
            found += [(finding.id, one) for one in finding.remedies]
            bad += [problem for one in finding.remedies if one.call and (problem := wrong(one.call, there))]
    return found, bad


def _table() -> dict[str, list[str]]:
    held: dict[str, list[str]] = yaml.safe_load(TABLE.read_text()) if TABLE.exists() else {}
    return held


@pytest.mark.parametrize("stem", sorted(FILES))
async def test_a_rule_offers_exactly_the_calls_of_the_table_and_each_is_whole(stem: str, tmp_path: Path) -> None:
    found, bad = await _remedies(stem, tmp_path)

    offered = sorted({told(one.call) for rule, one in found if rule == stem and one.call})
    if os.environ.get("GOLDEN_UPDATE"):
        table = {**_table(), stem: offered}
        TABLE.write_text(yaml.safe_dump({key: value for key, value in sorted(table.items()) if value}))
    assert bad == []
    assert offered == _table().get(stem, [])
    assert [problem for _, one in found if one.call and (problem := unlike(one))] == []


@pytest.mark.parametrize("stem", sorted(WITHOUT))
async def test_a_remedy_that_is_wrong_by_itself_carries_no_call(stem: str, tmp_path: Path) -> None:
    found, _ = await _remedies(stem, tmp_path)

    concerned = [one for rule, one in found if rule == stem and WITHOUT[stem] in one.title and _is_ours(one)]
    assert concerned
    assert [one.call for one in concerned if one.call] == []


def _is_ours(one: Remedy) -> bool:
    return any(ours in command for command in one.commands for ours in (*OURS, "Terminating"))


@pytest.mark.parametrize("folder", worlds.FOLDERS, ids=worlds.NAMES)
async def test_calls_of_whole_cases_are_whole(folder: Path, tmp_path: Path) -> None:
    world, asked = worlds.write(tmp_path / "world", *worlds.load(folder)), worlds.asked(folder)

    found = await findings(world, asked)

    calls: list[dict[str, Any]] = [one.call for finding in found for one in finding.remedies if one.call]
    there = objects(world)
    assert [problem for one in calls if (problem := wrong(one, there))] == []


@pytest.mark.parametrize("state", sorted(worlds.REAL.glob("*-*")), ids=lambda path: path.name)
async def test_calls_of_states_that_real_controllers_wrote_are_whole(state: Path, tmp_path: Path) -> None:
    found = await findings(real_world(state, tmp_path / "world"), AnalyzeRequest(project="demo"))

    calls = [one.call for finding in found for one in finding.remedies if one.call]
    there = objects(state)
    assert [problem for one in calls if (problem := wrong(one, there))] == []


def test_the_table_names_rules_that_exist() -> None:
    assert set(_table()) | set(WITHOUT) <= {one.id for one in all_rules()}
