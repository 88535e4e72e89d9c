"""What the libraries raise, in the kinds and words of a Trouble."""

import errno
import ssl

import aiohttp

from gitops_master.adapters.outside.failed import Failed

_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EHOSTDOWN, errno.ENETDOWN}
_QUOTED = 300
_ENDED = "UNEXPECTED_EOF_WHILE_READING"


def failed(error: Exception, where: str) -> Failed:
    """`where`: host, port and address, for people."""
    tls = _tls(error)
    if isinstance(tls, ssl.SSLCertVerificationError):
        return Failed("tls", f"the certificate of {where} is not trusted: {tls.verify_message}")
    if isinstance(tls, ssl.SSLEOFError | ssl.SSLZeroReturnError) or (tls is not None and tls.reason == _ENDED):
        return Failed("reset", f"{where} closed the connection while TLS was set up")
    if tls is not None:
        return Failed("tls", f"{where} ended the TLS connection: {_words(tls)}")
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else None
    held = getattr(error, "os_error", None) or cause or error
    match held:
        case TimeoutError():
            return Failed("timeout", f"{where} did not answer in time")
        case ConnectionRefusedError():
            return Failed("refused", f"{where} refuses connections")
        case ConnectionResetError() | BrokenPipeError() | ConnectionAbortedError() | aiohttp.ServerDisconnectedError():
            return Failed("reset", f"{where} closed the connection without an answer")
        case aiohttp.ClientPayloadError():
            return Failed("reset", f"the answer of {where} broke off in the middle")
        case aiohttp.ClientResponseError() | aiohttp.InvalidURL():
            return Failed("malformed", f"what answers at {where} does not speak HTTP, or has headers beyond measure")
        case OSError() if held.errno in _UNREACHABLE:
            return Failed("unreachable", f"there is no way from here to {where}: {held.strerror}")
        case OSError():
            return Failed("other", f"no connection to {where}: {held.strerror or held}"[:_QUOTED])
    return Failed("other", f"the request to {where} failed: {type(error).__name__}")


def _tls(error: BaseException) -> ssl.SSLError | None:
    # The HTTP library's own error of a certificate is one of the TLS library's by type, and lacks what that would say.
    for held in (getattr(error, "certificate_error", None), getattr(error, "os_error", None), error.__cause__, error):
        if isinstance(held, ssl.SSLError):
            return held
    return None


def _words(error: ssl.SSLError) -> str:
    reason = error.reason or ""
    if reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"}:
        return f"it does not speak TLS there ({reason.lower().replace('_', ' ')})"
    return reason.lower().replace("_", " ") or (error.strerror or str(error))[:_QUOTED]
