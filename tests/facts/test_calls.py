"""Calls: what is refused as one, and when an operation is right by itself. Which rule offers which: tests/rules/test_calls.py."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import yaml

from gitops_master.facts import calls
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.stage import StageView
from gitops_master.model.argocd import Application
from gitops_master.model.kargo import Freight, Promotion
from gitops_master.model.meta import Object, Ref
from gitops_master.model.operating import Operation
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from tests.calls import FIELDS

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
TYPES: dict[str, type[Object]] = {one.__name__: one for one in (Stage, Freight, Promotion, Application)}
OLD, NEW = "a" * 40, "b" * 40
LAST = "dev.01m82a29w0a8k2m4n6p8q0r2s4.aaaaaaa"
WORLD = f"""
- kind: Stage
  metadata: {{name: dev, namespace: demo}}
  spec:
    requestedFreight: [{{origin: {{kind: Warehouse, name: w}}, sources: {{direct: true}}}}]
    promotionTemplate: {{spec: {{steps: [{{uses: git-clone}}]}}}}
  status:
    health: {{status: Healthy}}
    lastPromotion: {{name: {LAST}, freight: {{name: {NEW}}}, status: {{phase: Succeeded}}}}
    freightHistory:
      - items: {{Warehouse/w: {{name: {NEW}, origin: {{kind: Warehouse, name: w}}}}}}
        verificationHistory: [{{id: v1, phase: Failed}}]
- kind: Freight
  metadata: {{name: {OLD}, namespace: demo, creationTimestamp: '2026-11-20T04:00:00Z'}}
  origin: {{kind: Warehouse, name: w}}
- kind: Freight
  metadata: {{name: {NEW}, namespace: demo, creationTimestamp: '2026-11-21T04:00:00Z'}}
  origin: {{kind: Warehouse, name: w}}
- kind: Promotion
  metadata: {{name: {LAST}, namespace: demo, creationTimestamp: '2026-11-22T04:00:00Z'}}
  spec: {{stage: dev, freight: {NEW}}}
  status: {{phase: Succeeded}}
- kind: Application
  metadata: {{name: web, namespace: argocd, annotations: {{kargo.akuity.io/authorized-stage: 'demo:dev'}}}}
  operation: {{sync: {{}}}}
  status: {{operationState: {{phase: Running, startedAt: '2026-11-23T03:00:00Z'}}}}
"""


def world(changes: dict[str, Any] | None = None, *, complete: tuple[str, ...] = ("*",)) -> Snapshot:
    """`changes`: `Stage.status.health.status` and its like, to values; the first object of that kind is changed."""
    plain = yaml.safe_load(WORLD)
    for path, value in (changes or {}).items():
        kind, *keys, last = path.split(".")
        at = next(one for one in plain if one["kind"] == kind)
        for key in keys:
            at = at[int(key)] if isinstance(at, list) else at.setdefault(key, {})
        at[int(last) if isinstance(at, list) else last] = value
    found = [msgspec.convert(one, TYPES[one["kind"]]) for one in plain]
    return Snapshot(found, source="a test", observed_at=NOW, complete=complete)


def stage(snapshot: Snapshot) -> StageView:
    return StageView(snapshot.all(Stage)[0], snapshot)


def app(snapshot: Snapshot) -> ApplicationView:
    return ApplicationView(snapshot.all(Application)[0], snapshot)


def test_every_operation_says_what_it_takes() -> None:
    assert set(calls.TAKES) == set(Operation)
    assert {
        one.value: tuple(sorted(takes.names)) for one, takes in calls.TAKES.items() if one.value in FIELDS
    } == FIELDS


@pytest.mark.parametrize("names", [{}, {"project": "demo"}, {"project": "demo", "stage": "dev", "freight": OLD}])
def test_a_call_with_other_names_than_its_own_is_a_mistake_of_the_rule(names: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="refresh_stage takes project, stage"):
        calls.operate(Operation.REFRESH_STAGE, **names)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ({"tool": "delete"}, "no such tool"),
        ({"tool": "operate"}, "no such tool or operation"),
        (
            {"tool": "operate", "operation": "delete_stage", "project": "demo", "stage": "dev"},
            "no such tool or operation",
        ),
        (
            {"tool": "operate", "operation": "promote", "project": "demo", "stage": "dev", "freight": OLD},
            "no such tool",
        ),
        ({"tool": "operate", "operation": "refresh_stage", "project": "demo"}, "takes project, stage"),
        ({"tool": "operate", "operation": "refresh_stage", "project": "demo", "stage": ""}, "no stage"),
        ({"tool": "operate", "operation": "refresh_stage", "project": "demo", "stage": "qa"}, "no stage qa"),
        ({"tool": "operate", "operation": "refresh_stage", "project": "demo", "stage": True}, "takes project, stage"),
        ({"tool": "operate", "operation": "sync_app", "app": "web"}, "no app web"),
        ({"tool": "operate", "operation": "sync_app", "app": "argocd/web", "rollback": True}, "takes app"),
        ({"tool": "promote_freight", "project": "demo", "stage": "dev", "freight": OLD[:7]}, "no freight"),
        ({"tool": "promote_freight", "project": "demo", "stage": "dev", "freight": OLD, "rollback": "yes"}, "takes"),
    ],
)
def test_what_is_no_call_of_something_that_was_read_is_named(call: calls.Call, why: str) -> None:
    assert why in calls.problem(call, world())


def test_newer_freight_is_a_promotion_and_older_freight_says_that_it_goes_back() -> None:
    view = stage(world())

    assert calls.promote(view, OLD) == {
        "tool": "promote_freight", "project": "demo", "stage": "dev", "freight": OLD, "rollback": True,
    }  # fmt: skip
    assert "rollback" not in calls.promote(view, NEW)
    assert calls.problem(calls.promote(view, OLD), view.snapshot) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"Promotion.status.phase": "Running"},
        {"Promotion.status.phase": "Pending"},
        {"Promotion.status": {}},
        {"Stage.status.currentPromotion": {"name": LAST}, "Promotion.status.phase": "Running"},
        {"Stage.status.lastPromotion.name": "zzz-by-hand"},
        {"Stage.spec.promotionTemplate": {}},
        {"Stage.spec.requestedFreight.0.sources": {"stages": ["qa"]}},
        {"Freight.origin.name": "other"},
    ],
)
def test_nothing_is_promoted_that_would_queue_be_lost_or_be_refused(change: dict[str, Any]) -> None:
    view = stage(world(change))

    assert calls.promote(view, OLD) == calls.repromote(view, OLD) == {}


def test_freight_that_was_not_read_is_not_promoted() -> None:
    assert calls.promote(stage(world()), "c" * 40) == {}


def test_a_retry_is_of_the_newest_promotion_that_did_not_succeed() -> None:
    failed = {"Stage.status.lastPromotion.status.phase": "Errored", "Promotion.status.phase": "Errored"}

    assert calls.repromote(stage(world(failed)))["operation"] == "repromote"
    assert calls.repromote(stage(world()))["tool"] == "promote_freight"
    assert calls.repromote(stage(world(failed)), OLD)["tool"] == "promote_freight"


@pytest.mark.parametrize(
    "change",
    [
        {"Stage.status.health.status": "Unhealthy"},
        {"Stage.status.freightHistory.0.verificationHistory.0.phase": "Running"},
        {"Stage.status.freightHistory.0.verificationHistory": []},
        {"Promotion.status.phase": "Running"},
    ],
)
def test_a_verification_is_requested_only_where_kargo_takes_the_request(change: dict[str, Any]) -> None:
    assert calls.reverify(stage(world())) != {}
    assert calls.reverify(stage(world(change))) == {}


def test_only_what_has_not_ended_is_aborted() -> None:
    running = {
        "Stage.status.freightHistory.0.verificationHistory.0.phase": "Running",
        "Promotion.status.phase": "Running",
    }

    assert calls.abort_verification(stage(world())) == calls.abort_promotion(stage(world()), LAST) == {}
    assert calls.abort_verification(stage(world(running)))["operation"] == "abort_verification"
    assert calls.abort_promotion(stage(world(running)), LAST)["promotion"] == LAST
    assert calls.abort_promotion(stage(world(running)), "dev.none") == {}


def test_an_operation_is_terminated_where_no_promotion_starts_it_again() -> None:
    assert calls.terminate_operation(app(world())) == {
        "tool": "operate", "operation": "terminate_app_operation", "app": "argocd/web",
    }  # fmt: skip
    assert calls.terminate_operation(app(world({"Promotion.status.phase": "Running"}))) == {}
    assert calls.terminate_operation(app(world({"Promotion.status.phase": "Pending"}))) == {}
    assert calls.terminate_operation(app(world(complete=()))) == {}, "nobody knows whether a Promotion waits"
    assert calls.terminate_operation(app(world({"Application.operation": None}))) == {}, "orphaned: it would do harm"
    assert calls.terminate_operation(app(world({"Application.status.operationState.phase": "Failed"}))) == {}


def test_a_sync_is_not_started_beside_another_operation() -> None:
    ended = {"Application.operation": None, "Application.status.operationState.phase": "Failed"}

    assert calls.sync_app(app(world(ended)))["operation"] == "sync_app"
    assert calls.sync_app(app(world())) == {}
    assert calls.sync_app(app(world({"Application.operation": None}))) == {}


def test_a_hard_refresh_is_an_operation_of_its_own() -> None:
    ref = Ref(Application.KIND, "argocd", "web")

    assert calls.refresh_app(ref)["operation"] == "refresh_app"
    assert calls.refresh_app(ref, hard=True)["operation"] == "hard_refresh_app"
