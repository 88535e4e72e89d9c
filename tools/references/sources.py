"""`python -m tools.references.sources Kargo=CLONE …`: whether `from_source.yaml` is true, against the products' own code.

CLONE is a git repository that has the tag, or an unpacked module of that version. Products that are not given are left out.
Whoever raises a version there runs this first.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.references.knowledge import Source, condition, sources


def missing(one: Source, code: str) -> Iterator[str]:
    """What an entry lists and its file does not hold. A message may be put together there: its words count."""
    wanted: list[tuple[str, list[str]]] = [(text, [text]) for text in (*one.words, *one.labels, *one.names)]
    wanted += [(text, re.findall(r"\w+", text)) for text in one.messages]
    wanted += [(text, re.findall(r"\w+", text.partition(".")[2])[-1:]) for text in one.paths]
    wanted += [(text, [condition(text).reason or condition(text).type]) for text in one.conditions]
    wanted += [(text, text.split()[-1:]) for text in one.commands]
    for text, words in wanted:
        if not all(word in code for word in words):
            yield text


def _code(clone: Path, one: Source) -> str:
    """The file at the version's tag; empty where there is none."""
    if not any((clone / name).exists() for name in (".git", "HEAD")):
        path = clone / one.path
        return path.read_text(encoding="utf-8") if path.is_file() else ""
    command = ["git", "-C", str(clone), "show", f"{one.version.rpartition(' ')[2]}:{one.path}"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout


def main(arguments: list[str]) -> int:
    """`NAME=CLONE`, with the product's name as the entries have it before the version."""
    clones = dict(one.split("=", 1) for one in arguments)
    wrong = 0
    for one in sources():
        product = one.version.rpartition(" ")[0]
        for text in missing(one, _code(Path(clones[product]), one)) if product in clones else ():
            wrong += 1
            sys.stdout.write(f"{one.version} {one.path}: {text}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
