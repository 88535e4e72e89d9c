"""The program with nothing but the packages of requirements/run.txt, against a real API server.

What takes long to load is loaded by name, when it is needed: only use shows that it is there.
"""

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.live.delivering import objects
from tests.live.kubeconfig import write_kubeconfig
from tests.live.loading import load
from tests.live.server import ControlPlane
from tests.live.test_operating import PROJECT, VERSION
from tools.audit import pins

ROOT = Path(__file__).parents[2]
START = "import sys; sys.path[:0] = sys.argv[1:3]; del sys.argv[1:3]; from gitops_master.__main__ import main; main()"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with links to what is pinned for running, and to nothing else of what is installed here."""
    folder = tmp_path_factory.mktemp("packages")
    run = pins(ROOT / "requirements" / "run.txt")
    for found in metadata.distributions():
        if canonicalize_name(found.name) in run:
            for top in {one.parts[0] for one in found.files or [] if one.parts[0] not in ("..", "__pycache__")}:
                link = folder / top
                if not link.exists():
                    link.symlink_to(Path(str(found.locate_file(top))))
    return folder


def _run(packages: Path, config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Isolated (-I) and without site (-S): this environment's packages are out of sight."""
    command = [sys.executable, "-I", "-S", "-c", START, str(ROOT / "server"), str(packages), *words]
    environ = {"PATH": os.environ["PATH"], "HOME": str(config.parent), "KUBECONFIG": str(config)}
    return subprocess.run(command, env=environ, cwd=config.parent, capture_output=True, text=True, timeout=120)


@pytest.fixture
def config(cluster: ControlPlane, tmp_path: Path) -> Path:
    assert load(cluster, [PROJECT, VERSION, *objects()]).left_out == ()
    return write_kubeconfig(tmp_path / "config", [cluster.context()])


def test_what_only_development_needs_is_out_of_sight(packages: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        "import sys; sys.path[:0] = sys.argv[1:]; import pytest",
        str(packages),
    ]

    assert "No module named 'pytest'" in subprocess.run(command, capture_output=True, text=True, timeout=60).stderr


@pytest.mark.parametrize(
    ("words", "codes", "said"),
    [
        (["discover"], {0}, "ENVIRONMENT"),
        (["doctor"], {0, 3}, "DOCTOR"),
        (["state", "--project", "demo"], {0, 1, 2, 3}, "PIPELINE STATE"),
        (["analyze", "test", "--project", "demo"], {0, 1, 2, 3}, "Root Cause"),
        (["verify", "test", "--project", "demo", "--http"], {0, 1, 2, 3}, "VERIFICATION REPORT"),
        (["operate", "refresh-stage", "--stage", "test", "--project", "demo"], {0, 77}, "efresh"),
        (["lint", "--live", "--project", "demo", str(ROOT / "tests" / "live" / "verify_states.yaml")], {0, 1, 3}, ""),
        (["generate", "stage", "uat", "--project", "demo", "--upstream", "test", "--app", "uat"], {0, 1}, "Stage"),
    ],
    ids=lambda one: one[0] if isinstance(one, list) else "",
)
def test_every_command_that_asks_a_cluster_finds_what_it_needs(
    words: list[str], codes: set[int], said: str, packages: Path, config: Path
) -> None:
    ran = _run(packages, config, *words)

    assert "Traceback" not in ran.stderr, ran.stderr
    assert "No module named" not in ran.stdout + ran.stderr
    assert ran.returncode in codes, ran.stdout + ran.stderr
    assert said in ran.stdout
