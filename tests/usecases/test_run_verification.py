"""Levels, stopping, verdicts and the report of a verification; single probes have their own cases (tests/probes)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from gitops_master.adapters.live.reader import LiveReader
from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.errors import UsageError
from gitops_master.model.verification import Verdict, Verification
from gitops_master.usecases.junit import junit
from gitops_master.usecases.run_verification import VerifyRequest, run_verification
from tests import worlds
from tests.adapters.fake_api import FakeApi
from tests.probes import world

DEGRADED = [{"set": "Application argocd/shop-prod", "path": "status.health.status", "value": "Degraded"}]
Verify = Callable[..., Any]


@pytest.fixture
def verify(tmp_path: Path) -> Verify:
    async def ask(change: list[dict[str, Any]] = [], gaps: list[Any] = [], **request: Any) -> Verification:  # noqa: B006
        index = {"observed_at": "2026-11-23T08:10:00Z", "complete": ["*"], "gaps": gaps}
        folder = worlds.write(tmp_path / "world", world.plain(change), index, {})
        tell = {"tell": request.pop("tell")} if "tell" in request else {}
        return await run_verification(SnapshotReader(folder), VerifyRequest(**{"stage": "prod", **request}), **tell)

    return ask


async def test_a_stage_in_order_passes(verify: Verify) -> None:
    found = await verify()

    assert found.verdict is Verdict.PASS, found.report
    assert found.action == "None"
    assert not found.waits_for
    assert "Overall: PASS" in found.report
    assert "[x] applications-healthy: 1/1 Applications" in found.report


async def test_what_nobody_asked_for_is_said_to_be_open(verify: Verify) -> None:
    found = await verify()

    assert all("not asked for" in one.reason for one in found.not_checked)


async def test_levels_above_a_failed_one_are_skipped_with_the_reason(verify: Verify) -> None:
    found = await verify(DEGRADED)

    assert found.verdict is Verdict.FAIL
    assert found.failed_level == 2
    assert [one.verdict for one in found.levels[2:]] == [Verdict.SKIPPED, Verdict.SKIPPED]
    assert {one.reason for one in found.levels[2:]} == {"level 2 failed"}
    assert "Overall: FAIL at Level 2" in found.report
    assert found.next_call == {"tool": "analyze_stage", "project": "shop", "stage": "prod"}


async def test_all_levels_goes_on_behind_a_failed_one(verify: Verify) -> None:
    found = await verify(DEGRADED, all_levels=True)

    assert found.failed_level == 2
    assert "level 2 failed" not in {one.reason for one in found.levels}


async def test_what_may_not_be_read_is_unknown_and_never_a_failure(verify: Verify) -> None:
    gaps = [{"kind": "argoproj.io/Application", "reason": "list applications.argoproj.io is forbidden"}]

    found = await verify(gaps=gaps)

    assert found.verdict is Verdict.UNKNOWN
    assert found.failed_level is None
    assert "is forbidden" in found.report


async def test_a_sweep_without_stages_says_why_nothing_was_checked(verify: Verify) -> None:
    why = "list stages.kargo.akuity.io in namespace shop: 403 Forbidden"

    found = await verify([{"remove_kind": "Stage"}], [{"kind": "kargo.akuity.io/Stage", "reason": why}], stage="")

    assert found.verdict is Verdict.UNKNOWN
    assert {(one.verdict, one.reason) for one in found.levels} == {(Verdict.UNKNOWN, "not all Stages were read")}
    assert [one.reason for one in found.not_checked if one.what == "kargo.akuity.io/Stage"] == [why]
    assert why in found.action
    assert {one.find("testcase/error") is not None for one in ElementTree.fromstring(junit(found))} == {True}


async def test_a_sweep_of_some_of_the_stages_does_not_pass(verify: Verify) -> None:
    gap = {"kind": "kargo.akuity.io/Stage", "reason": "410 Gone"}

    found = await verify(gaps=[gap], stage="")

    assert found.verdict is Verdict.UNKNOWN
    assert "410 Gone" in found.report


async def test_where_applications_could_not_be_read_no_level_has_nothing_to_check(verify: Verify) -> None:
    gap = {"kind": "argoproj.io/Application", "reason": "list applications.argoproj.io is forbidden"}

    found = await verify([{"remove_kind": "Application"}], [gap])

    assert {one.verdict for one in found.levels} == {Verdict.UNKNOWN}
    assert {one.verdict for one in found.levels[2].checks} <= {Verdict.UNKNOWN, Verdict.SKIPPED}
    assert "is forbidden" in found.levels[2].checks[0].observed
    assert found.report.count("is forbidden") < len(found.levels[0].checks)


async def test_promotions_that_could_not_be_read_are_told_beside_the_verdict(verify: Verify) -> None:
    found = await verify(gaps=[{"kind": "kargo.akuity.io/Promotion", "reason": "503 Service Unavailable"}])

    assert found.verdict is Verdict.PASS
    assert "kargo.akuity.io/Promotion: 503 Service Unavailable" in found.report


async def test_with_nothing_to_check_the_action_says_so(verify: Verify) -> None:
    change = [{"set": "Stage shop/prod", "path": "spec", "value": {}}, {"remove_kind": "Application"}]

    found = await verify([*change, {"set": "Stage shop/prod", "path": "status", "value": {}}])

    assert found.verdict is Verdict.UNKNOWN
    assert found.action.startswith("nothing was found to check")


async def test_a_project_is_swept_with_unhealthy_pods_and_applications_first(verify: Verify) -> None:
    found = await verify(DEGRADED, stage="")

    assert (found.target.kind, found.target.name) == ("Project", "shop")
    assert found.verdict is Verdict.FAIL


async def test_a_stage_that_does_not_exist_is_named_with_those_that_do(verify: Verify) -> None:
    with pytest.raises(UsageError, match="prod"):
        await verify(stage="prd")


async def test_a_log_that_cannot_be_had_is_asked_for_once() -> None:
    status = {"name": "web", "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "restartCount": 7}
    crash = {"set": "Pod shop-prod/web-7f9c-2", "path": "status.containerStatuses[0]", "value": status}
    api = FakeApi(world.plain([crash]))

    found = await run_verification(LiveReader(api), VerifyRequest(project="shop", stage="prod"))

    assert found.verdict is Verdict.FAIL
    assert [one.path.endswith("/log") for one in api.asked].count(
        True
    ) == 2  # of the container, and of the one before it


async def test_it_tells_how_far_it_is(verify: Verify) -> None:
    told: list[str] = []

    async def tell(one: str) -> None:
        told.append(one)

    await verify(tell=tell)

    assert told[0] == "Reading the cluster"
    assert "Level 4: Functional" in told
