"""What is installed: a wheel with everything the program reads, and pins without addresses."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_demo_the_references_and_every_module(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    source = ROOT / "server" / "gitops_master"
    expected = {
        f"gitops_master/{path.relative_to(source)}"
        for path in source.rglob("*")
        if path.suffix in {".py", ".yaml", ".typed"} and "__pycache__" not in path.parts
    }
    expected |= {f"gitops_master/_content/{path.relative_to(ROOT)}" for path in (ROOT / "references").rglob("*.md")}
    assert expected - names == set()
    assert not [name for name in names if name.startswith(("server/", "tests/"))]


@pytest.mark.parametrize("name", ["run.txt", "dev.txt", "build.txt"])
def test_pins_are_hashed_and_carry_no_address(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()

    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    pinned = [line for line in text.splitlines() if line and line[0].isalpha()]
    assert pinned
    assert all("==" in line for line in pinned)
    assert text.count("--hash=sha256:") >= len(pinned)


def test_the_image_is_given_all_that_the_wheel_is_built_of() -> None:
    copied = [
        word
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    ]
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert {one.partition("/")[0] for one in copied} == let_in
    assert [one for one in copied if not (ROOT / one).exists()] == []
    built_of = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = {built_of["project"]["readme"], *built_of["project"]["license-files"], "server"}
    needed |= set(built_of["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"])
    assert needed <= set(copied)
