"""The Kubernetes objects of files and folders, whatever else lies there. What is broken costs nothing but itself.

Told apart: objects; files that hold none (values, locks, workflows), which are only counted; files that cannot be judged as they
are (templates, patches); and what is no YAML though it means to be an object.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gitops_master.files.ignores import Ignore, ignores
from gitops_master.files.manifests import read_manifests
from gitops_master.files.upward import decoded, read
from gitops_master.files.walking import Candidate, Skipped, Walk, is_chart_template
from gitops_master.files.yaml_events import YamlProblem, yaml_documents
from gitops_master.model.errors import UnreadableInput
from gitops_master.model.manifest import Manifest

MOST_BYTES = 4 * 2**20
"""Of one file. The API server takes objects up to 1.5 MiB."""
MOST_BYTES_TOGETHER = 32 * 2**20
"""Of files that hold objects: a minute's work for the checks."""
STDIN_NAME = "<stdin>"

_HELM = re.compile(r"(?<!\$)\{\{")
"""Kargo's own expressions are `${{ … }}`, and valid YAML."""
_DOCUMENT = re.compile(r"^---(?:\s|$)", re.MULTILINE)
TEMPLATE = "a template, no YAML yet: render it first (helm template … | gitops-master lint -)"
PATCH = (
    "a patch that a kustomization applies, no whole object: build it first (kustomize build … | gitops-master lint -)"
)


class Broken(NamedTuple):
    """What is no YAML, or no object that any server takes. `line`: from 1, 0 where nobody knows."""

    file: str
    line: int
    reason: str


class Gathered(NamedTuple):
    """What was found, in the order of files. `others`: how many files hold no Kubernetes object."""

    manifests: tuple[Manifest, ...] = ()
    broken: tuple[Broken, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    others: int = 0


def gathered(paths: Sequence[Path], stdin: bytes | None = None, walk: Walk | None = None) -> Gathered:
    """Of PATHs, and of standard input where it is given. Raises UsageError where a PATH does not exist."""
    gathering = _Gathering(walk or Walk())
    if stdin is not None:
        gathering.content(STDIN_NAME, stdin, None, named=True)
    for one in [*gathering.walk.candidates(paths)]:  # kustomizations are known at the end
        gathering.file(one)
    return gathering.found()


def gathered_text(text: str, file: str = "") -> Gathered:
    """Of a text that somebody handed in."""
    gathering = _Gathering(Walk())
    gathering.content(file, text.encode(), None, named=True)
    return gathering.found()


class _Gathering:
    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self._manifests: list[Manifest] = []
        self._broken: list[Broken] = []
        self._skipped: list[Skipped] = []
        self._ignores: list[Ignore] = []
        self._others = 0
        self._bytes_left = MOST_BYTES_TOGETHER
        self._patches: set[str] | None = None

    def found(self) -> Gathered:
        skipped = (*self.walk.skipped, *self._skipped)
        return Gathered(tuple(self._manifests), tuple(self._broken), skipped, tuple(self._ignores), self._others)

    def file(self, one: Candidate) -> None:
        try:
            content = read(one.path, MOST_BYTES, "it is not read")
        except UnreadableInput as error:
            self._broken.append(Broken(one.file, 0, error.message.removeprefix(one.file).strip()))
            return
        self.content(one.file, content, one.path, named=one.named)

    def content(self, file: str, content: bytes, path: Path | None, *, named: bool) -> None:
        """One file's. Without the word no object is in it, and whether it is YAML at all is not our matter."""
        if b"apiVersion" not in content:
            self._noread_manifests(file, named=named)
            return
        if len(content) > MOST_BYTES or len(content) > self._bytes_left:
            most = MOST_BYTES if len(content) > MOST_BYTES else MOST_BYTES_TOGETHER
            together = "" if most == MOST_BYTES else "all together "
            self._skipped.append(Skipped(file, f"{together}more than {most // 2**20} MiB"))
            return
        try:
            text = decoded(file, content, MOST_BYTES, "")
        except UnreadableInput as error:
            self._broken.append(Broken(file, 0, error.message.removeprefix(file).strip()))
            return
        self._bytes_left -= len(content)
        self._text(file, text, path, named=named)

    def _text(self, file: str, text: str, path: Path | None, *, named: bool) -> None:
        if path is not None and _HELM.search(text) and is_chart_template(path):
            self._skipped.append(Skipped(file, TEMPLATE))
            return
        if path is not None and not named and os.path.realpath(path) in self._known_patches():
            self._skipped.append(Skipped(file, PATCH))
            return
        before = len(self._manifests), len(self._broken), len(self._skipped)
        for manifest in self._read(file, text):
            self._keep(manifest)
        if before == (len(self._manifests), len(self._broken), len(self._skipped)):
            self._noread_manifests(file, named=named)
        else:
            self._ignores += ignores(text, file)

    def _noread_manifests(self, file: str, *, named: bool) -> None:
        self._others += 1
        if named:
            self._skipped.append(Skipped(file, "no Kubernetes object is in it"))

    def _keep(self, manifest: Manifest) -> None:
        has_kind = isinstance(manifest.data.get("kind"), str) and bool(manifest.data["kind"])
        if manifest.api_version and has_kind:
            if manifest.group != "kustomize.config.k8s.io":
                self._manifests.append(manifest)
        elif (manifest.api_version or has_kind) and manifest.metadata:
            lacking = "kind" if manifest.api_version else "apiVersion"
            self._broken.append(Broken(manifest.file, manifest.line(), f"an object without {lacking}"))

    def _read(self, file: str, text: str) -> Iterator[Manifest]:
        """All documents; where one is broken, each of them by itself."""
        if file.endswith(".json"):
            text = text.replace("\t", " ")  # JSON may be indented by them, YAML not
        try:
            yield from read_manifests(text, file)
        except YamlProblem:
            for document, (above, piece) in enumerate(_pieces(text)):
                try:
                    for one in read_manifests(piece, file):
                        lines = {path: line + above for path, line in one.lines.items()}
                        yield one._replace(document=document, lines=lines)
                except YamlProblem as problem:
                    line = problem.line + above if problem.line else 0
                    self._refused(file, piece, YamlProblem(problem.reason, line, is_syntax=problem.is_syntax))

    def _refused(self, file: str, text: str, problem: YamlProblem) -> None:
        no_text = "a mapping key that is not text"
        if _HELM.search(text) and (problem.is_syntax or problem.reason == no_text):
            self._skipped.append(Skipped(file, TEMPLATE))
        elif problem.is_syntax or problem.reason.startswith("duplicate key"):
            if "apiVersion" in text:
                self._broken.append(Broken(file, problem.line, problem.reason))
        elif problem.reason != "a document that is no mapping":
            where = f"{file}:{problem.line}" if problem.line else file
            self._skipped.append(
                Skipped(where, f"{problem.reason}, which is not read here: write the document without it")
            )

    def _known_patches(self) -> set[str]:
        if self._patches is None:
            self._patches = set()
            for path in self.walk.kustomizations:
                self._patches.update(_patches(path))
        return self._patches


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """The documents one by one, each with the number of lines above it."""
    starts = [found.start() for found in _DOCUMENT.finditer(text)]
    if not starts or text[: starts[0]].strip():
        starts.insert(0, 0)
    above = text.count("\n", 0, starts[0])
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield above, text[start:end]
        above += text.count("\n", start, end)


def _patches(path: Path) -> Iterator[str]:
    """The files that a kustomization names as patches, as real paths."""
    try:
        data = next(yaml_documents(read(path, MOST_BYTES, "")), None)
    except (UnreadableInput, YamlProblem):
        return
    if not isinstance(data, Mapping):
        return
    for name in _named(data):
        if "\n" not in name:  # else the patch itself
            yield os.path.realpath(path.parent / name)


def _named(data: Mapping[str, Any]) -> Iterator[str]:
    for key in ("patches", "patchesJson6902", "patchesStrategicMerge"):
        for one in data.get(key) or ():
            name = one.get("path") if isinstance(one, Mapping) else one
            if isinstance(name, str):
                yield name
