"""What ids of plans are sealed with."""

import secrets
from pathlib import Path

from gitops_master.model.errors import UnreadableInput, UsageError

LEAST, MOST = 32, 4096
"""Bytes of a file that holds a key."""


def plan_key(path: Path | None) -> bytes:
    """The key of that file, without blanks around it; where none is named one that nobody else has.

    Raises UnreadableInput where the file cannot be read, UsageError where what it holds is too short or too long.
    """
    if path is None:
        return secrets.token_bytes(LEAST)
    try:
        with path.open("rb") as file:
            key = file.read(MOST + 1).strip()
    except OSError as error:
        raise UnreadableInput(
            f"the key of plans, {path}, cannot be read: {error.strerror}", "name a file that can be read"
        ) from None
    if not LEAST <= len(key) <= MOST:
        raise UsageError(
            f"{path} is no key of plans: it holds {len(key)} bytes, a key has {LEAST} to {MOST}",
            "make one: openssl rand -base64 48",
        )
    return key
