"""`gitops-master reference` as a user runs it."""

import json
import subprocess
import sys

import pytest

from gitops_master.usecases.reference_pages import REFERENCES


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gitops_master", "reference", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


def test_without_a_name_it_lists_what_there_is() -> None:
    done = run()

    assert done.returncode == 0
    assert all(one.uri in done.stdout for one in REFERENCES)


@pytest.mark.parametrize(
    "name",
    [
        "crd-not-installed",
        "gitops://rules/crd-not-installed",
        "references/rules/crd-not-installed.md",
        "CRD_not installed",
    ],
)
def test_a_page_has_many_names(name: str) -> None:
    done = run(name)

    assert done.returncode == 0
    assert done.stdout.startswith("# crd-not-installed\n")


def test_a_long_page_is_printed_whole() -> None:
    assert "[part 1" not in run("messages").stdout


def test_json_says_which_page_it_is() -> None:
    answer = json.loads(run("rules", "--section", "access", "-o", "json").stdout)

    assert (answer["uri"], answer["section"], answer["parts"]) == ("gitops://rules/index", "access", 1)


def test_an_anchor_is_a_section() -> None:
    assert run("gitops://rules/index#access").stdout.startswith("## access\n")


def test_an_unknown_name_exits_64_and_names_near_ones() -> None:
    done = run("kargo-state")

    assert done.returncode == 64
    assert "did you mean 'kargo-state-machine'" in done.stderr
    assert done.stdout == ""
