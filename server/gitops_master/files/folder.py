"""A folder of manifests: read with its texts, and written to so that nothing is half done and nobody's work is lost."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gitops_master.files.gathering import Gathered, gathered
from gitops_master.model.errors import Forbidden, GitOpsError, UnreadableInput, UsageError

MOST_SHOWN = 12


class Folder(NamedTuple):
    """`found`: its objects, their files named relative to it. `texts`: of those files."""

    found: Gathered = Gathered()
    texts: Mapping[str, str] = {}


def read_folder(path: Path | None) -> Folder:
    """All manifests beneath it; one that does not exist holds none. Raises UsageError where it is no folder."""
    if path is None or not os.path.lexists(path):
        return Folder()
    if not path.is_dir():
        raise UsageError(f"{path} is no folder", "name the folder that the manifests are in, or are to be in")
    found = gathered([path])
    manifests = tuple(one._replace(file=os.path.relpath(one.file, path)) for one in found.manifests)
    texts = {file: _text(path / file) for file in dict.fromkeys(one.file for one in manifests)}
    return Folder(found._replace(manifests=manifests), texts)


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableInput(f"cannot read {path}: {error}") from error


def write_files(folder: Path, files: Mapping[str, str], *, force: bool) -> list[str]:
    """The paths that were written. All is checked before anything is; a file that says the same is left alone.

    Raises Forbidden where a file that differs would be replaced without `force`, or a path leads out of the folder.
    """
    for path in files:
        _check_inside(folder, path)
    wanted = {path: text for path, text in files.items() if not _says(folder / path, text)}
    if not force and (held := [path for path in wanted if os.path.lexists(folder / path)]):
        more = f" and {len(held) - MOST_SHOWN} more" if len(held) > MOST_SHOWN else ""
        raise Forbidden(
            f"{', '.join(held[:MOST_SHOWN])}{more} in {folder} would be changed; nothing was written",
            "look at the differences above, then add --force to write them",
        )
    try:
        _write(folder, wanted)
    except OSError as error:
        raise UnreadableInput(f"cannot write to {folder}: {error.strerror or error}") from error
    return list(wanted)


def _check_inside(folder: Path, path: str) -> None:
    """Neither up and out, nor through a link: what it leads to is not what the user named."""
    parts: Sequence[str] = Path(path).parts
    if not parts or Path(path).is_absolute() or ".." in parts:
        raise Forbidden(f"{path} would lie outside {folder}")
    place = folder
    for part in parts:
        place = place / part
        if place.is_symlink():
            raise Forbidden(
                f"{place} is a symbolic link and is not written through", "write the file it leads to by hand"
            )
    if os.path.lexists(place) and not place.is_file():
        raise Forbidden(f"{place} exists and is no file", "choose another folder with --out")


def _says(path: Path, text: str) -> bool:
    try:
        return path.is_file() and _text(path) == text
    except GitOpsError:
        return False


def _write(folder: Path, files: Mapping[str, str]) -> None:
    """All lie beside their places before the first is moved there, which then only takes renames."""
    ready: list[tuple[str, Path]] = []
    try:
        for path, text in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            ready.append((name, target))
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
            os.chmod(name, mode)
        for name, target in ready:
            os.replace(name, target)
    finally:
        for name, _ in ready:
            Path(name).unlink(missing_ok=True)


def _umask() -> int:
    held = os.umask(0)
    os.umask(held)
    return held
