"""Who asks: what a verified token says, as the rest of the program may know it."""

import msgspec
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from pydantic import ConfigDict, Field

from gitops_master.adapters.kube_api import Bearer

MOST_NAME = 256
"""Characters of a subject or a group; longer ones are nobody's name."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """One who was authenticated.

    `subject`: unique with its `issuer` (empty: the tokens file). `user`: what a cluster may be told, where that is another claim.
    `may_write`: within what the server allows at all. `token`: their own, where it is handed on; never shown.
    """

    subject: str
    issuer: str = ""
    user: str = ""
    groups: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    may_write: bool = False
    token: Bearer | None = None

    @property
    def name(self) -> str:
        """For plans and the audit: different for any two callers, since issuers hold no blanks."""
        return f"{self.subject} of {self.issuer}" if self.issuer else self.subject


class CallerToken(AccessToken):
    """What the SDK keeps of a request's token: the caller, and not the token."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    token: str = Field(default="", repr=False)
    caller: Caller = Field(repr=False)


def caller_token(caller: Caller, *, expires_at: int | None = None, resource: str | None = None) -> CallerToken:
    """`expires_at`: Unix seconds, leeway included. `resource`: what the token was found to be for."""
    return CallerToken(
        client_id=caller.subject,
        subject=caller.subject,
        scopes=list(caller.scopes),
        expires_at=expires_at,
        resource=resource,
        claims={"iss": caller.issuer} if caller.issuer else None,
        caller=caller,
    )


def current_caller() -> Caller | None:
    """Of the request that is being answered; None outside of one, and for one whose token was not verified here."""
    token = get_access_token()
    return token.caller if isinstance(token, CallerToken) else None


def is_name(text: object) -> bool:
    """Whether it can be somebody's name: shown, compared and sent as a header without becoming another."""
    return isinstance(text, str) and 0 < len(text) <= MOST_NAME and text.isprintable() and text == text.strip()
