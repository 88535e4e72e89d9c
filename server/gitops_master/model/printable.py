"""Text that came from a cluster, made fit to be passed on: nothing a terminal obeys, nothing that opens a door.

Controllers print what they were told: a clone URL with its password, a token in a header. Such parts are replaced by `***`;
what surrounds them stays, so that the message can still be recognised.
"""

import re
import string

from gitops_master.model.credential_forms import CREDENTIALS

_UNPRINTABLE = {
    **dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], " "),  # C0, DEL and C1: a terminal takes U+009B for ESC [
    **dict.fromkeys([0x2028, 0x2029], " "),  # lines end there for some
    **dict.fromkeys(
        [0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], ""
    ),  # text reads as something else
    **dict.fromkeys([0x200B, 0x2060, 0xFEFF, *range(0xE0000, 0xE0080)], ""),  # nobody sees them, and models read them
    0x0A: "\n",
}
_BREAKS = re.compile(r"\n\s*")
_COLOURS = re.compile(r"(?:\x1b\[|\x9b)[0-9;?]{0,20}[A-Za-z]")
_MARKS = tuple(dict.fromkeys(mark for marks, _, _ in CREDENTIALS for mark in marks))
_TAKEN_FOR_ASCII = "\u0130\u0131\u017f\u212a"
"""I with a dot, i without one, the long s and the sign for Kelvin: what patterns that ignore case take for i, s and k."""
_KEY_ENDS = re.compile(r"-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_KEY_LETTERS = string.ascii_letters + string.digits + "+/=\\ \n"


def printable(text: str) -> str:
    """The text without control characters and without credentials."""
    return masked(without_controls(text))


def on_one_line(text: str) -> str:
    """A line of a report, however many the texts in it have: none of theirs can be taken for one of the report's own."""
    return " ".join(filter(None, map(str.rstrip, _BREAKS.split(text)))) if "\n" in text else text


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
    for marks, secret, instead in CREDENTIALS:
        if not held.isdisjoint(marks):
            text = secret.sub(instead, text)
    return _without_ends_of_keys(text) if "PRIVATE KEY" in text else text


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
