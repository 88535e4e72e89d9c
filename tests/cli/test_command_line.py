"""The command line as a user runs it: a process with arguments, output, messages and exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gitops_master.settings import demo_settings
from tests import worlds

DEMO = str(demo_settings().snapshot)


def run(*arguments: str, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gitops_master", *arguments]
    hermetic = {key: value for key, value in os.environ.items() if not key.startswith(("KUBE", "GITOPS_MASTER"))}
    environ = {**hermetic, "HOME": "/nonexistent", **variables}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=cwd, check=False, env=environ)


def test_analyze_prints_the_report_and_exits_1_for_what_is_broken() -> None:
    done = run("analyze", "s-argo", "--project", "demo", "--snapshot", DEMO)

    assert done.returncode == 1
    assert done.stdout.startswith("DIAGNOSIS\n=========\nStage: s-argo")
    assert "[crd-not-installed]" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("stage", "code", "verdict"),
    [("s-argo", 1, "broken"), ("dev-vbad", 1, "broken"), ("s-down", 2, "waiting"), ("dev", 0, "healthy")],
)
def test_the_exit_code_tells_the_verdict(stage: str, code: int, verdict: str) -> None:
    done = run("analyze", stage, "--snapshot", DEMO, "-o", "json")

    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (code, verdict)


def test_what_was_not_read_in_full_makes_a_healthy_stage_unknown(tmp_path: Path) -> None:
    objects, _, _ = worlds.load(worlds.case_folder("dev/n01"))
    world = worlds.write(tmp_path / "world", objects, {"observed_at": "2026-11-23T04:00:00Z"}, {})

    done = run("analyze", "dev", "--snapshot", str(world), "-o", "json")

    answer = json.loads(done.stdout)
    assert (done.returncode, answer["verdict"]) == (3, "unknown")
    assert "argoproj.io/Application" in {one["what"] for one in answer["not_checked"]}


def test_a_state_of_which_parts_are_not_known_is_unknown_too(tmp_path: Path) -> None:
    objects, _, _ = worlds.load(worlds.case_folder("dev/n01"))
    world = worlds.write(tmp_path / "world", objects, {"observed_at": "2026-11-23T04:00:00Z"}, {})

    assert run("state", "dev", "--snapshot", str(world)).returncode == 3


def test_the_time_for_reading_is_for_the_user_to_choose() -> None:
    assert run("analyze", "dev", "--snapshot", DEMO, "--timeout", "5").returncode == 0
    assert run("analyze", "dev", "--snapshot", DEMO, "--timeout", "0").returncode == 64


def test_a_whole_project_lists_incidents_worst_first() -> None:
    done = run("analyze", "--project", "demo", "--snapshot", DEMO, "-o", "json")

    answer = json.loads(done.stdout)
    verdicts = [one["verdict"] for one in answer["incidents"]]
    assert done.returncode == 1
    assert verdicts == sorted(verdicts, key=["broken", "waiting", "unknown", "healthy"].index)
    patient = next(one for one in answer["incidents"] if "Stage demo/s-down" in one["targets"])
    assert "Stage demo/dev-vbad" in patient["targets"]
    assert patient["root_cause"]["id"] == "verification-test-failed"


def test_state_draws_the_pipeline_for_a_markdown_viewer() -> None:
    done = run("state", "--snapshot", DEMO, "-o", "mermaid")

    assert done.returncode == 0
    assert done.stdout.startswith("flowchart LR")


def test_state_of_a_stage_names_the_failing_step() -> None:
    done = run("state", "s-unauth", "--snapshot", DEMO)

    assert done.returncode == 0
    assert "argocd-update" in done.stdout
    assert "is not authorized" in done.stdout


def test_the_demo_needs_nothing_and_says_how_to_go_on() -> None:
    done = run("demo")

    assert done.returncode == 0
    for words in ("flowchart LR", "crd-not-installed", "claude mcp add", ".cursor/mcp.json", "--ssh-command"):
        assert words in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 64, "Usage"),
        (["analyse"], 64, "No such command"),
        (["analyze", "dev"], 69, "kubeconfig"),
        (["analyze", "dev", "--snapshot"], 64, "requires an argument"),
        (["analyze", "dev", "--snapshto", DEMO], 64, "No such option"),
        (["analyze", "dev", "extra", "--snapshot", DEMO], 64, "unexpected extra argument"),
        (["analyze", "dev", "--snapshot", DEMO, "-o", "xml"], 64, "'xml' is not one of"),
        (["analyze", "dev", "--snapshot", DEMO, "-o", "mermaid"], 64, "state -o mermaid"),
        (["analyze", "dev", "--snapshot", DEMO, "--now", "yesterday"], 64, "'yesterday' is not a time"),
        (["analyze", "dev", "--snapshot", DEMO, "--now", "2026-11-23T04:00:00"], 64, "no time zone"),
        (["analyze", "dev", "--snapshot", DEMO, "--project", "demmo"], 64, "no project 'demmo'"),
        (["analyze", "dve", "--snapshot", DEMO], 64, "did you mean 'dev'"),
        (["analyze", "-x", "--snapshot", DEMO], 64, "No such option"),
        (["analyze", "dev", "--app", "argo-demo", "--snapshot", DEMO], 64, "cannot be asked about together"),
        (["analyze", "dev", "--warehouse", "main", "--snapshot", DEMO], 64, "cannot be asked about together"),
        (["analyze", "--freight", "1be389c", "--snapshot", DEMO], 64, "which Stage"),
        (["analyze", "dev", "--freight", "9.9.9", "--snapshot", DEMO], 64, "no Freight in project 'demo'"),
        (["analyze", "--app", "nope", "--snapshot", DEMO], 64, "no Application 'nope'"),
        (["analyze", "--warehouse", "mian", "--snapshot", DEMO], 64, "did you mean 'main'"),
        (["state", "dve", "--snapshot", DEMO], 64, "did you mean 'dev'"),
        (["state", "dev", "--snapshot", DEMO, "-o", "mermaid"], 64, "leave the Stage out"),
        (["state", "--project", "x", "--snapshot", DEMO], 64, "no project 'x'"),
        (["analyze", "dev", "--snapshot", "does-not-exist"], 65, "does-not-exist"),
        (["state", "--snapshot", "does-not-exist"], 65, "does-not-exist"),
        (["analyze", "dev", "--snapshot", "."], 65, ""),
        (["serve"], 0, ""),
        (["serve", "--demo", "--context", "x"], 0, ""),
        (["analyze", "dev", "--snapshot", DEMO, "--context", "x"], 64, "a snapshot has no contexts"),
        (["analyze", "dev", "--snapshot", DEMO, "--ssh-command", "ssh x"], 64, "name two places"),
        (["analyze", "dev", "--as-group", "x"], 64, "--as-group needs --as"),
        (["serve", "--snapshto", "x"], 64, "unrecognized arguments"),
        (["serve", "--demo", "--now", "noon", "--snapshot", "x"], 0, ""),
    ],
    ids=lambda value: " ".join(value).replace(DEMO, "DEMO") if isinstance(value, list) else None,
)
def test_bad_input_ends_in_a_message_and_the_right_exit_code(
    arguments: list[str], code: int, words: str, tmp_path: Path
) -> None:
    done = run(*arguments, cwd=tmp_path)

    assert done.returncode == code, done.stderr
    said = done.stdout + done.stderr
    assert words in said
    assert "Traceback" not in said
    if code:
        assert done.stderr.strip() or not arguments


def test_a_server_py_in_the_users_folder_does_not_shadow_the_program(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text("raise RuntimeError('shadowed')\n")
    (tmp_path / "rules.py").write_text("raise RuntimeError('shadowed')\n")

    assert run("--version", cwd=tmp_path).stdout.startswith("gitops-master ")
