"""Which files of working trees the user allows to name commands.

A command in a `.gitops-config.yaml` is code from whoever wrote that tree. It runs only after the user has trusted that very file:
this path with this content. What was trusted is kept in the user's own configuration folder.
"""

import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gitops_master.model.errors import Forbidden, UnreadableInput

STORE = "trusted.json"
MOST_BYTES = 1024 * 1024
"""A configuration file has a few hundred bytes."""


class _Stored(msgspec.Struct, forbid_unknown_fields=True):
    """`files`: SHA-256 of the content by absolute path."""

    files: dict[str, str] = {}


def configuration_folder(environ: Mapping[str, str]) -> Path:
    """The user's folder for this program, as the XDG base directory specification has it: a relative path does not count."""
    named = Path(environ.get("XDG_CONFIG_HOME", ""))
    home = named if named.is_absolute() else Path(environ.get("HOME") or Path.home()) / ".config"
    return home / "gitops-master"


class Trust:
    """Trusted files. `folder`: the user's own configuration folder."""

    def __init__(self, folder: Path) -> None:
        self._store = folder / STORE

    def is_trusted(self, path: Path, content: bytes | None = None) -> bool:
        """Whether the user trusted the file at this path with this content.

        `content`: what was read from it and is about to be used; without it the file is read anew. Raises UnreadableInput where the
        record is broken, Forbidden where others than the user can write to it.
        """
        known = self._read().files.get(str(path.resolve()))
        return known is not None and known == _digest(_content(path) if content is None else content)

    def trust(self, path: Path, content: bytes | None = None) -> None:
        """Trusts the file as it is now, or the content that the user was shown. Raises as `is_trusted` does."""
        stored = self._read()
        stored.files[str(path.resolve())] = _digest(_content(path) if content is None else content)
        self._write(stored)

    def _read(self) -> _Stored:
        try:
            with self._store.open("rb") as file:
                state = os.fstat(file.fileno())
                if state.st_uid != os.getuid() or state.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                    raise Forbidden(
                        f"{self._store} can be written by others than you, so what it says is not your word",
                        f"look at it; then `chmod 600 {self._store}`, or delete it and trust again",
                    )
                return msgspec.json.decode(file.read(), type=_Stored)
        except FileNotFoundError:
            return _Stored()
        except OSError as error:
            raise UnreadableInput(
                f"{self._store} cannot be read: {error.strerror}", "check its owner and mode"
            ) from None
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise UnreadableInput(
                f"{self._store} is broken: {error}", "delete it, and trust again what you trust"
            ) from None

    def _write(self, stored: _Stored) -> None:
        """In one step, so that a reader sees the old record or the new one, and by mode for the user alone."""
        try:
            self._store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            number, name = tempfile.mkstemp(prefix=STORE, dir=self._store.parent)  # mkstemp's mode is 0600
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(msgspec.json.format(msgspec.json.encode(stored, order="deterministic")))
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(name, self._store)
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(name)
                raise
        except OSError as error:
            raise UnreadableInput(
                f"{self._store} cannot be written: {error.strerror}", "check the folder's owner and mode"
            ) from None


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _content(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableInput(f"{path} is not a file", "name the configuration file itself")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UnreadableInput(f"{path} cannot be read: {error.strerror}", "check the path") from None
    if len(content) > MOST_BYTES:
        raise UnreadableInput(f"{path} is larger than {MOST_BYTES} bytes", "is it a configuration file?")
    return content
