"""`gitops-master verify` as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.cli.verify_table import print_table
from gitops_master.usecases.run_verification import VerifyRequest, run_verification
from tests import worlds
from tests.probes import world

DEGRADED = [{"set": "Application argocd/shop-prod", "path": "status.health.status", "value": "Degraded"}]
INDEX = {"observed_at": "2026-11-23T08:10:00Z", "complete": ["*"]}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gitops_master", "verify", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(worlds.write(tmp_path_factory.mktemp("healthy") / "world", world.plain([]), INDEX, {}))


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(worlds.write(tmp_path_factory.mktemp("broken") / "world", world.plain(DEGRADED), INDEX, {}))


def test_a_stage_in_order_ends_with_0_and_a_broken_one_with_1(healthy: str, broken: str) -> None:
    good, bad = run("prod", "--snapshot", healthy), run("prod", "--snapshot", broken)

    assert (good.returncode, bad.returncode) == (0, 1), good.stdout + good.stderr
    assert good.stdout.startswith("VERIFICATION REPORT\n===================\nStage: prod\nProject: shop\n")
    assert "Overall: FAIL at Level 2" in bad.stdout


def test_json_and_junit_say_the_same(broken: str) -> None:
    told = json.loads(run("prod", "--snapshot", broken, "-o", "json").stdout)
    suites = ElementTree.fromstring(run("prod", "--snapshot", broken, "-o", "junit").stdout)

    failing = {
        check["probe"] for level in told["levels"] for check in level.get("checks", []) if check["verdict"] == "FAIL"
    }
    assert failing == {case.get("name") for case in suites.iter("testcase") if case.find("failure") is not None}


def test_a_wait_that_is_no_duration_is_a_usage_error(healthy: str) -> None:
    done = run("prod", "--snapshot", healthy, "--wait", "ten")

    assert done.returncode == 64
    assert "'ten' is not a duration" in done.stderr


async def test_the_table_shows_every_level_and_takes_nothing_for_markup(broken: str) -> None:
    answer = await run_verification(SnapshotReader(Path(broken)), VerifyRequest(project="shop", stage="prod"))
    hostile = answer.levels[1].checks[0].model_copy(update={"observed": "[bold]x[/bold]"})
    level = answer.levels[1].model_copy(update={"checks": [hostile]})
    answer = answer.model_copy(update={"levels": [answer.levels[0], level, *answer.levels[2:]]})
    console = Console(record=True, width=120, force_terminal=True)

    print_table(answer, console)

    text = console.export_text()
    assert "level 2 failed" in text
    assert "[bold]x[/bold]" in text
    assert "Overall: FAIL at Level 2" in text


def test_the_schema_of_expectations_is_printed() -> None:
    assert json.loads(run("--schema").stdout)["properties"]["stages"]


def test_what_a_named_file_expects_is_checked(healthy: str, tmp_path: Path) -> None:
    file = tmp_path / "expected.yaml"
    file.write_text("stages:\n  prod:\n    configMaps: [{name: absent, namespace: shop-prod}]\n")

    done = run("prod", "--snapshot", healthy, "--expect", str(file))

    assert done.returncode == 1, done.stdout + done.stderr
    assert "config-maps-present" in done.stdout
    assert "absent" in done.stdout


def test_a_file_that_is_wrong_names_its_key_and_the_near_one(healthy: str, tmp_path: Path) -> None:
    file = tmp_path / "expected.yaml"
    file.write_text("stages:\n  prod:\n    configMap: []\n")

    done = run("prod", "--snapshot", healthy, "--expect", str(file))

    assert done.returncode == 65
    assert "stages.prod.configMap " in done.stderr
    assert "configMaps" in done.stderr


def test_verifying_again_is_refused_and_noted_where_nothing_may_be_written(healthy: str) -> None:
    done = run("prod", "--snapshot", healthy, "--rerun", "--yes")

    assert done.returncode == 77
    assert "--allow-writes" in done.stderr
    assert json.loads(done.stderr.splitlines()[0])["verdict"] == "refused"
    assert done.stdout == ""


def test_verifying_again_is_about_a_stage(healthy: str) -> None:
    done = run("--snapshot", healthy, "--rerun", "--allow-writes")

    assert done.returncode == 64
    assert "name the Stage" in done.stderr
