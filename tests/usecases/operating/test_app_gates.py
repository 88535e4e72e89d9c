"""Applications that a promotion will touch: what is seen of them before a step can fail."""

from datetime import UTC, datetime

from gitops_master.model.operating import GateVerdict, GoAhead, StagePlan
from gitops_master.model.snapshot import Gap
from tests.usecases.operating.pipelines import (
    app,
    app_project,
    at,
    freight,
    gates,
    made,
    plan_of,
    shut,
    stage,
    updates,
    verdict,
    world,
)

_DENY = {"kind": "deny", "schedule": "0 3 * * *", "duration": "2h", "applications": ["*"]}
_ALLOW = {"kind": "allow", "schedule": "0 6 * * *", "duration": "1h", "applications": ["*"]}


def _plan(*objects: object, name: str = "app", **more: object) -> StagePlan:
    return plan_of(stage(steps=(updates({"name": name}),), **more), freight(), *objects)  # type: ignore[arg-type]


def test_an_application_that_authorises_the_stage_is_open() -> None:
    plan = _plan(app(), app_project())

    assert plan.verdict is GoAhead.GO
    assert gates(plan, "applications")[0].detail == "exist and may be touched by this Stage: app"
    assert "Argo CD syncs app" in plan.next


def test_one_that_does_not_is_closed_before_the_step_can_fail() -> None:
    for value in ("", "p:other", "p:*", "prod"):
        plan = _plan(app(authorized=value), app_project())

        assert shut(plan) == [("applications", "closed")], value
        assert "does not authorise" in gates(plan, "applications")[0].detail


def test_lists_of_stages_count_from_kargo_1_11_on() -> None:
    objects = (stage(steps=(updates({"name": "app"}),)), freight(), app(authorized="p:other, p:prod"), app_project())

    assert shut(plan_of(snapshot=world(*objects))) == []
    assert shut(plan_of(snapshot=world(*objects, kargo=(1, 10, 0)))) == [("applications", "closed")]


def test_an_application_that_does_not_exist_is_closed_and_one_that_was_not_read_blocks() -> None:
    denied = Gap("argoproj.io/Application", "applications is forbidden", denied=True)
    objects = (stage(steps=(updates({"name": "app", "namespace": "argocd"}),)), freight())

    assert shut(plan_of(*objects)) == [("applications", "closed")]
    assert shut(plan_of(snapshot=world(*objects, gaps=(denied,)))) == [("applications", "unreadable")]


def test_an_application_of_a_shard_may_be_with_another_argo_cd() -> None:
    target = stage(
        steps=(updates({"name": "app", "namespace": "argocd"}),), metadata={"labels": {"kargo.akuity.io/shard": "eu"}}
    )

    plan = plan_of(target, freight())

    assert shut(plan) == [("applications", "unreadable")]
    assert shut(plan_of(target, freight(), app(), app_project())) == []


def test_where_kargo_looks_by_default_is_no_reason_to_call_one_missing() -> None:
    elsewhere = made("Application", "app", "gitops", {"annotations": {"kargo.akuity.io/authorized-stage": "p:prod"}})
    project = made("AppProject", "default", "gitops")

    assert shut(_plan(elsewhere, project)) == []


def test_names_made_of_variables_are_evaluated() -> None:
    steps = (updates({"name": "${{ vars.app }}-${{ ctx.stage }}"}),)
    spec = {"vars": [{"name": "app", "value": "shop"}]}

    plan = plan_of(stage(steps=steps, spec=spec | {"promotionTemplate": {"spec": {"steps": list(steps)}}}), freight())

    assert gates(plan, "applications")[0].object == "Application argocd/shop-prod"
    assert verdict(plan, "applications") is GateVerdict.CLOSED


def test_names_that_only_a_run_can_tell_are_said_to_be_so() -> None:
    plan = _plan(name="${{ outputs.names.app }}")

    assert plan.verdict is GoAhead.GO
    assert any("outputs.names.app" in one for one in plan.warnings)


def test_labels_select_and_those_that_do_not_authorise_are_skipped() -> None:
    steps = (updates({"selector": {"matchLabels": {"app": "shop"}}}),)
    mine = app("one", metadata={"labels": {"app": "shop"}})
    other = app("two", authorized="", metadata={"labels": {"app": "shop"}})

    both = plan_of(stage(steps=steps), freight(), mine, other, app_project())

    assert both.verdict is GoAhead.GO
    assert "Application two is selected but does not authorise the Stage: it is skipped" in both.warnings
    assert shut(plan_of(stage(steps=steps), freight(), other, app_project())) == [("applications", "closed")]
    assert shut(plan_of(stage(steps=steps), freight())) == [("applications", "closed")]


def test_a_step_that_may_be_left_out_closes_nothing() -> None:
    steps = (updates({"name": "app"}, **{"if": "${{ vars.sync }}"}), updates({"name": "app"}, continueOnError=True))

    plan = plan_of(stage(steps=steps), freight())

    assert plan.verdict is GoAhead.GO
    assert all("may fail" in one.detail for one in gates(plan, "applications"))


def test_an_application_that_is_only_waited_for_needs_no_authorisation() -> None:
    wait = {"uses": "argocd-wait", "as": "wait", "config": {"apps": [{"name": "app"}]}}

    assert shut(plan_of(stage(steps=(wait,)), freight(), app(authorized=""))) == []


def test_an_operation_that_nobody_runs_any_more_is_closed() -> None:
    orphan = app(status={"operationState": {"phase": "Running", "startedAt": at(30)}})

    plan = _plan(orphan, app_project())

    assert shut(plan) == [("applications", "closed")]
    assert "analyze_stage" in gates(plan, "applications")[0].detail


def test_a_sync_that_runs_is_only_a_warning() -> None:
    busy = app(operation={"sync": {}}, status={"operationState": {"phase": "Running", "startedAt": at(1)}})

    plan = _plan(busy, app_project())

    assert plan.verdict is GoAhead.GO
    assert "Application app is syncing; argocd-update waits until that has ended" in plan.warnings


def test_a_sync_window_waits_until_it_opens() -> None:
    for window, opens in ((_DENY, 5), (_ALLOW, 6)):
        plan = _plan(app(), app_project(window))

        (found,) = gates(plan, "sync windows")
        assert found.verdict is GateVerdict.WAITING
        assert found.opens_at == datetime(2026, 11, 23, opens, 0, tzinfo=UTC)
        assert plan.verdict is GoAhead.WAITING


def test_the_sync_of_a_persons_promotion_is_a_manual_one() -> None:
    lets = _DENY | {"manualSync": True}

    assert verdict(_plan(app(), app_project(lets)), "sync windows") is GateVerdict.OPEN
    assert verdict(_plan(app(), app_project(lets, _DENY)), "sync windows") is GateVerdict.WAITING
    old = world(stage(steps=(updates({"name": "app"}),)), freight(), app(), app_project(lets), kargo=(1, 0, 3))
    assert verdict(plan_of(snapshot=old), "sync windows") is GateVerdict.WAITING


def test_windows_that_were_not_read_or_not_understood_block() -> None:
    unread = world(stage(steps=(updates({"name": "app"}),)), freight(), app(), complete=("kargo.akuity.io/*",))

    assert verdict(plan_of(snapshot=unread), "sync windows") is GateVerdict.UNREADABLE
    assert verdict(_plan(app()), "sync windows") is GateVerdict.CLOSED
    odd = _plan(app(), app_project(_DENY | {"schedule": "whenever"}))
    assert verdict(odd, "sync windows") is GateVerdict.UNREADABLE


def test_kargo_among_what_is_promoted_is_a_warning() -> None:
    chart = app(spec={"project": "default", "source": {"chart": "kargo"}, "destination": {"namespace": "kargo"}})

    plan = _plan(chart, app_project())

    assert plan.verdict is GoAhead.GO
    assert any("Kargo or Argo CD itself" in one for one in plan.warnings)
