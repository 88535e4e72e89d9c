"""What is said of Kargo's own verification: cases, what real controllers wrote, and worlds made by hand."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.facts.stage import StageView
from gitops_master.model.stage import Stage
from gitops_master.model.verification import KargoVerification
from gitops_master.ports.cluster import ReadPlan
from gitops_master.usecases.kargo_verification import kargo_verification, wanted_for
from tests import worlds

JSON = dict[str, Any]


async def view_of(folder: Path, stage: str) -> StageView:
    """With the logs that the answer wants."""
    reader = SnapshotReader(folder)
    snapshot = await reader.read(ReadPlan(frozenset({"*"})), deadline_s=10)
    found = next(one for one in snapshot.all(Stage) if one.name == stage)
    keys = [one.log for one in wanted_for(StageView(found, snapshot))]
    read = await reader.read_logs(keys, deadline_s=10)
    return StageView(found, snapshot.with_logs(read.logs))


async def told(folder: Path, stage: str) -> KargoVerification | None:
    return kargo_verification(await view_of(folder, stage))


async def case(name: str, tmp_path: Path, stage: str, *changes: JSON) -> KargoVerification:
    base = worlds.case_folder(name)
    objects, index, logs = worlds.load(base)
    index["observed_at"] = str(yaml.safe_load((base / "case.yaml").read_text())["now"])
    found = await told(worlds.write(tmp_path / "case", worlds.changed(objects, list(changes)), index, logs), stage)
    assert found is not None
    return found


async def real(number: str, stage: str) -> KargoVerification:
    found = await told(next(worlds.REAL.glob(f"{number}-*")), stage)
    assert found is not None
    return found


async def test_a_successful_run_of_the_last_promotion() -> None:
    found = await real("05", "dev-v")

    assert (found.phase, found.analysis_run) == ("Successful", "demo/dev-v.01m83bcmj767wz1qqwzge0q13m.0fea3cb")
    assert found.belongs == "of the last Promotion, dev-v.01m83bcmfdcqhsy4na6dpn0fn3.1be389c"
    assert found.metrics == ['endpoint-up Successful: 2 successful; last: {"ok":true,"status":"up"}']
    assert found.access == ""
    assert found.finished_at is not None


async def test_a_failed_metric_says_what_it_measured_and_wanted() -> None:
    found = await real("05", "dev-vbad")

    assert found.phase == "Failed"
    assert found.metrics == [
        'endpoint-up Failed: 1 failed; last: {"ok":false,"status":"down"}; successCondition: result.ok == true'
    ]
    assert "failureLimit (0)" in found.message


async def test_a_failed_job_is_named_with_its_reason() -> None:
    found = await real("05", "dev-vjob")

    assert found.metrics[0].endswith(".smoke.1 failed (BackoffLimitExceeded)")


async def test_a_verification_that_was_asked_for_again_names_who_asked() -> None:
    assert (await real("13", "dev-vbad")).belongs == "asked for again by admin at 2026-11-23T04:49:04Z"
    aborted = await real("13", "dev-vjob")
    assert aborted.message == "Verification aborted by user"


async def test_a_stage_without_a_run_tells_why_in_kargos_words() -> None:
    found = await real("05", "dev-vmissing")

    assert (found.phase, found.analysis_run) == ("Error", "")
    assert "no-such-template" in found.message
    assert found.belongs.startswith("started at 2026-11-23T04:42:21Z, after the last Promotion")


async def test_a_stage_that_holds_nothing_has_no_verification() -> None:
    assert await told(next(worlds.REAL.glob("01-*")), "dev") is None


async def test_what_a_job_was_refused_is_explained_by_the_roles_that_are_bound(tmp_path: Path) -> None:
    found = await case("live/28", tmp_path, "staging")

    assert found.access == (
        "ServiceAccount zephyrine/verifier was refused to get deployments.apps in namespace zephyrine-staging; "
        "bound to it: Role zephyrine-staging/verifier (get, list pods)"
    )
    assert "its pod's last words: Error from server (Forbidden)" in found.metrics[0]


async def test_a_service_account_that_does_not_exist_is_said(tmp_path: Path) -> None:
    changes = [
        {"remove": "ServiceAccount zephyrine/verifier"},
        {"remove_kind": "Pod"},
    ]
    found = await case("live/28", tmp_path, "staging", *changes)

    assert found.access.startswith("ServiceAccount zephyrine/verifier does not exist, so no pod")


async def test_an_old_result_that_was_reused_is_said(tmp_path: Path) -> None:
    run = "AnalysisRun foundry/stage.01m833bma0bndv8x615sd5x6kh.9e2de29"
    old = {"set": run, "path": "metadata.creationTimestamp", "value": "2026-11-22T02:22:00Z"}
    found = await case("dev/k19", tmp_path, "stage", old)

    assert found.belongs == (
        "nothing was measured: the result of AnalysisRun stage.01m833bma0bndv8x615sd5x6kh.9e2de29, which is 1d older, "
        "was reused"
    )


SCRIPT = "kubectl get pods -n shop && kubectl rollout status deploy/{{args.app}} -n shop"


def world(tmp_path: Path, *more: JSON, stage: JSON | None = None, complete: tuple[str, ...] = ("*",)) -> Path:
    """A Stage whose template makes a Job that asks about namespace shop; never verified."""

    def made(version: str, kind: str, name: str, namespace: str = "demo", **parts: Any) -> JSON:
        return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, **parts}

    container = {"name": "check", "image": "x", "command": ["sh", "-c", SCRIPT]}
    pod = {"serviceAccountName": "verifier", "containers": [container]}
    metric = {"name": "smoke", "provider": {"job": {"spec": {"template": {"spec": pod}}}}}
    spec = {"verification": {"analysisTemplates": [{"name": "smoke"}], "args": [{"name": "app", "value": "web"}]}}
    status: JSON = {"freightHistory": [{"id": "c1", "items": {}}], "health": {"status": "Healthy"}}
    objects = [
        made("kargo.akuity.io/v1alpha1", "Stage", "test", spec=spec, status=stage if stage is not None else status),
        made(
            "argoproj.io/v1alpha1", "AnalysisTemplate", "smoke", spec={"args": [{"name": "app"}], "metrics": [metric]}
        ),
        made("v1", "ServiceAccount", "verifier"),
        *more,
    ]
    index: JSON = {"observed_at": "2026-11-23T04:00:00Z", "complete": list(complete)}
    return worlds.write(tmp_path / "world", objects, index, {})


BOUND: list[JSON] = [
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "reader", "namespace": "shop"},
        "rules": [{"apiGroups": ["", "apps"], "resources": ["*"], "verbs": ["get", "list"]}],
    },
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "reader", "namespace": "shop"},
        "subjects": [{"kind": "ServiceAccount", "name": "verifier", "namespace": "demo"}],
        "roleRef": {"kind": "Role", "name": "reader"},
    },
]


async def test_before_a_run_the_rights_that_its_script_needs_are_checked(tmp_path: Path) -> None:
    found = await told(world(tmp_path, *BOUND), "test")

    assert found is not None
    assert found.phase == "NotStarted"
    assert found.access == (
        "ServiceAccount demo/verifier may not watch deployments.apps in namespace shop, which "
        "`kubectl rollout status deploy/web -n shop` needs"
    )
    assert found.message == "Kargo begins with its next look at the Stage"


async def test_nothing_is_said_of_rights_where_bindings_were_not_read(tmp_path: Path) -> None:
    found = await told(world(tmp_path, *BOUND, complete=("v1/*",)), "test")

    assert found is not None
    assert found.access == ""


@pytest.mark.parametrize(
    ("health", "message"),
    [({}, "it is without health"), ({"health": {"status": "Progressing"}}, "it is Progressing")],
)
async def test_a_verification_that_has_not_begun_waits_for_health(tmp_path: Path, health: JSON, message: str) -> None:
    status = {"freightHistory": [{"id": "c1", "items": {}}], **health}
    found = await told(world(tmp_path, stage=status), "test")

    assert found is not None
    assert message in found.message
