"""Problems as commands that GitHub Actions turns into annotations of the files they are about."""

from collections.abc import Iterator

from gitops_master.files.gathering import STDIN_NAME
from gitops_master.model.manifest import Level
from gitops_master.model.setup import LintProblem, SetupAnswer

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def annotations(answer: SetupAnswer) -> Iterator[str]:
    """A line each: `::error file=…,line=…,title=…::message`."""
    for one in answer.problems:
        yield f"::{_COMMANDS[one.level]} {','.join(_properties(one))}::{_escaped(_message(one), _DATA)}"


def _properties(one: LintProblem) -> Iterator[str]:
    if one.file and one.file != STDIN_NAME:
        yield f"file={_escaped(one.file, _PROPERTY)}"
        if one.line:
            yield f"line={one.line}"
    yield f"title={_escaped(one.check, _PROPERTY)}"


def _message(one: LintProblem) -> str:
    about = " ".join(part for part in (one.object, one.path) if part)
    told = f"{about}: {one.message}" if about else one.message
    return f"{told}\n{one.fix}" if one.fix else told


def _escaped(text: str, by: dict[str, str]) -> str:
    return "".join(by.get(one, one) for one in text)
