"""The plan as a whole: what changes, what follows, what was judged, and how a promotion is recognised afterwards."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from gitops_master.model.errors import Unreachable, UsageError
from gitops_master.model.kubernetes import Lease
from gitops_master.model.operating import GoAhead, Operation, StagePlan
from gitops_master.model.snapshot import Gap
from gitops_master.ports.writing import Promote
from gitops_master.usecases.operating.planned import OperationRequest, Planner
from gitops_master.usecases.operating.promotion_plan import Promotions, Repromotion
from tests.usecases.operating.pipelines import (
    F1,
    F2,
    F3,
    NOW,
    again,
    asked,
    at,
    auto,
    freight,
    generated,
    held,
    made,
    plan_of,
    planned,
    promotion,
    stage,
    takes,
    world,
)


def test_it_is_a_planner() -> None:
    planners: list[Planner] = [Promotions(), Repromotion()]

    assert all("kargo.akuity.io/Freight" in one.kinds() for one in planners)


def test_a_plan_names_what_would_be_sent_and_how_a_person_would() -> None:
    found = planned(made("Project", "p", ""), stage(history=(held(F1),)), freight(F1), freight(F2), words="v2")

    assert found.writes == (Promote(namespace="p", stage="prod", freight=F2),)
    assert found.stages == (("p", "prod"),)
    assert found.project_uid == "uid-p"
    assert found.plan.command == f"kargo promote --project=p --freight={F2} --stage=prod"
    assert found.plan.question == "Promote Freight v2 (2222222) to Stage prod (now v1 (1111111))?"
    assert (found.plan.freight, found.plan.freight_label) == (F2, "v2 (2222222)")


def test_changes_go_artifact_by_artifact() -> None:
    def content(tag: str, digest: str, commit: str) -> dict[str, Any]:
        return {
            "images": [{"repoURL": "r/app", "tag": tag, "digest": digest}, {"repoURL": "r/same", "tag": "1"}],
            "commits": [{"repoURL": "g/app", "id": commit * 40}],
        }

    past = held(F1)
    past["items"]["Warehouse/w"] |= content("latest", "sha256:a", "a") | {
        "charts": [{"repoURL": "c", "name": "x", "version": "1"}]
    }

    plan = plan_of(stage(history=(past,)), freight(F1), freight(F2, **content("latest", "sha256:b", "b")))

    assert [(one.kind, one.repo, one.before, one.after) for one in plan.changes] == [
        ("commit", "g/app", "a" * 12, "b" * 12),
        ("image", "r/app", "latest (sha256:a)", "latest (sha256:b)"),
        ("image", "r/same", "1", "1"),
        ("chart", "c/x", "1", ""),
    ]


def test_freight_of_the_same_content_under_another_name_changes_nothing() -> None:
    plan = plan_of(
        stage(history=(held(F1),)),
        freight(F1),
        freight(F2, tag="v1", images=held(F1)["items"]["Warehouse/w"]["images"]),
    )

    assert all(one.before == one.after for one in plan.changes)
    assert any("same artifacts" in one for one in plan.warnings)


def test_what_happens_next_is_told_in_order() -> None:
    steps = ({"uses": "git-clone", "as": "clone"}, {"task": {"name": "render"}, "as": "r"}, {"uses": "git-wait-for-pr"})
    task = made("PromotionTask", "render", spec={"steps": [{"uses": "helm-template"}]})
    verification = {"verification": {"analysisTemplates": [{"name": "smoke"}]}}
    objects = (
        stage("uat", steps=steps, spec={**verification, "promotionTemplate": {"spec": {"steps": list(steps)}}}),
        stage("gate", takes(stages=("uat",)), steps=()),
        stage("eu", takes(stages=("uat",), requiredSoakTime="1h")),
        stage("us", takes(stages=("gate",))),
        stage("held", takes(stages=("uat",)), effectiveAutoPromotionHolds={"Warehouse/w": {"freightName": F1}}),
    )

    plan = plan_of(*objects, task, auto("eu", "held"), freight(), to="uat")

    assert plan.next == [
        "step 1: clone: git-clone",
        "step 2: r::step-1: helm-template",
        "step 3: step-3: git-wait-for-pr (waits for a pull request)",
        "once the Stage is healthy, Kargo verifies it with AnalysisTemplate smoke",
        "gate (control flow) passes it on once verified",
        "eu is auto-promoted once verified and soaked for 1h, if this is then its candidate",
        "held may take it once verified; its auto-promotion is on hold",
        "us may take it once verified, and waits for a person to promote it",
    ]


def _hold(plan: StagePlan) -> tuple[bool, str]:
    return bool(plan.hold), " ".join(one for one in plan.warnings if "auto-promotion" in one)


def test_a_hold_follows_where_it_is_not_the_candidate_from_1_11_on() -> None:
    objects = (stage(history=(held(F3),)), auto("prod"), freight(F1), freight(F2), freight(F3))

    back = plan_of(*objects, words=F1, rollback=True)
    old = plan_of(snapshot=world(*objects, kargo=(1, 10, 0)), words=F1, rollback=True)
    off = plan_of(objects[0], *objects[2:], words=F1, rollback=True)

    assert back.hold.startswith("auto-promotion of Warehouse/w stops at v1 (1111111): it is not the candidate")
    assert "promote the candidate, now v3 (3333333)" in back.hold
    assert not old.hold
    assert "auto-promotion may replace it by its candidate v3 (3333333)" in " ".join(old.warnings)
    assert _hold(off) == (False, "")


def test_promoting_the_candidate_releases_a_hold() -> None:
    hold = {"Warehouse/w": {"freightName": F1, "actor": "admin", "origin": {"kind": "Warehouse", "name": "w"}}}
    objects = (
        stage(history=(held(F1),), effectiveAutoPromotionHolds=hold),
        auto("prod"),
        freight(F1),
        freight(F2),
        freight(F3),
    )

    released, moved = plan_of(*objects, words=F3), plan_of(*objects, words=F2)

    assert _hold(released) == (
        False,
        "releases the auto-promotion hold of Warehouse/w on v1 (1111111) that admin made: newer Freight is promoted by itself again",
    )
    assert "It replaces the hold on 1111111." in moved.hold


def test_soaking_freight_that_will_be_the_candidate_makes_no_hold() -> None:
    target = stage("prod", takes(stages=("uat",), requiredSoakTime="2h"), history=(held(F1),))
    soaking = freight(F2, status={"verifiedIn": {"uat": {}}, "currentlyIn": {"uat": {"since": at(60)}}})

    assert not plan_of(target, stage("uat"), auto("prod"), freight(F1), soaking).hold


def test_what_failed_before_is_a_warning() -> None:
    objects = (stage(history=(held(F1),)), freight(F1), freight(F2))

    plan = plan_of(*objects, promotion(F2, phase="Errored", message="no route to host"))

    assert plan.verdict is GoAhead.GO
    assert f"Promotion {generated()} of the same Freight ended Errored: no route to host" in plan.warnings


def test_a_shard_without_a_living_controller_is_a_warning() -> None:

    lease = msgspec.convert(
        {
            "metadata": {"name": "c", "namespace": "kargo", "labels": {"kargo.akuity.io/controller": "far"}},
            "spec": {"renewTime": at(30)},
        },
        Lease,
    )

    plan = plan_of(stage(spec={"shard": "far"}), freight(), lease)

    assert plan.verdict is GoAhead.GO
    assert any("controller of shard far has not renewed its heartbeat" in one for one in plan.warnings)


def _fan() -> tuple[object, ...]:
    source = takes(stages=("uat",))
    verified: dict[str, Any] = {"verifiedIn": {"uat": {}}}
    return (
        stage("uat"), stage("eu", source), stage("us", source), stage("gate", source, steps=()),
        stage("far", takes("x", stages=("uat",))), freight(F2, status=verified),
    )  # fmt: skip


def test_downstream_plans_every_stage_that_takes_the_origin_from_there() -> None:
    found = planned(*_fan(), to="uat", downstream=True)  # type: ignore[arg-type]

    assert [one.target for one in found.plan.targets] == ["eu", "us"]
    assert found.writes == tuple(Promote(namespace="p", stage=one, freight=F2) for one in ("eu", "us"))
    assert found.plan.verdict is GoAhead.GO
    assert found.plan.command == f"kargo promote --project=p --freight={F2} --downstream-from=uat"
    assert "left out, since Freight passes through them by itself: gate" in found.plan.question


def test_downstream_goes_only_if_all_go() -> None:
    objects = [*_fan(), promotion(F2, to="us", phase="Running")]

    found = planned(*objects, to="uat", downstream=True)  # type: ignore[arg-type]

    assert [one.verdict for one in found.plan.targets] == [GoAhead.GO, GoAhead.BLOCKED]
    assert found.plan.verdict is GoAhead.BLOCKED


def test_downstream_of_nothing_is_an_error() -> None:
    with pytest.raises(UsageError, match="there is no Stage downstream of prod"):
        planned(stage(), freight(), downstream=True)
    with pytest.raises(UsageError, match="no Stage takes Freight of Warehouse/y from uat"):
        planned(*_fan(), freight(F3, origin="y"), to="uat", words=F3, downstream=True)  # type: ignore[arg-type]
    with pytest.raises(Unreachable, match="cannot tell which Stages are downstream"):
        planned(snapshot=world(stage(), freight(), complete=("kargo.akuity.io/[!S]*",)), downstream=True)


def test_a_repromotion_takes_the_freight_of_the_last_promotion() -> None:
    last = {"name": generated(F2), "freight": {"name": F2}, "status": {"phase": "Failed"}}

    found = again(stage(history=(held(F1),), lastPromotion=last), freight(F1), freight(F2))

    assert found.writes == (Promote(namespace="p", stage="prod", freight=F2),)
    assert found.plan.question.startswith("Promote once more Freight v2 (2222222) to Stage prod")
    with pytest.raises(UsageError, match="no longer exists"):
        again(stage(lastPromotion=last), freight(F1))
    with pytest.raises(Unreachable, match="cannot read Freight"):
        again(snapshot=world(stage(lastPromotion=last), complete=("kargo.akuity.io/Stage",)))
    with pytest.raises(UsageError, match="has no last Promotion"):
        again(stage(), freight(F1))


def test_arguments_of_other_operations_are_refused() -> None:
    for more in ({"promotion": "x"}, {"warehouse": "w"}, {"app": "a"}):
        with pytest.raises(UsageError, match="promote takes no"):
            Promotions().plan(asked(**more), world(stage(), freight()))
    request = OperationRequest(operation=Operation.REPROMOTE, project="p", stage="prod", freight=F1, rollback=True)
    with pytest.raises(UsageError, match="repromote takes no freight, rollback"):
        Repromotion().plan(request, world(stage(), freight()))
    with pytest.raises(UsageError, match="which Stage"):
        Promotions().plan(asked(to=""), world(stage(), freight()))


def test_inputs_stay_the_same_while_time_passes_and_differ_once_something_was_decided() -> None:
    def inputs(*objects: object, minutes: int = 0, **more: object) -> tuple[str, ...]:
        every = (stage(history=(held(F1),), **more), freight(F1), freight(F2), *objects)  # type: ignore[arg-type]
        return planned(snapshot=world(*every, now=NOW + timedelta(minutes=minutes))).inputs  # type: ignore[arg-type]

    first = inputs()

    assert first == tuple(sorted(first))
    assert first == inputs(minutes=9)
    assert first != inputs(promotion(F3, phase="Running"))
    assert first != inputs(auto("prod"))
    assert first != inputs(steps=({"uses": "http"},))
    assert first != inputs(effectiveAutoPromotionHolds={"Warehouse/w": {"freightName": F1}})
    assert first != inputs(metadata={"uid": "another"})


def test_the_question_is_the_same_for_the_same_plan_at_any_time() -> None:
    objects = (stage(history=(held(F1),)), freight(F1), freight(F2))

    questions = {planned(snapshot=world(*objects, now=NOW + timedelta(hours=one))).plan.question for one in range(3)}

    assert len(questions) == 1


_WRITE = Promote(namespace="p", stage="prod", freight=F2)


def _done(*after: object, gaps: tuple[Gap, ...] = ()) -> tuple[bool | None, int]:
    base = (stage(), freight())
    before = world(*base, promotion(F2, phase="Failed", age=60))
    now = world(*base, promotion(F2, phase="Failed", age=60), *after, gaps=gaps)  # type: ignore[arg-type]
    found = Promotions().done(planned(snapshot=before), _WRITE, before, now, NOW - timedelta(minutes=5))
    return found.found, len(found.names)


def test_a_promotion_is_recognised_by_freight_time_and_absence_before() -> None:
    assert _done() == (False, 0)
    assert _done(promotion(F2, age=4)) == (True, 1)
    assert _done(promotion(F2, age=5 + 1 / 60)) == (True, 1)
    assert _done(promotion(F2, age=6)) == (False, 0)
    assert _done(promotion(F1, age=4), promotion(F2, to="uat", age=4)) == (False, 0)
    assert _done(promotion(F2, age=4), promotion(F2, age=3)) == (True, 2)


def test_a_promotion_of_auto_promotion_does_not_prove_ours() -> None:
    assert _done(promotion(F2, age=4, metadata={"annotations": {}})) == (None, 1)


def test_where_promotions_cannot_be_read_nobody_can_tell() -> None:
    assert _done(gaps=(Gap("kargo.akuity.io/Promotion", "timed out"),)) == (None, 0)
