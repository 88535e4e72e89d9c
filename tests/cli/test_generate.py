"""`gitops-master generate stage`: files from a request, written so that nothing of anybody's is lost."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from gitops_master.cli.main import run
from gitops_master.files.manifests import read_manifests
from gitops_master.sources import sources

GIT = ("--delivery", "kustomize-image", "--repo-url", "https://git.example.com/shop.git")
BASE = ("--offline", "--project", "shop", "--kargo-version", "1.11.2", *GIT)
WEB = ("--verify", "web", "--probe", "https://shop.example.com/healthz")


def _run(*arguments: str) -> int:
    return run(arguments, sources)


def _generate(name: str, out: Path | None, *more: str) -> int:
    place = ("--out", str(out)) if out is not None else ()
    return _run(
        "generate",
        "stage",
        name,
        *BASE,
        "--app",
        f"shop-{name}",
        "--branch",
        f"env/{name}",
        "--path",
        "env",
        *place,
        *more,
    )


def _first(out: Path | None, *more: str) -> int:
    return _generate("test", out, "--warehouse", "main", "--image", "ghcr.io/acme/shop", *more)


def _texts(folder: Path) -> dict[str, str]:
    return {one.name: one.read_text() for one in sorted(folder.iterdir())}


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    """Three Stages, one after the other, from nothing."""
    folder = tmp_path / "shop"
    assert _first(folder, "--auto-promote", *WEB) == 0
    assert _generate("uat", folder, "--upstream", "test", "--soak", "1h", "--no-auto-promote", "--force") == 0
    assert _generate("prod", folder, "--upstream", "uat", "--retry", "heavy", "--no-auto-promote", "--force") == 0
    return folder


def test_a_pipeline_from_nothing_is_the_graph_that_was_asked_for(
    pipeline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    _run("state", "--snapshot", str(pipeline), "--now", "2026-11-24T00:00:00Z", "-o", "json")

    answer = json.loads(capsys.readouterr().out)["pipeline"]
    stages = {one["name"]: one for one in answer["stages"]}
    assert {name: one["upstream"] for name, one in stages.items()} == {
        "test": ["Warehouse main"],
        "uat": ["Stage test"],
        "prod": ["Stage uat"],
    }


def test_a_generated_folder_is_silent_in_lint(pipeline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()

    code = _run("lint", str(pipeline), "--kargo-version", "1.11.2", "--fail-on", "warning", "-o", "json")

    answer = json.loads(capsys.readouterr().out)
    # Notes are about patience, which Stages without a retry profile have only by default.
    assert {one["check"] for one in answer.get("problems", [])} <= {"argocd-step-without-retry"}
    assert code == 0


def test_the_same_request_again_changes_nothing(pipeline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _texts(pipeline)
    capsys.readouterr()

    code = _generate("prod", pipeline, "--upstream", "uat", "--retry", "heavy", "--no-auto-promote")

    assert code == 0
    assert _texts(pipeline) == before
    assert "nothing: all is there already" in capsys.readouterr().out


def test_an_edit_shows_its_difference_and_is_written_only_with_force(
    pipeline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = pipeline / "project.yaml"
    project.write_text("# ours\n" + project.read_text())
    before = _texts(pipeline)
    capsys.readouterr()

    code = _generate("prod", pipeline, "--upstream", "uat", "--retry", "heavy", "--auto-promote")

    shown = capsys.readouterr()
    assert code == 77
    assert _texts(pipeline) == before
    assert "-      autoPromotionEnabled: false" in shown.out
    assert "+      autoPromotionEnabled: true" in shown.out
    assert "project.yaml" in shown.err
    assert "nothing was written" in shown.err
    assert "--force" in shown.err

    assert _generate("prod", pipeline, "--upstream", "uat", "--retry", "heavy", "--auto-promote", "--force") == 0
    assert project.read_text().startswith("# ours\n")
    changed = {name for name, text in _texts(pipeline).items() if text != before[name]}
    assert changed == {"project.yaml"}


def test_nothing_is_half_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "stage-test.yaml").write_text("# my own notes\n")

    code = _first(folder)

    assert code == 77
    assert _texts(folder) == {"stage-test.yaml": "# my own notes\n"}
    assert "stage-test.yaml" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["file", "folder", "dangling"])
def test_links_are_not_written_through(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, elsewhere = tmp_path / "shop", tmp_path / "elsewhere"
    folder.mkdir()
    if kind == "file":
        elsewhere.write_text("mine\n")
    elif kind == "folder":
        elsewhere.mkdir()
    (folder / "stage-test.yaml").symlink_to(elsewhere)

    code = _first(folder, "--force")

    assert code == 77
    assert "symbolic link" in capsys.readouterr().err
    assert [one.name for one in folder.iterdir()] == ["stage-test.yaml"]
    assert not elsewhere.is_file() or elsewhere.read_text() == "mine\n"


def test_without_a_folder_yaml_is_the_output_and_the_plan_stands_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert _first(None, *WEB) == 0

    shown = capsys.readouterr()
    kinds = [one.data["kind"] for one in read_manifests(shown.out)]
    assert {"Project", "Warehouse", "Stage", "AnalysisTemplate", "Application"} <= set(kinds)
    assert "# file: stage-test.yaml\n" in shown.out
    assert shown.err.startswith("SETUP PLAN\n")
    assert "kubectl diff -f DIR" in shown.err


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_what_programs_read_is_alone_on_the_output(output: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _first(None, "-o", output) == 0

    shown = capsys.readouterr()
    assert shown.err == ""
    if output == "json":
        answer = json.loads(shown.out)
        assert answer["stage"] == "test"
        assert {one["action"] for one in answer["files"]} == {"new"}
        assert {one["level"] for one in answer.get("problems", [])} <= {"note"}
    else:
        assert read_manifests(shown.out)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--force"], ["--out"]),
        (["--server-dry-run"], ["--offline"]),
        (["--kargo-version", "new"], ["'new' is no version"]),
        (["--delivery", "pigeon"], ["pigeon"]),
        (["--out", "{file}"], ["is no folder"]),
        (["--soak", "an hour"], ["an hour"]),
    ],
)
def test_what_cannot_be_right_is_refused_by_name(
    more: Sequence[str], words: Sequence[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")

    code = _first(None, *(one.format(file=tmp_path / "file") for one in more))

    shown = capsys.readouterr()
    assert code == 64
    assert shown.out == ""
    for word in words:
        assert word in shown.err


def test_files_keep_the_rights_they_had(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    assert _first(folder) == 0
    stage = folder / "stage-test.yaml"
    stage.chmod(0o600)

    assert _first(folder, "--retry", "heavy", "--force") == 0

    assert stage.stat().st_mode & 0o777 == 0o600
    assert not [one for one in folder.iterdir() if one.name.startswith(".")]


def test_a_saved_cluster_is_fitted_to(capsys: pytest.CaptureFixture[str]) -> None:
    demo = Path(__file__).parents[1] / "real" / "28-tasks-two-warehouses-soak-approval"

    code = _run(
        "generate", "stage", "t-new", "--snapshot", str(demo), "--upstream", "t-soak", "-o", "json", "-p", "demo", *GIT
    )

    shown = capsys.readouterr()
    assert code in (0, 64), shown.err


def test_checks_from_inside_the_cluster_become_a_job_of_the_verification(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expectations = tmp_path / ".gitops-verify.yaml"
    expectations.write_text("stages: {shop/test: {inCluster: [{name: database, tcp: 'db.shop.svc:5432'}]}}\n")
    job = ("--expect", str(expectations), "--job-image", "example.com/curl:8.10.1")

    assert _first(tmp_path / "out", *WEB, *job) == 0

    texts = _texts(tmp_path / "out")
    assert "tcp db.shop.svc:5432" in texts["analysis-test-in-cluster.yaml"]
    assert "- name: test-web" in texts["stage-test.yaml"]
    assert "- name: test-in-cluster" in texts["stage-test.yaml"]
    capsys.readouterr()
    assert _first(None, "--expect", str(tmp_path / "gone.yaml")) == 65
    assert "gone.yaml" in capsys.readouterr().err
