"""Comments that say which checks a part of a file is not meant for: `# gitops-master: ignore CHECK-ID[, CHECK-ID…] [-- why]`."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_COMMENT = re.compile(r"(?:^|(?<=\s))#\s*gitops-master:\s*ignore(?![\w-])[ \t:]*(.*)$")


class Ignore(NamedTuple):
    """`line`: from 1, of the comment. `about`: the line that it stands on or above. `ids`: as written, perhaps of no check."""

    file: str
    line: int
    about: int
    ids: tuple[str, ...]


def ignores(text: str, file: str = "") -> Iterator[Ignore]:
    """A comment with a line for itself is about the next line that is no comment and not blank."""
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if "gitops-master" not in line or (found := _COMMENT.search(line)) is None:
            continue
        about = index if line[: found.start()].strip() else _next(lines, index)
        named, _, _ = found[1].partition("--")
        ids = tuple(part.split()[0] for part in named.split(",") if part.strip())
        yield Ignore(file, index + 1, about + 1, ids)


def _next(lines: list[str], index: int) -> int:
    """A line that begins a document is none that anything stands on."""
    for following in range(index + 1, len(lines)):
        line = lines[following].strip()
        if line and not line.startswith("#") and line != "---":
            return following
    return index
