"""A Markdown document taken apart into what can be true or false: code spans, links, fenced blocks."""

import re
from collections.abc import Iterator

import msgspec

_FENCE = re.compile(
    r"^(?P<indent> {0,6})(?P<mark>```+|~~~+)(?P<language>[^\n`]*)\n(?P<text>.*?)^ {0,6}(?P=mark)[ \t]*$", re.M | re.S
)
_LINK = re.compile(r"\[((?:[^\[\]]|`[^`]*`)+)\]\(([^()\s]+)\)")
_SPAN = re.compile(r"(?<!`)(`+)(?!`)((?:(?!\n[ \t]*\n).)+?)(?<!`)\1(?!`)", re.S)


class Piece(msgspec.Struct, frozen=True):
    """One checkable piece at a line (from 1). `label`: a link's text, a fence's language; `text`: target, code."""

    line: int
    text: str
    label: str = ""


class Document(msgspec.Struct, frozen=True):
    """`name` is the file's, without its ending; `prose` has no spans, links and fences, but their lines."""

    name: str
    spans: tuple[Piece, ...]
    links: tuple[Piece, ...]
    fences: tuple[Piece, ...]
    prose: str
    text: str


def taken_apart(name: str, text: str) -> Document:
    fences = tuple(
        Piece(_line(text, match.start()), match["text"], match["language"].strip()) for match in _FENCE.finditer(text)
    )
    prose = _FENCE.sub(_blank, text)
    links = tuple(Piece(_line(prose, match.start()), match[2], match[1].strip("`")) for match in _LINK.finditer(prose))
    unlinked = _LINK.sub(_blank, prose)
    return Document(name, tuple(_spans(unlinked)), links, fences, _SPAN.sub(_blank, unlinked), text)


def _spans(prose: str) -> Iterator[Piece]:
    for match in _SPAN.finditer(prose):
        yield Piece(_line(prose, match.start()), " ".join(match[2].replace("\\|", "|").split()))


def _blank(match: re.Match[str]) -> str:
    """As many lines as before: what follows keeps its number."""
    return "\n" * match[0].count("\n") or " "


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
