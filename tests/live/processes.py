"""Programs that end with the tests, however those end: their other end is held by a supervisor."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self


class Processes:
    """Runs programs in a folder that goes with them. Use as a context manager.

    `programs`: name -> words of its command. What one says is in `<name>.log` of the folder.
    """

    def __init__(self, folder: Path, programs: Mapping[str, Sequence[str]]) -> None:
        self._folder = folder
        self._programs = programs

    def __enter__(self) -> Self:
        self._supervisor = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).parent / "supervisor.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            # Ctrl-C is for the tests; the programs end when the tests have let go of them.
            start_new_session=True,
        )
        programs = [{"name": name, "argv": list(words)} for name, words in self._programs.items()]
        assert self._supervisor.stdin is not None
        self._supervisor.stdin.write(json.dumps({"folder": str(self._folder), "programs": programs}).encode() + b"\n")
        self._supervisor.stdin.flush()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._supervisor.stdin is not None
        self._supervisor.stdin.close()
        self._supervisor.wait()

    def check(self) -> None:
        """Raises RuntimeError, with its last words, where one of the programs has ended."""
        for name in self._programs:
            if (self._folder / f"{name}.exited").exists():
                raise RuntimeError(f"{name} has ended: {self.said_last(name)}")

    def said_last(self, name: str, lines: int = 5) -> str:
        """The last lines of a program's output."""
        text = (self._folder / f"{name}.log").read_text(errors="replace")
        return " | ".join(text.strip().splitlines()[-lines:])
