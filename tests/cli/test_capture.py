"""`gitops-master capture` as a process: what it writes, what it says, and when it refuses."""

from pathlib import Path

import pytest

from tests.cli.test_command_line import DEMO, run


def test_a_capture_of_the_example_gives_its_diagnosis(tmp_path: Path) -> None:
    done = run("capture", "s-argo", "--project", "demo", "--snapshot", DEMO, "-o", "incident.tar.gz", cwd=tmp_path)
    again = run("analyze", "s-argo", "--project", "demo", "--snapshot", "incident.tar.gz", cwd=tmp_path)
    before = run("analyze", "s-argo", "--project", "demo", "--snapshot", DEMO, cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "Diagnosis: broken [crd-not-installed]" in done.stdout
    assert "43 outputs of promotion steps" in done.stdout
    assert "Look before you share it" in done.stdout
    assert "gitops-master analyze s-argo --project demo --snapshot incident.tar.gz" in done.stdout
    assert again.returncode == before.returncode == 1
    assert again.stdout.replace("incident.tar.gz", DEMO) == before.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["s-argo"], 64, "--out"),
        (["s-argo", "--out", "x.zip"], 64, ".tar.gz or .tgz"),
        (["s-argo", "--out", "missing/x.tar.gz"], 64, "no such folder"),
        (["s-argo", "--out", "there.tar.gz"], 77, "--force"),
        (["s-rgo", "--out", "x.tar.gz"], 64, "did you mean 's-argo'"),
        (["s-argo", "--app", "x", "--out", "x.tar.gz"], 64, "cannot be asked about together"),
    ],
)
def test_what_cannot_be_captured_is_refused_in_words(
    arguments: list[str], code: int, words: str, tmp_path: Path
) -> None:
    (tmp_path / "there.tar.gz").write_text("mine")

    done = run("capture", *arguments, "--project", "demo", "--snapshot", DEMO, cwd=tmp_path)

    assert (done.returncode, words in done.stderr) == (code, True), done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["there.tar.gz"]
    assert (tmp_path / "there.tar.gz").read_text() == "mine"


def test_force_replaces_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "x.tgz").write_text("mine")

    done = run("capture", "--app", "ok-app", "--snapshot", DEMO, "--out", "x.tgz", "--force", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x.tgz").read_bytes()[:2] == b"\x1f\x8b"
