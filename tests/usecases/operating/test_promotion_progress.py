"""How far a Promotion is: every stop between the queue and Freight that is marked as verified, and what ends it on the way."""

import itertools
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from gitops_master.model.kargo import PromotionSpec, PromotionStatus, Step
from gitops_master.model.meta import Metadata, Object
from gitops_master.model.operating import Outcome
from gitops_master.model.rollouts import AnalysisSpec
from gitops_master.model.snapshot import Gap, Snapshot
from gitops_master.usecases.operating.progress_report import progress_lines
from gitops_master.usecases.operating.promotion_progress import Progress, progress
from tests.usecases.operating.following import (
    F0,
    F1,
    F2,
    LIVE,
    NAME,
    NEWER,
    OLDER,
    START,
    analysis,
    app,
    at,
    before,
    collection,
    freight,
    promotion,
    running,
    stage,
    step,
    verified,
)

PROMOTION, STAGE, FREIGHT, APP, RUN = LIVE
BEFORE_MERGED = (step("step-1", "Succeeded"), step("pr", "Succeeded"))


def seen(*objects: Object, seconds: float = 40, name: str = NAME, gaps: Iterable[str] = ()) -> Progress:
    missing = [Gap(kind, "may not be listed") for kind in gaps]
    now = START + timedelta(seconds=seconds)
    return progress(Snapshot(objects, source="test", observed_at=now, complete=["*"], gaps=missing), "shop", name)


MOVING: dict[str, tuple[tuple[Object, ...], str]] = {
    "no controller has taken it up": ((promotion(""), before()), "not taken up yet; place 1 of 1 in the queue"),
    "another runs": (
        (promotion("Pending"), promotion("Running", OLDER, F0), before()),
        f"Pending; place 1 of 1 in the queue, before it: {OLDER} is Running",
    ),
    "one waits before it": (
        (promotion("Pending"), promotion("Pending", OLDER, F0), before()),
        f"Pending; place 2 of 2 in the queue, before it: 1 ahead in the queue, next before it {OLDER}",
    ),
    "the Freight before is being verified": (
        (promotion("Pending"), stage(verified("Running"), last=OLDER, holds=F0)),
        "before it: the verification of the current Freight",
    ),
    "first step": ((running(step("step-1", "Running")), before()), "step 1/4 git-clone"),
    "a step is tried again": (
        (running(step("step-1", "Running", errorCount=1, message="timeout; step will be retried")), before()),
        "step 1/4 git-clone (attempt 2): timeout; step will be retried",
    ),
    "a pull request is open": (
        (
            running(
                step("step-1", "Succeeded"),
                step("pr", "Succeeded"),
                step("merged", "Running"),
                current=2,
                state={"pr": {"pr": {"id": 12, "url": "https://git.example/shop/pull/12"}}},
            ),
            before(),
        ),
        "step 3/4 git-wait-for-pr (merged): waiting for the pull request https://git.example/shop/pull/12",
    ),
    "a pull request of which only the number is known": (
        (running(*BEFORE_MERGED, step("merged", "Running"), current=2, state={"pr": {"prNumber": 12.0}}), before()),
        "waiting for the pull request #12",
    ),
    "Argo CD syncs": (
        (
            running(*BEFORE_MERGED, step("merged", "Succeeded"), step("sync", "Running"), current=3),
            before(),
            app("OutOfSync", "Missing"),
        ),
        "step 4/4 argocd-update (sync): waiting for argocd/web OutOfSync/Missing",
    ),
    "not recorded": ((PROMOTION, before(), FREIGHT, APP), "Stage test has not recorded it yet"),
    "not recorded, while the Freight was there before": (
        (PROMOTION, stage(verified(startTime=at(-60)), last=OLDER, holds=F1), FREIGHT, APP),
        "Stage test has not recorded it yet",
    ),
    "recorded, other Freight held": (
        (PROMOTION, stage(verified(), holds=F0), FREIGHT, APP),
        "does not hold its Freight",
    ),
    "health is to come": ((PROMOTION, stage(health=""), FREIGHT, APP), "Stage health is not assessed yet"),
    "health progresses": (
        (PROMOTION, stage(health="Progressing"), FREIGHT, app(health="Progressing")),
        "not there yet: argocd/web Synced/Progressing",
    ),
    "health is unknown": (
        (PROMOTION, stage(verified(), health="Unknown", issues=["is being synced"]), FREIGHT, APP),
        "Stage health is Unknown: is being synced",
    ),
    "Argo CD has moved on": (
        (PROMOTION, STAGE, FREIGHT, app("OutOfSync")),
        "not there yet: argocd/web OutOfSync/Healthy",
    ),
    "Argo CD complains": (
        (PROMOTION, STAGE, FREIGHT, app(conditions=[{"type": "ComparisonError", "message": "no manifest"}])),
        "argocd/web Synced/Healthy: ComparisonError: no manifest",
    ),
    "Argo CD has not looked since its sync": (
        (
            PROMOTION,
            STAGE,
            FREIGHT,
            app(reconciledAt=at(5), operationState={"phase": "Succeeded", "finishedAt": at(9), "syncResult": {}}),
        ),
        "argocd/web Synced/Healthy, not looked at since its last sync",
    ),
    "Argo CD is at work": (
        (
            PROMOTION,
            STAGE,
            FREIGHT,
            app(operation={}, operationState={"phase": "Running", "message": "waiting for hook db-migrate"}),
        ),
        "argocd/web Synced/Healthy, its sync is running: waiting for hook db-migrate",
    ),
    "a pull request that the waiting step knows by number": (
        (
            running(
                *BEFORE_MERGED,
                step("merged", "Running"),
                current=2,
                state={"pr": {"pr": {"id": 12, "url": "https://git.example/12"}}, "merged": {"pr": {"id": 12}}},
            ),
            before(),
        ),
        "waiting for the pull request https://git.example/12",
    ),
    "the Application is gone": ((PROMOTION, STAGE, FREIGHT), "not there yet: argocd/web does not exist"),
    "no verification yet": ((PROMOTION, stage(), FREIGHT, APP), "Kargo has not begun to verify"),
    "verification runs": (
        (PROMOTION, stage(verified("Running")), freight(), APP, analysis("Running")),
        "Kargo's verification is Running (smoke Running)",
    ),
    "verification has no phase": ((PROMOTION, stage(verified("")), freight(), APP), "Kargo's verification is Pending"),
    "verification is older than the Promotion": (
        (PROMOTION, stage(verified(startTime=at(-60))), FREIGHT, APP),
        "Kargo's verification (Successful) began before it ended",
    ),
    "verification was asked for again": (
        (PROMOTION, stage(verified(), annotations={"kargo.akuity.io/reverify": '{"id":"v1"}'}), FREIGHT, APP),
        "Kargo's verification ended Successful and has been asked for again",
    ),
    "the Freight is not marked": (
        (PROMOTION, STAGE, freight("dev"), APP),
        "Freight f1f1f1f is not marked as verified in test yet",
    ),
    "a later Promotion runs": (
        (PROMOTION, STAGE, FREIGHT, APP, promotion("Running", NEWER, F2)),
        f"{NEWER} runs: Kargo judges neither health nor verification meanwhile",
    ),
    "a later Promotion has ended and is not recorded": (
        (PROMOTION, STAGE, FREIGHT, APP, promotion("Aborted", NEWER, F2, finishedAt=at(35))),
        f"{NEWER} has ended after it, and Stage test has not recorded that yet",
    ),
}


@pytest.mark.parametrize("name", MOVING)
def test_it_is_under_way(name: str) -> None:
    objects, words = MOVING[name]

    found = seen(*objects)

    assert (found.outcome, found.shown.ended, found.shown.verdict) == (None, False, "under way")
    assert found.is_known
    assert words in found.why
    assert found.why in found.shown.lines


def test_it_is_live_and_verified_once_everything_has_come() -> None:
    found = seen(*LIVE)

    assert (found.outcome, found.shown.verdict, found.shown.ended) == (Outcome.DONE, "live and verified", True)
    assert found.shown.lines == [
        "Succeeded",
        "Stage test has recorded it",
        "1 Application is Synced and Healthy",
        "Stage health is Healthy",
        "Kargo's verification was Successful",
        "Freight f1f1f1f is verified in test since 2026-11-23T04:40:35Z",
    ]
    assert (found.shown.health, found.shown.verification) == ("Healthy", "Successful")
    assert found.shown.applications == ["argocd/web Synced/Healthy"]
    assert (found.shown.stage, found.shown.freight, found.shown.phase) == ("test", F1, "Succeeded")


def failing(phase: str, **status: Any) -> tuple[Object, ...]:
    steps = [step("step-1", "Succeeded"), step("pr", phase, errorCount=3, message='step "pr": denied')]
    return promotion(
        phase, finishedAt=at(9), message='step "pr": denied', stepExecutionMetadata=steps, **status
    ), before()


FAILED: dict[str, tuple[tuple[Object, ...], str]] = {
    "Failed": (failing("Failed"), 'Failed at step 2/4 git-open-pr (pr) (attempt 3): step "pr": denied'),
    "Errored": (failing("Errored"), 'Errored at step 2/4 git-open-pr (pr) (attempt 3): step "pr": denied'),
    "Aborted": (
        (promotion("Aborted", message="Promotion terminated by jane"), before()),
        "Aborted: Promotion terminated by jane",
    ),
    **{
        f"verification {phase}": (
            (PROMOTION, stage(verified(phase, message="smoke failed")), freight(), APP),
            f"Kargo's verification ended {phase}: smoke failed",
        )
        for phase in ("Failed", "Error", "Inconclusive", "Aborted")
    },
    "verification Failed while Argo CD has moved on": (
        (PROMOTION, stage(verified("Failed")), freight(), app("OutOfSync")),
        "Kargo's verification ended Failed",
    ),
    "a second verification failed": (
        (PROMOTION, stage(verified("Failed"), verified(id="v0")), FREIGHT, APP),
        "ended Failed; an earlier one succeeded, so the Freight counts as verified",
    ),
    "replaced": (
        (PROMOTION, stage(verified(), last=NEWER, holds=F2), freight(), APP),
        f"{NEWER} has replaced it in Stage test; it was not verified before",
    ),
    "replaced after it was verified": (
        (
            PROMOTION,
            stage(
                last=NEWER, holds=F2, history=[{**collection(F1), "verificationHistory": [verified(finishTime=at(25))]}]
            ),
            FREIGHT,
            APP,
        ),
        f"{NEWER} has replaced it in Stage test; Kargo had verified it at 2026-11-23T04:40:30Z",
    ),
    "a later one failed over it": (
        (PROMOTION, stage(verified(), last=NEWER, phase="Failed", health="Unknown"), FREIGHT, APP),
        f"Stage test holds its Freight, but {NEWER}, after it, ended Failed",
    ),
    "a name that is no record any more": (
        (
            PROMOTION,
            stage(
                verified(), last="zzz-by-hand", status={"lastPromotion": {"name": "zzz-by-hand", "finishedAt": at(-9)}}
            ),
        ),
        "Stage test has not recorded it and will not: its record is at zzz-by-hand, whose name sorts after it",
    ),
    "the Stage is gone": ((PROMOTION, FREIGHT), "Stage test does not exist any more"),
    "the Freight is gone": ((PROMOTION, STAGE, APP), "Freight f1f1f1f does not exist any more"),
}


@pytest.mark.parametrize("name", FAILED)
def test_it_has_failed(name: str) -> None:
    objects, words = FAILED[name]

    found = seen(*objects)

    assert (found.outcome, found.shown.ended) == (Outcome.FAILED, True)
    assert words in found.why


def test_what_was_replaced_is_told_apart_from_what_failed() -> None:
    assert seen(*FAILED["replaced"][0]).shown.verdict == "replaced"
    assert seen(*FAILED["Failed"][0]).shown.verdict == "failed"
    assert seen(*FAILED["the Stage is gone"][0]).shown.verdict == "deleted"


def test_freight_that_a_later_promotion_left_in_place_is_live() -> None:
    found = seen(PROMOTION, stage(verified(), last=NEWER), FREIGHT, APP)

    assert found.outcome is Outcome.DONE
    assert f"Stage test holds its Freight, also after {NEWER}" in found.shown.lines


def test_the_stages_copy_stands_for_a_promotion_that_is_gone() -> None:
    assert seen(STAGE, FREIGHT, APP).outcome is Outcome.DONE


def test_a_success_that_the_stage_lost_leaves_open_what_is_live() -> None:
    lost = promotion("Succeeded", NEWER, F2, finishedAt=at(35))

    found = seen(PROMOTION, STAGE, FREIGHT, APP, lost, seconds=120)

    assert found.outcome is Outcome.FAILED
    assert f"{NEWER} succeeded after it and is not recorded" in found.why


@pytest.mark.parametrize(
    ("seconds", "health", "ended"), [(60, "Degraded", False), (300, "Progressing", False), (300, "Degraded", True)]
)
def test_unhealthy_ends_it_once_nothing_has_moved_for_a_while(seconds: float, health: str, ended: bool) -> None:
    sick = stage(health="Unhealthy", issues=['web has health state "Degraded"'])

    found = seen(PROMOTION, sick, FREIGHT, app("Synced", health, since=at(15)), seconds=seconds)

    assert found.outcome is (Outcome.FAILED if ended else None)
    assert 'Stage health is Unhealthy: web has health state "Degraded"' in found.shown.lines


def test_a_verification_whose_run_has_ended_asks_for_a_refresh() -> None:
    found = seen(PROMOTION, stage(verified("Pending")), freight(), APP, analysis("Successful"))

    assert found.outcome is None
    assert found.why == (
        "Kargo's verification is shown as Pending, but its AnalysisRun run-1 has ended Successful: refresh the Stage"
    )
    assert found.action == (
        "kubectl -n shop annotate stages.kargo.akuity.io test kargo.akuity.io/refresh=$(date +%s) --overwrite"
    )


def test_a_stage_that_does_not_record_for_long_asks_for_a_refresh() -> None:
    found = seen(PROMOTION, before(), FREIGHT, APP, seconds=90)

    assert found.outcome is None
    assert "ended at 2026-11-23T04:40:15Z: refresh the Stage" in found.why
    assert "kargo.akuity.io/refresh" in found.action


def test_a_result_that_was_taken_over_is_told() -> None:
    found = seen(PROMOTION, stage(verified(startTime=at(3600))), FREIGHT, APP, RUN, seconds=3700)

    assert found.outcome is Outcome.DONE
    assert any("nothing was measured: the result of AnalysisRun run-1" in line for line in found.shown.lines)


def test_a_run_that_was_told_to_end_early_is_told() -> None:
    short = msgspec.structs.replace(RUN, spec=AnalysisSpec(terminate=True))

    found = seen(PROMOTION, STAGE, FREIGHT, APP, short)

    assert "Kargo's verification was Successful: its AnalysisRun was told to end early" in found.shown.lines


def test_an_application_that_the_stage_places_elsewhere_is_not_missed_where_a_step_names_no_place() -> None:
    context = '[{"name":"web","namespace":"argo-team"}]'
    bare = msgspec.structs.replace(app(), metadata=Metadata(name="web", namespace="argo-team"))
    steps = (Step(uses="argocd-wait", config={"apps": [{"name": "web"}]}),)
    mine = msgspec.structs.replace(PROMOTION, spec=PromotionSpec(stage="test", freight=F1, steps=steps))
    mine = msgspec.structs.replace(mine, status=msgspec.structs.replace(mine.status, health_checks=()))
    placed = stage(verified(), annotations={"kargo.akuity.io/argocd-context": context}, spec={"promotionTemplate": {}})

    found = seen(mine, placed, FREIGHT, bare)

    assert (found.outcome, found.shown.applications) == (Outcome.DONE, ["argo-team/web Synced/Healthy"])


def test_a_stage_without_a_verification_counts_what_kargo_says() -> None:
    plain = stage({"id": "v1", "phase": "Successful", "startTime": at(20)}, spec={"verification": None})

    found = seen(PROMOTION, plain, FREIGHT, APP)

    assert found.outcome is Outcome.DONE
    assert "Kargo counts it as verified: the Stage names no verification" in found.shown.lines


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("kargo.akuity.io/Promotion", "whether there are later Promotions could not be read"),
        ("kargo.akuity.io/Stage", "Stage test could not be read"),
        ("kargo.akuity.io/Freight", "whether Freight f1f1f1f is marked as verified could not be read"),
        ("argoproj.io/Application", "not there yet: argocd/web was not read"),
    ],
)
def test_what_was_not_read_is_not_done(kind: str, words: str) -> None:
    objects = [one for one in LIVE if kind != one.KIND]

    found = seen(*objects, gaps=[kind])

    assert (found.outcome, found.is_known, found.shown.verdict) == (None, False, "not known")
    assert found.why == words


def test_a_promotion_of_which_nothing_could_be_read_is_not_known() -> None:
    found = seen(before(), gaps=["kargo.akuity.io/Promotion"])

    assert (found.outcome, found.is_known, found.is_missing) == (None, False, False)
    assert found.why == "it cannot be read at the moment: may not be listed"


def test_it_is_never_done_unless_everything_holds() -> None:
    """Against an oracle written anew: the only way to done is the one with every single thing in its place."""
    space = itertools.product(
        ("Pending", "Running", "Succeeded", "Failed"),
        (OLDER, NAME, NEWER),
        ("Succeeded", "Failed"),
        (F0, F1),
        ("", "Healthy", "Unknown", "Unhealthy"),
        (None, "Running", "Successful", "Failed", "Inconclusive"),
        (True, False),
        (("Synced", "Healthy"), ("OutOfSync", "Healthy")),
    )
    done = 0
    for phase, last, ended, holds, health, verification, marked, (sync, state) in space:
        records = [verified(verification)] if verification is not None else []
        found = seen(
            promotion(phase),
            stage(*records, last=last, phase=ended, holds=holds, health=health),
            freight(*(["test"] if marked else [])),
            app(sync, state),
        )
        recorded = holds == F1 and (last == NAME or (last == NEWER and ended == "Succeeded"))
        kargo = health == "Healthy" and verification == "Successful" and marked
        expected = phase == "Succeeded" and recorded and kargo and (sync, state) == ("Synced", "Healthy")
        assert (found.outcome is Outcome.DONE) == expected, (phase, last, holds, health, verification, marked, sync)
        assert found.shown.ended == (found.outcome is not None)
        done += expected
    assert done == 3


def test_steps_tell_tries_messages_and_links() -> None:
    state = {"pr": {"pr": {"id": 12, "url": "https://git.example/shop/pull/12"}}}
    steps = (
        step("step-1", "Succeeded"),
        step("pr", "Succeeded", errorCount=1),
        step("merged", "Running", message="waiting\x1b[31m for token=abcdef0123456789abcdef"),
    )

    found = seen(running(*steps, current=2, state=state), before()).shown.steps

    link = "https://git.example/shop/pull/12"
    assert [(one.alias, one.status, one.attempt, one.link) for one in found] == [
        ("step-1", "Succeeded", 1, ""),
        ("pr", "Succeeded", 2, link),
        ("merged", "Running", 1, link),
        ("sync", "", 0, ""),
    ]
    assert "\x1b" not in found[2].message


def test_text_from_the_cluster_is_bounded() -> None:
    noise = "x" * 20_000
    found = seen(
        promotion("Errored", message=noise, stepExecutionMetadata=[step("step-1", "Errored", message=noise)]), before()
    )

    assert len(found.why) < 1000
    assert len(found.shown.model_dump_json()) < 6000
    assert all(len(line) < 500 for line in progress_lines([found.shown]))


def test_many_steps_that_went_well_stay_small() -> None:
    steps = [step(f"step-{one}", "Succeeded", message="done " * 500) for one in range(1, 31)]
    told = {"phase": "Failed", "stepExecutionMetadata": steps}
    many = msgspec.structs.replace(
        PROMOTION,
        spec=PromotionSpec(stage="test", freight=F1, steps=tuple(Step(uses="http") for _ in steps)),
        status=msgspec.convert(told, PromotionStatus),
    )

    found = seen(many, before()).shown

    assert len(found.steps) == 30
    assert len(found.model_dump_json()) < 9000


def test_the_report_shows_steps_while_they_matter() -> None:
    state = {"pr": {"pr": {"id": 12, "url": "https://git.example/shop/pull/12"}}}
    steps = (step("step-1", "Succeeded"), step("pr", "Succeeded"), step("merged", "Running"))
    one = seen(running(*steps, current=2, state=state), before()).shown

    assert progress_lines([one]) == [
        f"Promotion {NAME}: under way",
        "  Stage test, Freight f1f1f1f",
        "  [x] 1 git-clone: Succeeded",
        "  [x] 2 git-open-pr: Succeeded, https://git.example/shop/pull/12",
        "  [>] 3 git-wait-for-pr: Running, https://git.example/shop/pull/12",
        "  [ ] 4 argocd-update",
        "  - step 3/4 git-wait-for-pr (merged): waiting for the pull request https://git.example/shop/pull/12",
    ]
    assert progress_lines([seen(*LIVE).shown])[2:] == [
        "  - Succeeded",
        "  - Stage test has recorded it",
        "  - 1 Application is Synced and Healthy",
        "  - Stage health is Healthy",
        "  - Kargo's verification was Successful",
        "  - Freight f1f1f1f is verified in test since 2026-11-23T04:40:35Z",
        "  Application argocd/web Synced/Healthy",
    ]


def test_a_report_of_many_promotions_is_bounded() -> None:
    lines = progress_lines([seen(*LIVE).shown] * 40)

    assert lines[-1] == "and 28 more Promotions"
    assert len(lines) < 200
