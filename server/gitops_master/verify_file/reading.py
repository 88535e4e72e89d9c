"""The file: found, read within bounds, taken apart strictly, checked against its types."""

from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from gitops_master.files import upward
from gitops_master.files.upward import refuse
from gitops_master.model.errors import GitOpsError
from gitops_master.model.expectations import ExpectationsFile
from gitops_master.verify_file import presets
from gitops_master.verify_file.checking import Where, faults, key_path

NAME = ".gitops-verify.yaml"
MOST_BYTES = 256 * 1024
"""Fifty Stages with ten hosts each, all keys given, are half of it."""
_TAKES = "it takes version, defaults, presets and stages: see docs/expectations.md"
_FORM = "it has lines like `stages:`, and below them a Stage's name and what is expected of it"

Plain = dict[str, Any]


class VerifyFile(msgspec.Struct, frozen=True):
    """What one file says, as plain data that was checked. No path: there is none.

    `named`: the user named this very file, which is their word for it. `problem`: why it cannot be used; then it says nothing.
    """

    path: Path | None = None
    content: bytes = b""
    said: Plain = {}
    named: bool = False
    problem: GitOpsError | None = None

    def section(self, *keys: str) -> Plain:
        """The plain expectations of `defaults`, or of a key of `presets` or `stages`; empty where there are none."""
        found: Any = self.said
        for key in keys:
            found = found.get(key, {})
        return dict(found)

    @property
    def presets(self) -> dict[str, Plain]:
        """Of the file's own."""
        return dict(self.said.get("presets", {}))

    @property
    def stages(self) -> tuple[str, ...]:
        """The names under `stages`."""
        return tuple(self.said.get("stages", {}))


def nearest(folder: Path | None = None) -> VerifyFile:
    """The file of the folder (by default the working one), or of the first one above it that has one. Never raises."""
    path = find(folder)
    if path is None:
        return VerifyFile()
    try:
        return load(path, named=False)
    except GitOpsError as error:
        return VerifyFile(path, problem=error)


def find(folder: Path | None = None) -> Path | None:
    """Where the file lies, upward from the folder, by default the working one."""
    return upward.find(NAME, folder)


def load(path: Path, *, named: bool = True) -> VerifyFile:
    """What the file says. Raises UnreadableInput naming the file, the line and the key."""
    content = upward.read(path, MOST_BYTES, f"{NAME} is a YAML file; {_TAKES}")
    return VerifyFile(path, content, parse(content, str(path)), named)


def parse(content: bytes, name: str = NAME) -> Plain:
    """The checked plain data of ExpectationsFile; empty for a file without a key. Raises UnreadableInput."""
    from gitops_master.files.yaml_events import (
        YamlProblem,
        yaml_documents,
    )  # only where there is a file: start-up counts

    upward.decoded(name, content, MOST_BYTES, _TAKES)
    try:
        documents = list(yaml_documents(content.removeprefix(b"\xef\xbb\xbf")))
    except YamlProblem as problem:
        _refuse_yaml(name, problem.reason, problem.line, is_syntax=problem.is_syntax)
    if len(documents) > 1:
        refuse(name, "holds more than one document", "keep one of them")
    data = documents[0] if documents else None
    if data is None:
        return {}
    for where, wrong, hint in chain(faults(data, ExpectationsFile), presets.faults(data)):
        refuse(name, f"{_place(content, where)}: {wrong}", hint or "docs/expectations.md says what every key takes")
    return dict(data)


def _refuse_yaml(name: str, reason: str, line: int, *, is_syntax: bool) -> NoReturn:
    where = f" (line {line})" if line else ""
    if is_syntax:
        refuse(name, f"is not YAML{where}: {reason}", _FORM)
    refuse(
        name,
        f"has {reason}{where}",
        "write the value out: anchors, aliases, tags and keys that stand twice are refused",
    )


def _place(content: bytes, where: Where) -> str:
    line = _line(content, where)
    return f"{key_path(where) or 'the file'}{f' (line {line})' if line else ''}"


def _line(content: bytes, where: Where) -> int:
    """The line of the key or item that leads there, or of the nearest one above it; 0 where that is not known."""
    import yaml

    node: Any = yaml.compose(content.decode("utf-8-sig"), Loader=yaml.SafeLoader)
    line = 0
    for step in where:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            found = (node.value[step], node.value[step])
        else:
            found = None
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line
