"""Container logs in a snapshot: which there are by name, and the tail of those that are asked for."""

import re
from pathlib import PurePosixPath
from typing import BinaryIO

from gitops_master.adapters.container_logs import MAX_BYTES, tail_of
from gitops_master.model.snapshot import Gap, Log, LogKey

FOLDER = "logs"
_NAME = re.compile(r"([a-z0-9.-]+)_([a-z0-9.-]+)_([a-z0-9.-]+)\.log")


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
    return tail_of(key, data, truncated=truncated)
