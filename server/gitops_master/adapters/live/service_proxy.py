"""`ports.outside.ServiceProxy` over `ports.api.Api`: what applications answer through the API server's proxy to Services.

The API server's own words are told from the application's: both come as a status and a body, the server's as a Status object
with one of a few messages (Kubernetes v1.36 pkg/registry/core/service/storage/storage.go ResourceLocation, apimachinery
pkg/util/proxy/transport.go, apiserver pkg/endpoints/handlers/responsewriters/errors.go).
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, quote, unquote

import msgspec

from gitops_master.model.asking import Got, Proxied, Trouble
from gitops_master.model.errors import GitOpsError
from gitops_master.ports.api import Api, Reply, Request

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_PORT = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_OURS = re.compile(
    r"authorization|proxy-.*|impersonate-.*|x-remote-.*|cookie|host|connection|upgrade|te|trailer|transfer-encoding"
    r"|content-.*|accept.*|user-agent|expect|x-forwarded-.*",
    re.IGNORECASE,
)
"""Headers that speak to the API server, or to what carries the request."""
_KUBECTL = re.compile(
    r"^(?:Error from server(?: \(\w+\))?: |error: You must be logged in to the server \((?=Unauthorized\)))"
)
_OWN = (
    (re.compile(r'cannot \w+ resource "services/proxy"'), "denied"),
    (re.compile(r"^Unauthorized\b"), "denied"),
    (re.compile(r"^admission webhook .{0,500} denied the request"), "denied"),
    # A Service without an Endpoints object is "not found" as well (seen on v1.36.3).
    (re.compile(r'^no endpoints available for service "|^(?:services|endpoints) "[^"]*" not found'), "no-endpoints"),
    (re.compile(r"^error trying to reach service: "), "unreachable"),
    (re.compile(r'^no service port .{0,80} found for service "|^invalid service request "'), "other"),
)  # fmt: skip
"""An application may be an API server itself and answer with a Status of its own: only these say that it was not reached."""
_ELSEWHERE = frozenset("/\\%")
_LATE = re.compile(r"no answer within|did not end in time|Client\.Timeout|deadline exceeded|i/o timeout")
_MOST_TEXT = 600


class _Status(msgspec.Struct):
    kind: str = ""
    message: str = ""
    code: int = 0


_STATUS = msgspec.json.Decoder(_Status)


class KubeServiceProxy:
    """Through one API server. `secrets`: values of headers that an ask names as its secret, by the headers' names."""

    def __init__(self, api: Api, secrets: Mapping[str, str] | None = None) -> None:
        self._api = api
        self._secrets = {name.lower(): value for name, value in (secrets or {}).items()}

    async def fetch(self, asks: Sequence[Proxied], *, deadline_s: float) -> Mapping[Proxied, Got]:
        """As the port says. How many are under way at a time, and how long one may take, is the way's own measure."""
        found: dict[Proxied, Got] = {}
        requests: dict[Proxied, Request] = {}
        for ask in asks:
            try:
                requests[ask] = self._request(ask)
            except ValueError as error:
                found[ask] = Got(trouble=Trouble("malformed", str(error)))
        try:
            replies = await self._api.get(list(requests.values()), deadline_s=deadline_s)
        except GitOpsError as error:
            said = f"{error.message}; {error.hint}" if error.hint else error.message
            return found | dict.fromkeys(requests, Got(trouble=Trouble("other", said)))
        return found | {ask: _got(reply) for ask, reply in zip(requests, replies, strict=True)}

    def _request(self, ask: Proxied) -> Request:
        """Raises ValueError on what leads elsewhere than it says, or cannot be sent."""
        for word, what in ((ask.namespace, "namespace"), (ask.service, "Service")):
            if not _NAME.fullmatch(word) or ".." in word:
                raise ValueError(f"{word!r} is not a name that a {what} can have")
        if not _PORT.fullmatch(ask.port) or (ask.port.isdecimal() and not 0 < int(ask.port) < 65536):
            raise ValueError(f"{ask.port!r} is neither the number nor the name of a port")
        if ask.scheme not in ("http", "https"):
            raise ValueError(f"{ask.scheme!r} is not a scheme: http and https are")
        path, _, query = ask.path.partition("?")
        name = f"{'https:' if ask.scheme == 'https' else ''}{ask.service}:{ask.port}"
        return Request(
            f"/api/v1/namespaces/{ask.namespace}/services/{name}/proxy{_path(path)}",
            tuple(parse_qsl(query, keep_blank_values=True, max_num_fields=100)),
            relayed=True,
            headers=self._headers(ask),
        )

    def _headers(self, ask: Proxied) -> tuple[tuple[str, str], ...]:
        headers = [*ask.headers]
        if ask.secret_header:
            value = self._secrets.get(ask.secret_header.lower(), "")
            if not value:
                raise ValueError(f"there is no value for the header {ask.secret_header!r}")
            headers.append((ask.secret_header, value))
        for name, value in headers:
            if not _HEADER.fullmatch(name) or _OURS.fullmatch(name):
                raise ValueError(f"the header {name!r} is not one that gets through the API server to an application")
            if not (value.isascii() and value.isprintable()):
                raise ValueError(f"the value of the header {name!r} holds characters that no header can")
        return tuple(headers)


def _path(path: str) -> str:
    """Encoded anew. What stands before the API server may tidy up a path before it looks whose it is: nothing in it to tidy."""
    if not path.startswith("/"):
        raise ValueError(f"{path!r} is not a path: it begins with a slash")
    try:
        segments = [unquote(one, errors="strict") for one in path[1:].split("/")]
    except UnicodeDecodeError:
        raise ValueError(f"{path!r} is not encoded as UTF-8") from None
    for place, one in enumerate(segments):
        last = place == len(segments) - 1
        if (not one and not last) or one in (".", "..") or not one.isprintable() or not _ELSEWHERE.isdisjoint(one):
            raise ValueError(f"{path!r} is not a path below the Service: empty parts, dots and slashes lead elsewhere")
    return "".join(f"/{quote(one, safe=':@!$&()*+,;=~')}" for one in segments)


def _got(reply: Reply) -> Got:
    if not reply.status:
        kind = "timeout" if _LATE.search(reply.problem) else "other"
        return Got(trouble=Trouble(kind, reply.problem[:_MOST_TEXT]))
    body = b"".join(reply.bodies)
    got = Got(reply.status, reply.headers, body, reply.elapsed_s, reply.truncated)
    own = next(((kind, said) for said in [_said(reply, body)] for one, kind in _OWN if one.search(said)), None)
    if own is None:
        return got
    return msgspec.structs.replace(got, by_proxy=True, trouble=Trouble(own[0], own[1][:_MOST_TEXT]))


def _said(reply: Reply, body: bytes) -> str:
    """The message of a Status object that fits the reply's status, or what kubectl made of one; empty otherwise."""
    if reply.ok:
        return ""
    if not reply.bodies:
        return _KUBECTL.sub("", reply.problem) if _KUBECTL.search(reply.problem) else ""
    try:
        status = _STATUS.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    return status.message if status.kind == "Status" and status.code == reply.status else ""
