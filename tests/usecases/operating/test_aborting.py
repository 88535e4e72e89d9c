"""Aborting a Promotion: which one, what the plan says of what stays, and how it is seen that it was done."""

from typing import Any

import pytest

from gitops_master.model.errors import Forbidden, UsageError
from gitops_master.model.operating import Outcome
from gitops_master.model.snapshot import Gap, Snapshot
from gitops_master.ports.writing import AbortPromotion
from tests.usecases.operating.neighbours import (
    JSON,
    Done,
    app,
    cluster,
    freight,
    kargo,
    project,
    promotion,
    real,
    stage,
)

RUNNING = "s-long.01m83bq1kegsbzfzd88s99bkg8.1be389c"
PUSHES: list[JSON] = [
    {"uses": "git-clone"},
    {"uses": "git-push", "as": "push"},
    {"uses": "argocd-update", "as": "sync", "config": {"apps": [{"name": "web", "namespace": "argocd"}]}},
]
F1 = freight("f1" * 20, "1.0.0")


def prod(**more: Any) -> JSON:
    return stage("prod", steps=PUSHES, **more)


def one(phase: str = "Running", **more: Any) -> JSON:
    return promotion("prod.01a", "f1" * 20, phase, steps=PUSHES, **more)


def world(*told: JSON) -> Snapshot:
    return cluster(project(), F1, *told)


async def test_the_running_one_of_a_real_stage_though_another_waits() -> None:
    asked = Done("abort_promotion", await real("11"), stage="s-long")

    assert asked.planned.writes == (AbortPromotion(namespace="demo", promotion=RUNNING),)
    assert asked.planned.stages == (("demo", "s-long"),)
    assert (asked.verdict, asked.target.target) == ("go", RUNNING)
    assert asked.planned.plan.command == f"kargo promote --project=demo --name={RUNNING} --abort"
    assert "the queue of s-long goes on: s-long.01m83brgvjn9x9v3hwnnmcy5gw.1be389c" in asked.target.next
    assert asked.planned.project_uid
    ended = asked.after(await real("12"))
    assert (ended.outcome, ended.line) == (
        Outcome.DONE,
        f"Promotion {RUNNING} is Aborted: Promotion terminated by admin",
    )
    assert asked.trace(await real("12")).found is True
    assert asked.trace(await real("11")).found is False
    assert asked.after(await real("11")).outcome is None


async def test_a_queued_one_by_its_name() -> None:
    name = "s-long.01m83brgvjn9x9v3hwnnmcy5gw.1be389c"

    asked = Done("abort_promotion", await real("11"), promotion=name, stage="s-long")

    assert (asked.verdict, asked.gate("not ended").detail) == ("go", "it is Pending")


async def test_one_that_has_ended_is_a_closed_gate() -> None:
    asked = Done("abort_promotion", await real("12"), promotion=RUNNING)

    assert asked.verdict == "blocked"
    assert asked.shut == {"not ended": "it has ended already: Aborted"}


def test_what_stays_is_told() -> None:
    asked = Done("abort_promotion", world(prod(autoPromotionEnabled=True), one(), app()), stage="prod")

    assert asked.planned.plan.question == (
        "Abort Promotion prod.01a of Freight 1.0.0 (f1f1f1f) to Stage prod of project demo? What its steps have done so far stays "
        "done, and Kargo does not try it again by itself."
    )
    assert asked.target.warnings == [
        "what these steps have done stays done: push (git-push), sync (argocd-update); what was pushed stays pushed",
        "an Argo CD operation that it has begun of argocd/web goes on; terminate_app_operation ends that",
    ]
    assert asked.target.next == [
        "prod.01a becomes Aborted, and its other steps are not run",
        "prod is not Ready, and its health Unknown, until a Promotion succeeds",
        "auto-promotion does not retry this Freight in prod; newer Freight it takes",
    ]
    assert (asked.planned.plan.freight, asked.planned.plan.freight_label) == ("f1" * 20, "1.0.0 (f1f1f1f)")


def test_the_plan_is_the_same_while_the_promotion_moves() -> None:
    waits = Done("abort_promotion", world(prod(), one("Pending")), stage="prod").planned
    runs = Done("abort_promotion", world(prod(), one(currentStep=1)), stage="prod").planned
    ended = Done("abort_promotion", world(prod(), one("Failed")), promotion="prod.01a").planned

    assert waits.inputs == runs.inputs != ended.inputs
    assert waits.plan.question == runs.plan.question


def test_several_that_wait_are_a_list() -> None:
    every = [promotion(f"prod.0{number}", "f1" * 20, "Pending") for number in (1, 2)]

    with pytest.raises(UsageError, match="which one") as caught:
        Done("abort_promotion", world(prod(), *every), stage="prod")

    assert caught.value.hint == "--promotion one of: prod.01, prod.02"


def test_where_nothing_runs_it_says_what_was_last() -> None:
    last = {"name": "prod.01a", "status": {"phase": "Succeeded"}}

    with pytest.raises(UsageError, match=r"runs or waits; the last one, prod\.01a, ended Succeeded"):
        Done("abort_promotion", world(prod(lastPromotion=last), one("Succeeded")), stage="prod")


def test_what_could_not_be_read_is_not_called_absent() -> None:
    gap = Gap("kargo.akuity.io/Promotion", "403 Forbidden", denied=True)
    snapshot = cluster(project(), prod(), gaps=(gap,))

    for request in ({"stage": "prod"}, {"promotion": "prod.01a"}):
        with pytest.raises(Forbidden, match=r"cannot look for .*403"):
            Done("abort_promotion", snapshot, **request)


def test_a_queue_that_is_not_known_in_full_is_a_warning() -> None:
    snapshot = cluster(project(), F1, prod(), one(), complete=("kargo.akuity.io/Stage",))

    asked = Done("abort_promotion", snapshot, stage="prod")

    assert asked.verdict == "go"
    assert any(line.startswith("what else is queued is not known in full") for line in asked.target.warnings)


def test_without_its_stage_the_plan_says_what_it_does_not_know() -> None:
    asked = Done("abort_promotion", world(stage("other"), one()), promotion="prod.01a")

    assert asked.verdict == "go"
    assert "Stage prod could not be read: whether auto-promotion is on is not known" in asked.target.warnings


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({}, "of what"),
        ({"promotion": "prod.01b"}, "no Promotion 'prod.01b'"),
        ({"promotion": "prod.01a", "stage": "dev"}, "is one to Stage prod, not to dev"),
        ({"promotion": "prod.01a", "freight": "x"}, "takes no freight"),
    ],
)
def test_what_it_cannot_mean_is_said(request_: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Done("abort_promotion", world(prod(), stage("dev"), one()), **request_)


@pytest.mark.parametrize(
    ("now", "found", "outcome"),
    [
        (one(), False, None),
        (one(meta={"annotations": {"kargo.akuity.io/abort": '{"action":"terminate"}'}}), True, None),
        (one("Aborted", message="Promotion terminated by jane"), True, Outcome.DONE),
        (one("Succeeded"), False, Outcome.FAILED),
        (kargo("Promotion", "prod.02", spec={"stage": "prod"}), None, Outcome.NOT_KNOWN),
    ],
)
def test_what_is_seen_afterwards(now: JSON, found: bool | None, outcome: Outcome | None) -> None:
    asked = Done("abort_promotion", world(prod(), one()), stage="prod")

    assert asked.trace(world(prod(), now)).found is found
    assert asked.after(world(prod(), now)).outcome is outcome
