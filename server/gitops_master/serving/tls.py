"""The server's certificate: read at the start, and again when its files change, so that renewing it needs no restart."""

import logging
import ssl
from pathlib import Path

from gitops_master.model.errors import UnreadableInput

_LOG = logging.getLogger("gitops_master.http")


class Certificate:
    """`context`: what connections are opened with. Raises UnreadableInput where the files are none that can be used."""

    def __init__(self, cert: Path, key: Path) -> None:
        self._cert, self._key = cert, key
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            self._seen = self._load()
        except (OSError, ValueError) as error:  # SSLError is an OSError
            reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or "not a PEM file"
            raise UnreadableInput(
                f"--tls-cert {cert} and --tls-key {key} cannot be used: {reason}",
                "give a certificate chain and its key, PEM, the key without a passphrase",
            ) from None

    def _load(self) -> tuple[int, ...]:
        seen = self._changed_at()
        # An empty passphrase: without one, OpenSSL would ask whoever sits at the terminal.
        self.context.load_cert_chain(self._cert, self._key, password="")
        return seen

    def _changed_at(self) -> tuple[int, ...]:
        return tuple(one.stat().st_mtime_ns for one in (self._cert, self._key))

    async def renew(self) -> None:
        """Connections from now on get what the files hold now; where that is of no use, what they had before."""
        try:
            if self._changed_at() == self._seen:
                return
            # Into another context first: a chain without its key must not get halfway into the one in use.
            fresh = Certificate(self._cert, self._key)
            self._seen = self._load()
            _LOG.info("the certificate was read again")
            del fresh
        except (OSError, ValueError, UnreadableInput) as error:
            _LOG.warning("the certificate was not read again: %s", error)
