"""What get_stage_state says of real Stages and of worlds made by hand: where things stand, and what is not known."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.errors import UsageError
from gitops_master.model.state import NextStep, PipelineState, StageState, Standing, StateAnswer
from gitops_master.ports.cluster import ReadPlan
from gitops_master.usecases.get_stage_state import StateRequest, get_state
from tests import worlds

GOLDEN = Path(__file__).parent / "golden"
NOW = "2026-11-23T04:00:00Z"
JSON = dict[str, Any]


async def ask(folder: Path, stage: str = "", project: str = "") -> StateAnswer:
    return await get_state(SnapshotReader(folder), StateRequest(project=project, stage=stage))


async def one(folder: Path, stage: str) -> StageState:
    answer = await ask(folder, stage)
    assert answer.stage is not None
    assert answer.pipeline is None
    return answer.stage


async def whole(folder: Path) -> PipelineState:
    answer = await ask(folder)
    assert answer.pipeline is not None
    assert answer.stage is None
    return answer.pipeline


async def real(number: str, tmp_path: Path, complete: tuple[str, ...] = ("*",)) -> Path:
    """What a real stack wrote, with the index that says it was read in full."""
    source = next(worlds.REAL.glob(f"{number}-*"))
    seen = await SnapshotReader(source).read(ReadPlan(frozenset({"*"})), deadline_s=10)
    folder = Path(shutil.copytree(source, tmp_path / number))
    index = {"observed_at": seen.observed_at.isoformat(), "versions": {"kargo": "v1.11.2"}, "complete": list(complete)}
    (folder / "snapshot.yaml").write_text(yaml.safe_dump(index))
    return folder


def case(name: str, tmp_path: Path, *changes: JSON, complete: list[str] | None = None) -> Path:
    """A case of tests/cases at its own time, changed a little."""
    base = worlds.case_folder(name)
    objects, index, logs = worlds.load(base)
    index["observed_at"] = str(yaml.safe_load((base / "case.yaml").read_text())["now"])
    if complete is not None:
        index["complete"] = complete
    return worlds.write(tmp_path / "case", worlds.changed(objects, list(changes)), index, logs)


def kargo(kind: str, name: str, **fields: Any) -> JSON:
    metadata = {
        "name": name,
        "namespace": "demo",
        "creationTimestamp": "2026-11-23T00:00:00Z",
        **fields.pop("meta", {}),
    }
    return {"apiVersion": "kargo.akuity.io/v1alpha1", "kind": kind, "metadata": metadata, **fields}


def warehouse(name: str = "main") -> JSON:
    ready = {"type": "Ready", "status": "True", "reason": "ArtifactsDiscovered"}
    return kargo(
        "Warehouse",
        name,
        status={"conditions": [ready], "discoveredArtifacts": {"discoveredAt": "2026-11-23T03:58:00Z"}},
    )


def freight(name: str, tag: str, at: str = "2026-11-23T01:00:00Z", origin: str = "main", **status: Any) -> JSON:
    images = [{"repoURL": "registry.example.net/app", "tag": tag}]
    where = {"kind": "Warehouse", "name": origin}
    return kargo("Freight", name, origin=where, images=images, discoveredAt=at, status=status)


def stage(
    name: str, *upstream: str, holds: str = "", control_flow: bool = False, origin: str = "main", **more: Any
) -> JSON:
    """Ready and verified; with Freight of that name where one is given."""
    where = {"kind": "Warehouse", "name": origin}
    sources: JSON = {"stages": list(upstream)} if upstream else {"direct": True}
    spec: JSON = {"requestedFreight": [{"origin": where, "sources": {**sources, **more.pop("sources", {})}}]}
    if not control_flow:
        spec["promotionTemplate"] = {"spec": {"steps": [{"uses": "argocd-update", "as": "sync"}]}}
    status: JSON = {"conditions": [{"type": "Ready", "status": "True", "reason": "Verified"}], **more.pop("status", {})}
    if holds:
        item = {"name": holds, "origin": where, "images": [{"repoURL": "registry.example.net/app", "tag": "1.0.0"}]}
        done = {"id": "v", "phase": "Successful"}
        status["freightHistory"] = [{"id": "h", "items": {f"Warehouse/{origin}": item}, "verificationHistory": [done]}]
        status["health"] = {"status": "Healthy"}
    return kargo("Stage", name, spec=spec, status=status, **more)


def ulid(number: int) -> str:
    return f"01m83bq1nbrqp8yy0ggjtkrc{number:02}"


def promotion(number: int, of: str, phase: str, *, to: str = "dev", **status: Any) -> JSON:
    name = f"{to}.{ulid(number)}.{of[:7]}"
    spec = {"stage": to, "freight": of, "steps": [{"uses": "argocd-update", "as": "sync"}]}
    return kargo("Promotion", name, spec=spec, status={"phase": phase, **status} if phase else {})


def world(tmp_path: Path, *objects: JSON, complete: tuple[str, ...] = ("*",), **index: Any) -> Path:
    index = {"observed_at": NOW, "versions": {"kargo": "v1.11.2"}, "complete": list(complete), **index}
    return worlds.write(tmp_path / "world", list(objects), index, {})


async def test_a_failed_promotion_names_the_step_its_place_its_attempts_and_its_message(tmp_path: Path) -> None:
    folder = await real("10", tmp_path)
    state, skipped_after = await one(folder, "s-retry"), await one(folder, "s-fail")

    assert (state.standing, skipped_after.standing) == (Standing.BROKEN, Standing.BROKEN)
    assert "Failed at step 2 of 3 (boom, fail)" in skipped_after.headline
    last = state.last_promotion
    assert last is not None
    assert (last.phase, last.created_by) == ("Errored", "admin")
    assert last.finished_at == datetime(2026, 11, 23, 4, 48, 2, tzinfo=UTC)
    step = last.step
    assert step is not None
    assert (step.index, step.total, step.alias, step.kind, step.errors, step.threshold) == (
        1,
        1,
        "refused",
        "http",
        3,
        3,
    )
    assert "connection refused" in step.message
    assert next(iter(step.model_dump())) == "message"
    assert state.next_freight[0].next is NextStep.PERSON
    assert "was tried (Errored)" in state.next_freight[0].outlook


async def test_auto_promotion_does_not_retry_freight_that_failed(tmp_path: Path) -> None:
    state = await one(case("dev/k22", tmp_path), "preview")

    assert state.auto_promotion is not None
    assert state.auto_promotion.enabled == "on"
    assert state.next_freight[0].next is NextStep.PERSON
    assert "does not retry" in state.next_freight[0].outlook


async def test_a_promotion_that_waits_for_a_pull_request_gives_its_address_and_what_the_stage_holds_meanwhile(
    tmp_path: Path,
) -> None:
    state = await one(case("dev/n04", tmp_path), "prod")

    assert state.standing is Standing.PROMOTING
    current = state.current_promotion
    assert current is not None
    assert current.step is not None
    assert (current.step.index, current.step.total, current.step.kind) == (6, 7, "git-wait-for-pr")
    assert current.step.waits_for == "https://git.example.net/platform/deploy/pull/204"
    assert current.step.waits_for in state.headline
    held = state.current_freight[0]
    assert (held.alias, held.since) == ("brisk-walrus", datetime(2026, 11, 19, 4, tzinfo=UTC))
    assert [(image.repo, image.tag) for image in held.images] == [("registry.example.net/lynx/paw", "0.9.0")]


async def test_a_queued_promotion_says_what_is_ahead_of_it(tmp_path: Path) -> None:
    state = await one(await real("11", tmp_path), "s-long")

    assert state.current_promotion is not None
    assert state.current_promotion.phase == "Running"
    assert [(item.position, item.phase) for item in state.queue] == [(1, "Pending")]
    assert state.queue[0].ahead == f"{state.current_promotion.name} is Running"
    assert "1 queued" in state.headline
    assert [item.type for item in state.conditions] == ["Ready", "Promoting", "Healthy", "Verified"]


async def test_the_queue_is_in_the_order_of_names_and_not_of_creation(tmp_path: Path) -> None:
    late = promotion(1, "b" * 40, "Pending")
    late["metadata"]["creationTimestamp"] = "2026-11-23T03:00:00Z"
    folder = world(
        tmp_path,
        warehouse(),
        freight("b" * 40, "1.1.0"),
        stage("dev", holds="a" * 40),
        promotion(3, "b" * 40, "Pending"),
        promotion(2, "b" * 40, "Pending"),
        late,
    )

    state = await one(folder, "dev")

    assert [item.name.split(".")[1] for item in state.queue] == [ulid(1), ulid(2), ulid(3)]
    assert state.queue[2].ahead == f"2 ahead in the queue, next before it {state.queue[1].name}"


async def test_a_promotion_behind_a_running_verification_waits_for_that(tmp_path: Path) -> None:
    held = stage("dev", holds="a" * 40)
    held["status"]["freightHistory"][0]["verificationHistory"] = [{"id": "v", "phase": "Running"}]
    folder = world(tmp_path, warehouse(), held, promotion(1, "a" * 40, "Pending"))

    state = await one(folder, "dev")

    assert state.queue[0].ahead == "the verification of the current Freight"


async def test_a_promotion_without_a_phase_was_taken_up_by_no_controller(tmp_path: Path) -> None:
    folder = world(tmp_path, warehouse(), stage("dev", holds="a" * 40), promotion(1, "a" * 40, ""))

    state = await one(folder, "dev")

    assert state.standing is Standing.WAITING
    assert "no controller has taken it up" in state.queue[0].ahead
    assert "no phase yet" in (await ask(folder, "dev")).report


async def test_a_soak_gate_says_when_it_opens(tmp_path: Path) -> None:
    state = await one(case("live/38", tmp_path), "live")

    following = state.next_freight[0]
    assert state.standing is Standing.WAITING
    assert following.next is NextStep.GATED
    assert [(gate.name, gate.state) for gate in following.gates] == [("soak", "waiting")]
    assert following.opens == datetime(2026, 11, 23, 11, 47, 49, tzinfo=UTC)
    assert "2026-11-23T11:47:49Z" in state.headline


async def test_a_soak_gate_behind_a_control_flow_stage_never_opens_by_itself(tmp_path: Path) -> None:
    folder = world(
        tmp_path,
        warehouse(),
        freight("b" * 40, "1.1.0", verifiedIn={"fan": {"verifiedAt": NOW}}),
        stage("fan", control_flow=True),
        stage("prod", "fan", holds="a" * 40, sources={"requiredSoakTime": "1h0m0s"}),
    )

    state = await one(folder, "prod")

    assert state.next_freight[0].opens is None
    assert "only an approval opens this" in state.next_freight[0].gates[0].detail


async def test_with_all_upstreams_wanted_the_last_gate_decides_when_it_opens(tmp_path: Path) -> None:
    verified = {name: {"verifiedAt": "2026-11-23T03:00:00Z"} for name in ("east", "west")}
    inside = {"east": {"since": "2026-11-23T03:00:00Z"}, "west": {"since": "2026-11-23T03:30:00Z"}}
    folder = world(
        tmp_path,
        warehouse(),
        freight("b" * 40, "1.1.0", verifiedIn=verified, currentlyIn=inside),
        stage("east", holds="b" * 40),
        stage("west", holds="b" * 40),
        stage("prod", "east", "west", sources={"requiredSoakTime": "2h0m0s", "availabilityStrategy": "All"}),
    )

    state = await one(folder, "prod")

    assert state.next_freight[0].opens == datetime(2026, 11, 23, 5, 30, tzinfo=UTC)


async def test_a_hold_names_who_what_and_since_when(tmp_path: Path) -> None:
    state = await one(case("dev/n06", tmp_path), "prod")

    hold = state.holds[0]
    assert (hold.origin, hold.actor) == ("Warehouse/moss", "email:liv@example.net")
    assert hold.freight_label == "5.0.0 (3e82760)"
    assert hold.promotion == "prod.01m82m4jc09yr9ek0pggjwde4b.3e82760"
    assert hold.since == datetime(2026, 11, 22, 21, 56, tzinfo=UTC)
    assert state.next_freight[0].next is NextStep.HELD


async def test_a_policy_that_leaves_promotion_to_a_person_is_named_with_its_place(tmp_path: Path) -> None:
    state = await one(case("live/55", tmp_path), "live")

    assert state.auto_promotion is not None
    assert state.auto_promotion.enabled == "off"
    assert state.auto_promotion.policy == (
        "ProjectConfig stonecroft/stonecroft spec.promotionPolicies[1]: autoPromotionEnabled false"
    )
    assert state.next_freight[0].next is NextStep.PERSON


async def test_a_stage_of_two_warehouses_shows_freight_and_prospects_of_each(tmp_path: Path) -> None:
    state = await one(await real("28", tmp_path), "t-two")

    assert state.freight_summary == "1/2 Fulfilled"
    assert [item.origin for item in state.current_freight] == ["Warehouse/main"]
    assert [item.freight.origin for item in state.next_freight] == ["Warehouse/nofilter"]
    assert state.upstream == ["Warehouse main", "Stage auto"]
    assert "holds Freight of 1 of 2 requested origins" in state.notes


async def test_a_control_flow_stage_is_fine_and_what_no_upstream_verified_waits(tmp_path: Path) -> None:
    folder = await real("13", tmp_path)
    control, down = await one(folder, "s-control"), await one(folder, "s-down")

    assert (control.kind, control.standing, control.current_freight) == ("control flow", Standing.FINE, [])
    assert control.auto_promotion is None
    assert [gate.detail for gate in down.next_freight[0].gates] == ["not verified in dev-vbad"]


async def test_a_failed_verification_shows_its_metric_and_the_last_message(tmp_path: Path) -> None:
    state = await one(await real("05", tmp_path), "dev-vbad")

    assert state.standing is Standing.BROKEN
    assert state.verification is not None
    assert state.verification.phase == "Failed"
    assert state.verification.analysis_run.startswith("demo/dev-vbad.")
    metric = state.verification.metrics[0]
    assert (metric.name, metric.phase, metric.failed) == ("endpoint-up", "Failed", 1)


async def test_an_analysis_run_that_was_not_read_is_not_checked(tmp_path: Path) -> None:
    folder = await real("05", tmp_path, complete=("kargo.akuity.io/*",))
    (folder / "analysisruns.yaml").unlink()

    answer = await ask(folder, "dev-vbad")

    assert answer.stage is not None
    assert answer.stage.verification is not None
    assert answer.stage.verification.analysis_run.endswith("(not read)")
    assert "argoproj.io/AnalysisRun" in [gap.what for gap in answer.not_checked]


async def test_applications_show_sync_health_operation_and_what_they_complain_of(tmp_path: Path) -> None:
    state = await one(await real("15", tmp_path), "s-argo")

    app = state.applications[0]
    assert (app.namespace, app.name, app.sync) == ("argocd", "ok-app", "Unknown")
    assert app.complaints
    assert app.complaints[0].startswith("ComparisonError")


async def test_an_application_is_only_missing_where_applications_were_read(tmp_path: Path) -> None:
    sure = await one(await real("10", tmp_path), "s-noapp")
    unsure = await one(await real("11", tmp_path, complete=("kargo.akuity.io/*",)), "s-noapp")

    assert [app.found for app in sure.applications] == ["no"]
    assert [app.found for app in unsure.applications] == ["not known"]


async def test_a_success_that_the_stage_never_recorded_is_not_fine_until_its_record_is_mended(tmp_path: Path) -> None:
    state = await one(await real("09", tmp_path), "dev-raw")
    mended = await one(await real("23", tmp_path), "dev-raw")

    assert (state.standing, mended.standing) == (Standing.BROKEN, Standing.FINE)
    assert "zzz-manual-labelled" in state.headline


async def test_a_ready_stage_is_not_called_fine_where_freight_was_not_read(tmp_path: Path) -> None:
    kinds = ("kargo.akuity.io/Stage", "kargo.akuity.io/Promotion", "kargo.akuity.io/Warehouse")
    folder = world(tmp_path, warehouse(), stage("dev", holds="a" * 40), complete=kinds)

    answer = await ask(folder, "dev")

    assert answer.standing is Standing.UNKNOWN
    gap = next(gap for gap in answer.not_checked if gap.what == "kargo.akuity.io/Freight")
    assert gap.leaves_open == "whether newer Freight exists, and its gates"


async def test_without_promotions_the_queue_is_not_known_and_nothing_is_promised(tmp_path: Path) -> None:
    kinds = ("kargo.akuity.io/Stage", "kargo.akuity.io/Freight", "kargo.akuity.io/Warehouse")
    held = stage("dev", holds="a" * 40, status={"autoPromotionEnabled": True})
    folder = world(tmp_path, warehouse(), held, freight("b" * 40, "1.1.0"), complete=kinds)

    answer = await ask(folder, "dev")

    assert answer.stage is not None
    assert answer.stage.next_freight[0].next is NextStep.UNKNOWN
    assert "Queue: not known" in answer.report
    assert "Queue: empty" not in answer.report


async def test_a_stage_without_conditions_or_with_an_unreadable_field_is_unknown(tmp_path: Path) -> None:
    bare = stage("dev", status={"conditions": []})
    odd = stage("dev", holds="a" * 40, status={"lastPromotion": {"name": 7}})

    answer = await ask(world(tmp_path, warehouse(), odd), "dev")

    assert (await one(world(tmp_path / "bare", warehouse(), bare), "dev")).standing is Standing.UNKNOWN
    assert answer.standing is Standing.UNKNOWN
    assert answer.not_checked[0].what == "Stage demo/dev status.lastPromotion.name"


async def test_whether_auto_promotion_is_on_is_unknown_without_policies_of_an_unknown_kargo(tmp_path: Path) -> None:
    folder = world(
        tmp_path,
        warehouse(),
        freight("b" * 40, "1.1.0"),
        stage("dev", holds="a" * 40),
        complete=("kargo.akuity.io/[!P]*", "kargo.akuity.io/Promotion"),
        versions={},
    )

    state = await one(folder, "dev")

    assert state.auto_promotion is not None
    assert state.auto_promotion.enabled == "unknown"
    assert state.next_freight[0].next is NextStep.UNKNOWN


async def test_an_answer_has_no_nulls_and_says_where_and_when_it_looked(tmp_path: Path) -> None:
    answer = await ask(await real("28", tmp_path), "t-soak")

    assert ": null" not in json.dumps(answer.dump())
    assert answer.context.endswith("28")
    assert answer.versions["kargo"] == "v1.11.2"


async def test_what_argo_cd_and_the_warehouse_say_against_a_ready_stage_is_in_its_headline(tmp_path: Path) -> None:
    argo = await one(case("dev/k46", tmp_path / "argo"), "qa")
    unseen = await one(case("live/32", tmp_path / "unseen"), "preview")

    assert "not fine by Argo CD's own account" in argo.headline
    assert "is not Ready (MissingCommits): there may be newer Freight" in unseen.headline


async def test_a_link_is_given_only_where_the_cluster_knows_the_address(tmp_path: Path) -> None:
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kargo-api", "namespace": "kargo"}}
    objects = (warehouse(), stage("dev", holds="a" * 40))
    known = {**config, "data": {"ADMIN_ACCOUNT_TOKEN_ISSUER": "https://kargo.example.net"}}
    default = {**config, "data": {"ADMIN_ACCOUNT_TOKEN_ISSUER": "https://localhost"}}
    backend = {"backend": {"service": {"name": "kargo-api"}}}
    exposed = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "kargo", "namespace": "kargo"},
        "spec": {
            "rules": [{"host": "promote.example.net", "http": {"paths": [backend]}}],
            "tls": [{"hosts": ["promote.example.net"]}],
        },
    }

    links = [
        (await one(world(tmp_path / name, *objects, *extra), "dev")).url
        for name, extra in (("none", ()), ("known", (known,)), ("default", (default,)), ("exposed", (default, exposed)))
    ]

    page = "project/demo/stage/dev"
    assert links == ["", f"https://kargo.example.net/{page}", "", f"https://promote.example.net/{page}"]


async def test_a_name_that_stands_for_nothing_is_answered_with_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'dev'"):
        await ask(world(tmp_path, stage("dev")), "dve")


async def test_a_report_has_one_statement_to_a_line_and_ends_with_where_and_when(tmp_path: Path) -> None:
    lines = (await ask(await real("28", tmp_path))).report.splitlines()

    assert lines[:2] == ["PIPELINE STATE", "=============="]
    assert sum(line.startswith("BROKEN ") for line in lines) == 12
    assert lines[-1].startswith("Observed 2026-11-23T05:09:25Z in ")


async def test_when_the_soak_is_over_auto_promotion_takes_the_freight(tmp_path: Path) -> None:
    later = datetime(2026, 11, 23, 5, 48, 7, tzinfo=UTC) + timedelta(hours=7)

    answer = await get_state(SnapshotReader(case("live/38", tmp_path), now=later), StateRequest(stage="live"))

    assert answer.stage is not None
    assert answer.stage.next_freight[0].next is NextStep.AUTOMATIC


@pytest.mark.parametrize("name", sorted(f"{one.parent.name}/{one.name}" for one in worlds.CASES.glob("*/*")))
async def test_every_stage_of_every_case_stands_where_its_project_says(name: str, tmp_path: Path) -> None:
    folder = case(name, tmp_path)

    for line in (await whole(folder)).stages:
        state = await one(folder, line.name)
        assert state.standing is line.standing
        assert state.headline.startswith(f"{line.name} ({line.standing.value}): {line.line}")
