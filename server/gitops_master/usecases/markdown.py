"""Markdown taken apart: sections by their headings, and parts of bounded size. Fenced code is never taken for either."""

import re
from collections.abc import Iterator

import msgspec

_HEADING = re.compile(r"^(#{1,6}) +(.+?) *#* *$")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_NO_SLUG = re.compile(r"[^\w\- ]")
_TABLE_HEAD = 2
"""Lines of a table that say what its columns are."""


class Section(msgspec.Struct, frozen=True):
    """A heading with everything below it, down to the next heading of its level or above. `level` counts from 1."""

    level: int
    heading: str
    text: str

    @property
    def slug(self) -> str:
        return slug(self.heading)


def slug(heading: str) -> str:
    """The anchor that hosts of repositories give a heading."""
    return _NO_SLUG.sub("", heading.casefold()).strip().replace(" ", "-")


def sections(text: str) -> list[Section]:
    """All sections, in their order; those within others stand in those, too."""
    lines = text.splitlines()
    heads = [(at, len(match[1]), match[2]) for at, match in _headings(lines)]
    found = []
    for number, (at, level, heading) in enumerate(heads):
        end = next((other for other, deep, _ in heads[number + 1 :] if deep <= level), len(lines))
        found.append(Section(level, heading, "\n".join(lines[at:end]).strip() + "\n"))
    return found


def _headings(lines: list[str]) -> Iterator[tuple[int, re.Match[str]]]:
    for at, (line, fenced) in enumerate(_fenced(lines)):
        match = None if fenced else _HEADING.match(line)
        if match is not None:
            yield at, match


def _fenced(lines: list[str]) -> Iterator[tuple[str, bool]]:
    """Each line, and whether a fence is open behind it."""
    mark = ""
    for line in lines:
        fence = _FENCE.match(line)
        if fence is not None:
            mark = "" if mark == fence[1] else mark or fence[1]
        yield line, bool(mark)


def parts(text: str, most: int) -> list[str]:
    """The text in parts of at most `most` characters, cut between blocks, before a heading where one is near.

    A table that goes on in the next part has its head there again. Only a single line may be longer than a part.
    """
    found: list[str] = []
    part: list[str] = []
    for block in (piece for whole in _blocks(text) for piece in _pieces(whole, most)):
        filled = sum(len(one) + 2 for one in part)
        late = filled > most * 2 // 3 and block.startswith("#")
        if part and (filled + len(block) > most or late):
            # A heading alone at the end of a part belongs to what follows it.
            carried = [part.pop()] if part[-1].startswith("#") and len(part) > 1 and "\n" not in part[-1] else []
            found.append("\n\n".join(part))
            part = carried
        part.append(block)
    return [*found, "\n\n".join(part)] if part else found or [""]


def _blocks(text: str) -> Iterator[str]:
    """What stands between blank lines; a fence with what it encloses is one block."""
    block: list[str] = []
    for line, fenced in _fenced(text.splitlines()):
        if line.strip() or fenced:
            block.append(line)
        elif block:
            yield "\n".join(block)
            block = []
    if block:
        yield "\n".join(block)


def _pieces(block: str, most: int) -> Iterator[str]:
    """The block itself if it is short enough, else runs of its lines."""
    if len(block) <= most:
        yield block
        return
    lines = block.splitlines()
    head = lines[:_TABLE_HEAD] if lines[0].startswith("|") else []
    piece, size = list(head), sum(map(len, head))
    for line in lines[len(head) :]:
        if len(piece) > len(head) and size + len(line) + len(piece) > most:
            yield "\n".join(piece)
            piece, size = list(head), sum(map(len, head))
        piece.append(line)
        size += len(line)
    yield "\n".join(piece)
