"""Following Promotions by name: every change told once, an end only where there is one, the diagnosis of what stopped them."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from gitops_master.model.errors import Forbidden, Unreachable, UsageError
from gitops_master.model.finding import Target
from gitops_master.model.operating import Outcome
from gitops_master.model.verification import Verdict, Verification
from gitops_master.ports.cluster import Focus, ReadPlan
from gitops_master.usecases.operating.watch import KINDS, Follow, WatchMeans, watch
from tests.usecases.operating.following import (
    F2,
    LIVE,
    NAME,
    NEWER,
    OTHER,
    START,
    Cluster,
    State,
    Unread,
    analysis,
    app,
    at,
    before,
    freight,
    promotion,
    running,
    stage,
    step,
    verified,
)

PROMOTION, STAGE, FREIGHT, APP, RUN = LIVE
LINK = "https://git.example/shop/pull/12"
OPENED = {"pr": {"pr": {"id": 12, "url": LINK}}}
DOWN = Unreachable("the API server does not answer")
UNMARKED = freight()
ALL_STEPS = [step(one, "Succeeded") for one in ("step-1", "pr", "merged", "sync")]
ENDED = promotion(stepExecutionMetadata=ALL_STEPS, state=OPENED)
HISTORY: list[State] = [
    (promotion(""), before(), UNMARKED),
    (running(step("step-1", "Running")), before(), UNMARKED),
    (running(*ALL_STEPS[:2], step("merged", "Running"), current=2, state=OPENED), before(), UNMARKED),
    (running(*ALL_STEPS[:3], step("sync", "Running"), current=3), before(), UNMARKED, app("OutOfSync", "Missing")),
    (ENDED, before(), UNMARKED, app(health="Progressing")),
    (ENDED, stage(health=""), UNMARKED, app(health="Progressing")),
    (ENDED, stage(health="Progressing"), UNMARKED, app(health="Progressing")),
    (ENDED, stage(), UNMARKED, APP),
    (ENDED, stage(verified("Running")), UNMARKED, APP, analysis("Running")),
    (ENDED, STAGE, UNMARKED, APP, RUN),
    (ENDED, STAGE, FREIGHT, APP, RUN),
]
"""One promotion from its making to its end, as it shows."""


def prefixed(*lines: str) -> list[str]:
    return [f"promotion {NAME}: {line}" for line in lines]


async def test_a_promotion_is_followed_to_live_and_verified() -> None:
    cluster = Cluster(*HISTORY)

    found = await cluster.follow(wait_s=600)

    assert (found.outcome, found.message, found.action) == (
        Outcome.DONE,
        "Freight f1f1f1f is live and verified in Stage test",
        "None",
    )
    assert (found.diagnosis, cluster.looks, cluster.analyses) == (None, len(HISTORY), 0)
    assert cluster.told == prefixed(
        "not taken up yet; place 1 of 1 in the queue, before it: nothing: no controller has taken it up yet",
        "step 1/4 git-clone",
        "step 1/4 git-clone: Succeeded",
        f"step 2/4 git-open-pr: Succeeded, {LINK}",
        f"step 3/4 git-wait-for-pr (merged): waiting for the pull request {LINK}",
        "step 3/4 git-wait-for-pr: Succeeded",
        "step 4/4 argocd-update (sync): waiting for argocd/web OutOfSync/Missing",
        "step 4/4 argocd-update: Succeeded",
        "Succeeded",
        "Stage test has not recorded it yet",
        "Stage test has recorded it",
        "not there yet: argocd/web Synced/Progressing",
        "Stage health is not assessed yet",
        "Kargo has not begun to verify: Kargo begins once the Stage is Healthy; it is without health",
        "Freight f1f1f1f is not marked as verified in test yet",
        "Stage health is Progressing",
        "Kargo has not begun to verify: Kargo begins once the Stage is Healthy; it is Progressing",
        "1 Application is Synced and Healthy",
        "Stage health is Healthy",
        "Kargo has not begun to verify: Kargo begins with its next look at the Stage",
        "Kargo's verification is Running (smoke Running)",
        "Kargo's verification was Successful",
        "Freight f1f1f1f is verified in test since 2026-11-23T04:40:35Z",
    )


@pytest.mark.parametrize("place", range(len(HISTORY)))
async def test_it_can_be_looked_at_and_taken_up_again_at_any_moment(place: int) -> None:
    once, later = Cluster(HISTORY[place]), Cluster(*HISTORY[place:])

    looked, followed = await once.follow(), await later.follow(wait_s=600)

    assert looked.outcome is (Outcome.DONE if place == len(HISTORY) - 1 else Outcome.UNDER_WAY)
    assert (once.looks, once.now) == (1, START + timedelta(seconds=40))
    assert (followed.outcome, followed.message) == (Outcome.DONE, "Freight f1f1f1f is live and verified in Stage test")
    at_once = await Cluster(HISTORY[-1]).follow()
    assert followed == msgspec.structs.replace(at_once, observed_at=followed.observed_at)


@pytest.mark.parametrize("place", range(len(HISTORY)))
async def test_reads_that_fail_in_between_change_nothing_but_time(place: int) -> None:
    cluster = Cluster(*HISTORY[:place], DOWN, DOWN, *HISTORY[place:])

    found = await cluster.follow(wait_s=600)

    assert found.outcome is Outcome.DONE
    assert cluster.told.count("cannot be read at the moment: the API server does not answer") == 1
    assert cluster.told.count("the cluster can be read again") == 1


@pytest.mark.parametrize("place", range(1, len(HISTORY)))
async def test_promotions_that_may_not_be_listed_for_a_while_are_waited_for(place: int) -> None:
    state = HISTORY[place - 1]
    assert isinstance(state, tuple)
    cluster = Cluster(*HISTORY[:place], Unread(state, ("kargo.akuity.io/Promotion",)), *HISTORY[place:])

    assert (await cluster.follow(wait_s=600)).outcome is Outcome.DONE


async def test_what_is_never_read_is_not_known() -> None:
    cluster = Cluster(DOWN)

    found = await cluster.follow(wait_s=20)

    assert (found.outcome, found.promotions, found.diagnosis) == (Outcome.NOT_KNOWN, (), None)
    assert found.message == (
        f"Promotion {NAME} could not be read; the cluster cannot be read: the API server does not answer"
    )
    assert found.action == "look again before anything is tried again"
    assert cluster.told == ["cannot be read at the moment: the API server does not answer"]


async def test_what_was_read_once_is_told_as_it_was() -> None:
    found = await Cluster(HISTORY[1], Forbidden("no longer yours")).follow(wait_s=20)

    assert found.outcome is Outcome.UNDER_WAY
    assert found.message == f"{NAME}: step 1/4 git-clone; the cluster cannot be read: no longer yours"


async def test_all_but_the_applications_being_read_is_not_done() -> None:
    found = await Cluster(Unread(LIVE, ("argoproj.io/Application",))).follow(wait_s=20)

    assert found.outcome is Outcome.NOT_KNOWN
    assert found.message == f"{NAME}: not there yet: argocd/web was not read"


async def test_waiting_is_bounded() -> None:
    cluster = Cluster(HISTORY[2])

    found = await cluster.follow(wait_s=32, interval_s=10)

    assert (found.outcome, cluster.looks) == (Outcome.UNDER_WAY, 5)
    assert cluster.now == START + timedelta(seconds=72)
    assert found.message == f"{NAME}: step 3/4 git-wait-for-pr (merged): waiting for the pull request {LINK}"
    assert found.action.startswith("look again later: gitops-master promote --watch ")
    assert len(cluster.told) == 1


async def test_only_what_it_rests_on_is_read_and_only_of_its_stage() -> None:
    cluster = Cluster(HISTORY[1])

    await cluster.follow()

    assert cluster.plans == [ReadPlan(KINDS, Focus(project="shop", stage="test"))]


async def test_a_name_that_tells_no_stage_is_looked_for_in_the_project_once() -> None:
    mine = promotion("Running", "by-hand")
    cluster = Cluster((mine, before()))

    await cluster.follow("by-hand", wait_s=5)

    assert [one.focus.stage for one in cluster.plans] == ["", "test"]


# failures


async def test_a_failed_step_brings_the_stages_diagnosis() -> None:
    steps = [step("step-1", "Errored", errorCount=1, message="remote branch main not found")]
    bad = promotion("Errored", finishedAt=at(9), message="remote branch main not found", stepExecutionMetadata=steps)
    record = {"name": NAME, "finishedAt": at(9), "status": {"phase": "Errored", "stepExecutionMetadata": steps}}
    cluster = Cluster((bad, before()), (bad, stage(health="Unknown", status={"lastPromotion": record})))

    found = await cluster.follow(wait_s=600)

    assert found.outcome is Outcome.FAILED
    assert found.message == f"{NAME}: Errored at step 1/4 git-clone: remote branch main not found"
    assert found.diagnosis is not None
    assert found.diagnosis.root_cause is not None
    assert found.diagnosis.root_cause.subject == "Stage shop/test"
    assert found.action == "do what the diagnosis says; it is made anew by gitops-master analyze test --project shop"
    assert cluster.looks == 2, "the Stage had not recorded it at the first look"


async def test_a_failed_verification_brings_the_stages_diagnosis() -> None:
    sick = stage(verified("Failed", message="smoke failed"))
    found = await Cluster((PROMOTION, sick, UNMARKED, APP, analysis("Failed"))).follow(wait_s=600)

    assert found.outcome is Outcome.FAILED
    assert found.message == f"{NAME}: Kargo's verification ended Failed: smoke failed"
    assert found.diagnosis is not None
    assert found.diagnosis.root_cause is not None
    assert found.diagnosis.root_cause.id == "verification-test-failed"


async def test_a_promotion_that_is_skipped_over_ends_as_replaced() -> None:
    over = (PROMOTION, promotion(name=NEWER, freight=F2), stage(verified(), last=NEWER, holds=F2), UNMARKED, APP)
    cluster = Cluster(HISTORY[4], over)

    found = await cluster.follow(wait_s=600)

    assert (found.outcome, found.promotions[0].verdict, found.diagnosis) == (Outcome.FAILED, "replaced", None)
    assert found.message == f"{NAME}: {NEWER} has replaced it in Stage test; it was not verified before"
    assert found.action == "see what is there now: gitops-master state test --project shop"


async def test_a_promotion_that_is_deleted_on_the_way_has_failed() -> None:
    found = await Cluster(HISTORY[1], (before(),)).follow(wait_s=600)

    assert (found.outcome, found.promotions[0].verdict) == (Outcome.FAILED, "deleted")
    assert found.message == f"{NAME}: it was deleted: what it had done stays done, and nothing records it"


async def test_a_stage_that_is_deleted_on_the_way_takes_its_promotion_along() -> None:
    found = await Cluster(HISTORY[1], (UNMARKED,)).follow(wait_s=600)

    assert (found.outcome, found.promotions[0].verdict) == (Outcome.FAILED, "deleted")
    assert found.message == f"{NAME}: Stage test was deleted, and the Promotion with it"


async def test_a_promotion_that_never_was_is_an_error_with_those_there_are() -> None:
    near = f"{NAME[:-1]}e"
    cluster = Cluster((PROMOTION, before()))
    cluster.now = START + timedelta(hours=1)

    with pytest.raises(UsageError) as caught:
        await cluster.follow(near, wait_s=600)

    assert caught.value.message.startswith(f"no Promotion '{near}' in project 'shop', or it was deleted since")
    assert f"newest Promotions of Stage test: {NAME}; Stages there: test" in caught.value.hint
    assert cluster.looks == 1


async def test_a_project_that_never_was_is_an_error() -> None:
    with pytest.raises(UsageError, match="no project 'shoop'"):
        await Cluster((PROMOTION, before())).follow(NAME, project="shoop")


async def test_a_promotion_that_was_only_just_made_may_show_late() -> None:
    cluster = Cluster((before(),), (before(),), *HISTORY)

    found = await cluster.follow(wait_s=600)

    assert found.outcome is Outcome.DONE
    assert cluster.told[0] == f"promotion {NAME}: it has only just been made and cannot be seen yet"


async def test_a_promotion_that_never_shows_has_failed() -> None:
    found = await Cluster((before(),)).follow(wait_s=600)

    assert (found.outcome, found.promotions[0].verdict) == (Outcome.FAILED, "deleted")


async def test_a_promotion_that_was_hidden_and_is_not_there_never_was() -> None:
    hidden = Unread((before(),), ("kargo.akuity.io/Promotion",))
    cluster = Cluster(hidden, (before(),))
    cluster.now = START + timedelta(hours=1)

    with pytest.raises(UsageError, match="no Promotion"):
        await cluster.follow(wait_s=600)


async def test_a_promotion_that_can_no_longer_be_read_is_told_as_it_was() -> None:
    state = HISTORY[1]
    assert isinstance(state, tuple)

    found = await Cluster(state, Unread(state, ("kargo.akuity.io/Promotion",))).follow(wait_s=20)

    assert (found.outcome, found.promotions[0].verdict) == (Outcome.UNDER_WAY, "under way")
    assert found.promotions[0].lines == ["step 1/4 git-clone", "it cannot be read at the moment: may not be listed"]


async def test_a_verification_that_kargo_did_not_notice_asks_for_a_refresh() -> None:
    found = await Cluster((PROMOTION, stage(verified("Pending")), UNMARKED, APP, RUN)).follow(wait_s=20)

    assert found.outcome is Outcome.UNDER_WAY
    assert "its AnalysisRun run-1 has ended Successful: refresh the Stage" in found.message
    assert found.action.startswith("kubectl -n shop annotate stages.kargo.akuity.io test kargo.akuity.io/refresh=")


# triage


async def test_after_ten_minutes_the_diagnosis_comes_along_though_it_is_under_way() -> None:
    cluster = Cluster(HISTORY[2])

    found = await cluster.follow(wait_s=700, interval_s=50)

    assert found.outcome is Outcome.UNDER_WAY
    assert found.diagnosis is not None
    assert found.diagnosis.root_cause is not None
    title = found.diagnosis.root_cause.title
    assert "; why it takes so long: gitops-master analyze test" in found.action
    told = [line for line in cluster.told if line.startswith("after ")]
    assert len(told) == 1
    assert told[0].startswith(f"after 10m promotion {NAME} has not ended: {title}")


async def test_a_single_look_at_an_old_promotion_is_triaged_too_and_a_young_one_is_not() -> None:
    old, young = Cluster(HISTORY[2]), Cluster(HISTORY[2])
    old.now = START + timedelta(minutes=11)

    assert (await old.follow()).diagnosis is not None
    assert (await young.follow()).diagnosis is None
    assert young.analyses == 0


# several


def of_prod(one: Any) -> Any:
    """Nothing of `test` but for another Stage."""
    return promotion(one, OTHER, stage="prod")


async def test_several_are_done_only_where_all_are() -> None:
    prod = (of_prod("Succeeded"), stage(verified(), name="prod", last=OTHER), freight("test", "prod"))
    early, late = (
        (*LIVE[:2], APP, RUN, freight("test"), of_prod("Running"), stage(name="prod", last="")),
        (*LIVE, *prod),
    )
    cluster = Cluster(early, early, late)

    looked = await Cluster(early).follow(NAME, OTHER)
    found = await cluster.follow(NAME, OTHER, wait_s=600)

    assert looked.outcome is Outcome.UNDER_WAY
    assert looked.message == f"1 of 2 Promotions are live and verified; {OTHER}: step 1/4 git-clone"
    assert (found.outcome, found.message) == (Outcome.DONE, "all 2 Promotions are live and verified")
    assert [one.stage for one in found.promotions] == ["test", "prod"]
    assert {one.focus for one in cluster.plans} == {Focus(project="shop")}


async def test_several_have_failed_once_one_has_and_all_have_ended() -> None:
    bad = (promotion("Failed", finishedAt=at(9)), before())
    moving = (*bad, of_prod("Running"), stage(name="prod", last=""))
    ended = (*bad, of_prod("Succeeded"), stage(verified(), name="prod", last=OTHER), freight("prod"), APP)
    cluster = Cluster(moving, ended)

    looked, found = await Cluster(moving).follow(NAME, OTHER), await cluster.follow(NAME, OTHER, wait_s=600)

    assert (looked.outcome, looked.message) == (
        Outcome.UNDER_WAY,
        f"0 of 2 Promotions are live and verified; {NAME}: Failed; {OTHER}: step 1/4 git-clone",
    )
    assert (found.outcome, found.message.split(";")[0]) == (Outcome.FAILED, "1 of 2 Promotions are live and verified")
    assert [one.verdict for one in found.promotions] == ["failed", "live and verified"]


async def test_a_failure_that_was_seen_stays_one_though_its_promotion_is_gone() -> None:
    bad = (promotion("Failed", finishedAt=at(9), message="denied"), before())
    prod = (of_prod("Running"), stage(name="prod", last=""))
    gone = (before(), of_prod("Succeeded"), stage(verified(), name="prod", last=OTHER), freight("prod"), APP)

    found = await Cluster((*bad, *prod), gone).follow(NAME, OTHER, wait_s=600)

    assert (found.outcome, found.promotions[0].verdict) == (Outcome.FAILED, "failed")
    assert found.promotions[0].lines == ["Failed at step 1/4 git-clone: denied"]


async def test_nothing_to_follow_is_an_error() -> None:
    cluster = Cluster(LIVE)
    means = WatchMeans(reader=cluster, clock=lambda: START, sleep=cluster.sleep, tell=cluster.tell)

    with pytest.raises(UsageError, match="no Promotion to follow"):
        await watch(Follow(project="shop", promotions=()), means)


# our own verification


def own(verdict: Verdict, *waits_for: str) -> Verification:
    target = Target(kind="Stage", name="test", namespace="shop")
    level = 2 if verdict is Verdict.FAIL else None
    return Verification(
        project="shop", target=target, verdict=verdict, failed_level=level, waits_for=list(waits_for), observed_at=START
    )


@pytest.mark.parametrize(
    ("answers", "outcome", "words"),
    [
        ([own(Verdict.PASS)], Outcome.DONE, "our own verification: Stage test is PASS"),
        ([own(Verdict.FAIL), own(Verdict.PASS)], Outcome.DONE, "our own verification: Stage test is PASS"),
        ([DOWN, own(Verdict.PASS)], Outcome.DONE, "our own verification: Stage test is PASS"),
        ([own(Verdict.FAIL)], Outcome.FAILED, "as far as Kargo tells, but Stage test is FAIL at level 2"),
        ([own(Verdict.UNKNOWN)], Outcome.NOT_KNOWN, "but Stage test is UNKNOWN"),
        ([own(Verdict.UNKNOWN, "web: pods")], Outcome.UNDER_WAY, "but Stage test is UNKNOWN"),
        ([DOWN], Outcome.NOT_KNOWN, "but Stage test could not be verified: the API server does not answer"),
    ],
)
async def test_with_verify_it_is_done_only_where_our_levels_pass(
    answers: list[Any], outcome: Outcome, words: str
) -> None:
    cluster = Cluster(*HISTORY, own=answers)

    found = await cluster.follow(wait_s=600, verify=True)

    assert found.outcome is outcome
    assert words in found.message
    assert (found.verification is None) == (answers == [DOWN])
    assert cluster.now < START + timedelta(minutes=5)


async def test_our_levels_are_not_asked_before_kargo_is_done() -> None:
    cluster = Cluster(*HISTORY[:-1], own=[own(Verdict.PASS)])

    found = await cluster.follow(wait_s=60, verify=True)

    assert (found.outcome, found.verification) == (Outcome.UNDER_WAY, None)


async def test_verifying_without_means_to_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot be verified here"):
        await Cluster(LIVE).follow(verify=True)
