"""Runs what the `console` blocks of some pages show, and writes what is printed below it. `--check` only compares.

A page's commands run one after the other in an empty folder with an empty home, beside `demo`, a copy of the bundled snapshot.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.generated import ROOT, keep

PAGES = tuple(ROOT / "docs" / name for name in ("setup.md", "troubleshooting.md"))
SNAPSHOT = ROOT / "server" / "gitops_master" / "demo_snapshot"
_BLOCK = re.compile(r"^```console\n\$ (.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def page(path: Path) -> str:
    """The page with fresh output. Raises ValueError where a block runs another program."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, home = Path(scratch, "work"), Path(scratch, "home")
        folder.mkdir()
        home.mkdir()
        shutil.copytree(SNAPSHOT, folder / "demo")
        text = _BLOCK.sub(
            lambda found: f"```console\n$ {found[1]}\n{_ran(found[1], folder, home)}```", path.read_text()
        )
    return text


def _ran(line: str, folder: Path, home: Path) -> str:
    """What it prints, on both streams, and its exit code where it is not 0."""
    program, *words = shlex.split(line)
    if program != "gitops-master":
        raise ValueError(f"only gitops-master is run, not {program}")
    code = "import sys; from gitops_master.__main__ import main; sys.argv[0] = 'gitops-master'; main()"
    environ = {"HOME": str(home), "PATH": "/usr/bin:/bin", "COLUMNS": "100", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, *words]
    ran = subprocess.run(
        command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False, timeout=120,
    )  # fmt: skip
    printed = ran.stdout.replace(str(home), "~").replace(str(folder), ".").strip("\n")
    end = [f"[exit code {ran.returncode}]"] if ran.returncode else []
    return "".join(f"{one}\n" for one in (*printed.split("\n"), *end))


if __name__ == "__main__":
    sys.exit(max(keep(path, page(path), sys.argv[1:]) for path in PAGES))
