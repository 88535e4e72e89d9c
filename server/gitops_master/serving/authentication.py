"""What the server needs to tell callers apart: the seam between transport and ways of authenticating."""

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from mcp.server.auth.provider import TokenVerifier
    from mcp.server.auth.settings import AuthSettings


class Authentication(msgspec.Struct, frozen=True):
    """`verifier`: says whose a bearer token is. `auth`: where callers get one (OAuth resource metadata); None: they have it."""

    verifier: "TokenVerifier"
    auth: "AuthSettings | None" = None
