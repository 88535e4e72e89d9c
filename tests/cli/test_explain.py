"""`gitops-master explain` as a user runs it: manuals, messages, exit codes."""

import json
import subprocess
import sys

import pytest

from gitops_master.rules.registry import all_rules

NO_KIND = 'Make sure the "Widget" CRD is installed on the destination cluster.'


def run(*arguments: str, stdin: str | bytes = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gitops_master", "explain", *arguments]
    given = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(command, input=given, capture_output=True, timeout=60, check=False)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_an_id_prints_its_manual() -> None:
    done = run("crd-not-installed")

    assert done.returncode == 0
    assert done.stdout.startswith("The cluster does not know a kind that the manifests use [crd-not-installed]")
    assert "What to do: " in done.stdout
    assert done.stderr == ""


def test_an_id_as_json_is_whole() -> None:
    manual = json.loads(run("crd-not-installed", "-o", "json").stdout)["manual"]

    assert (manual["id"], manual["class"], manual["area"]) == ("crd-not-installed", "fault", "argocd")
    assert manual["texts"][0]["name"] == "crd-missing"
    assert manual["sources"]


def test_a_message_lists_causes_and_says_that_the_snapshot_decides() -> None:
    done = run("--message", NO_KIND)

    assert done.returncode == 0
    assert "1. The cluster does not know a kind that the manifests use [crd-not-installed]" in done.stdout
    assert 'matched: Make sure the "Widget" CRD is installed' in done.stdout
    assert "the snapshot decides" in done.stdout


def test_a_message_is_read_from_standard_input() -> None:
    done = run("--message", "-", "-o", "json", stdin=f"level=error msg={json.dumps(NO_KIND)}\n")

    assert done.returncode == 0
    assert json.loads(done.stdout)["candidates"][0]["id"] == "crd-not-installed"


def test_standard_input_that_is_no_utf8_is_read_all_the_same() -> None:
    assert run("--message", "-", stdin=b"\xff\xfe blocked by sync window \x1b[31m").returncode == 0


def test_a_message_that_nothing_prints_exits_3() -> None:
    done = run("--message", "all quiet here")

    assert done.returncode == 3
    assert "No known cause prints this" in done.stdout


def test_without_arguments_all_ids_are_listed_by_area() -> None:
    done = run()

    assert done.returncode == 0
    listed = {line.strip() for line in done.stdout.splitlines() if line.startswith("  ")}
    assert {one.id for one in all_rules()} <= listed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["crd-not-instaled"], "did you mean 'crd-not-installed'"),
        (["zzzz"], "explain lists all ids"),
        (["crd-not-installed", "--message", "x"], "cannot be asked about together"),
        (["--message", ""], "the message is empty"),
        (["--message", "x" * 100_001], "more than 100000 characters"),
        (["crd-not-installed", "-o", "mermaid"], "no diagram"),
        (["crd-not-installed", "more"], "unexpected extra argument"),
        (["--snapshot", "x"], "No such option"),
    ],
)
def test_bad_input_ends_in_a_message_and_exit_code_64(arguments: list[str], words: str) -> None:
    done = run(*arguments)

    assert done.returncode == 64
    assert words in done.stderr
    assert "Traceback" not in done.stderr
