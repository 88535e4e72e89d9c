"""Kargo's own verification as it is told, with AnalysisRuns that the real Rollouts controller worked on.

Kargo's part, the record in the Stage that names the run, is written by the test; so is what the Job controller and the kubelet
would do to a Job.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gitops_master.facts.stage import StageView
from gitops_master.model.stage import Stage
from gitops_master.model.verification import KargoVerification
from gitops_master.ports.cluster import Focus, ReadPlan
from gitops_master.settings import Settings
from gitops_master.sources import sources
from gitops_master.usecases.kargo_verification import kargo_verification, wanted_for
from tests.live.kubeconfig import write_kubeconfig
from tests.live.kubelet import Kubelet
from tests.live.loading import load
from tests.live.processes import Processes
from tests.live.rollouts import JOBS, analysis_controller, end_job
from tests.live.server import POLL_S, START_S, ControlPlane

RUNS = "/apis/argoproj.io/v1alpha1/namespaces/demo/analysisruns"
ENDED = {"Successful", "Failed", "Error", "Inconclusive"}
JSON = dict[str, Any]
KINDS_OF_A_RESULT = frozenset(
    {
        "kargo.akuity.io/*", "argoproj.io/*", "batch/Job", "v1/Pod", "v1/Event", "v1/ServiceAccount",
        "rbac.authorization.k8s.io/*",
    }
)  # fmt: skip
DENIED = 'Error from server (Forbidden): pods is forbidden: User "system:serviceaccount:demo:verifier" cannot list resource "pods" in API group "" in the namespace "shop"\n'


@pytest.fixture
def controller(cluster: ControlPlane, rollouts_controller: Path) -> Iterator[Processes]:
    cluster.must("POST", "/api/v1/namespaces", {"metadata": {"name": "demo"}})
    with analysis_controller(cluster, rollouts_controller) as processes:
        yield processes


def web(url: str, condition: str = "result.healthy", **more: Any) -> JSON:
    provider = {"web": {"url": url, "jsonPath": "{$}", "timeoutSeconds": 5}}
    return {"name": "smoke", "successCondition": condition, "provider": provider, **more}


def job(script: str) -> JSON:
    container = {"name": "check", "image": "registry.example.net/kubectl:1", "command": ["sh", "-c", script]}
    pod = {"serviceAccountName": "verifier", "restartPolicy": "Never", "containers": [container]}
    return {"name": "smoke", "provider": {"job": {"spec": {"backoffLimit": 0, "template": {"spec": pod}}}}}


def until(controller: Processes, found: Callable[[], Any]) -> Any:
    limit = time.monotonic() + START_S
    while not (value := found()):
        controller.check()
        assert time.monotonic() < limit, controller.said_last("rollouts-controller")
        time.sleep(POLL_S)
    return value


def start(cluster: ControlPlane, metric: JSON) -> JSON:
    promotion, stage = {"kargo.akuity.io/promotion": "test.01promotion"}, {"kargo.akuity.io/stage": "test"}
    metadata = {"name": "test.01", "annotations": promotion, "labels": stage}
    body = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisRun",
        "metadata": metadata,
        "spec": {"metrics": [metric]},
    }
    return dict(cluster.must("POST", RUNS, body))


def ended(cluster: ControlPlane) -> JSON:
    run = cluster.must("GET", f"{RUNS}/test.01")
    return run if run.get("status", {}).get("phase") in ENDED else {}


def record(cluster: ControlPlane, run: JSON, *, later: timedelta = timedelta()) -> None:
    """What Kargo writes into the Stage's status of this run. `later`: how long after it was made it was taken over."""
    made = datetime.fromisoformat(run["metadata"]["creationTimestamp"])
    at = (made + later).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    phase = run.get("status", {}).get("phase", "Pending")
    info: JSON = {"id": "id-1", "phase": phase, "startTime": at, "finishTime": at}
    info["analysisRun"] = {"namespace": "demo", "name": "test.01", "phase": phase}
    last = {"name": "test.01promotion", "finishedAt": at, "status": {"phase": "Succeeded"}}
    history = [{"id": "c1", "items": {}, "verificationHistory": [info]}]
    metadata = {"name": "test", "namespace": "demo", "uid": "11111111-1111-4111-8111-111111111111"}
    spec = {
        "requestedFreight": [],
        "promotionTemplate": {"spec": {"steps": [{"uses": "git-clone"}]}},
        "verification": {"analysisTemplates": [{"name": "smoke"}]},
    }
    status = {"freightHistory": history, "lastPromotion": last, "health": {"status": "Healthy"}}
    api = {"apiVersion": "kargo.akuity.io/v1alpha1"}
    project = {**api, "kind": "Project", "metadata": {"name": "demo"}}
    load(cluster, [project, {**api, "kind": "Stage", "metadata": metadata, "spec": spec, "status": status}])


async def told(cluster: ControlPlane, folder: Path) -> KargoVerification:
    """As an answer of the program reads it from the server, logs included."""
    clusters = sources(Settings(kubeconfig=write_kubeconfig(folder / "config", [cluster.context()])))
    try:
        reader = clusters.reader()
        plan = ReadPlan(KINDS_OF_A_RESULT, Focus(project="demo", stage="test"))
        snapshot = await reader.read(plan, deadline_s=30)
        stage = snapshot.get(Stage, "demo", "test")
        assert stage is not None
        keys = [one.log for one in wanted_for(StageView(stage, snapshot))]
        read = await reader.read_logs(keys, deadline_s=30)
        found = kargo_verification(StageView(stage, snapshot.with_logs(read.logs)))
    finally:
        await clusters.close()
    assert found is not None
    return found


async def test_a_web_metric_that_succeeds(
    endpoint: str, cluster: ControlPlane, controller: Processes, tmp_path: Path
) -> None:
    start(cluster, web(endpoint))
    record(cluster, until(controller, lambda: ended(cluster)))

    found = await told(cluster, tmp_path)

    assert (found.phase, found.analysis_run) == ("Successful", "demo/test.01")
    assert found.metrics == ['smoke Successful: 1 successful; last: {"healthy":true}']
    assert found.belongs == "of the last Promotion, test.01promotion"
    assert found.access == ""


async def test_a_web_metric_that_fails_shows_what_it_measured(
    endpoint: str, cluster: ControlPlane, controller: Processes, tmp_path: Path
) -> None:
    start(cluster, web(endpoint, "!result.healthy"))
    record(cluster, until(controller, lambda: ended(cluster)), later=timedelta(hours=3))

    found = await told(cluster, tmp_path)

    assert found.phase == "Failed"
    assert found.metrics == ['smoke Failed: 1 failed; last: {"healthy":true}; successCondition: !result.healthy']
    assert "assessed Failed due to failed (1) > failureLimit (0)" in found.message
    assert found.belongs == "nothing was measured: the result of AnalysisRun test.01, which is 3h older, was reused"


async def test_a_web_metric_that_gets_no_good_answer_is_an_error(
    endpoint: str, cluster: ControlPlane, controller: Processes, tmp_path: Path
) -> None:
    start(cluster, web(f"{endpoint}/500", consecutiveErrorLimit=0))
    record(cluster, until(controller, lambda: ended(cluster)))

    found = await told(cluster, tmp_path)

    assert found.phase == "Error"
    assert found.metrics == ["smoke Error: 1 error; last: received non 2xx response code: 500"]


def job_made(cluster: ControlPlane, controller: Processes) -> JSON:
    return dict(until(controller, lambda: cluster.must("GET", JOBS)["items"])[0])


def failed_pod(cluster: ControlPlane, kubelet: Kubelet, job: JSON) -> None:
    """The Job's pod on a node that has its log."""
    name = f"{job['metadata']['name']}-x7k2p"
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": job["metadata"]["name"], "uid": job["metadata"]["uid"]}
    metadata = {
        "name": name,
        "namespace": "demo",
        "uid": "22222222-2222-4222-8222-222222222222",
        "creationTimestamp": job["metadata"]["creationTimestamp"],
        "labels": job["spec"]["template"]["metadata"]["labels"],
        "ownerReferences": [{**owner, "controller": True}],
    }
    state = {"terminated": {"exitCode": 1, "reason": "Error"}}
    container = {"name": "check", "image": "x", "imageID": "", "ready": False, "restartCount": 0, "state": state}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {**job["spec"]["template"]["spec"], "nodeName": "node-1"},
        "status": {"phase": "Failed", "containerStatuses": [container]},
    }
    kubelet.logs = {("demo", name, "check"): DENIED.encode()}
    load(cluster, [pod, kubelet.node("node-1")])


async def test_a_job_that_completes(cluster: ControlPlane, controller: Processes, tmp_path: Path) -> None:
    start(cluster, job("exit 0"))
    made = job_made(cluster, controller)
    record(cluster, cluster.must("GET", f"{RUNS}/test.01"))
    running = await told(cluster, tmp_path)
    end_job(cluster, made, "Complete")
    record(cluster, until(controller, lambda: ended(cluster)))

    found = await told(cluster, tmp_path)

    assert running.metrics == [f"smoke Running: Job {made['metadata']['name']}"]
    assert found.phase == "Successful"
    assert found.metrics == [f"smoke Successful: 1 successful; Job {made['metadata']['name']}"]


async def test_a_job_that_fails_shows_its_pods_last_words_and_what_its_account_lacks(
    cluster: ControlPlane, controller: Processes, kubelet: Kubelet, tmp_path: Path
) -> None:
    start(cluster, job("kubectl get pods -n shop | grep Running"))
    made = job_made(cluster, controller)
    failed_pod(cluster, kubelet, made)
    end_job(cluster, made, "Failed")
    record(cluster, until(controller, lambda: ended(cluster)))

    found = await told(cluster, tmp_path)

    assert found.phase == "Failed"
    assert f"Job {made['metadata']['name']} failed (BackoffLimitExceeded)" in found.metrics[0]
    assert "its pod's last words: Error from server (Forbidden): pods is forbidden" in found.metrics[0]
    assert "ServiceAccount demo/verifier was refused to list pods in namespace shop" in found.access
