"""Text that came from a cluster, made fit to be passed on: nothing a terminal obeys, nothing that opens a door.

Controllers print what they were told: a clone URL with its password, a token in a header. Such parts are replaced by `***`;
what surrounds them stays, so that the message can still be recognised.
"""

import re
import string

_UNPRINTABLE = {
    **dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], " "),  # C0, DEL and C1: a terminal takes U+009B for ESC [
    **dict.fromkeys([0x2028, 0x2029], " "),  # lines end there for some
    **dict.fromkeys(
        [0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], ""
    ),  # text reads as something else
    **dict.fromkeys([0x200B, 0x2060, 0xFEFF, *range(0xE0000, 0xE0080)], ""),  # nobody sees them, and models read them
    0x0A: "\n",
}
_COLOURS = re.compile(r"(?:\x1b\[|\x9b)[0-9;?]{0,20}[A-Za-z]")
_VALUE = r"[^\s\"',;}]{4,}"
"""Without an end: what is left of a long one would be shown."""
_SECRETS = (
    (("private key",), re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", re.DOTALL), "***"),
    (("@",), re.compile(r"(://[^\s/:@]{0,200}):[^\s/@]{1,500}@"), r"\1:***@"),
    (("@",), re.compile(r"://(?:gh[a-z]_|github_pat_|glpat-)[\w-]{1,300}@"), "://***@"),
    (
        ("password=", "passwd=", "secret=", "token=", "key=", "sig=", "signature="),
        re.compile(
            r"((?:password|passwd|secret|token|api[_-]?key|\bsig|X-Amz-Signature)=)[^\s&\"',;]{4,}",
            re.IGNORECASE,
        ),
        r"\1***",
    ),
    (("authorization",), re.compile(r"(\bauthorization\"?[ \t]*[:=][ \t]*\"?(?:bearer|basic|token|digest|apikey|negotiate|aws4-hmac-sha256)[ \t]+)[^\"\n)]{1,}", re.I), r"\1***"),
    (("token", "key", "secret", "auth", "cookie"), re.compile(rf"((?<![\w-])(?:x-[\w-]{{0,60}}(?:token|key|secret|auth)|private-token|api[_-]?key|(?:set-)?cookie)\"?[ \t]*:[ \t]*\"?){_VALUE}", re.I), r"\1***"),
    (("--",), re.compile(rf"((?<![\w-])--(?=[a-z])[\w-]{{0,60}}(?:password|passwd|passphrase|token|secret|api-?key|private-?key)[= ][\"']?){_VALUE}", re.I), r"\1***"),
    (("token=", "password=", "passwd=", "secret=", "key=", "dsn="), re.compile(rf"(\b[A-Z0-9_]{{0,80}}(?:TOKEN|PASSWORD|PASSWD|SECRET|API_?KEY|PRIVATE_KEY|ACCESS_KEY|DSN)=[\"']?){_VALUE}"), r"\1***"),
    (("pass", "token", "secret", "key", "dsn"), re.compile(r"(\"[\w.-]{0,60}(?:password|passwd|passphrase|token|secret|api_?key|private_?key|access_?key|dsn)\"[ \t]*:[ \t]*\")[^\"\n]{1,}", re.I), r"\1***"),
    (("hook",), re.compile(r"(\bhooks\.slack\.com/(?:services|workflows|triggers)/|\bdiscord(?:app)?\.com/api/webhooks/|\bwebhook\.office\.com/)[^\s\"'<>]{4,1000}"), r"\1***"),
    (("/webhooks/",), re.compile(r"(/webhooks/[\w-]{1,60}/)[0-9a-f]{16,128}"), r"\1***"),  # Kargo's receivers: who knows the path may call them
    (("akia", "asia", "aiza", "npm_", "sk-"), re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{35}|\bnpm_[A-Za-z0-9]{36}|\bsk-[A-Za-z0-9_-]{20,200}"), "***"),
    (("gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat_", "glpat-", "xox"), re.compile(r"\b(?:gh[oprsu]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{20,255}|xox[abprs]-[\w-]{10,255})"), "***"),
    (("bearer ", "basic "), re.compile(r"\b((?:Bearer|Basic) )[A-Za-z0-9+/._~=-]{16,}"), r"\1***"),
    (("eyj",), re.compile(r"(?<![\w-])eyJ[\w-]{10,4000}\.[\w-]{10,4000}\.[\w-]{5,4000}"), "***"),
)  # fmt: skip
"""One of which every match holds, in lower case; the pattern; what replaces it. Most texts hold none of the first, which are
found much faster.

In this order: what is between two marks, or follows one, goes before what a mark next to it may be taken for a part of.
"""
_MARKS = tuple(dict.fromkeys(mark for marks, _, _ in _SECRETS for mark in marks))
_TAKEN_FOR_ASCII = "\u0130\u0131\u017f\u212a"
"""I with a dot, i without one, the long s and the sign for Kelvin: what patterns that ignore case take for i, s and k."""
_KEY_ENDS = re.compile(r"-----END [A-Z ]{0,30}PRIVATE KEY-----")
_KEY_LETTERS = string.ascii_letters + string.digits + "+/=\\ \n"


def printable(text: str) -> str:
    """The text without control characters and without credentials."""
    return masked(without_controls(text))


def without_controls(text: str) -> str:
    """The text without what a terminal obeys, credentials and all."""
    if text.isprintable():
        return text
    return _COLOURS.sub("", text.replace("\r\n", "\n")).translate(_UNPRINTABLE)


def masked(text: str) -> str:
    """The text without credentials, control characters and all."""
    held = _marks_in(text)
    if not held:
        return text
    for marks, secret, instead in _SECRETS:
        if not held.isdisjoint(marks):
            text = secret.sub(instead, text)
    return _without_ends_of_keys(text) if "PRIVATE KEY-----" in text else text


def _marks_in(text: str) -> frozenset[str]:
    """All of them where a letter beside those of ASCII may be taken for one of them in another case."""
    if not text.isascii() and any(letter in text for letter in _TAKEN_FOR_ASCII):
        return frozenset(_MARKS)
    lowered = text.lower()
    return frozenset([mark for mark in _MARKS if mark in lowered])


def _without_ends_of_keys(text: str) -> str:
    """A key whose beginning was cut off is one all the same: everything before its end that could belong to it goes."""
    *parts, rest = _KEY_ENDS.split(text)
    return "".join(f"{part.rstrip(_KEY_LETTERS)} ***" for part in parts) + rest
