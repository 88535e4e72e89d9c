"""The harness itself: the real controller measures, and gives its verdict on an AnalysisRun."""

import time
from pathlib import Path

import pytest

from tests.live.rollouts import analysis_controller
from tests.live.server import POLL_S, START_S, ControlPlane

RUNS = "/apis/argoproj.io/v1alpha1/namespaces/demo/analysisruns"


@pytest.mark.parametrize(("condition", "phase"), [("result.healthy", "Successful"), ("!result.healthy", "Failed")])
def test_an_analysis_run_gets_the_verdict_of_its_web_metric(
    condition: str, phase: str, endpoint: str, cluster: ControlPlane, rollouts_controller: Path
) -> None:
    web = {"url": endpoint, "jsonPath": "{$}"}
    metric = {"name": "web", "successCondition": condition, "provider": {"web": web}}
    cluster.must("POST", "/api/v1/namespaces", {"metadata": {"name": "demo"}})
    run = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisRun",
        "metadata": {"name": "check"},
        "spec": {"metrics": [metric]},
    }
    cluster.must("POST", RUNS, run)

    with analysis_controller(cluster, rollouts_controller) as controller:
        limit = time.monotonic() + START_S
        status: dict[str, object] = {}
        while status.get("phase") not in {"Successful", "Failed", "Error"}:
            controller.check()
            assert time.monotonic() < limit, controller.said_last("rollouts-controller")
            time.sleep(POLL_S)
            status = cluster.must("GET", f"{RUNS}/check").get("status", {})

    assert status["phase"] == phase
