"""`gitops-master state --watch` as a process: what is printed, and how it ends."""

import os
import signal
import subprocess
import sys

import pytest

from tests.cli.test_command_line import DEMO, run


def _started(*arguments: str) -> subprocess.Popen[str]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("KUBE", "GITOPS_MASTER"))}
    command = [sys.executable, "-m", "gitops_master", "state", *arguments, "--snapshot", DEMO]
    environ["HOME"] = "/nonexistent"
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["dev", "--watch"], 0), (["--watch", "--interval", "1"], 0), (["s-down", "--until", "healthy"], 130)],
)
def test_an_interrupt_ends_it(arguments: list[str], code: int) -> None:
    with _started(*arguments) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)

    assert first.endswith("Z\n")
    assert (process.returncode, errors) == (code, "")


@pytest.mark.parametrize(("stage", "code"), [("dev", 0), ("s-argo", 1), ("s-down", 2)])
def test_it_ends_with_the_code_of_what_it_found(stage: str, code: int) -> None:
    done = run("state", stage, "--until", "settled", "--snapshot", DEMO)

    assert (done.returncode, done.stderr) == (code, "")
    assert f"Stage: {stage}" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--until", "healthy"], "--until is about a Stage"),
        (["dev", "--until", "done"], "'done' is not one of"),
        (["--watch", "-o", "mermaid"], "cannot be followed"),
        (["dev", "--watch", "--interval", "0"], "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_followed_is_a_usage_error(arguments: list[str], words: str) -> None:
    done = run("state", *arguments, "--snapshot", DEMO)

    assert (done.returncode, words in done.stderr) == (64, True), done.stderr
