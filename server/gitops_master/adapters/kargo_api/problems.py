"""Kargo's answers in words for people: what was seen, bounded, without credentials."""

from urllib.parse import urlsplit

import msgspec

from gitops_master.adapters.kargo_api.transport import Answer
from gitops_master.adapters.kube_api.problems import named
from gitops_master.adapters.kube_api.secrets import Redacted

_QUOTED = 500
_WEB_PAGE = "text/html"


class _Error(msgspec.Struct):
    """Kargo says `error` (pkg/server/rest_router.go); identity providers add the description, RFC 6749 5.2."""

    error: str = ""
    error_description: str = ""


def of_answer(answer: Answer, redacted: Redacted) -> str:
    """Of a status that is no success: `403 Forbidden: stages.kargo.akuity.io is forbidden: …`."""
    if 300 <= answer.status < 400:
        target = urlsplit(answer.location)
        to = f"{target.scheme}://{target.hostname}{target.path}"[:200] if target.hostname else "another path"
        said = f"it points to {to}, which is not followed: is that the address of Kargo, or of a login page in front of it?"
    else:
        said = _said(answer)
    said = " ".join(redacted(said).split())
    said = said if len(said) <= _QUOTED else f"{said[:_QUOTED]}…"
    return f"{named(answer.status)}: {said}" if said else named(answer.status)


def by_kargo(answer: Answer) -> bool:
    """Whether an error is Kargo's own: a proxy or a server without this API answers otherwise."""
    return bool(_error(answer).error)


def not_kargo(answer: Answer) -> str:
    """Of a success that holds something else than was asked for."""
    what = "a web page" if answer.media == _WEB_PAGE else f"{answer.media or 'something'} that is not Kargo's"
    return f"{named(answer.status)}, yet what came is {what}"


def _said(answer: Answer) -> str:
    """Of JSON and plain text: a web page says nothing."""
    held = _error(answer)
    if held.error:
        return f"{held.error}: {held.error_description}" if held.error_description else held.error
    if answer.media == _WEB_PAGE:
        return "the answer is a web page"
    return answer.body[: 4 * _QUOTED].decode(errors="replace").strip() if answer.media == "text/plain" else ""


def _error(answer: Answer) -> _Error:
    try:
        return msgspec.json.decode(answer.body, type=_Error)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Error()
