"""Refreshing: harmless, and seen by the field that echoes the request, whoever chose its value."""

from datetime import timedelta
from typing import Any

import pytest

from gitops_master.model.errors import Forbidden, UsageError
from gitops_master.model.meta import Ref
from gitops_master.model.operating import Outcome
from gitops_master.model.snapshot import Gap, Snapshot
from gitops_master.ports.writing import Refresh
from tests.usecases.operating.neighbours import (
    JSON,
    NOW,
    Done,
    cluster,
    freight,
    later,
    project,
    promotion,
    real,
    stage,
    warehouse,
)

REFRESH = "kargo.akuity.io/refresh"
READY = {"type": "Ready", "status": "True", "reason": "Verified"}


def noted(value: str) -> JSON:
    return {"annotations": {REFRESH: value}}


def world(*told: JSON) -> Snapshot:
    return cluster(project(), *told)


def token(asked: Done) -> str:
    (write,) = asked.planned.writes
    assert isinstance(write, Refresh)
    return write.token


async def test_a_real_stage() -> None:
    asked = Done("refresh_stage", await real("28"), stage="auto")

    (write,) = asked.planned.writes
    assert isinstance(write, Refresh)
    assert (write.namespace, write.of) == ("demo", Ref("kargo.akuity.io/Stage", "demo", "auto"))
    assert asked.verdict == "go"
    assert asked.planned.stages == (("demo", "auto"),)
    assert asked.planned.plan.command == "kargo refresh stage --project=demo auto"
    assert "auto-promotion is on: what is due may be promoted" in asked.target.next
    assert asked.planned.plan.question == (
        "Refresh Stage auto of project demo? Kargo looks at it at once; nothing else is changed."
    )


async def test_a_real_refresh_that_was_handled() -> None:
    """Between the two folders Stage dev was refreshed."""
    asked = Done("refresh_stage", await real("06"), stage="dev")
    assert (asked.trace(await real("28")).found, asked.after(await real("28")).outcome) == (True, Outcome.DONE)


@pytest.mark.parametrize("value", ["token", "2026-11-23T04:00:01Z"])
def test_whose_value_it_is_does_not_matter(value: str) -> None:
    """Over Kubernetes the token itself is written; Kargo's API makes one of its own."""
    asked = Done("refresh_stage", world(stage("prod", meta=noted("old"), lastHandledRefresh="old")), stage="prod")
    value = token(asked) if value == "token" else value
    sent = world(stage("prod", meta=noted(value), lastHandledRefresh="old"))
    handled = world(stage("prod", meta=noted(value), lastHandledRefresh=value, conditions=[READY]))

    assert [asked.trace(one).found for one in (asked.before, sent, handled)] == [False, True, True]
    assert [asked.after(one).outcome for one in (asked.before, sent, handled)] == [None, None, Outcome.DONE]
    assert asked.after(handled).line == "Kargo has looked at Stage prod again: Ready is True, Verified"


def test_the_token_is_never_one_that_is_there() -> None:
    first = Done("refresh_stage", world(stage("prod")), stage="prod")
    again = Done("refresh_stage", world(stage("prod", meta=noted(token(first)))), stage="prod")

    assert token(first) != token(again)
    assert first.planned.inputs == again.planned.inputs


def test_a_running_promotion_is_mentioned() -> None:
    asked = Done("refresh_stage", world(stage("prod"), promotion("prod.01", "f", "Running")), stage="prod")

    assert asked.target.warnings == ["over Kargo's API the Promotion that runs is refreshed, too"]


async def test_a_real_warehouse_says_who_may_get_what_it_finds() -> None:
    asked = Done("refresh_warehouse", await real("28"), warehouse="nofilter")

    assert asked.verdict == "go"
    assert asked.planned.stages == ()
    assert asked.target.next[1] == "what is new becomes Freight; auto-promotion takes it to auto"
    assert asked.planned.plan.command == "kargo refresh warehouse --project=demo nofilter"


def test_a_warehouse_that_makes_no_freight_by_itself() -> None:
    manual = warehouse(spec={"freightCreationPolicy": "Manual"})

    asked = Done("refresh_warehouse", world(manual), warehouse="main")

    assert asked.target.next[1] == "it makes no Freight by itself: freightCreationPolicy is Manual"


def discovered(at: str, handled: str = "t", **more: Any) -> JSON:
    return warehouse(
        meta=noted("t"), lastHandledRefresh=handled, discoveredArtifacts={"discoveredAt": at} if at else {}, **more
    )


FAILED = {"type": "Ready", "status": "False", "reason": "DiscoveryFailure", "message": "repository not found"}


@pytest.mark.parametrize(
    ("now", "outcome", "words"),
    [
        ([discovered(later(1), handled="")], None, "has not handled"),
        ([discovered(later(1))], Outcome.DONE, "there is no new Freight"),
        ([discovered(later(1)), freight("f" * 40, "2")], Outcome.DONE, "new Freight: 2 (fffffff)"),
        ([discovered(later(-60), conditions=[FAILED])], Outcome.FAILED, "the discovery failed: repository not found"),
        ([discovered(later(-60))], Outcome.FAILED, "its discoveredAt is as old as before"),
        ([discovered("")], Outcome.FAILED, "the discovery failed"),
        ([stage("prod")], Outcome.NOT_KNOWN, "no longer"),
    ],
)
def test_what_comes_of_a_warehouse(now: list[JSON], outcome: Outcome | None, words: str) -> None:
    before = warehouse(discoveredArtifacts={"discoveredAt": later(-60)})
    asked = Done("refresh_warehouse", world(before, freight("e" * 40, "1")), warehouse="main")

    after = asked.after(world(*now, freight("e" * 40, "1")), NOW + timedelta(milliseconds=400))

    assert after.outcome is outcome
    assert words in after.line


def test_what_is_gone_or_unreadable() -> None:
    asked = Done("refresh_stage", world(stage("prod")), stage="prod")
    assert asked.trace(world(warehouse())).found is None
    assert asked.after(world(warehouse())).outcome is Outcome.NOT_KNOWN
    with pytest.raises(UsageError, match="no Stage 'prdo'"):
        Done("refresh_stage", world(stage("prod")), stage="prdo")
    with pytest.raises(UsageError, match="takes no stage"):
        Done("refresh_warehouse", world(stage("prod")), stage="prod")
    gap = Gap("kargo.akuity.io/Warehouse", "403 Forbidden", denied=True)
    with pytest.raises(Forbidden, match="cannot look for Warehouse"):
        Done("refresh_warehouse", cluster(project(), gaps=(gap,)), warehouse="main")
