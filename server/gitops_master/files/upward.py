"""A file of a working tree: the one of this folder, or of the first one above that has one."""

import stat
from pathlib import Path
from typing import NoReturn

from gitops_master.model.errors import UnreadableInput
from gitops_master.model.printable import printable


def find(name: str, folder: Path | None = None) -> Path | None:
    """Where a file of that name lies, upward from the folder, by default the working one."""
    try:
        start = (folder or Path.cwd()).absolute()
    except OSError:  # the working folder was deleted
        return None
    for above in (start, *start.parents):
        path = above / name
        try:
            path.lstat()
        except OSError:
            continue
        return path
    return None


def read(path: Path, most: int, hint: str) -> bytes:
    """Its bytes, at most one more than `most`. Raises UnreadableInput naming the file; `hint`: what it should be."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise UnreadableInput(f"{path} is not a file", hint)
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise UnreadableInput(f"{path} cannot be read: {error.strerror}", "check its owner and mode") from None


def decoded(name: str, content: bytes, most: int, takes: str) -> str:
    """Its text. `takes`: what such a file may hold, for the one who wrote more. Raises UnreadableInput."""
    if len(content) > most:
        refuse(name, f"is larger than {most} bytes", takes)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        refuse(name, f"is not UTF-8 text (byte {error.start})", "save it as UTF-8")


def refuse(name: str, problem: str, hint: str = "") -> NoReturn:
    """Raises UnreadableInput: `name` is the file, as the user knows it."""
    raise UnreadableInput(f"{printable(name)} {problem}", hint)


def shown(text: str) -> str:
    """Text of the file in a message: bounded, nothing a terminal obeys."""
    return repr(printable(text if len(text) <= 80 else f"{text[:80]}…"))
