"""Runs programs for as long as somebody holds the other end of standard input, and cleans up after them.

A process of its own, so that they end and their folder goes even where the tests were killed. First line of input:
`{"folder": path, "programs": [{"name", "argv"}]}`. A program that ends leaves `<name>.exited` with its code; what it said is
in `<name>.log`.
"""

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path


def main() -> None:
    order = json.loads(sys.stdin.readline())
    folder = Path(order["folder"])
    children: list[subprocess.Popen[bytes]] = []
    notes: list[threading.Thread] = []
    try:
        for program in order["programs"]:
            with (folder / f"{program['name']}.log").open("wb") as log:
                child = subprocess.Popen(
                    program["argv"], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
                )
            children.append(child)
            note = threading.Thread(target=_note_end, args=(child, folder / f"{program['name']}.exited"))
            note.start()
            notes.append(note)
        sys.stdin.read()
    finally:
        # All of it is thrown away: nothing here deserves a graceful end.
        for child in children:
            child.kill()
        for note in notes:
            note.join()
        shutil.rmtree(folder, ignore_errors=True)


def _note_end(child: "subprocess.Popen[bytes]", note: Path) -> None:
    note.write_text(str(child.wait()))


if __name__ == "__main__":
    main()
