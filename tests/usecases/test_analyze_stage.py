"""Where a question about one object leads on to another."""

from pathlib import Path
from typing import Any

import pytest

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.finding import Diagnosis, Verdict
from gitops_master.usecases.analyze_stage import analyze
from tests import worlds


async def ask(case: dict[str, Any], tmp_path: Path) -> Diagnosis:
    folder, request = worlds.rule_case(case, tmp_path / "world")
    return await analyze(SnapshotReader(folder), request)


@pytest.mark.parametrize(
    ("base", "warehouse"), [("live/01", "catalog"), ("dev/k03", "parcels")], ids=["no finding", "a reassurance"]
)
async def test_a_warehouse_that_is_fine_leads_to_the_stage_that_fails_on_its_freight(
    base: str, warehouse: str, tmp_path: Path
) -> None:
    case = {"base": base, "target": {"warehouse": warehouse}, "symptom": "the release did not arrive"}

    answer = await ask(case, tmp_path)

    assert (answer.target.kind, answer.target.name, answer.verdict) == ("Warehouse", warehouse, Verdict.BROKEN)
    assert answer.root_cause is not None
    assert answer.root_cause.id == "authorized-stage-annotation-mismatch"


async def test_a_warehouse_asked_about_without_a_symptom_answers_for_itself(tmp_path: Path) -> None:
    answer = await ask({"base": "live/01", "target": {"warehouse": "catalog"}}, tmp_path)

    assert (answer.verdict, answer.root_cause) == (Verdict.HEALTHY, None)


async def test_a_warehouse_asked_why_it_found_nothing_new_answers_that(tmp_path: Path) -> None:
    case = {"base": "dev/k03", "target": {"warehouse": "parcels"}, "symptom": "no freight for the commit we pushed"}

    answer = await ask(case, tmp_path)

    assert answer.verdict is Verdict.HEALTHY
    assert answer.root_cause is not None
    assert answer.root_cause.id == "artifacts-unchanged-no-new-freight"


async def test_a_warehouse_that_is_broken_itself_does_not_lead_on(tmp_path: Path) -> None:
    case = {"base": "dev/k52", "target": {"warehouse": "oven"}, "symptom": "the release did not arrive"}

    answer = await ask(case, tmp_path)

    assert answer.root_cause is not None
    assert answer.root_cause.id == "registry-rate-limit"
