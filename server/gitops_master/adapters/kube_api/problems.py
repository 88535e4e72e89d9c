"""What went wrong with a request, in words for people: what was seen, and what to check."""

import errno
import ssl
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp
import msgspec

from gitops_master.adapters.kube_api.link import Link
from gitops_master.adapters.kube_api.transport import Answer, TooLong

_QUOTED = 500
_VERIFICATION = {
    9: "is not valid yet: compare this machine's clock with the server's",
    10: "has expired: renew it on the cluster, or compare this machine's clock",
    18: "is signed by itself: the kubeconfig's certificate-authority is not this server's",
    19: "is signed by an authority that is not trusted: the kubeconfig's certificate-authority is not this server's",
    20: "is signed by an authority that is not trusted: the kubeconfig's certificate-authority is not this server's, or missing",
    21: "is signed by an authority that is not trusted: the kubeconfig's certificate-authority is missing",
    62: "is for another host name: check `server`, or set `tls-server-name` to a name in the certificate",
    64: "is for another address: check `server`, or set `tls-server-name` to a name in the certificate",
}
"""By OpenSSL's verification codes (X509_V_ERR_…)."""
_REFUSED = "; over TLS that is also how a client certificate is refused"
"""The alert that says so comes after the handshake (TLS 1.3), or gets lost when the server closes at once."""


class _Status(msgspec.Struct):
    message: str = ""


_STATUS = msgspec.json.Decoder(_Status)


class Failure(NamedTuple):
    """`passing`: another try may well succeed. `undone`: the server has certainly not carried it out."""

    problem: str
    passing: bool = False
    undone: bool = False


def of_answer(link: Link, answer: Answer) -> str:
    """Of a status that is no success: `403 Forbidden: stages.kargo.akuity.io is forbidden: User "x" cannot list …`."""
    if 300 <= answer.status < 400:
        target = urlsplit(answer.location)
        to = f"{target.scheme}://{target.hostname}{target.path}"[:200] if target.hostname else "another path"
        said = f"it points to {link.redacted(to)}, which is not followed: is `server` an API server, or a login page in front of it?"
    else:
        said = link.redacted(_message(answer))
    said = " ".join(said.split())
    said = said if len(said) <= _QUOTED else f"{said[:_QUOTED]}…"
    if answer.status == HTTPStatus.UNAUTHORIZED:
        said += f" (as {link.source})" if not link.anonymous else f" ({link.source} has no credentials)"
    if answer.retry_after.isdecimal():
        said += f" (it asks to wait {answer.retry_after[:6]} s)"
    return f"{named(answer.status)}: {said.lstrip()}" if said else named(answer.status)


def named(status: int) -> str:
    """`404 Not Found`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def of_error(link: Link, error: Exception, most: int) -> Failure:
    """Of a request that no whole answer came to."""
    where = urlsplit(link.host).netloc.rpartition("@")[2]
    match error:
        case TooLong():
            return Failure(f"the answer is longer than {most // (1024 * 1024) or 1} MiB; narrow what is asked for")
        case aiohttp.ClientHttpProxyError():
            return Failure(f"the proxy in front of {where} answers {named(error.status)}")
        case aiohttp.ClientConnectorError() | aiohttp.ClientConnectorCertificateError():
            reset = isinstance(getattr(error, "os_error", None), ConnectionResetError)
            return Failure(_unconnected(where, error), passing=reset, undone=True)
        case aiohttp.ClientPayloadError():
            return Failure(f"the answer of {where} broke off in the middle", passing=True)
        case aiohttp.ServerDisconnectedError():
            return Failure(
                f"{where} closed the connection without an answer{_REFUSED if link.tls else ''}", passing=True
            )
        case aiohttp.ClientResponseError():
            return Failure(f"what answers at {where} does not speak HTTP: is `server` right, http or https?")
        case OSError() if (alert := _alert(error)) is not None:
            return Failure(f"{where} ended the TLS connection: {_tls(alert)}")
        case OSError() | aiohttp.ClientConnectionError():
            return Failure(f"the connection to {where} broke off: {_reason(error)}", passing=True)
    return Failure(f"the request to {where} failed: {link.redacted(str(error))[:_QUOTED] or type(error).__name__}")


def _unconnected(where: str, error: aiohttp.ClientConnectorError | aiohttp.ClientConnectorCertificateError) -> str:
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return f"the TLS certificate of {where} {_certificate(error.certificate_error)}"
        case aiohttp.ClientProxyConnectionError():
            return f"the proxy {error.host}:{error.port} cannot be reached: {_reason(error.os_error)}"
        case aiohttp.ClientConnectorDNSError():
            return f"the name {error.host} cannot be resolved: check `server`, the VPN and the DNS of this machine"
        case aiohttp.ClientConnectorSSLError():
            return f"no TLS connection to {where}: {_tls(error.os_error)}"
    if isinstance(error.os_error, ConnectionResetError):
        return f"{where} ended the connection while it was set up{_REFUSED}"
    return f"{error.host}:{error.port} cannot be reached: {_reason(error.os_error)}"


def _alert(error: OSError) -> ssl.SSLError | None:
    return next((held for held in (error, error.__cause__) if isinstance(held, ssl.SSLError)), None)


def _message(answer: Answer) -> str:
    """What the server says; only of a Status object and of plain text, since a page of HTML says nothing."""
    try:
        return _STATUS.decode(answer.body).message
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return answer.body[: 4 * _QUOTED].decode(errors="replace").strip() if answer.media == "text/plain" else ""


def _certificate(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _VERIFICATION.get(error.verify_code) or f"cannot be verified: {error.verify_message}"
    return "cannot be verified"


def _tls(error: BaseException) -> str:
    reason = (getattr(error, "reason", None) or "").replace("_", " ").lower()
    if "wrong version number" in reason or "record layer failure" in reason:
        return "it speaks no TLS there; is `server` http, or another port?"
    if "alert" in reason:
        return f"it refused ours ({reason}); has the client certificate expired, or was it made by another cluster?"
    return reason or "it broke off while being set up"


def _reason(error: BaseException) -> str:
    number = getattr(error, "errno", None)
    if isinstance(error, ConnectionRefusedError) or number == errno.ECONNREFUSED:
        return "connection refused; is the cluster running, the tunnel open, the port right?"
    if isinstance(error, ConnectionResetError):
        return "reset by the other side"
    if number in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return "no route to it; is the VPN up?"
    if number == errno.ETIMEDOUT or isinstance(error, TimeoutError):
        return "packets get no answer; is the VPN up, does a firewall drop them?"
    return getattr(error, "strerror", None) or type(error).__name__
