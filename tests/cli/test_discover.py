"""discover and doctor as a user runs them: wherever they look, they answer."""

import json
import socket
from pathlib import Path

import pytest

from gitops_master.config_file import NAME, load
from tests.cli.test_command_line import DEMO, run

KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: here
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
users: [{{name: u, user: {{}}}}]
contexts:
- {{name: here, context: {{cluster: c, user: u, namespace: shop}}}}
- {{name: there, context: {{cluster: c, user: u}}}}
"""


def _refused() -> int:
    """A port at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.parametrize("command", ["discover", "doctor"])
def test_without_a_kubeconfig_it_is_said_what_to_do(command: str, tmp_path: Path) -> None:
    done = run(command, cwd=tmp_path)

    assert done.returncode == 69
    assert "no kubeconfig" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("command", ["discover", "doctor"])
def test_a_broken_kubeconfig_is_named(command: str, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("{contexts: 3")

    done = run(command, "--kubeconfig", "config", cwd=tmp_path)

    assert done.returncode == 65
    assert "config" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["discover", "doctor"])
def test_a_server_that_is_not_there_is_named_with_its_context(command: str, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(KUBECONFIG.format(port=_refused()))

    done = run(command, "--all-contexts", "-o", "json", cwd=tmp_path, KUBECONFIG=str(tmp_path / "config"))

    assert done.returncode == 69
    answer = json.loads(done.stdout)
    assert [(one["name"], one["reachable"]) for one in answer["contexts"]] == [("here", "no"), ("there", "no")]
    assert answer["questions"][0]["question"].startswith("How do I reach kubectl?")


@pytest.mark.parametrize("command", ["discover", "doctor"])
def test_a_context_that_does_not_exist_is_a_wrong_argument(command: str, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(KUBECONFIG.format(port=_refused()))

    done = run(command, "--context", "nowhere", cwd=tmp_path, KUBECONFIG=str(tmp_path / "config"))

    assert done.returncode == 64
    assert "nowhere" in done.stdout


def test_a_snapshot_is_described_and_its_rights_are_unknown(tmp_path: Path) -> None:
    found = run("discover", "--snapshot", DEMO, cwd=tmp_path)
    assert found.returncode == 0
    assert "Project: demo" in found.stdout

    checked = run("doctor", "--snapshot", DEMO, cwd=tmp_path)
    assert checked.returncode == 3
    assert "? unknown  rights" in checked.stdout


@pytest.mark.parametrize("command", ["discover", "doctor"])
def test_a_command_of_a_file_that_is_not_trusted_is_asked_about_and_not_run(command: str, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("kubectl_command: touch ran\n")

    done = run(command, cwd=tmp_path, HOME=str(tmp_path))

    assert done.returncode == 77
    assert f"gitops-master trust {tmp_path / NAME}" in done.stdout
    assert "`touch ran`" in done.stdout
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("command", ["discover", "doctor"])
def test_a_broken_configuration_file_is_named(command: str, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("kargo_projct: x\n")

    done = run(command, cwd=tmp_path)

    assert done.returncode == 65
    assert "did you mean 'kargo_project'" in done.stdout


def test_what_may_be_secret_in_a_command_is_not_shown(tmp_path: Path) -> None:
    done = run(
        "discover",
        "--kubectl-command",
        "TOKEN_OF_MINE=hunter2secret ./nope --token=alsosecret",
        "-o",
        "json",
        cwd=tmp_path,
    )

    assert done.returncode == 69
    assert "./nope" in done.stdout
    assert "secret" not in done.stdout + done.stderr


def test_a_draft_is_written_once_and_reads_back(tmp_path: Path) -> None:
    done = run("discover", "--write-config", "--snapshot", DEMO, cwd=tmp_path)
    assert done.returncode == 0
    assert f"wrote {NAME}" in done.stderr
    found = load(tmp_path / NAME).values
    assert (found["kargo_project"], found["argocd_namespace"]) == ("demo", "argocd")

    (tmp_path / NAME).write_text("kargo_project: mine\n")
    again = run("discover", "--write-config", "--snapshot", DEMO, cwd=tmp_path)
    assert again.returncode == 77
    assert "exists already" in again.stderr
    assert (tmp_path / NAME).read_text() == "kargo_project: mine\n"

    forced = run("discover", "--write-config", "--force", "--snapshot", DEMO, "-o", "json", cwd=tmp_path)
    assert forced.returncode == 0
    assert json.loads(forced.stdout)["projects"][0]["name"] == "demo"
    assert load(tmp_path / NAME).values == found
    assert [one.name for one in tmp_path.iterdir()] == [NAME]


def test_a_draft_goes_where_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    run("discover", "--snapshot", DEMO, "--write-config", "folder", cwd=tmp_path)
    run("discover", "--snapshot", DEMO, "--write-config", "other.yaml", cwd=tmp_path)
    lost = run("discover", "--snapshot", DEMO, "--write-config", "no/such/file", cwd=tmp_path)
    alone = run("discover", "--snapshot", DEMO, "other.yaml", cwd=tmp_path)

    assert load(tmp_path / "folder" / NAME).values == load(tmp_path / "other.yaml").values
    assert (lost.returncode, "cannot be written" in lost.stderr) == (65, True)
    assert (alone.returncode, "--write-config" in alone.stderr) == (64, True)


def test_nothing_is_drafted_of_a_cluster_that_is_not_reached(tmp_path: Path) -> None:
    done = run("discover", "--write-config", cwd=tmp_path)

    assert done.returncode == 69
    assert "nothing was written" in done.stderr
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize("command", ["discover", "doctor"])
def test_there_is_no_diagram(command: str) -> None:
    assert run(command, "-o", "mermaid", "--snapshot", DEMO).returncode == 64
