"""Writing a file whole or not at all."""

import contextlib
import os
import secrets
from pathlib import Path

from gitops_master.model.errors import Forbidden, UnreadableInput


def refuse_existing(path: Path) -> None:
    """Raises Forbidden where something is there already."""
    if os.path.lexists(path):
        raise Forbidden(f"{path} exists already", "look at it; --force writes over it, --write-config PATH elsewhere")


def write_new(path: Path, text: str, *, force: bool) -> None:
    """In one step: whoever looks sees the old file or the new one. Raises Forbidden where one exists, UnreadableInput where
    nothing can be written there.
    """
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        try:
            with made.open("x", encoding="utf-8") as file:
                file.write(text)
            if force:
                made.replace(path)
            else:
                os.link(made, path)  # unlike a rename this fails where something has come to be there meanwhile
        finally:
            with contextlib.suppress(OSError):
                made.unlink(missing_ok=True)
    except FileExistsError:
        refuse_existing(path)
        raise
    except OSError as error:
        raise UnreadableInput(
            f"{path} cannot be written: {error.strerror}", "check the folder, or name another PATH"
        ) from None
