"""The tails of container logs, wherever they come from."""

import re

from gitops_master.model.snapshot import Log, LogKey

MAX_LINES = 2_000
MAX_BYTES = 1024 * 1024
"""What kubectl logs --tail would be asked for as well: the end tells why, the rest only costs time."""

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Colours as a whole, then every control character other than tab and line end."""


def tail_of(key: LogKey, data: bytes, *, truncated: bool = False) -> Log:
    """The last lines of what was read. `truncated`: earlier lines were left out already."""
    lines = data.decode(errors="replace").removesuffix("\n").split("\n") if data else []
    shown = tuple(_CONTROL.sub("", line) for line in lines[-MAX_LINES:])
    return Log(key, shown, truncated or len(lines) > MAX_LINES)
