"""The real Argo Rollouts controller, for AnalysisRuns only, on a server of the tests."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.live.kubeconfig import write_kubeconfig
from tests.live.processes import Processes
from tests.live.server import ControlPlane, free_port, words


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
