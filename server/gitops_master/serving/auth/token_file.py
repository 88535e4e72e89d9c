"""A file of tokens: one line for each, read again when the file changes.

`token,subject,groups,access,expires` as CSV. `token`: the token, or `sha256:` and the hash of it in hexadecimal; `groups`: parted
by blanks; `access`: `read` or `write`; `expires`: RFC 3339, or nothing. What follows `#` at the beginning of a line is a comment.
"""

import csv
import hashlib
import hmac
import logging
import os
import re
import stat
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from gitops_master.adapters.kube_api import Bearer
from gitops_master.model.errors import Forbidden, GitOpsError, UnreadableInput, UsageError
from gitops_master.serving.auth.refused import RefusedTokens
from gitops_master.serving.callers import Caller, CallerToken, caller_token, is_name

FEWEST, MOST = 24, 8192
"""Characters of a token: fewer can be guessed, more come from nobody."""
_MOST_BYTES = 1024 * 1024
_HASH = re.compile(r"sha256:([0-9a-fA-F]{64})")
_ACCESS = {"read": False, "write": True}
_COLUMNS = "token,subject,groups,access,expires"
_LOG = logging.getLogger("gitops_master.http")


class Entry(NamedTuple):
    """`digest`: SHA-256 of the token. `expires_at`: Unix seconds."""

    digest: bytes
    caller: Caller
    expires_at: float | None


class TokenFile:
    """`mcp.server.auth.provider.TokenVerifier`. `hands_on`: callers keep their token, for the API server. `now`: Unix seconds.

    Raises Forbidden where others can read or change the file, UnreadableInput and UsageError where it cannot be used. Once it
    runs, a file that cannot be used lets nobody in until it is mended: it may be there to shut somebody out.
    """

    def __init__(self, path: Path, *, hands_on: bool = False, now: Callable[[], float] = time.time) -> None:
        self._path, self._hands_on, self._now = path, hands_on, now
        self._refused = RefusedTokens()
        self._seen = _stamp(path)
        self._entries = read(path)

    def __repr__(self) -> str:
        return f"TokenFile({str(self._path)!r})"

    async def verify_token(self, token: str) -> CallerToken | None:
        """Whose it is; None: nobody's."""
        self._refresh()
        if not FEWEST <= len(token) <= MOST or not token.isascii():
            self._refused("it is no token of the file (--tokens)")
            return None
        digest, found = hashlib.sha256(token.encode()).digest(), None
        for entry in self._entries:  # all of them: how long it takes says nothing about where it stands
            if hmac.compare_digest(digest, entry.digest):
                found = entry
        if found is None:
            self._refused("it is no token of the file (--tokens)")
            return None
        if found.expires_at is not None and found.expires_at <= self._now():
            self._refused(f"that of {found.caller.subject} has expired")
            return None
        caller = found.caller
        if self._hands_on:
            caller = Caller(
                subject=caller.subject, groups=caller.groups, may_write=caller.may_write, token=Bearer(token)
            )
        return caller_token(caller, expires_at=int(found.expires_at) if found.expires_at is not None else None)

    def _refresh(self) -> None:
        try:
            stamp = _stamp(self._path)
            if stamp == self._seen:
                return
            self._seen, self._entries = stamp, ()
            self._entries = read(self._path)
            _LOG.warning("%s was read again: %d tokens", self._path, len(self._entries))
        except GitOpsError as error:
            self._entries = ()
            self._refused(f"nobody is let in until the file is mended: {error.message}")


def _stamp(path: Path) -> tuple[int, ...]:
    """Changes whenever the file does. Also where a link to it is moved, as Kubernetes renews mounted Secrets."""
    try:
        found = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from None
    return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_mode)


def _unreadable(path: Path, error: OSError) -> UnreadableInput:
    return UnreadableInput(f"the tokens file {path} cannot be read: {error.strerror}", "name a file that can be read")


def read(path: Path) -> tuple[Entry, ...]:
    """All there are. Raises as TokenFile does; no message holds a token."""
    try:
        with path.open("rb") as file:
            _check_mode(path, os.fstat(file.fileno()))
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise _unreadable(path, error) from None
    if len(content) > _MOST_BYTES:
        raise UnreadableInput(f"the tokens file {path} is longer than {_MOST_BYTES} bytes")
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise UnreadableInput(f"the tokens file {path} is not UTF-8 text") from None
    entries = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            entries.append(_entry(line, f"{path}, line {number}"))
    if len({one.digest for one in entries}) < len(entries):
        raise UsageError(f"{path} has one token twice", "give each caller one of their own")
    return tuple(entries)


def _check_mode(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableInput(f"the tokens file {path} is no file")
    if os.name != "posix":
        return
    if found.st_mode & 0o037:
        raise Forbidden(
            f"the tokens file {path} can be read or changed by others (mode {found.st_mode & 0o777:04o})",
            f"chmod 600 {path}; for a mounted Secret: defaultMode: 0440 and fsGroup",
        )


def _entry(line: str, where: str) -> Entry:
    def wrong(what: str) -> UsageError:
        return UsageError(f"{where}: {what}", f"write {_COLUMNS}")

    try:
        [cells] = csv.reader([line], strict=True, skipinitialspace=True)
    except csv.Error:
        raise wrong("the line is not CSV") from None
    token, subject, groups, access, expires = [one.strip() for one in [*cells, *[""] * 5][:5]]
    if not 4 <= len(cells) <= 5:
        raise wrong(f"{len(cells)} columns instead of 4 or 5")
    if not is_name(subject) or " " in subject:
        raise wrong("the subject is no name")
    names = tuple(groups.split())
    if not all(is_name(one) for one in names):
        raise wrong("a group is no name")
    if access not in _ACCESS:
        raise wrong("access is neither read nor write")
    caller = Caller(subject=subject, groups=names, may_write=_ACCESS[access])
    return Entry(_digest(token, wrong), caller, _expiry(expires, wrong))


def _digest(token: str, wrong: Callable[[str], UsageError]) -> bytes:
    hashed = _HASH.fullmatch(token)
    if hashed is not None:
        return bytes.fromhex(hashed[1])
    if token.startswith("sha256:"):
        raise wrong("sha256: is not followed by 64 hexadecimal digits")
    if not FEWEST <= len(token) <= MOST or not token.isascii() or any(one.isspace() for one in token):
        raise wrong(f"a token has {FEWEST} to {MOST} characters of ASCII, without blanks (openssl rand -hex 32)")
    return hashlib.sha256(token.encode()).digest()


def _expiry(text: str, wrong: Callable[[str], UsageError]) -> float | None:
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise wrong("what expires is no time like 2027-01-01T00:00:00Z") from None
    if time.tzinfo is None:
        raise wrong("the time of expiry has no zone: write it like 2027-01-01T00:00:00Z")
    return time.timestamp()
