"""What a verification asks, as people write it: a URL, and behind a space what its answer has to hold."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from gitops_master.manifests.request import StageRequest
from gitops_master.model.errors import UsageError

_URL = re.compile(r"https?://[^\s\"'<>\\^`|]+", re.IGNORECASE)
_EXPRESSION = "${{"
"""Kargo evaluates it in the Stage's arguments; only then the URL is known."""


class Probe(NamedTuple):
    """`holds`: what the answer has to hold; empty: any answer will do."""

    url: str
    holds: str


def probe_of(request: StageRequest, example: str) -> Probe:
    """Raises UsageError where there is no URL, or one that does not belong into a manifest."""
    text = request.probe.strip()
    if not text:
        raise UsageError(
            f"verification {request.verification} of Stage {request.name} has nothing to ask",
            f"name the URL of the Service in `probe`; which Services the Applications have is not known here: {example}",
        )
    url, _, holds = _parts(text)
    return Probe(checked_url(url, "probe", example), holds.strip())


def _parts(text: str) -> tuple[str, str, str]:
    """A space within an expression does not end the URL."""
    at = 0
    for found in re.finditer(r"\$\{\{.*?\}\}|\s", text):
        if found[0].isspace():
            at = found.start()
            break
    return (text[:at], " ", text[at:]) if at else (text, "", "")


def checked_url(url: str, field: str, example: str) -> str:
    """The URL as it is. Raises UsageError naming the field."""
    if "{{args." in url:
        raise UsageError(
            f"`{field}` names an argument: {url}", f"write the URL itself, it becomes an argument: {example}"
        )
    plain = re.sub(r"\$\{\{.*?\}\}", "x", url)
    if _EXPRESSION in plain or not _URL.fullmatch(plain):
        raise UsageError(f"`{field}` is no http(s) URL: {url!r}", f"such as {example}")
    try:
        parts = urlsplit(plain)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError as error:
        raise UsageError(f"`{field}` is no URL: {url!r}: {error}", f"such as {example}") from error
    if not parts.hostname:
        raise UsageError(f"`{field}` names no host: {url!r}", f"such as {example}")
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            f"`{field}` holds credentials", "manifests are kept in git; ask an endpoint that is open inside the cluster"
        )
    return url
