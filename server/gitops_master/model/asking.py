"""Requests that leave the program to see whether something answers, and what came back. Values; who sends them is an adapter.

From where the program runs: Resolve, Handshake, Get. Through the API server's proxy to a Service: Proxied.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

MOST_BODY = 64 * 1024
"""Bytes of a body that are kept; what answers is judged by its beginning."""


class Resolve(msgspec.Struct, frozen=True, tag=True):
    """The addresses of a host."""

    host: str


class Handshake(msgspec.Struct, frozen=True, tag=True):
    """TLS with the host as server name; the certificate that is shown, whether it is trusted or not."""

    host: str
    port: int = 443


class Get(msgspec.Struct, frozen=True, tag=True):
    """GET without credentials; redirects are told, never followed. `headers`: beside Host, Accept and User-Agent.

    `secret_header`: name of a header whose value the sender knows under the same name (settings), never shown.
    """

    url: str
    accept: str = "*/*"
    headers: tuple[tuple[str, str], ...] = ()
    secret_header: str = ""


class Proxied(msgspec.Struct, frozen=True, tag=True):
    """GET of a Service's path through the API server. `port`: number or name. `path` begins with a slash, with its query.

    `secret_header`: as of Get. Authorization is not among what gets through: the API server keeps it for itself.
    """

    namespace: str
    service: str
    port: str
    path: str
    scheme: str = "http"
    headers: tuple[tuple[str, str], ...] = ()
    secret_header: str = ""


Ask = Resolve | Handshake | Get | Proxied


class Trouble(msgspec.Struct, frozen=True):
    """Why nothing came back. `kind`: refused, timeout, reset, no-such-host, no-resolver, not-allowed, tls, malformed, denied
    (the API server forbids the proxy), no-endpoints, unreachable (no way there from here, or none from the API server to the pod), other.

    `text`: in words, for people.
    """

    kind: str
    text: str


class Resolved(msgspec.Struct, frozen=True):
    addresses: tuple[str, ...] = ()
    trouble: Trouble | None = None


class ShownCertificate(msgspec.Struct, frozen=True):
    """`names`: DNS names and addresses it is for. `common_name`: as the subject writes it."""

    common_name: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime


class Shaken(msgspec.Struct, frozen=True):
    """`distrust`: why the certificate is not trusted (expired, not-yet-valid, wrong-host, self-signed, unknown-authority, other),
    empty where it is. `distrust_text`: in the words of the TLS library. `alert`: what the server said where it wanted a certificate of us.
    """

    certificate: ShownCertificate | None = None
    distrust: str = ""
    distrust_text: str = ""
    alert: str = ""
    address: str = ""
    trouble: Trouble | None = None


class Got(msgspec.Struct, frozen=True):
    """`headers`: names in lower case. `elapsed_s`: until the last byte. `truncated`: the body went on. Status 0: none came.

    `by_proxy`: it is the API server that says so, not what stands behind it.
    """

    status: int = 0
    headers: Mapping[str, str] = {}
    body: bytes = b""
    elapsed_s: float = 0.0
    truncated: bool = False
    address: str = ""
    by_proxy: bool = False
    trouble: Trouble | None = None

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


Reply = Resolved | Shaken | Got


def no_way(ask: Ask) -> Reply:
    """The reply where nobody could be asked: this source of evidence leads to no network."""
    trouble = Trouble("other", "cannot be asked from here: a saved cluster is looked at")
    match ask:
        case Resolve():
            return Resolved(trouble=trouble)
        case Handshake():
            return Shaken(trouble=trouble)
    return Got(trouble=trouble)
