"""Level by level on a real API server: what is in order passes, and each thing that is not is found by the probe for it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.model.verification import Check, Verdict, Verification
from gitops_master.probes.registry import all_probes
from gitops_master.usecases.run_verification import VerifyRequest, run_verification
from tests.live import verifying
from tests.live.kubelet import Kubelet
from tests.live.server import ControlPlane
from tests.live.test_verify_reading import reader_of

STATES = yaml.safe_load((Path(__file__).parent / "verify_states.yaml").read_text())
PROBES = {one.id: one for one in all_probes()}


async def _verified(cluster: ControlPlane, config: Path, *, all_levels: bool = False) -> Verification:
    async with reader_of(cluster.context(), config) as reader:
        return await run_verification(reader, VerifyRequest(project="shop", stage="prod", all_levels=all_levels))


def _told(check: Check) -> str:
    return f"{check.verdict} {check.probe} {check.target}: {check.observed} {check.expected} " + " ".join(
        f"{one.path} {one.value}" for one in check.evidence
    )


def _every(answer: Verification) -> list[str]:
    return [_told(check) for level in answer.levels for check in level.checks]


async def test_a_stage_in_order_passes_every_level(cluster: ControlPlane, kubelet: Kubelet, tmp_path: Path) -> None:
    verifying.put(cluster, kubelet)

    answer = await _verified(cluster, tmp_path / "config")

    assert [level.verdict for level in answer.levels] == [Verdict.PASS] * 4, _every(answer)
    assert answer.verdict is Verdict.PASS
    assert answer.failed_level is None
    assert [one for one in answer.not_checked if not one.reason.startswith("not asked for")] == []
    bad = [one for one in _every(answer) if not one.startswith(("PASS", "SKIPPED"))]
    assert bad == []


@pytest.mark.parametrize("state", STATES, ids=[one["name"] for one in STATES])
async def test_what_is_broken_is_found_by_the_probe_for_it(
    state: dict[str, Any], cluster: ControlPlane, kubelet: Kubelet, tmp_path: Path
) -> None:
    for name, singular in state.get("define", {}).items():
        verifying.define(cluster, name, singular)
    verifying.put(cluster, kubelet, state["change"])

    answer = await _verified(cluster, tmp_path / "config")

    failed = PROBES[state["fails"]].level
    assert answer.verdict is Verdict.FAIL, _every(answer)
    assert answer.failed_level == failed, _every(answer)
    found = [check for check in answer.levels[failed - 1].checks if check.probe == state["fails"]]
    assert [check.verdict for check in found if check.verdict is Verdict.FAIL], _every(answer)
    mine = [one for one in found if one.verdict is Verdict.FAIL and state.get("target", one.target) == one.target]
    assert mine, _every(answer)
    for text in state["says"]:
        assert any(text in _told(one) for one in mine), _every(answer)
    for level in answer.levels[failed:]:
        assert (level.verdict, level.reason) == (Verdict.SKIPPED, f"level {failed} failed")
    assert all(level.verdict in (Verdict.PASS, Verdict.SKIPPED) for level in answer.levels[: failed - 1]), _every(
        answer
    )


def test_every_probe_of_the_cluster_alone_has_a_state_in_which_it_fails() -> None:
    # One only warns, one reads what has to be switched on, one names checks that are not made from here.
    without = {"readiness-probed", "tls-secret-matches", "in-cluster-checks"}

    assert {one.id for one in PROBES.values() if one.needs == "K"} - without == {one["fails"] for one in STATES}
    assert len(STATES) > 50
