"""Where files come from: a single file, a folder or an archive, all seen as a stream of named members."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from gitops_master.adapters.snapshot.limits import Budget, refuse

ARCHIVES = (".tar", ".tar.gz", ".tgz", ".zip")


class Member(NamedTuple):
    """One file of the input. `open` must be used before the next member is asked for."""

    name: str
    size: int
    open: Callable[[], BinaryIO]


def is_archive(path: Path) -> bool:
    return path.name.lower().endswith(ARCHIVES) and not path.is_dir()


def is_hidden(name: str) -> bool:
    """Dot files and what macOS adds to archives."""
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def members(path: Path, budget: Budget) -> Iterator[Member]:
    """Every file of the input that is not hidden. Use inside of `guarded`, which explains what goes wrong."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        yield from _folder(path, budget)
    elif not stat.S_ISREG(mode):
        refuse(str(path), "neither a file nor a folder", "give a file, a folder or an archive")
    elif is_archive(path):
        # Imported only here: most people pass a file or a folder, and start-up time counts.
        from gitops_master.adapters.snapshot.archives import archive_members

        yield from archive_members(path, budget)
    else:
        yield Member(path.name, path.stat().st_size, lambda: path.open("rb"))


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turns what the file system and the archive libraries raise while reading into UnreadableInput."""
    if "\0" in str(path):
        refuse(str(path), "not a path", "check the path")
    try:
        with _archive_guard(path):
            yield
    except FileNotFoundError as error:
        refuse(str(error.filename or path), "no such file or folder", "check the path")
    except PermissionError as error:
        refuse(str(error.filename or path), "no permission to read it", "check owner and mode of the file")
    except OSError as error:
        refuse(str(error.filename or path), f"cannot be read: {error.strerror or error}", "check the path and the disk")


def _archive_guard(path: Path) -> AbstractContextManager[None]:
    if not is_archive(path):
        return nullcontext()
    from gitops_master.adapters.snapshot.archives import unbroken

    return unbroken(path)


def _folder(path: Path, budget: Budget) -> Iterator[Member]:
    root = path.resolve()
    for folder, folders, names in os.walk(root, onerror=_raise):
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for name in folders:
            _inside(root, Path(folder, name))
        for name in sorted(names):
            if is_hidden(name):
                continue
            file = Path(folder, name)
            relative = file.relative_to(root).as_posix()
            budget.add_file(relative)
            _inside(root, file)
            state = file.stat()
            if not stat.S_ISREG(state.st_mode):
                refuse(relative, "neither a file nor a folder", "remove it from the folder")
            yield Member(relative, state.st_size, lambda file=file: file.open("rb"))  # type: ignore[misc]


def _raise(error: OSError) -> None:
    raise error


def _inside(root: Path, path: Path) -> None:
    """A link may point around inside the folder; what lies outside was not handed to us."""
    if not path.is_symlink():
        return
    try:
        inside = path.resolve().is_relative_to(root)
    except RuntimeError:  # a link to itself; an OSError from Python 3.13 on
        inside = False
    if not inside:
        refuse(path.relative_to(root).as_posix(), "a link out of the folder", "replace the link by a copy of the file")
