"""The Job's script as it is, in the shells of this machine, against a real server."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_master.manifests.build.job_script import SCRIPT
from tests.manifests.build.answers import answering

SHELLS = [one for one in ("dash", "bash", "busybox") if shutil.which(one)]
pytestmark = pytest.mark.skipif(not shutil.which("curl") or not SHELLS, reason="needs curl and a POSIX shell")


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> list[str]:
    return ["busybox", "sh"] if request.param == "busybox" else [request.param]


@pytest.fixture
def url() -> Iterator[str]:
    with answering() as found:
        yield found


def ran(shell: list[str], checks: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Once, without a pause, where `more` says nothing else."""
    env = {"PATH": os.environ["PATH"], "CHECKS": checks, "PATIENCE_S": "0", "PAUSE_S": "0", "TIMES": "1", **more}
    return subprocess.run([*shell, "-c", SCRIPT], env=env, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("check", ["http {}/up", '"', "http {}/plain", "http {}/empty", 'http {}/up "status": "UP"'])
def test_an_answer_that_is_right_passes(check: str, shell: list[str], url: str) -> None:
    text = "tcp " + url.removeprefix("http://") if check == '"' else check.format(url)

    done = ran(shell, text)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ok ")


@pytest.mark.parametrize(
    ("check", "why"),
    [
        ("http {}/500", "status 500"),
        ("http {}/404", "status 404"),
        ("http {}/login", "status 302"),
        ('http {}/down "UP"', 'without the text "UP"'),
        ("http {}/html UP", "without the text UP"),
        ("http http://127.0.0.1:1/", "curl: (7)"),
        ("http http://nothing.invalid/", "curl: (6)"),
        ("http file:///etc/passwd", "not an http(s) URL"),
        ("http --version", "not an http(s) URL"),
        ("tcp 127.0.0.1:1", "no connection"),
        ("tcp nothing.invalid:5432", "no connection"),
        ("dns nothing.invalid", "no address"),
        ("ping localhost", "no such check"),
        ("http {}/up\nhttp {}/500", "status 500"),
    ],
)  # fmt: skip
def test_an_answer_that_is_wrong_fails_and_says_why(check: str, why: str, shell: list[str], url: str) -> None:
    done = ran(shell, check.format(url, url) if "{}" in check else check)

    assert done.returncode == 1
    assert why in done.stderr
    assert "root:" not in done.stderr


def test_a_server_that_does_not_answer_fails(url: str) -> None:
    done = ran([SHELLS[0]], f"http {url}/slow")

    assert done.returncode == 1
    assert "curl: (28)" in done.stderr


def test_a_host_that_has_an_address_passes(shell: list[str]) -> None:
    assert ran(shell, "dns localhost").stdout == "ok dns localhost\n"


def test_a_start_is_waited_for(shell: list[str], url: str) -> None:
    done = ran(shell, f"http {url}/starting", PATIENCE_S="30", TIMES="3")

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("checks", ["", "\n  \n"])
def test_nothing_to_check_fails(checks: str, shell: list[str]) -> None:
    done = ran(shell, checks)

    assert (done.returncode, done.stderr) == (2, "there is nothing to check\n")


def test_an_image_without_curl_fails_and_says_so(shell: list[str]) -> None:
    program = shutil.which(shell[0])
    assert program

    done = ran([program, *shell[1:]], "dns localhost", PATH="/nowhere")

    assert (done.returncode, done.stderr) == (2, "this image has no curl: name another\n")


@pytest.mark.parametrize("value", ["$(touch {})", "`touch {}`", "'; touch {}; '", '" ; touch {} #'])
def test_values_are_never_commands(value: str, shell: list[str], url: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    bad = value.format(mark)

    ran(
        shell,
        f"http {url}/up{bad}\nhttp {url}/up {bad}\ndns {bad}\ntcp {bad}\npods {bad}",
        API=url,
        ACCOUNT=str(tmp_path),
    )

    assert not mark.exists()


def test_a_text_with_signs_of_patterns_is_only_text(shell: list[str], url: str) -> None:
    assert ran(shell, f"http {url}/up U*P").returncode == 1


def test_it_writes_no_file(shell: list[str], url: str, tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "CHECKS": f"http {url}/up", "PATIENCE_S": "0", "PAUSE_S": "0", "TIMES": "1"}
    subprocess.run([*shell, "-c", SCRIPT], env=env | {"TMPDIR": str(tmp_path)}, cwd=tmp_path, check=True, timeout=60)

    assert list(tmp_path.iterdir()) == []


def test_it_holds_no_argument_of_rollouts_and_no_expression_of_kargo() -> None:
    assert "{{" not in SCRIPT


def test_a_port_that_is_open_and_says_nothing_passes(shell: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert ran(shell, f"tcp 127.0.0.1:{server.getsockname()[1]}").returncode == 0
