"""Each gate in a small case of its own: open, closed, waiting, unreadable."""

from datetime import UTC, datetime, timedelta
from typing import Any

from gitops_master.model.operating import GateVerdict, GoAhead
from gitops_master.model.snapshot import Gap
from tests.usecases.operating.pipelines import (
    F1,
    F2,
    F3,
    NOW,
    again,
    at,
    freight,
    gates,
    generated,
    held,
    made,
    plan_of,
    planned,
    promotion,
    shut,
    stage,
    takes,
    verdict,
    world,
)

OPEN, CLOSED, WAITING, UNREADABLE = GateVerdict.OPEN, GateVerdict.CLOSED, GateVerdict.WAITING, GateVerdict.UNREADABLE
_GONE = {"deletionTimestamp": at(1)}


def test_newer_freight_into_a_quiet_stage_goes() -> None:
    plan = plan_of(stage(history=(held(F1),)), freight(F1), freight(F2))

    assert plan.verdict is GoAhead.GO
    assert shut(plan) == []
    assert {one.name for one in plan.gates} == {
        *(
            "stage",
            "freight",
            "origin",
            "available",
            "record",
            "current",
            "direction",
            "duplicate",
            "queue",
            "auto-promotion",
        ),
    }


def test_a_stage_or_project_that_is_being_deleted_is_closed() -> None:
    assert shut(plan_of(stage(metadata=_GONE), freight())) == [("stage", "closed")]
    assert shut(plan_of(stage(), freight(), made("Project", "p", "", _GONE))) == [("stage", "closed")]


def test_a_control_flow_stage_is_closed() -> None:
    plan = plan_of(stage(steps=()), freight())

    assert shut(plan) == [("stage", "closed")]
    assert "control-flow" in gates(plan, "stage")[0].detail


def test_a_stage_or_freight_that_could_not_be_read_in_full_blocks() -> None:
    for about, name in (("Stage p/prod", "stage"), (f"Freight p/{F2}", "freight")):
        gap = Gap("kargo.akuity.io/Stage", "not a list", object=about, field="spec.requestedFreight")
        snapshot = world(stage(), freight(), gaps=(gap,))

        plan = plan_of(snapshot=snapshot)

        assert shut(plan) == [(name, "unreadable")]
        assert plan.verdict is GoAhead.BLOCKED


def test_a_task_that_is_missing_closes_and_one_that_was_not_read_blocks() -> None:
    steps = ({"task": {"name": "render"}, "as": "r"},)
    task = made("PromotionTask", "render", spec={"vars": [{"name": "image"}], "steps": [{"uses": "git-clone"}]})
    given = ({"task": {"name": "render"}, "as": "r", "vars": [{"name": "image", "value": "x"}]},)
    unread = world(stage(steps=steps), freight(), complete=("kargo.akuity.io/[!P]*", "kargo.akuity.io/Promotion"))

    assert shut(plan_of(stage(steps=steps), freight())) == [("tasks", "closed")]
    assert shut(plan_of(stage(steps=steps), freight(), task)) == [("tasks", "closed")]
    assert shut(plan_of(stage(steps=given), freight(), task)) == []
    assert shut(plan_of(snapshot=unread)) == [("tasks", "unreadable")]


def test_freight_that_is_being_deleted_is_closed() -> None:
    assert shut(plan_of(stage(), freight(metadata=_GONE))) == [("freight", "closed")]


def test_an_origin_that_is_not_requested_is_closed() -> None:
    plan = plan_of(stage(), freight(origin="other"))

    assert shut(plan) == [("origin", "closed")]
    assert gates(plan, "origin")[0].detail == "Warehouse/other is not requested by prod (requested: Warehouse/w)"


def test_freight_has_to_be_verified_upstream() -> None:
    target, upstream = stage("prod", takes(stages=("uat",))), stage("uat", history=(held(F2, "Running"),))

    closed = plan_of(target, upstream, freight())
    verified = plan_of(target, upstream, freight(status={"verifiedIn": {"uat": {}}}))
    approved = plan_of(target, upstream, freight(status={"approvedFor": {"prod": {"approvedAt": at(1)}}}))

    assert gates(closed, "available")[0].detail == "not verified in uat (its verification there is Running)"
    assert verdict(closed, "available") is CLOSED
    assert verdict(verified, "available") is OPEN
    assert verdict(approved, "available") is OPEN
    assert any("approved for this Stage" in one for one in approved.warnings)


def test_a_stage_upstream_that_does_not_exist_is_named() -> None:
    plan = plan_of(stage("prod", takes(stages=("uta",))), freight())

    assert gates(plan, "available")[0].detail == "not verified in uta: there is no Stage uta"


def test_soak_time_opens_to_the_second() -> None:
    target = stage("prod", takes(stages=("uat",), requiredSoakTime="1h"))
    since = {"verifiedIn": {"uat": {}}, "currentlyIn": {"uat": {"since": at(60)}}}
    soaking = freight(status=since)

    early = plan_of(snapshot=world(target, stage("uat"), soaking, now=NOW - timedelta(seconds=1)))
    due = plan_of(snapshot=world(target, stage("uat"), soaking))

    assert verdict(early, "available") is WAITING
    assert gates(early, "available")[0].opens_at == NOW
    assert early.verdict is GoAhead.WAITING
    assert due.verdict is GoAhead.GO


def test_soak_time_that_does_not_grow_is_closed_and_a_finished_one_counts() -> None:
    target = stage("prod", takes(stages=("uat",), requiredSoakTime="1h"))

    left = plan_of(target, stage("uat"), freight(status={"verifiedIn": {"uat": {"longestSoak": "59m59s"}}}))
    done = plan_of(target, stage("uat"), freight(status={"verifiedIn": {"uat": {"longestSoak": "1h0m0s"}}}))
    unverified = plan_of(target, stage("uat"), freight(status={"currentlyIn": {"uat": {"since": at(600)}}}))

    assert verdict(left, "available") is CLOSED
    assert verdict(done, "available") is OPEN
    assert verdict(unverified, "available") is CLOSED


def test_a_soak_time_that_is_no_duration_blocks() -> None:
    target = stage("prod", takes(stages=("uat",), requiredSoakTime="soon"))

    assert shut(plan_of(target, stage("uat"), freight(status={"verifiedIn": {"uat": {}}}))) == [
        ("available", "unreadable")
    ]


def test_one_of_several_stages_is_enough_unless_all_are_asked_for() -> None:
    one_of = stage("prod", takes(stages=("a", "b"), requiredSoakTime="2h"))
    every = stage("prod", takes(stages=("a", "b"), requiredSoakTime="2h", availabilityStrategy="All"))
    stays = {"a": {"since": at(30)}, "b": {"since": at(60)}}
    both = freight(status={"verifiedIn": {"a": {}, "b": {}}, "currentlyIn": stays})
    first = freight(status={"verifiedIn": {"a": {}}, "currentlyIn": stays})
    others = (stage("a"), stage("b"))

    assert gates(plan_of(one_of, *others, both), "available")[0].opens_at == NOW + timedelta(hours=1)
    assert gates(plan_of(every, *others, both), "available")[0].opens_at == NOW + timedelta(hours=1.5)
    assert verdict(plan_of(one_of, *others, first), "available") is WAITING
    assert verdict(plan_of(every, *others, first), "available") is CLOSED


def test_promotion_windows_wait_where_they_tell_when_they_open() -> None:
    opens = {"closed": True, "reason": "weekend", "nextOpen": "2026-11-30T06:00:00Z"}

    known = plan_of(stage(promotionWindowStatus=opens), freight())
    unknown = plan_of(stage(promotionWindowStatus={"closed": True, "nextOpen": "later"}), freight())

    assert verdict(known, "promotion windows") is WAITING
    assert gates(known, "promotion windows")[0].opens_at == datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
    assert verdict(unknown, "promotion windows") is CLOSED
    assert verdict(plan_of(stage(promotionWindowStatus={"closed": False}), freight()), "promotion windows") is OPEN
    assert gates(plan_of(stage(), freight()), "promotion windows") == []


def test_a_name_that_pins_the_record_closes_and_generated_ones_do_not() -> None:
    for name, expected in (
        ("zzz-manual", CLOSED),
        ("prod.wave4.otter", CLOSED),
        (generated(), OPEN),
        ("aaa-first", OPEN),
    ):
        plan = plan_of(stage(history=(held(F1),), lastPromotion={"name": name}), freight(F1), freight())

        assert verdict(plan, "record") is expected, name


def test_freight_that_is_there_already_is_closed_unless_something_failed() -> None:
    def plan(**status: Any) -> GateVerdict:
        return verdict(plan_of(stage(history=(held(F2),), **status), freight()), "current")

    failed = {"name": generated(), "status": {"phase": "Failed"}}

    assert plan() is CLOSED
    assert plan(health={"status": "Progressing"}) is CLOSED
    assert plan(health={"status": "Unhealthy"}) is OPEN
    assert plan(lastPromotion=failed) is OPEN
    other = promotion(F1, phase="Running")
    assert verdict(plan_of(stage(history=(held(F2),)), freight(F1), freight(), other), "current") is OPEN


def test_a_step_back_has_to_be_meant() -> None:
    objects = (stage(history=(held(F2),)), freight(F1), freight(F2))

    closed = plan_of(*objects, words=F1)
    meant = plan_of(*objects, words=F1, rollback=True)

    assert shut(closed) == [("direction", "closed")]
    assert "rollback=true" in gates(closed, "direction")[0].detail
    assert (closed.step_back, meant.step_back) == (True, True)
    assert meant.verdict is GoAhead.GO


def test_forward_again_after_a_rollback_is_no_step_back() -> None:
    plan = plan_of(stage(history=(held(F1), held(F2), held(F1))), freight(F1), freight(F2))

    assert not plan.step_back
    assert plan.verdict is GoAhead.GO


def test_where_the_freight_that_is_held_is_gone_its_past_tells() -> None:
    before = plan_of(stage(history=(held(F3), held(F2))), freight(F2))
    never = plan_of(stage(history=(held(F3),)), freight(F2))
    unread = world(stage(history=(held(F3),)), freight(F2), complete=("kargo.akuity.io/[!F]*",))

    assert shut(before) == [("direction", "closed")]
    assert verdict(never, "direction") is OPEN
    assert "cannot be told" in gates(never, "direction")[0].detail
    assert verdict(plan_of(snapshot=unread), "direction") is UNREADABLE


def test_the_same_freight_is_never_promoted_twice_at_once() -> None:
    for phase in ("", "Pending", "Running"):
        running = promotion(F2, phase=phase)

        plan = plan_of(stage(), freight(), running)

        (found,) = gates(plan, "duplicate")
        assert found.verdict is CLOSED
        assert running.name in found.detail
        assert found.object == str(running.ref)


def test_whether_it_is_under_way_has_to_be_known() -> None:
    gap = Gap("kargo.akuity.io/Promotion", "promotions is forbidden", denied=True)

    plan = plan_of(snapshot=world(stage(), freight(), gaps=(gap,)))

    assert shut(plan) == [("duplicate", "unreadable")]
    assert "forbidden" in gates(plan, "duplicate")[0].detail


def test_a_promotion_of_unknown_freight_that_is_under_way_blocks() -> None:
    unclear = promotion("", name=generated(), phase="Running")

    assert shut(plan_of(stage(), freight(), unclear)) == [("duplicate", "unreadable")]
    assert shut(plan_of(stage(), freight(), promotion("", name=generated(), phase="Failed"))) == []


def test_what_is_before_it_in_the_queue_is_told_and_does_not_block() -> None:
    busy = plan_of(stage(), freight(), promotion(F1, phase="Running", age=9), promotion(F3, phase="Pending", age=3))
    verifying = plan_of(stage(history=(held(F1, "Running"),)), freight(F1), freight())
    unverified = plan_of(stage(history=(held(F1, ""),)), freight(F1), freight())
    unhealthy = plan_of(stage(history=(held(F1, ""),), health={"status": "Unhealthy"}), freight(F1), freight())

    assert "and 1 more wait before it" in gates(busy, "queue")[0].detail
    assert (
        gates(verifying, "queue")[0].detail
        == "it queues until the verification of the current Freight ends (Running now)"
    )
    assert (
        gates(unverified, "queue")[0].detail == "it queues until the current Freight is verified, which has not begun"
    )
    assert gates(unhealthy, "queue")[0].detail == "nothing is before it"
    assert busy.verdict is verifying.verdict is unverified.verdict is GoAhead.GO
    assert gates(busy, "queue")[0].detail in busy.warnings


def test_a_waiting_promotion_of_a_name_that_sorts_last_is_not_before_it_but_will_pin_the_record() -> None:
    plan = plan_of(stage(), freight(), promotion(F1, phase="Pending", name="zzz-manual"))

    assert gates(plan, "queue")[0].detail == "nothing is before it"
    assert any("zzz-manual" in one and "never record" in one for one in plan.warnings)


def test_a_repromotion_is_closed_by_neither_presence_nor_age() -> None:
    last = {"name": generated(F1), "freight": {"name": F1}, "status": {"phase": "Errored"}}
    objects = (stage(history=(held(F2),), lastPromotion=last), freight(F1), freight(F2))

    plan = again(*objects).plan

    assert plan.freight == F1
    assert plan.verdict is GoAhead.GO
    assert plan.targets[0].step_back


def test_the_verdict_of_all_is_the_worst() -> None:
    target = stage("prod", takes(stages=("uat",), requiredSoakTime="2h"), history=(held(F3),))
    status = {"verifiedIn": {"uat": {}}, "currentlyIn": {"uat": {"since": at(60)}}}

    assert planned(target, stage("uat"), freight(status=status), freight(F3)).plan.verdict is GoAhead.BLOCKED
    assert (
        planned(target, stage("uat"), freight(status=status), freight(F3), rollback=True).plan.verdict
        is GoAhead.WAITING
    )
