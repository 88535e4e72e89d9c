"""Which files a PATH means: a file, or what lies in a folder and beneath, in the order of names, bounded."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from gitops_master.model.errors import UsageError

STDIN = "-"
SUFFIXES = (".yaml", ".yml", ".json")
KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
MOST_FILES = 10_000
MOST_ENTRIES = 200_000
"""Of all folders together: the home folder of somebody who was in the wrong one is not walked to its end."""
MOST_FOLDERS_DEEP = 64


class Candidate(NamedTuple):
    """A file to be read. `named`: the user named it itself, not only a folder above it."""

    path: Path
    named: bool = False

    @property
    def file(self) -> str:
        """As the user would name it."""
        return str(self.path)


class Skipped(NamedTuple):
    """What was not looked at: a file or folder, and why."""

    file: str
    reason: str


class Walk:
    """Goes through PATHs once. `skipped`: what it left out; `kustomizations`: those of the folders it went through."""

    def __init__(self, most_files: int = MOST_FILES, most_entries: int = MOST_ENTRIES) -> None:
        self.skipped: list[Skipped] = []
        self.kustomizations: list[Path] = []
        self._files_left = most_files
        self._entries_left = most_entries
        self._is_full = False
        self._seen: set[str] = set()

    def candidates(self, paths: Sequence[Path]) -> Iterator[Candidate]:
        """Each file once, however many PATHs and links lead to it. Raises UsageError where a PATH does not exist."""
        for path in paths:
            if not os.path.lexists(path):
                raise UsageError(
                    f"there is no file or folder {path}", "name files or folders of manifests, or - for stdin"
                )
        for path in paths:
            if path.is_dir():
                yield from self._folder(path, os.path.realpath(path), 0)
            elif self._is_new(path):
                yield Candidate(path, named=True)

    def _folder(self, folder: Path, root: str, depth: int) -> Iterator[Candidate]:
        if depth > MOST_FOLDERS_DEEP:
            self.skipped.append(Skipped(str(folder), f"deeper than {MOST_FOLDERS_DEEP} folders"))
            return
        if not self._is_new(folder):  # a link to a folder above it, or a PATH in another PATH
            return
        try:
            names = sorted(os.listdir(folder))
        except OSError as error:
            self.skipped.append(Skipped(str(folder), f"cannot be read: {error.strerror}"))
            return
        for name in names:
            yield from self._entry(folder / name, root, depth)
            if self._is_full:
                return

    def _entry(self, path: Path, root: str, depth: int) -> Iterator[Candidate]:
        self._entries_left -= 1
        is_folder = path.is_dir()
        is_file = not is_folder and (path.suffix in SUFFIXES or path.name in KUSTOMIZATIONS)
        if not (is_file or (is_folder and not path.name.startswith("."))):
            return
        if self._entries_left < 0 or self._files_left <= 0:
            self._is_full = True
            self.skipped.append(Skipped(str(path), "this and what follows: too many files; name fewer folders"))
        elif path.is_symlink() and not _is_within(os.path.realpath(path), root):
            self.skipped.append(Skipped(str(path), "a link that leads out of the folder"))
        elif is_folder:
            yield from self._folder(path, root, depth + 1)
        elif path.name in KUSTOMIZATIONS:
            self.kustomizations.append(path)
        elif self._is_new(path):
            self._files_left -= 1
            yield Candidate(path)

    def _is_new(self, path: Path) -> bool:
        real = os.path.realpath(path)
        known = real in self._seen
        self._seen.add(real)
        return not known


def _is_within(real: str, root: str) -> bool:
    return real == root or real.startswith(root.rstrip(os.sep) + os.sep)


def is_chart_template(path: Path) -> bool:
    """Whether it lies in the `templates` folder of a Helm chart."""
    parents = path.absolute().parents
    return any(one.name == "templates" and (one.parent / "Chart.yaml").is_file() for one in parents)
