"""What came back from outside, in words: why nothing did, what was answered, the JSON of it."""

from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from gitops_master.facts.texts import fact
from gitops_master.model.asking import Get, Got, Proxied, Trouble
from gitops_master.model.finding import Evidence, quoted
from gitops_master.model.verification import Verdict

Asked = Get | Proxied
_SHOWN = 200
"""Characters of a body that are quoted: a status, a reason, the first component."""


class Unanswered(msgspec.Struct, frozen=True):
    """`text`: after the name of what was asked. `answered`: it was reached and did not do its part."""

    text: str
    answered: bool = False

    @property
    def verdict(self) -> Verdict:
        return Verdict.FAIL if self.answered else Verdict.UNKNOWN


def url_of(ask: Asked) -> str:
    """Where a request goes, without its query."""
    if isinstance(ask, Get):
        return ask.url.partition("?")[0]
    return f"{ask.scheme}://{ask.service}.{ask.namespace}:{ask.port}{ask.path.partition('?')[0]}"


def no_reply(ask: Asked, trouble: Trouble) -> str:
    """Why nothing came back, and what would have to be granted where that is why: never a fault of what was asked."""
    if isinstance(ask, Get):
        return f"no answer to here: {quoted(trouble.text)}"
    where = f"service {ask.namespace}/{ask.service}"
    match trouble.kind:
        case "denied":
            grant = f"not looked at: get services/proxy in namespace {ask.namespace} is missing"
            return f"{grant} ({quoted(trouble.text)})"
        case "no-endpoints":
            return f"the API server finds no ready endpoint of {where} for port {ask.port}: {quoted(trouble.text)}"
        case "unreachable":
            reason = trouble.text.removeprefix("error trying to reach service: ")
            return f"the API server has no way to the pods of {where}: {quoted(reason)}"
        case "timeout":
            return f"no answer of {where} in time: {quoted(trouble.text)}"
    return f"{where} was not asked: {quoted(trouble.text)}"


def shown(got: Got) -> str:
    """The answer in one line: its status, and how its body begins."""
    body = " ".join(got.text[: 2 * _SHOWN].split())
    return quoted(f"{got.status} {body}".strip(), _SHOWN)


def seen_at(ask: Asked, got: Got) -> Evidence:
    """Evidence from an answer: who was asked for what, and what came."""
    path = ask.path.partition("?")[0] if isinstance(ask, Proxied) else ""
    about = f"Service {ask.namespace}/{ask.service}" if isinstance(ask, Proxied) else url_of(ask)
    return fact(about, f"GET {path} on port {ask.port}" if isinstance(ask, Proxied) else "GET", shown(got))


def json_answer(ask: Asked, got: Got) -> Any | Unanswered:
    """The JSON of a success."""
    if got.trouble is not None:
        return Unanswered(no_reply(ask, got.trouble))
    if got.status in (401, 403) or 300 <= got.status < 400:
        return Unanswered(f"it answers {got.status}, so it wants a login (name a header for it, or another address)")
    if not 200 <= got.status < 300:
        return Unanswered(f"it answers {shown(got)}", answered=True)
    if got.truncated:
        return Unanswered(f"its answer is longer than the {len(got.body)} bytes that are read")
    try:
        return msgspec.json.decode(got.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Unanswered(f"what it answers is not JSON: {shown(got)}", answered=True)


def with_query(path: str, *query: tuple[str, str]) -> str:
    return f"{path}?{urlencode(query, quote_via=quote)}" if query else path
