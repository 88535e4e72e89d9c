"""Plans over what real controllers wrote, and over the diagnostic cases: what would be let through, and what not."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import anyio
import pytest
import yaml

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.argocd import AppProject
from gitops_master.model.kargo import Freight
from gitops_master.model.meta import Object
from gitops_master.model.operating import GateVerdict, GoAhead, StagePlan
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.ports.cluster import ReadPlan
from tests import worlds
from tests.usecases.operating import oracle
from tests.usecases.operating.pipelines import again, app_project, gates, made, planned, shut, world

JSON = dict[str, Any]
FIRST, SECOND = "1be389c362f3b3b77df52bfbc6cb42ae936ad95d", "0dd3b351eeae0201b36427885bdd17ea97017adf"
STATES = sorted(path.name for path in worlds.REAL.iterdir() if path.is_dir())
_TASK = {"steps": [{"uses": "compose-output"}]}


def _read(folder: Path) -> Snapshot:
    async def read() -> Snapshot:
        return await SnapshotReader(folder).read(ReadPlan(frozenset({"*"})), deadline_s=10)

    return anyio.run(read)


@cache
def state(number: str) -> Snapshot:
    """A recorded state, read in full, with the AppProject and the task that were there and not recorded."""
    seen = _read(next(worlds.REAL.glob(f"{number}-*")))
    objects: list[Object] = [one for kind in seen.kinds for one in seen.of_kind(kind)]
    return world(*objects, app_project(), made("PromotionTask", "render", "demo", spec=_TASK), now=seen.observed_at)


def into(number: str, stage: str, freight: str = FIRST, **more: Any) -> StagePlan:
    (found,) = planned(words=freight, to=stage, snapshot=state(number), project="demo", **more).plan.targets
    return found


def _plain(folder: Path, kind: str) -> list[JSON]:
    file = folder / f"{kind}.yaml"
    documents = yaml.load_all(file.read_text(), yaml.CSafeLoader) if file.exists() else ()
    return [one for document in documents if document for one in (document.get("items") or [document])]


@pytest.mark.parametrize("name", STATES)
def test_no_real_state_goes_where_kargo_would_refuse(name: str) -> None:
    snapshot = state(name.partition("-")[0])
    folder = worlds.REAL / name

    for stage in _plain(folder, "stages"):
        for freight in _plain(folder, "freights"):
            to, of = stage["metadata"]["name"], freight["metadata"]["name"]
            plan = planned(words=of, to=to, snapshot=snapshot, project="demo").plan
            (found,) = plan.targets
            may = oracle.available(stage, freight, snapshot.observed_at)
            opened = [one.verdict for one in found.gates if one.name in {"origin", "available"}]
            assert all(one is GateVerdict.OPEN for one in opened) == may, (to, of)
            assert plan.verdict is not GoAhead.GO or may, (to, of)


def test_first_freight_of_a_new_pipeline() -> None:
    assert into("01", "dev").verdict is GoAhead.GO
    assert shut(into("01", "prod")) == [("available", "closed")]


def test_freight_that_failed_goes_again_and_says_so() -> None:
    plan = into("02", "dev")

    assert plan.verdict is GoAhead.GO
    assert any("of the same Freight ended Errored" in one for one in plan.warnings)
    assert again(snapshot=state("02"), to="dev", project="demo").plan.verdict is GoAhead.GO


def test_what_is_there_and_healthy_is_closed() -> None:
    assert shut(into("03", "dev")) == [("current", "closed")]
    assert into("03", "prod").verdict is GoAhead.GO


def test_a_verification_that_runs_makes_it_queue() -> None:
    (found,) = gates(into("04", "dev-vjob"), "queue")

    assert found.verdict is GateVerdict.OPEN
    assert found.detail == "it queues until the verification of the current Freight ends (Running now)"


def test_a_promotion_that_waits_under_its_own_name_is_the_same_promotion() -> None:
    (found,) = gates(into("07", "dev-raw"), "duplicate")

    assert found.verdict is GateVerdict.CLOSED
    assert "my-manual-promo" in found.detail


def test_a_poisoned_stage_is_closed_until_it_is_cured() -> None:
    assert ("record", "closed") in shut(into("09", "dev-raw"))
    assert ("record", "closed") not in shut(into("23", "dev-raw"))


def test_applications_of_real_failures_are_seen_before() -> None:
    (unauthorised,) = gates(into("15", "s-unauth"), "applications")
    (missing,) = gates(into("15", "s-noapp"), "applications")

    assert "it has no annotation kargo.akuity.io/authorized-stage; demo:s-unauth is expected" in unauthorised.detail
    assert missing.detail == "step sync: there is no Application missing-app in namespace argocd"
    assert {unauthorised.verdict, missing.verdict} == {GateVerdict.CLOSED}


def test_running_and_queued_promotions() -> None:
    plan = into("11", "s-long", SECOND)

    assert "and 1 more wait before it" in gates(plan, "queue")[0].detail
    assert plan.verdict is GoAhead.GO
    assert shut(into("11", "s-long")) == [("duplicate", "closed")]


def test_control_flow_and_verification_upstream() -> None:
    assert ("stage", "closed") in shut(into("13", "s-control"))
    assert ("available", "closed") in shut(into("13", "s-down"))


def test_tasks_soak_and_approval() -> None:
    soak = into("28", "t-soak")

    assert shut(soak) == [("available", "waiting")]
    assert gates(soak, "available")[0].opens_at == datetime(2026, 11, 23, 6, 40, 5, tzinfo=UTC)
    stages = state("28").all(Stage)
    for one in stages:
        tasks = [step.task.name for step in one.spec.promotion_template.spec.steps if step.task is not None]
        assert (("tasks", "closed") in shut(into("28", one.name))) == ("missing-task" in tasks), one.name
    first = state("28").get(Freight, "demo", FIRST)
    approved = [one for one in stages if first and one.name in first.status.approved_for]
    assert approved
    assert all(gates(into("28", one.name), "available")[0].detail == "approved for this Stage" for one in approved)


def of_case(name: str, words: str, folder: Path, **more: Any) -> StagePlan:
    """The plan of Freight for the Stage that the case is about, at its own time, with the AppProject where it lacks one."""
    source = worlds.case_folder(name)
    told = yaml.safe_load((source / "case.yaml").read_text())
    objects, index, _ = worlds.load(source)
    index["observed_at"] = str(told["now"])
    if not any(one["kind"] == AppProject.KIND.rpartition("/")[2] for one in objects):
        objects.append({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": _DEFAULT})
    snapshot = _read(worlds.write(folder / "case", objects, index, {}))
    project, to = told["scope"]["kargo_namespace"], told["scope"]["target"]["stage"]
    (found,) = planned(words=words, to=to, snapshot=snapshot, project=project, **more).plan.targets
    return found


_DEFAULT = {"name": "default", "namespace": "argocd"}


@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [
        ("dev/k01", "2.4.1", [("duplicate", "closed")]),
        ("dev/k02", "5.2.1", [("record", "closed")]),
        ("dev/k03", "0.9.4", [("applications", "closed")]),
        ("dev/k12", "4.3.0", [("duplicate", "closed"), ("applications", "unreadable")]),
        ("dev/k22", "0.66.0", []),
        ("dev/k24", "3.1.0", []),
        ("dev/k25", "1.1.0", []),
        ("dev/k43", "1.0.0", [("duplicate", "closed")]),
        ("dev/n02", "3.4.0", [("available", "waiting")]),
        ("dev/n04", "0.10.0", [("duplicate", "closed")]),
        ("dev/n06", "5.1.0", []),
        ("dev/n10", "8.1.0", []),
        ("live/01", "c1993aa", [("applications", "closed")]),
        ("live/32", "6a5e1e5", [("origin", "closed")]),
        ("live/38", "124120a", [("available", "waiting")]),
        ("live/42", "1419b84", [("direction", "closed")]),
        ("live/46", "aca5b4f", [("current", "closed")]),
        ("live/50", "7f12e9b", []),
        ("live/55", "1a8d715", []),
    ],
)
def test_gates_of_the_cases(name: str, words: str, expected: list[tuple[str, str]], tmp_path: Path) -> None:
    assert shut(of_case(name, words, tmp_path)) == expected


def test_a_shard_without_a_controller_is_told(tmp_path: Path) -> None:
    plan = of_case("dev/k12", "4.3.0", tmp_path)

    assert (
        "the Kargo controller of shard sg has not renewed its heartbeat: the Promotion would wait for it"
        in plan.warnings
    )


def test_a_second_origin_that_was_never_there_is_told(tmp_path: Path) -> None:
    plan = of_case("dev/k22", "0.66.0", tmp_path)

    assert "the Stage holds no Freight of Warehouse/ws yet: steps that ask for its artifacts fail" in plan.warnings


def test_a_hold_after_a_rollback_is_released_by_the_candidate_only(tmp_path: Path) -> None:
    candidate = of_case("live/36", "91f9d6f", tmp_path)
    other = of_case("live/36", "75e59f8", tmp_path)

    assert not candidate.hold
    assert any("releases the auto-promotion hold of Warehouse/pages" in one for one in candidate.warnings)
    assert other.hold.startswith("auto-promotion of Warehouse/pages stops at pages 1.5.0 (75e59f8)")
    assert "promote the candidate, now pages 1.6.0 (91f9d6f)" in other.hold


def test_the_last_verified_freight_of_a_real_stage(tmp_path: Path) -> None:
    plan = of_case("live/42", "last verified", tmp_path, rollback=True)

    assert plan.step_back
    assert plan.verdict is GoAhead.GO
