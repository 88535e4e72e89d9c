"""Completion as bash asks for it, and the scripts for each shell; neither loads what only running a command needs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

INSTALLED = Path(sys.executable).parent


def _environ(**more: str) -> dict[str, str]:
    return {"PATH": f"{INSTALLED}:/usr/bin:/bin", "HOME": os.devnull, "PYTHONPATH": os.pathsep.join(sys.path), **more}


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
@pytest.mark.parametrize(
    ("line", "wanted"), [("an", {"analyze"}), ("verify --al", {"--all-levels", "--allow-writes"}), ("zzz", set())]
)
def test_bash_completes_commands_and_options(line: str, wanted: set[str]) -> None:
    script = f"""
        eval "$(_GITOPS_MASTER_COMPLETE=source_bash gitops-master)"
        COMP_WORDS=(gitops-master {line}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
        _gitops_master_completion gitops-master
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """

    ran = subprocess.run(
        ["bash", "-c", script], env=_environ(), capture_output=True, text=True, check=False, timeout=60
    )

    assert set(ran.stdout.split()) == wanted
    assert ran.stderr == ""


@pytest.mark.parametrize(
    ("shell", "word"), [("bash", "complete "), ("zsh", "#compdef"), ("fish", "complete --command")]
)
def test_there_is_a_script_for_each_shell(shell: str, word: str) -> None:
    environ = _environ(_GITOPS_MASTER_COMPLETE=f"source_{shell}")

    ran = subprocess.run(["gitops-master"], env=environ, capture_output=True, text=True, check=False, timeout=60)

    assert word in ran.stdout


def test_completing_loads_no_server_and_no_cluster_library() -> None:
    code = (
        "import sys; sys.argv[0] = 'gitops-master'\n"
        "from gitops_master.__main__ import main\n"
        "try: main()\n"
        "finally: print(sorted({'mcp', 'kubernetes', 'aiohttp'} & set(sys.modules)), file=sys.stderr)"
    )
    environ = _environ(_GITOPS_MASTER_COMPLETE="complete_bash", COMP_WORDS="gitops-master an", COMP_CWORD="1")

    ran = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False, timeout=60
    )

    assert ran.stdout.split() == ["analyze"]
    assert ran.stderr.strip() == "[]"
