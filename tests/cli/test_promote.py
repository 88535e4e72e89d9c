"""`gitops-master promote` and `operate` as a user runs them, on a saved cluster: plans, and what they end with."""

import json
import os
import subprocess
import sys

import pytest

from gitops_master.settings import demo_settings

DEMO = ("--project", "demo", "--snapshot", str(demo_settings().snapshot))


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gitops_master", *arguments, *DEMO]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environ},
    )


def test_a_plan_that_could_go_ends_with_0_and_writes_nothing() -> None:
    done = run("promote", "s-fail", "--freight", "candidate")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("PROMOTE PLAN\n============\nProject: demo\n")
    assert "Verdict: READY" in done.stdout
    assert "writing is switched off" in done.stdout
    assert done.stderr == ""


def test_who_agrees_beforehand_is_refused_where_writing_is_off_and_it_is_noted() -> None:
    done = run("promote", "s-fail", "--freight", "candidate", "--yes")

    assert done.returncode == 77
    line = json.loads(done.stderr.strip().splitlines()[-1])
    assert (line["action"], line["verdict"]) == ("promote", "refused")
    assert "demo/s-fail" in line["target"]


def test_a_saved_cluster_is_no_way() -> None:
    done = run("promote", "s-fail", "--freight", "candidate", "--allow-writes", "--yes")

    assert done.returncode == 77
    assert "a saved cluster cannot be written to" in done.stdout


def test_a_blocked_plan_ends_with_77_and_says_which_gate() -> None:
    done = run("promote", "prod", "--freight", "candidate")

    assert done.returncode == 77
    assert "current (prod): the Stage holds" in done.stdout


def test_the_plan_is_json_for_programs() -> None:
    told = json.loads(run("promote", "s-fail", "--freight", "candidate", "-o", "json").stdout)

    assert (told["outcome"], told["refusal"], told["plan"]["verdict"]) == ("planned", "writing_off", "go")


def test_a_promotion_is_followed_by_its_name() -> None:
    listed = json.loads(run("state", "s-fail", "-o", "json").stdout)
    name = listed["stage"]["last_promotion"]["name"]

    done = run("promote", "--watch", name, "--wait", "0s")

    assert done.returncode == 1, done.stdout + done.stderr
    assert f"Promotion {name}: " in done.stdout
    assert "image scan rejected" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("promote", "dev"), ("which Freight",)),
        (("promote", "nope", "--freight", "candidate"), ("no Stage 'nope'", "Stages there:")),
        (("promote", "dev", "--freight", "0.0.0"), ("no Freight",)),
        (("promote", "dev", "--freight", "first", "--wait", "soon"), ("'soon' is not a duration",)),
        (("promote", "dev", "--watch", "dev.1"), ("leave STAGE and --freight out",)),
        (("promote", "--watch", "nope"), ("nope",)),
        (("operate", "explode", "--stage", "dev"), ("explode", "abort-promotion")),
        (("operate", "refresh-stage"), ("needs a stage",)),
        (("operate", "refresh-warehouse", "--warehouse", "maine"), ("did you mean 'main'",)),
        (("operate", "refresh-stage", "--stage", "dev", "--app", "x"), ("app",)),
    ],
)
def test_what_cannot_be_right_is_named_with_what_there_is(arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    done = run(*arguments)

    assert done.returncode == 64, done.stdout + done.stderr
    assert [one for one in words if one not in done.stderr] == []


def test_a_neighbour_has_a_plan_too() -> None:
    done = run("operate", "repromote", "--stage", "s-fail")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("REPROMOTE PLAN\n")
