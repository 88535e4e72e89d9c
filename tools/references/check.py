"""All that can be false in a document: its code spans, its links, its fenced blocks."""

import re
import shlex
from collections.abc import Iterator, Mapping

import msgspec
import yaml

from gitops_master.usecases.markdown import sections
from tools.references.commands import PROGRAMS
from tools.references.documents import Document, Piece, taken_apart
from tools.references.knowledge import Knowledge
from tools.references.spans import fault

_RULE = re.compile(r"gitops://rules/([^#]+)")
_DOCUMENT = re.compile(r"(?:gitops://references/([\w-]+)|([\w-]+)\.md)?(?:#(.*))?")
_LISTS = ("index", "messages")
_DIAGRAMS = ("flowchart", "graph", "stateDiagram", "stateDiagram-v2", "sequenceDiagram", "timeline")
_SHELLS = ("sh", "bash", "shell", "console")
_NAME = re.compile(r"(?<![\w/.-])(?:(?:[A-Z][a-z]+(?:[A-Z][a-z0-9]+)+)s?|[\w-]+(?:\.[\w-]+)+/[\w.-]*\w)(?![\w/])")
_SOURCE = re.compile(r"^\W*Sources?:.*(?:\n(?!\n|#).*)*", re.MULTILINE)
_COMMAND = re.compile(rf"(?:{'|'.join(PROGRAMS)})(?: |$)")


class Fault(msgspec.Struct, frozen=True):
    """A statement that does not hold, at a line of a document."""

    document: str
    line: int
    text: str
    problem: str

    def __str__(self) -> str:
        return f"{self.document}.md:{self.line}: `{self.text}` {self.problem}"


def faults(texts: Mapping[str, str], known: Knowledge) -> list[Fault]:
    """Everything wrong with the documents, which are given by name; links may lead from one to another."""
    documents = {name: taken_apart(name, text) for name, text in texts.items()}
    anchors = {name: {one.slug for one in sections(text)} for name, text in texts.items()}
    return [
        Fault(one.name, piece.line, piece.text.splitlines()[0] if piece.text else "", problem)
        for one in documents.values()
        for piece, problem in (
            *_spans(one, known),
            *_links(one, known, anchors),
            *_fences(one, known),
            *_prose(one, known),
        )
    ]


def _spans(document: Document, known: Knowledge) -> Iterator[tuple[Piece, str]]:
    for one in document.spans:
        problem = fault(one.text, known)
        if problem:
            yield one, problem


def _links(document: Document, known: Knowledge, anchors: Mapping[str, set[str]]) -> Iterator[tuple[Piece, str]]:
    for one in document.links:
        problem = _link(one, document.name, known, anchors)
        if problem:
            yield one, problem


def _link(one: Piece, name: str, known: Knowledge, anchors: Mapping[str, set[str]]) -> str:
    to_rule = _RULE.fullmatch(one.text)
    if to_rule is not None:
        id_ = to_rule[1]
        if id_ not in known.rules and id_ not in _LISTS:
            return f"is a link to no rule {id_!r}"
        looks_like_id = re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", one.label) is not None
        return f"is a link to another rule than {one.label!r}" if looks_like_id and one.label != id_ else ""
    to_document = _DOCUMENT.fullmatch(one.text)
    if to_document is None:
        return "is a link to neither a rule nor a reference"
    other = to_document[1] or to_document[2] or name
    if other not in anchors:
        return f"is a link to no document {other!r}"
    anchor = to_document[3]
    return f"is a link to no section {anchor!r} of {other}" if anchor and anchor not in anchors[other] else ""


def _prose(document: Document, known: Knowledge) -> Iterator[tuple[Piece, str]]:
    """Names that stand in the text without being marked are no less wrong. Sources name what only their files hold."""
    for number, line in enumerate(_SOURCE.sub(_emptied, document.prose).split("\n"), start=1):
        for match in _NAME.finditer(line):
            name = match[0]
            if not {name, name.rstrip("s")} & (known.words | known.labels | known.names):
                yield Piece(number, name), "is no name that is known, marked as code or not"


def _emptied(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _fences(document: Document, known: Knowledge) -> Iterator[tuple[Piece, str]]:
    for one in document.fences:
        if not one.text.strip():
            yield one, "is an empty block"
        elif one.label == "mermaid":
            first, *rest = [line for line in one.text.split("\n") if line.strip()]
            if first.split()[0] not in _DIAGRAMS or not rest:
                yield one, "is no diagram"
        elif one.label in _SHELLS:
            yield from _shell(one, known)
        elif one.label in ("yaml", "yml"):
            yield from _yaml(one, known)


def _shell(block: Piece, known: Knowledge) -> Iterator[tuple[Piece, str]]:
    """Line by line, those that go on put together; what a pipe leads to is judged, too, if we know the program."""
    waiting = ""
    for line in block.text.replace("\\\n", " ").splitlines():
        waiting += line.strip().removeprefix("$ ") + "\n"
        if not _is_open(waiting):
            yield from _commands(block, waiting.strip(), known)
            waiting = ""
    if waiting:
        yield block, "has a quotation that does not end"


def _is_open(text: str) -> bool:
    """Whether a quotation goes on in the next line."""
    try:
        shlex.split(text, comments=True)
    except ValueError:
        return True
    return False


def _commands(block: Piece, line: str, known: Knowledge) -> Iterator[tuple[Piece, str]]:
    for command in re.split(r" (?:\||&&|\|\||;) ", line):
        if _COMMAND.match(command.strip()):
            problem = known.commands.fault(command.strip())
            if problem:
                yield Piece(block.line, command.strip(), block.label), problem


def _yaml(block: Piece, known: Knowledge) -> Iterator[tuple[Piece, str]]:
    try:
        values = list(yaml.safe_load_all(block.text))
    except yaml.YAMLError as error:
        yield block, f"is no YAML: {' '.join(str(error).split())}"
        return
    for value in values:
        problem = known.schemas.fault_in(value)
        if problem:
            yield block, problem
