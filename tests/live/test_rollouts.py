"""The harness itself: the real controller measures, and gives its verdict on an AnalysisRun."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.live.rollouts import analysis_controller
from tests.live.server import POLL_S, START_S, ControlPlane

RUNS = "/apis/argoproj.io/v1alpha1/namespaces/demo/analysisruns"


class _Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"healthy": true}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Not in the output of tests."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    """The URL of something that is fine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Healthy) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


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
