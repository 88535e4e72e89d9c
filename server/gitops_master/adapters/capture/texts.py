"""Credentials within any text: those that answers never show, and forms that are only worth hiding from strangers."""

import re
from functools import lru_cache

from gitops_master.model.printable import masked, without_controls

SHORT = 200
"""Characters of a text that is worth remembering."""
_VALUE = r"[^\s\"',;}]{4,4000}"
_MORE = (
    (re.compile(r"(\bauthorization\"?[ \t]*[:=][ \t]*\"?(?:bearer|basic|token|digest|apikey|negotiate|aws4-hmac-sha256)[ \t]+)[^\"\n)]{1,4000}", re.I), r"\1***"),
    (re.compile(rf"((?<![\w-])(?:x-[\w-]{{0,60}}(?:token|key|secret|auth)|private-token|api[_-]?key|(?:set-)?cookie)\"?[ \t]*:[ \t]*\"?){_VALUE}", re.I), r"\1***"),
    (re.compile(rf"((?<![\w-])--(?=[a-z])[\w-]{{0,60}}(?:password|passwd|passphrase|token|secret|api-?key|private-?key)[= ][\"']?){_VALUE}", re.I), r"\1***"),
    (re.compile(rf"(\b[A-Z0-9_]{{0,80}}(?:TOKEN|PASSWORD|PASSWD|SECRET|API_?KEY|PRIVATE_KEY|ACCESS_KEY|DSN)=[\"']?){_VALUE}"), r"\1***"),
    (re.compile(r"(\"[\w.-]{0,60}(?:password|passwd|passphrase|token|secret|api_?key|private_?key|access_?key|dsn)\"[ \t]*:[ \t]*\")[^\"\n]{1,4000}", re.I), r"\1***"),
    (re.compile(r"(\bhooks\.slack\.com/(?:services|workflows|triggers)/|\bdiscord(?:app)?\.com/api/webhooks/|\bwebhook\.office\.com/)[^\s\"'<>]{4,1000}"), r"\1***"),
    (re.compile(r"(/webhooks/[\w-]{1,60}/)[0-9a-f]{16,128}"), r"\1***"),  # Kargo's receivers: who knows the path may call them
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{35}|\bnpm_[A-Za-z0-9]{36}|\bsk-[A-Za-z0-9_-]{20,200}"), "***"),
)  # fmt: skip


def without_credentials(text: str) -> str:
    """The text with `***` for what opens a door. Control characters stay, as rules match them, unless they hide something."""
    return _short(text) if len(text) < SHORT else _whole(text)


@lru_cache(maxsize=65_536)
def _short(text: str) -> str:
    """Objects of a kind have most of their texts in common: names, phases, reasons, images."""
    return _whole(text)


def _whole(text: str) -> str:
    hidden = _masked(text)
    bare = without_controls(hidden)
    if bare is hidden:
        return hidden
    again = _masked(bare)
    return hidden if again == bare else again


def _masked(text: str) -> str:
    text = masked(text)
    for secret, instead in _MORE:
        text = secret.sub(instead, text)
    return text
