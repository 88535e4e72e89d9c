"""The one place where text becomes a word of a shell, whichever shell reads it."""

import re

from gitops_master.model.errors import UsageError

_BARE = re.compile(r"[A-Za-z0-9_./:,-]+")
_PARTS = re.compile(r"[\\'!]|[^\\'!]+")


def shell_quoted(word: str) -> str:
    r"""The word as sh, bash, zsh, ksh, fish, csh and tcsh all read it back.

    Between single quotes they agree on everything but three characters, which therefore stand outside of them, behind a
    backslash: ' ends the quotes, fish reads \\ and \' inside of them, and csh expands ! there. A line break inside of quotes is an
    error to csh. Raises UsageError as `checked` does.
    """
    checked(word)
    if _BARE.fullmatch(word):
        return word
    parts = _PARTS.findall(word)
    return "".join(f"\\{part}" if part in "\\'!" else f"'{part}'" for part in parts) or "''"


def checked(word: str) -> str:
    """The word, if it can be one word of a command at all. Raises UsageError for NUL, line breaks and what is not Unicode."""
    if any(letter in word for letter in "\0\n\r"):
        raise UsageError(
            f"{word!r} has a line break or a NUL in it, so it cannot be part of a command", "check where it comes from"
        )
    try:
        word.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{word!r} is not valid Unicode", "check where it comes from") from None
    return word
