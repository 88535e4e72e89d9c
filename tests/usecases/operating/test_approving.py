"""Approving Freight: which gates it bypasses, whether it is a promotion, and what closes it."""

import pytest

from gitops_master.model.errors import Forbidden, UsageError
from gitops_master.model.operating import Outcome
from gitops_master.model.snapshot import Gap, Snapshot
from gitops_master.ports.writing import ApproveFreight
from tests.usecases.operating.neighbours import (
    JSON,
    NOW,
    Done,
    cluster,
    freight,
    kargo,
    project,
    promotion,
    real,
    stage,
    warehouse,
)

OLD, NEW = "a" * 40, "b" * 40
FREIGHT = "1be389c362f3b3b77df52bfbc6cb42ae936ad95d"
SOAK = {"requiredSoakTime": "2h"}


def world(*told: JSON) -> Snapshot:
    return cluster(project(), warehouse(), stage("qa"), *told)


def approve(*told: JSON, of: str = NEW, to: str = "prod") -> Done:
    return Done("approve_freight", world(*told), freight=of, stage=to)


async def test_real_freight_that_is_not_verified_upstream() -> None:
    before = await real("13")
    asked = Done("approve_freight", before, freight="telling-elk", stage="s-down")

    assert asked.planned.writes == (
        ApproveFreight(namespace="demo", freight=FREIGHT, stage="s-down", at=before.observed_at),
    )
    assert asked.verdict == "go"
    assert "This bypasses: not verified in dev-vbad. Kargo's API cannot take it back." in asked.planned.plan.question
    assert asked.target.warnings[:2] == [
        "bypasses: not verified in dev-vbad",
        "auto-promotion is off here: nothing is promoted by the approval itself",
    ]
    assert asked.planned.plan.command == f"kargo approve --project=demo --freight={FREIGHT} --stage=s-down"
    assert asked.trace(before).found is False
    assert asked.after(before).outcome is None
    approved = await real("28")
    assert asked.trace(approved).found is True
    assert asked.after(approved).outcome is Outcome.DONE


async def test_real_freight_that_is_approved_already() -> None:
    asked = Done("approve_freight", await real("28"), freight="1be389c", stage="s-down")

    assert asked.shut == {"not approved": "it is approved for this Stage already"}


async def test_real_freight_of_another_origin() -> None:
    asked = Done("approve_freight", await real("28"), freight="knobby-chicken", stage="prod")

    assert asked.verdict == "blocked"
    assert asked.shut == {"origin": "Warehouse/nofilter is not requested (requested: Warehouse/main)"}


async def test_real_freight_that_is_available_anyway() -> None:
    asked = Done("approve_freight", await real("28"), freight="telling-elk", stage="dev")

    assert asked.shut == {
        "needed": "it is available to this Stage already (taken directly from Warehouse/main): there is nothing to bypass"
    }


async def test_the_soak_time_tells_when_it_would_end_by_itself() -> None:
    since = {"since": "2026-11-23T03:00:00Z"}
    soaking = freight(NEW, "2", verifiedIn={"qa": {}}, currentlyIn={"qa": since})

    asked = approve(stage("prod", "qa", sources=SOAK), soaking)

    assert asked.target.warnings[0] == ("bypasses: soak time of 2h in qa, which ends by itself at 2026-11-23T05:00:00Z")
    later = cluster(project(), stage("prod", "qa", sources=SOAK), soaking, at=NOW.replace(minute=30))
    assert (
        Done("approve_freight", later, freight=NEW, stage="prod").planned.plan.question == asked.planned.plan.question
    )


def test_each_gate_that_is_bypassed_is_named() -> None:
    all_of = {"availabilityStrategy": "All", **SOAK}
    gone = freight(NEW, "2", verifiedIn={"qa": {"longestSoak": "10m"}})

    asked = approve(stage("prod", "qa", "perf", sources=all_of), stage("perf"), gone)

    assert "This bypasses: soak time of 2h in qa; not verified in perf." in asked.planned.plan.question


@pytest.mark.parametrize(
    ("status", "more", "says", "asks"),
    [
        ({}, [], "is off here", False),
        ({"autoPromotionEnabled": True}, [], "this approval is a promotion", True),
        (
            {"autoPromotionEnabled": True},
            [freight(OLD, "1", verifiedIn={"qa": {}})],
            "this approval is a promotion",
            True,
        ),
        (
            {"autoPromotionEnabled": True},
            [freight(OLD, "3", at="2026-11-23T02:00:00Z", verifiedIn={"qa": {}})],
            "other Freight is its candidate",
            False,
        ),
        (
            {"autoPromotionEnabled": True, "autoPromotionHolds": {"Warehouse/main": {"freightName": OLD}}},
            [],
            f"Warehouse/main is on hold at Freight {OLD}",
            False,
        ),
        ({"autoPromotionEnabled": True}, [promotion("prod.01", NEW, "Failed")], "does not retry this Freight", False),
    ],
)
def test_what_auto_promotion_makes_of_it(status: JSON, more: list[JSON], says: str, asks: bool) -> None:
    asked = approve(stage("prod", "qa", **status), freight(NEW, "2"), *more)

    assert any(says in line for line in asked.target.warnings)
    assert ("auto-promotion then promotes it at once" in asked.planned.plan.question) is asks
    assert f"is a promotion {asks}" in asked.planned.inputs


@pytest.mark.parametrize(("held", "asks"), [(["qa"], True), ([], False)])
def test_match_upstream_takes_only_what_is_upstream_now(held: list[str], asks: bool) -> None:
    options = {"autoPromotionOptions": {"selectionPolicy": "MatchUpstream"}}
    one = freight(NEW, "2", currentlyIn={name: {} for name in held})

    asked = approve(stage("prod", "qa", sources=options, autoPromotionEnabled=True), one)

    assert f"is a promotion {asks}" in asked.planned.inputs


def test_a_policy_that_was_not_read_is_said() -> None:
    gap = Gap("kargo.akuity.io/ProjectConfig", "403 Forbidden", denied=True)
    snapshot = cluster(stage("prod", "qa"), freight(NEW, "2"), gaps=(gap,))

    asked = Done("approve_freight", snapshot, freight=NEW, stage="prod")

    assert "could not be read in full; where it is, an approval is a promotion" in asked.target.warnings[1]


def test_the_bypass_spreads() -> None:
    asked = approve(stage("prod", "qa"), stage("late", "prod"), freight(NEW, "2"))

    assert asked.target.next == [
        "it can be promoted: promote_freight",
        "once it is verified in prod it may go on to late: the bypass goes with it",
    ]


def test_a_control_flow_stage_passes_it_on() -> None:
    asked = approve(stage("gate", "qa", steps=[]), stage("late", "gate"), freight(NEW, "2"), to="gate")

    assert asked.target.next == ["gate is a control flow Stage: the Freight passes on at once to late"]


def test_other_freight_that_may_be_meant_blocks() -> None:
    known = [stage("prod", "qa"), freight(NEW, "2")]
    snapshot = cluster(*known, complete=("kargo.akuity.io/Stage",))

    by_tag = Done("approve_freight", snapshot, freight="2", stage="prod")
    by_name = Done("approve_freight", snapshot, freight=NEW, stage="prod")

    assert (by_tag.verdict, by_name.verdict) == ("blocked", "go")
    assert by_tag.gate("freight").verdict.value == "unreadable"


def test_freight_is_named_or_listed() -> None:
    prod = stage("prod", "qa")
    with pytest.raises(UsageError, match="several pieces of Freight"):
        approve(prod, freight(NEW, "2"), freight(OLD, "2"), of="2")
    with pytest.raises(UsageError, match="no Freight in project"):
        approve(prod, freight(NEW, "2"), of="9")
    with pytest.raises(UsageError, match="needs a stage"):
        approve(prod, freight(NEW, "2"), to="")
    gap = Gap("kargo.akuity.io/Freight", "403 Forbidden", denied=True)
    with pytest.raises(Forbidden, match="cannot look for Freight '2'"):
        Done("approve_freight", cluster(prod, gaps=(gap,)), freight="2", stage="prod")


def test_the_plan_goes_stale_by_what_it_bypasses() -> None:
    prod = stage("prod", "qa", sources=SOAK)
    plans = [
        approve(prod, freight(NEW, "2")),
        approve(prod, freight(NEW, "2", verifiedIn={"qa": {}})),
        approve(prod, freight(NEW, "2", verifiedIn={"qa": {"longestSoak": "3h"}})),
    ]

    assert len({one.planned.inputs for one in plans}) == 3
    assert [one.verdict for one in plans] == ["go", "go", "blocked"]


def test_what_is_seen_afterwards() -> None:
    prod = stage("prod", "qa")
    asked = approve(prod, freight(NEW, "2"))
    approved = freight(NEW, "2", approvedFor={"prod": {"approvedAt": "2026-11-23T04:00:00Z"}})

    going = asked.after(world(prod, approved, promotion("prod.01", NEW, "Running")))
    gone = world(prod, kargo("Freight", OLD))

    assert (going.outcome, going.line) == (
        Outcome.DONE,
        "Freight 2 (bbbbbbb) is approved for Stage prod; Promotion prod.01 takes it there",
    )
    assert asked.trace(gone).found is None
    assert asked.after(gone).outcome is Outcome.NOT_KNOWN
