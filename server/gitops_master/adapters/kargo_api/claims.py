"""What a token says of itself. Nothing is verified: it serves to tell people who they are, and to renew what has expired."""

import base64
import binascii
from typing import Any

import msgspec

from gitops_master.model.printable import printable

EXPIRES_EARLY_S = 10.0
"""A token that would expire on the way is renewed before."""
_MOST_SHOWN = 200


def claims(token: str) -> dict[str, Any]:
    """Of a JWT; nothing of any other token."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        held = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, msgspec.MsgspecError, RecursionError):
        return {}
    return held if isinstance(held, dict) else {}


def who(token: str) -> str:
    """An address, a name such as `admin`, or a Kubernetes identity; empty where the token does not say."""
    held = claims(token)
    for key in ("email", "sub"):
        if isinstance(said := held.get(key), str) and said.strip():
            return printable(said.strip())[:_MOST_SHOWN]
    return ""


def expired(token: str, now: float) -> bool:
    """Whether it says so itself."""
    ends = claims(token).get("exp")
    return isinstance(ends, int | float) and not isinstance(ends, bool) and ends - EXPIRES_EARLY_S < now
