"""Container logs in a snapshot: which there are by name, and the tail of those that are asked for."""

import re
from pathlib import PurePosixPath
from typing import BinaryIO

from gitops_master.adapters.snapshot.limits import MIB
from gitops_master.model.snapshot import Gap, Log, LogKey

FOLDER = "logs"
MAX_LINES = 2_000
MAX_BYTES = MIB
"""What kubectl logs --tail would be asked for as well: the end tells why, the rest only costs time."""

_NAME = re.compile(r"([a-z0-9.-]+)_([a-z0-9.-]+)_([a-z0-9.-]+)\.log")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Colours as a whole, then every control character other than tab and line end."""


def is_log(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix == ".log" and path.parent.name == FOLDER


def log_key(name: str) -> LogKey | None:
    """Whose log it is; None where the file's name does not say."""
    match = _NAME.fullmatch(PurePosixPath(name).name)
    return LogKey(*match.groups()) if match else None


def misnamed(name: str) -> Gap:
    return Gap("logs", f"{name}: the name is not <namespace>_<pod>_<container>.log")


def tail(key: LogKey, handle: BinaryIO, size: int) -> Log:
    """The last lines of a log of `size` bytes, whatever its length."""
    truncated = size > MAX_BYTES
    if truncated:
        handle.seek(size - MAX_BYTES - 1)
    # One byte more than is kept tells whether the first line is whole.
    data = handle.read(MAX_BYTES + 1)
    if truncated:
        data = data.partition(b"\n")[2] or data[1:]
    lines = data.decode(errors="replace").removesuffix("\n").split("\n") if data else []
    shown = tuple(_CONTROL.sub("", line) for line in lines[-MAX_LINES:])
    return Log(key, shown, truncated or len(lines) > MAX_LINES)
