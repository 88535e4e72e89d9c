"""Checks of how Stages hang together: upstream, Warehouses, circles, reach, soak."""

from gitops_master.model.snapshot import Place
from tests.manifests.checks.given import found, levels, request, said, stage, warehouse, world

UPSTREAM, WAREHOUSE = "upstream-stage-reference-missing", "requested-warehouse-not-found"
CYCLE, REACH, DIRECT = "stages-form-a-cycle", "stage-unreachable-for-freight", "direct-source-bypasses-upstream"
SOAK = "soak-time-on-control-flow-upstream"


def test_an_upstream_stage_that_is_not_there() -> None:
    held = world(stage("test"), stage("prod", request("test"), request("tset", origin="other")))

    assert found(UPSTREAM, held) == ["prod: spec.requestedFreight[1].sources.stages[0]"]
    assert "did you mean test?" in said(UPSTREAM, held)


def test_upstream_stages_are_not_judged_where_they_cannot_be_known() -> None:
    other = world(stage("prod", request("test"), namespace=""), stage("test"))
    live = world(stage("prod", request("test")), live=[stage("test")])
    unread = world(stage("prod", request("test")), live=[])
    bypassed = world(stage("prod", request("gone", direct=True)), stage("test"))
    alone = world(stage("prod", request("test")))

    assert [found(UPSTREAM, one) for one in (other, live, unread, bypassed, alone)] == [[], [], [], [], []]


def test_a_cluster_that_was_read_answers_for_stages_that_are_not_given() -> None:
    place = Place("kargo.akuity.io/Stage", "shop")

    assert len(found(UPSTREAM, world(stage("prod", request("test")), live=[], places=[place]))) == 1


def test_a_warehouse_that_is_not_there() -> None:
    held = world(stage("test", request(), request(origin="mian")), warehouse())

    assert found(WAREHOUSE, held) == ["test: spec.requestedFreight[1].origin.name"]
    assert "did you mean main?" in said(WAREHOUSE, held)


def test_warehouses_of_files_without_any_or_without_namespace_are_not_judged() -> None:
    assert found(WAREHOUSE, world(stage("test"))) == []
    assert found(WAREHOUSE, world(stage("test"), warehouse(namespace=""))) == []
    assert found(WAREHOUSE, world(stage("test", namespace=""), warehouse())) == []


def test_a_circle_is_told_once() -> None:
    held = world(stage("a", request("c")), stage("b", request("a")), stage("c", request("b")), stage("d", request("c")))

    assert found(CYCLE, held) == ["a: spec.requestedFreight[0].sources.stages[0]"]
    assert "a takes it from c takes it from b takes it from a" in said(CYCLE, held)


def test_a_stage_that_takes_from_itself() -> None:
    assert found(CYCLE, world(stage("a", request("a")))) == ["a: spec.requestedFreight[0].sources.stages[0]"]


def test_no_circle_where_freight_can_enter_or_the_origins_differ() -> None:
    direct = world(stage("a", request("b", direct=True)), stage("b", request("a")))
    second = world(stage("a", request("b", "start")), stage("b", request("a")), stage("start"))
    origins = world(stage("a", request("b", origin="x")), stage("b", request("a", origin="y")))

    assert [found(CYCLE, one) for one in (direct, second, origins)] == [[], [], []]


def test_a_circle_of_all_that_must_be_passed() -> None:
    strict = request("b", "start", availabilityStrategy="All")

    assert len(found(CYCLE, world(stage("a", strict), stage("b", request("a")), stage("start")))) == 1


def test_an_upstream_stage_that_does_not_handle_the_origin() -> None:
    held = world(stage("test"), stage("prod", request("test", origin="other")))

    assert found(REACH, held) == ["prod: spec.requestedFreight[0].sources.stages[0]"]
    assert levels(REACH, held) == ["error"]


def test_one_of_several_ways_that_is_closed_is_a_warning_unless_all_are_needed() -> None:
    test, other = stage("test"), stage("other", request(origin="other"))

    assert levels(REACH, world(test, other, stage("prod", request("test", "other")))) == ["warning"]
    assert levels(REACH, world(test, other, stage("p", request("test", "other", availabilityStrategy="All")))) == [
        "error"
    ]


def test_a_request_without_any_source() -> None:
    nowhere = {"origin": {"kind": "Warehouse", "name": "main"}, "sources": {}}

    assert found(REACH, world(stage("test", nowhere))) == ["test: spec.requestedFreight[0].sources"]


def test_reach_is_not_judged_where_upstream_is_unknown_or_bypassed() -> None:
    bypassed = stage("prod", request("test", origin="other", direct=True))

    assert found(REACH, world(stage("test"), bypassed, stage("last", request("gone")))) == []


def test_what_stands_beside_direct_has_no_effect() -> None:
    held = world(stage("prod", request("test", direct=True, requiredSoakTime="1h")), stage("test"))

    assert found(DIRECT, held) == ["prod: spec.requestedFreight[0].sources.direct"]
    assert "what stands beside it (stages and requiredSoakTime) has no effect" in said(DIRECT, held)
    assert found(DIRECT, world(stage("test"), stage("prod", request("test", direct=False)))) == []


def test_soaking_where_freight_never_stays() -> None:
    gate, test = stage("gate", steps=()), stage("test")

    held = world(gate, test, stage("prod", request("gate", requiredSoakTime="30m")))
    mixed = world(gate, test, stage("prod", request("gate", "test", requiredSoakTime="30m")))

    assert found(SOAK, held) == ["prod: spec.requestedFreight[0].sources.requiredSoakTime"]
    assert (levels(SOAK, held), levels(SOAK, mixed)) == (["error"], ["warning"])


def test_soaking_that_is_none_or_where_freight_stays() -> None:
    gate, test = stage("gate", steps=()), stage("test")

    assert found(SOAK, world(gate, test, stage("prod", request("gate", requiredSoakTime="0s")))) == []
    assert found(SOAK, world(gate, test, stage("prod", request("test", requiredSoakTime="30m")))) == []
    assert found(SOAK, world(stage("prod", request("gate", requiredSoakTime="30m")))) == []
