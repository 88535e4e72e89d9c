"""`gitops-master route` as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

KEYS = {"modes", "project", "stage", "app", "freight", "ask", "question"}
KNOWN = {
    "project": "shop",
    "stages": ["dev", "staging"],
    "apps": ["web"],
    "freight": [
        {"name": "abc1234def", "alias": "fuzzy-fox", "images": ["registry.example.com/web:v1.2.3"], "commits": []}
    ],
}
DEMO = Path(__file__).parents[2] / "server" / "gitops_master" / "demo_snapshot"


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gitops_master", "route", *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


def known_file(folder: Path, content: str = "") -> str:
    path = folder / "known.json"
    path.write_text(content or json.dumps(KNOWN))
    return str(path)


def test_json_has_every_key_and_the_name_of_the_freight(tmp_path: Path) -> None:
    done = run("promote fuzzy-fox to stagign", "--known", known_file(tmp_path), "-o", "json")

    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert set(answer) == KEYS
    assert (answer["modes"], answer["stage"], answer["freight"], answer["ask"]) == (
        ["PROMOTE"],
        "staging",
        "abc1234def",
        False,
    )
    assert (answer["project"], answer["app"], answer["question"]) == ("", "", "")


def test_a_request_is_read_from_standard_input(tmp_path: Path) -> None:
    done = run("-", "--known", known_file(tmp_path), "-o", "json", stdin=b"is staging ok?\n\xff")

    assert json.loads(done.stdout)["modes"] == ["VERIFY"]


def test_text_says_what_is_wanted_and_what_is_open(tmp_path: Path) -> None:
    done = run("promote", "--known", known_file(tmp_path))

    assert done.stdout == "Wanted: PROMOTE\nTo which Stage: dev, staging?\n"
    assert done.returncode == 0


def test_names_come_from_a_snapshot_without_a_file() -> None:
    done = run("why is the pipeline stuck", "--snapshot", str(DEMO), "-o", "json")

    assert done.returncode == 0
    assert json.loads(done.stdout)["modes"] == ["DIAGNOSE"]


def test_a_file_that_is_no_list_of_names_says_what_one_looks_like(tmp_path: Path) -> None:
    for content in ('{"stages": 3}', "not json", "[]", '{"freight": [{"alias": "x"}]}'):
        done = run("promote", "--known", known_file(tmp_path, content))

        assert done.returncode == 65, content
        assert "is not a list of known names" in done.stderr
        assert '"stages": ["test"]' in done.stderr


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = run("promote", "--known", str(tmp_path / "none.json"))

    assert done.returncode == 65
    assert "none.json cannot be read" in done.stderr


def test_nulls_in_a_file_are_nothing(tmp_path: Path) -> None:
    content = json.dumps(
        {"project": None, "stages": ["dev"], "apps": None, "freight": [{"name": "abc1234", "alias": None}]}
    )
    done = run("check dev", "--known", known_file(tmp_path, content), "-o", "json")

    assert json.loads(done.stdout)["stage"] == "dev"
