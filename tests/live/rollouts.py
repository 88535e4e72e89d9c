"""The real Argo Rollouts controller, for AnalysisRuns only, on a server of the tests; and what its web metrics ask."""

import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.live.kubeconfig import write_kubeconfig
from tests.live.processes import Processes
from tests.live.server import ControlPlane, free_port, words

JOBS = "/apis/batch/v1/namespaces/demo/jobs"


@contextmanager
def analysis_controller(plane: ControlPlane, program: Path) -> Iterator[Processes]:
    """Runs it: AnalysisRuns in the server get their measurements. It is the server's master.

    Its own metrics and health endpoints listen on every interface; upstream has no flag for that.
    """
    folder = Path(tempfile.mkdtemp(prefix="gitops-master-rollouts-"))
    config = write_kubeconfig(folder / "config", [plane.context()])
    flags = {
        "kubeconfig": config,
        "controllers": "analysis",
        "leader-elect": "false",
        "metricsPort": free_port(),
        "healthzPort": free_port(),
        "loglevel": "info",
    }
    with Processes(folder, {"rollouts-controller": [str(program), *words(flags)]}) as processes:
        yield processes


class _Answers(BaseHTTPRequestHandler):
    """`/500` fails, everything else is fine."""

    def do_GET(self) -> None:
        body = b'{"healthy": true}'
        self.send_response(500 if self.path == "/500" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Not in the output of tests."""


@contextmanager
def answering() -> Iterator[str]:
    """Serves, and gives the URL of something that is fine; below it `/500` is not."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def end_job(cluster: ControlPlane, job: Mapping[str, Any], type_: str) -> None:
    """Ends a Job of the project demo as the Job controller does. API servers want a failing Job to say first that it is going to."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    before = {"Failed": "FailureTarget", "Complete": "SuccessCriteriaMet"}[type_]
    reason = {"Failed": "BackoffLimitExceeded", "Complete": "CompletionsReached"}[type_]
    made = [
        {"type": one, "status": "True", "reason": reason, "message": "as the test says", "lastTransitionTime": now}
        for one in (before, type_)
    ]
    status: dict[str, Any] = {"startTime": now, "conditions": made, "uncountedTerminatedPods": {}}
    status |= {"failed": 1} if type_ == "Failed" else {"succeeded": 1, "completionTime": now}
    cluster.must("PATCH", f"{JOBS}/{job['metadata']['name']}/status", {"status": status})
