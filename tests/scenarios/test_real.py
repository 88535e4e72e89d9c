"""States that real controllers wrote (tests/real; Kargo v1.11.2, Argo CD v3.5.1, Argo Rollouts v1.10.1) and their answers."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.finding import Diagnosis, Finding, Verdict
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from tests import worlds

PER_FOLDER = ["kargo.akuity.io/*", "argoproj.io/*", "v1/Event", "batch/Job"]
"""The kinds that were read in full in these folders."""

STATES = [
    ("01", "dev", Verdict.WAITING, "no-freight-promoted-yet"),
    ("02", "dev", Verdict.BROKEN, "promotion-failed"),
    ("03", "dev", Verdict.HEALTHY, None),
    ("04", "dev-vbad", Verdict.BROKEN, "verification-test-failed"),
    ("04", "dev-vjob", Verdict.WAITING, "waiting-for-running-verification"),
    ("04", "dev-vmissing", Verdict.BROKEN, "analysis-template-not-found"),
    ("05", "dev-vjob", Verdict.BROKEN, "verification-test-failed"),
    ("09", "dev-raw", Verdict.BROKEN, "nonconformant-promotion-name-blocks-replay"),
    ("10", "s-fail", Verdict.BROKEN, "promotion-failed"),
    ("10", "s-long", Verdict.WAITING, "waiting-for-step-in-progress"),
    ("10", "s-noapp", Verdict.BROKEN, "argocd-app-not-found"),
    ("10", "s-unauth", Verdict.BROKEN, "authorized-stage-annotation-mismatch"),
    ("10", "s-badexpr", Verdict.BROKEN, "promotion-step-config-invalid"),
    ("11", "s-long", Verdict.WAITING, "waiting-for-step-in-progress"),
    ("13", "s-down", Verdict.WAITING, "freight-not-verified-upstream"),
    ("13", "s-control", Verdict.HEALTHY, "control-flow-stage-not-promotable"),
    ("18", "s-argo", Verdict.HEALTHY, None),
    ("19", "s-argo", Verdict.BROKEN, "crd-not-installed"),
    ("21", "s-argo", Verdict.HEALTHY, None),
    ("23", "dev-raw", Verdict.HEALTHY, None),
    ("27", "cel", Verdict.BROKEN, "promotion-step-kind-unknown"),
    ("27", "w3", Verdict.BROKEN, "promotion-step-config-invalid"),
    ("28", "t-ghost", Verdict.BROKEN, "requested-warehouse-not-found"),
    ("28", "t-soak", Verdict.WAITING, "waiting-for-soak-time"),
]


def world(state: Path, folder: Path) -> Path:
    """A copy of the state with the index that its README states in words."""
    shutil.copytree(state, folder)
    versions = {"kargo": "v1.11.2", "argo-cd": "v3.5.1", "argo-rollouts": "v1.10.1"}
    (folder / "snapshot.yaml").write_text(yaml.safe_dump({"versions": versions, "complete": PER_FOLDER}))
    return folder


def snapshot(number: str, tmp_path: Path) -> SnapshotReader:
    return SnapshotReader(world(next(worlds.REAL.glob(f"{number}-*")), tmp_path / "world"))


async def diagnose(number: str, tmp_path: Path, **target: Any) -> Diagnosis:
    return await analyze(snapshot(number, tmp_path), AnalyzeRequest(project="demo", **target))


@pytest.mark.parametrize(("number", "stage", "verdict", "cause"), STATES, ids=[f"{n}-{s}" for n, s, _, _ in STATES])
async def test_a_real_stage_gets_its_answer(
    number: str, stage: str, verdict: Verdict, cause: str | None, tmp_path: Path
) -> None:
    answer = await diagnose(number, tmp_path, stage=stage)

    assert (answer.verdict, answer.root_cause.id if answer.root_cause else None) == (verdict, cause)


async def test_a_warehouse_whose_constraint_matches_nothing_is_broken(tmp_path: Path) -> None:
    answer = await diagnose("13", tmp_path, warehouse="nomatch")

    assert answer.verdict is Verdict.BROKEN
    assert answer.root_cause is not None
    assert answer.root_cause.id == "subscription-filters-match-nothing"


@pytest.mark.parametrize(("number", "stage", "words"), [("02", "dev", "git"), ("10", "s-fail", "image scan rejected")])
async def test_a_cause_without_an_id_is_told_in_the_steps_own_words(
    number: str, stage: str, words: str, tmp_path: Path
) -> None:
    answer = await diagnose(number, tmp_path, stage=stage)

    assert answer.root_cause is not None
    assert words in answer.root_cause.summary


async def test_a_stage_that_waits_for_a_broken_upstream_names_what_ails_it(tmp_path: Path) -> None:
    answer = await diagnose("13", tmp_path, stage="s-down")

    assert "verification-test-failed" in [one.id for one in answer.findings]
    assert answer.root_cause is not None
    assert any("dev-vbad" in one.object for one in answer.root_cause.evidence)
    assert answer.root_cause.ends == "not by itself: dev-vbad is broken (verification-test-failed)"
    patient = next(one for one in answer.findings if one.id == "verification-test-failed")
    assert answer.root_cause.summary.endswith(f"The cause lies in Stage dev-vbad. {patient.summary}")
    assert answer.root_cause.remedies[: len(patient.remedies)] == patient.remedies


async def test_a_queued_promotion_is_named_behind_the_running_one(tmp_path: Path) -> None:
    answer = await diagnose("11", tmp_path, stage="s-long")

    assert answer.root_cause is not None
    assert "waiting-behind-other-promotion" in {one.id for one in _all([*answer.findings, answer.root_cause])}
    assert "1 more queued behind it" in answer.root_cause.summary


def _all(findings: list[Finding]) -> list[Finding]:
    return [inner for one in findings for inner in [one, *_all(one.effects)]]
