"""What proves an identity, kept out of every representation and message."""

import base64
from collections.abc import Iterable

from gitops_master.model.printable import printable

_SHORTEST = 6
"""A shorter secret is more likely part of a word than a leak."""


class Bearer:
    """A token that somebody handed in, to be passed on to an API server and shown nowhere."""

    __slots__ = ("token",)

    def __init__(self, token: str) -> None:
        self.token = token

    def __repr__(self) -> str:
        return "Bearer(***)"


class Credentials:
    """Of one user. `expires_at`: Unix seconds, after which they must be had again; None: never. `source`: for messages."""

    __slots__ = ("certificate", "expires_at", "key", "password", "source", "token", "username")

    def __init__(
        self,
        *,
        token: str = "",
        username: str = "",
        password: str = "",
        certificate: bytes = b"",
        key: bytes = b"",
        expires_at: float | None = None,
        source: str = "",
    ) -> None:
        self.token, self.username, self.password = token, username, password
        self.certificate, self.key = certificate, key
        self.expires_at, self.source = expires_at, source

    @property
    def secrets(self) -> tuple[str, ...]:
        """The texts that must not be seen, in all forms that travel."""
        basic = base64.b64encode(f"{self.username}:{self.password}".encode()).decode() if self.password else ""
        return tuple(text for text in (self.token, self.password, basic) if text)

    def __repr__(self) -> str:
        return f"Credentials(from {self.source or 'the kubeconfig'})"


class Redacted:
    """Makes text from elsewhere fit to show: printable, and without the given secrets."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # The longest first: a password may be part of the text that holds it.
        self._secrets = sorted({secret for secret in secrets if len(secret) >= _SHORTEST}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return printable(text)

    def __repr__(self) -> str:
        return "Redacted()"
