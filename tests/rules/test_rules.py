"""Every rule has at least one case in which it fires and one near miss in which it does not.

tests/rules/<id>.yaml is a list of cases: `name` (a sentence), `fires` (true or false), then either `base` (a folder of
tests/cases such as dev/k03, whose own target is used) with `change` (tests/worlds.py), or `objects` with `target`
(`{stage|app|warehouse: name}`, or nothing: the project), `project`, and perhaps `now`, `versions`, `complete`, `logs`; with either also `freight` and
`symptom`. `says`: texts that the finding
must hold; `omits`: texts that it must not. `root: true`: it is the root cause, too.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.finding import Finding
from gitops_master.rules.registry import all_rules
from gitops_master.usecases.analyze_stage import analyze
from tests import worlds

FILES = {path.stem: path for path in Path(__file__).parent.glob("*.yaml") if path.stem != "taxonomy"}
CASES = [(stem, case) for stem, path in sorted(FILES.items()) for case in yaml.safe_load(path.read_text())]


def _all(finding: Finding) -> list[Finding]:
    return [finding, *(inner for effect in finding.effects for inner in _all(effect))]


@pytest.mark.parametrize(("rule_id", "case"), CASES, ids=[f"{stem}: {case['name']}" for stem, case in CASES])
async def test_a_rule_fires_exactly_where_its_cases_say(rule_id: str, case: dict[str, Any], tmp_path: Path) -> None:
    folder, request = worlds.rule_case(case, tmp_path / "world")

    diagnosis = await analyze(SnapshotReader(folder), request)

    roots = [diagnosis.root_cause] if diagnosis.root_cause else []
    roots += [one.root_cause for one in diagnosis.incidents if one.root_cause]
    found = {one.id: one for finding in [*roots, *diagnosis.findings] for one in _all(finding)}
    assert (rule_id in found) is case["fires"], f"found {sorted(found)}"
    for text in case.get("says", []):
        assert text in found[rule_id].model_dump_json(by_alias=True).replace('\\"', '"')
    for text in case.get("omits", []):
        assert text not in found[rule_id].model_dump_json(by_alias=True, exclude={"effects"}).replace('\\"', '"')
    if case.get("root"):
        assert diagnosis.root_cause is not None
        assert diagnosis.root_cause.id == rule_id


def test_every_rule_has_a_case_that_fires_and_a_near_miss() -> None:
    fires = {stem for stem, case in CASES if case["fires"]}
    quiet = {stem for stem, case in CASES if not case["fires"]}
    ids = {one.id for one in all_rules()}

    assert ids - fires == set(), "rules without a case that fires"
    assert ids - quiet == set(), "rules without a near miss"
    assert set(FILES) - ids == set(), "cases without a rule"


def test_explains_names_only_rules_that_exist() -> None:
    ids = {one.id for one in all_rules()}

    assert {one.id: one.explains - ids for one in all_rules() if one.explains - ids} == {}
