"""What is installed: a wheel with everything the program reads, and pins without addresses."""

import subprocess
import sys
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


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_pins_are_hashed_and_carry_no_address(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()

    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    pinned = [line for line in text.splitlines() if line and line[0].isalpha()]
    assert pinned
    assert all("==" in line for line in pinned)
    assert text.count("--hash=sha256:") >= len(pinned)
