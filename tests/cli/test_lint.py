"""`gitops-master lint` as a user runs it: outputs, exit codes, standard input."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gitops_master.cli.annotations import annotations
from gitops_master.cli.main import run
from gitops_master.cli.sarif import FINGERPRINT, sarif
from gitops_master.model.manifest import Level
from gitops_master.model.setup import LintProblem, SetupAnswer
from gitops_master.sources import sources
from gitops_master.usecases.lint_checks import every_check
from tests.worlds import REAL

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
BROKEN = f"{MAP}---\napiVersion: v1\nkind: [\n"
WARNED = f"# gitops-master: ignore no-such-check\n{MAP}"
AT_BROKEN = "broken.yaml:7: error yaml-invalid: did not find expected node content"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in {"fine": MAP, "broken": BROKEN, "warned": WARNED, "values": "a: 1\n"}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


def lint(*arguments: str) -> int:
    return run(["lint", *arguments], sources)


def test_nothing_wrong_exits_0(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint("fine.yaml") == 0
    assert capsys.readouterr().out == "1 object judged: no problem found\n"


def test_broken_yaml_is_a_problem_with_file_and_line_and_the_rest_is_judged(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lint("fine.yaml", "broken.yaml") == 1

    lines = capsys.readouterr().out.split("\n")
    assert lines[0] == AT_BROKEN
    assert lines[1].startswith("  fix: ")
    assert lines[-2] == "2 objects judged: 1 error"


@pytest.mark.parametrize(("level", "code"), [("error", 0), ("warning", 1), ("note", 1)])
def test_what_fails_a_run_is_chosen(here: Path, level: str, code: int) -> None:
    assert lint("warned.yaml", "--fail-on", level) == code


def test_a_check_can_be_ignored(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint("broken.yaml", "--ignore", "yaml-invalid") == 0
    assert lint("broken.yaml", "--ignore", "yaml-invlid") == 64
    assert "did you mean 'yaml-invalid'" in capsys.readouterr().err


def test_nothing_judged_is_unknown(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint("values.yaml") == 3
    assert "- everything: no Kubernetes object was found" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("gone",), "there is no file or folder gone"),
        ((), "PATH"),
        (("fine.yaml", "--kargo-version", "latest"), "--kargo-version 'latest' is no version"),
        (("fine.yaml", "--fail-on", "fatal"), "fatal"),
        (("fine.yaml", "-o", "xml"), "xml"),
        (("fine.yaml", "--server-dry-run", "--snapshot", str(REAL / "28-tasks-two-warehouses-soak-approval")), "saved"),
    ],
)
def test_an_argument_that_cannot_be_right_exits_64(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    assert lint(*arguments) == 64
    assert told in capsys.readouterr().err


def test_a_snapshot_that_cannot_be_read_exits_65(here: Path) -> None:
    assert lint("fine.yaml", "--snapshot", "gone") == 65


def test_standard_input_is_judged(here: Path) -> None:
    command = [sys.executable, "-m", "gitops_master", "lint", "-", "fine.yaml"]

    done = subprocess.run(command, input=BROKEN.encode(), capture_output=True, timeout=60, check=False)

    assert done.returncode == 1
    assert done.stdout.decode().startswith("<stdin>:7: error yaml-invalid: ")
    assert done.stdout.decode().endswith("2 objects judged: 1 error\n")
    assert done.stderr == b""


def test_json_is_the_answer_as_tools_give_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint("broken.yaml", "-o", "json", "--kargo-version", "1.11.2") == 1

    answer = json.loads(capsys.readouterr().out)
    assert answer["checked"] == 1
    assert answer["versions"]["kargo"] == "v1.11.2"
    assert [(one["check"], one["file"], one["line"]) for one in answer["problems"]] == [
        ("yaml-invalid", "broken.yaml", 7)
    ]


def test_github_gets_annotations_and_the_log_the_rest(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(".", "-o", "github") == 1

    lines = capsys.readouterr().out.split("\n")
    assert lines[0].startswith("::error file=broken.yaml,line=7,title=yaml-invalid::did not find")
    assert lines[1].startswith("::warning file=warned.yaml,line=1,title=unknown-check::there is no check")
    assert lines[-2] == "3 objects judged: 1 error, 1 warning"


def answer(**update: Any) -> SetupAnswer:
    problem = LintProblem(
        check="some-check", level=Level.NOTE, object="Stage demo/a", message="100% sure,\r\nfile: x", line=3
    )
    return SetupAnswer(not_checked=[], problems=[problem.model_copy(update=update)])


def test_annotations_are_escaped_as_github_demands() -> None:
    line = next(annotations(answer(file="a,b:c%.yaml", fix="do::it")))

    assert line == (
        "::notice file=a%2Cb%3Ac%25.yaml,line=3,title=some-check::Stage demo/a: 100%25 sure,%0Afile: x%0Ado::it"
    )


def test_an_annotation_of_standard_input_names_no_file() -> None:
    assert next(annotations(answer(file="<stdin>"))).startswith("::notice title=some-check::")


def test_sarif_has_what_code_scanning_needs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint("fine.yaml", "broken.yaml", "values.yaml", "-o", "sarif") == 1

    log = json.loads(capsys.readouterr().out)
    (only,) = log["runs"]
    driver = only["tool"]["driver"]
    assert (log["version"], driver["name"]) == ("2.1.0", "gitops-master")
    assert [one["id"] for one in driver["rules"]] == [one.id for one in every_check()]
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}
    (result,) = only["results"]
    assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "yaml-invalid"
    assert result["level"] == "error"
    assert result["message"]["text"].startswith("did not find expected node content\n")
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "broken.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 7},
    }
    notifications = only["invocations"][0]["toolExecutionNotifications"]
    assert [one["message"]["text"] for one in notifications] == [
        "not checked: values.yaml: no Kubernetes object is in it"
    ]


def result(**update: Any) -> dict[str, Any]:
    log = sarif(answer(**update), every_check(), "1.0.0", Path("/checkout"))
    found: dict[str, Any] = log["runs"][0]["results"][0]
    return found


@pytest.mark.parametrize(
    ("file", "artifact"),
    [
        ("a b/ü%.yaml", {"uri": "a%20b/%C3%BC%25.yaml", "uriBaseId": "%SRCROOT%"}),
        ("./x/../a.yaml", {"uri": "a.yaml", "uriBaseId": "%SRCROOT%"}),
        ("/checkout/a.yaml", {"uri": "a.yaml", "uriBaseId": "%SRCROOT%"}),
        ("../other/a.yaml", {"uri": "file:///other/a.yaml"}),
    ],
)
def test_uris_are_relative_to_the_checkout_where_the_file_is_in_it(file: str, artifact: dict[str, str]) -> None:
    assert result(file=file)["locations"][0]["physicalLocation"]["artifactLocation"] == artifact


def test_a_problem_without_a_file_is_about_its_object() -> None:
    (location,) = result(file="<stdin>", path="spec.x")["locations"]

    assert location == {"logicalLocations": [{"fullyQualifiedName": "Stage demo/a/spec.x", "kind": "resource"}]}


def test_a_fingerprint_stays_when_lines_move() -> None:
    before, moved, other = (
        result(file="a.yaml", **update)["partialFingerprints"][FINGERPRINT]
        for update in ({}, {"line": 9}, {"path": "x"})
    )

    assert before == moved != other


def test_a_saved_cluster_settles_what_files_leave_open(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = str(REAL / "28-tasks-two-warehouses-soak-approval")
    text = (
        "apiVersion: kargo.akuity.io/v1alpha1\nkind: Stage\nmetadata: {name: more, namespace: demo}\n"
        "spec:\n  requestedFreight:\n  - origin: {kind: Warehouse, name: w}\n    sources: {direct: true}\n"
    )
    (here / "stage.yaml").write_text(text)

    lint("stage.yaml")
    alone = capsys.readouterr().out
    lint("stage.yaml", "--snapshot", saved)
    with_cluster = capsys.readouterr().out

    assert "- Warehouses: none in the files, and no cluster was asked" in alone
    assert "no cluster was asked" not in with_cluster
