"""The login of the `kargo` command line, or a token of a Kargo project: where it stands, and what may be done with it.

As the command line of 1.9 to 1.11 has it (kargo pkg/cli/config/config.go, cmd/cli/main.go): KARGO_API_ADDRESS and KARGO_API_TOKEN
count together, else the file. Beyond that a token may be mounted as a file, and come without an address.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gitops_master.adapters.kube_api.secrets import Redacted
from gitops_master.model.errors import Forbidden, UnreadableInput

ADDRESS, TOKEN, INSECURE = "KARGO_API_ADDRESS", "KARGO_API_TOKEN", "KARGO_INSECURE_SKIP_TLS_VERIFY"
TOKEN_FILE = "GITOPS_MASTER_KARGO_TOKEN_FILE"
"""Of a project API token (`kargo create token`), mounted: it is read anew for each operation, since it may be rotated."""
LOGIN = "GITOPS_MASTER_KARGO_LOGIN"
"""`off`: as if nobody were logged in to Kargo, for whoever is logged in to another one than that of the cluster at hand."""
_TOKEN = re.compile(r"[\x21-\x7e]+")
_MOST = 1024 * 1024
_LOGIN = (
    "log in: kargo login https://<Kargo's address> --sso (or --admin), or set KARGO_API_ADDRESS and KARGO_API_TOKEN"
)


class Login:
    """`address`: empty where a token came without one. `method`: sso, admin, kubeconfig; empty for a token alone.

    `source`: where it was found, for messages. `file`: the command line's own, to which a renewed login is saved.
    """

    __slots__ = ("address", "file", "insecure", "method", "refresh_token", "source", "token")

    def __init__(
        self,
        *,
        token: str,
        source: str,
        address: str = "",
        refresh_token: str = "",
        method: str = "",
        insecure: bool = False,
        file: Path | None = None,
    ) -> None:
        self.address, self.token, self.refresh_token = address, token, refresh_token
        self.method, self.insecure, self.source, self.file = method, insecure, source, file

    @property
    def renewable(self) -> bool:
        """Not where certificates go unverified: the command line asks for a new login then, too."""
        return self.method == "sso" and bool(self.refresh_token) and not self.insecure

    @property
    def redacted(self) -> Redacted:
        return Redacted((self.token, self.refresh_token))

    def renewed(self, token: str, refresh_token: str) -> "Login":
        return Login(
            token=token,
            source=self.source,
            address=self.address,
            refresh_token=refresh_token,
            method=self.method,
            insecure=self.insecure,
            file=self.file,
        )

    def __repr__(self) -> str:
        return f"Login(from {self.source}, for {self.address or 'whatever address the cluster tells'})"


def has_login(environ: Mapping[str, str], home: Path | None = None) -> bool:
    """Whether there is anything to log in with, as far as a glance tells: a broken file is told of when it is used."""
    if environ.get(LOGIN, "").strip().lower() == "off":
        return False
    if environ.get(TOKEN_FILE) or environ.get(TOKEN):
        return True
    try:
        return b"bearerToken" in login_file(environ, home).read_bytes()[:_MOST]
    except FileNotFoundError:
        return False
    except OSError:
        return True


def login_file(environ: Mapping[str, str], home: Path | None = None) -> Path:
    """Where `kargo login` writes."""
    if configured := environ.get("XDG_CONFIG_HOME"):
        return Path(configured) / "kargo" / "config"
    base = home or Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())
    return base / ".config" / "kargo" / "config"


def read_login(environ: Mapping[str, str], home: Path | None = None) -> Login:
    """Raises Forbidden where there is none, or where it is not for the address that was asked for; UnreadableInput on broken ones."""
    address = environ.get(ADDRESS, "")
    if mounted := environ.get(TOKEN_FILE):
        return _alone(_mounted(Path(mounted)), f"{mounted} ({TOKEN_FILE})", environ)
    if (token := environ.get(TOKEN)) and address:
        return _alone(token, TOKEN, environ)
    file = login_file(environ, home)
    found = _of_file(file)
    if found is None and token:
        return _alone(token, TOKEN, environ)
    if found is None:
        raise Forbidden(f"there is no login to Kargo: neither in {file} nor in {TOKEN} or {TOKEN_FILE}", _LOGIN)
    if address and checked_address(address, ADDRESS) != found.address:
        raise Forbidden(
            f"{ADDRESS} names {checked_address(address, ADDRESS)}, while the login in {file} is for {found.address}, and is not "
            "sent anywhere else",
            f"unset {ADDRESS}, or log in there: kargo login {checked_address(address, ADDRESS)}",
        )
    return found


def checked_address(address: str, source: str) -> str:
    """Without a slash at its end. Raises UnreadableInput."""
    split = urlsplit(address.strip())
    try:
        right = split.scheme in {"http", "https"} and bool(split.hostname) and (split.port or 1) > 0
    except ValueError:
        right = False
    if not right or split.query or split.fragment or split.username is not None or not address.strip().isprintable():
        shown = "" if split.username is not None else f": {address.strip()[:200]!r}"
        raise UnreadableInput(f"{source} is no address of Kargo{shown}", "it is as in https://kargo.example.com")
    return address.strip().rstrip("/")


def checked_token(token: str, source: str) -> str:
    """Raises UnreadableInput where it cannot be sent in a header; never quotes it."""
    if not _TOKEN.fullmatch(token.strip()):
        raise UnreadableInput(f"{source} holds {'no token' if not token.strip() else 'what cannot be a token'}", _LOGIN)
    return token.strip()


def save(login: Login, token: str, refresh_token: str) -> str:
    """Keeps a renewed login where the command line finds it. Why it was not saved, in words; empty where it was.

    Only while the file still holds the refresh token that was used: the command line may have renewed it, or logged in
    elsewhere, in the meantime. Whoever reads the file sees the old or the new one, never half of one.
    """
    if login.file is None:
        return "it did not come from a file"
    try:
        file = login.file.resolve()
        held = _mapping(file)
        if held.get("refreshToken") != login.refresh_token:
            return "the file holds another login by now"
        _replace(file, held | {"bearerToken": token, "refreshToken": refresh_token})
    except UnreadableInput as error:
        return error.message
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _alone(token: str, source: str, environ: Mapping[str, str]) -> Login:
    address = environ.get(ADDRESS, "")
    return Login(
        token=checked_token(token, source),
        source=source,
        address=checked_address(address, ADDRESS) if address else "",
        insecure=bool(address) and environ.get(INSECURE) == "true",
    )


def _mounted(file: Path) -> str:
    try:
        return file.read_bytes()[:_MOST].decode("ascii", "replace")
    except OSError as error:
        raise UnreadableInput(f"{file} ({TOKEN_FILE}) cannot be read: {error.strerror}") from None


def _of_file(file: Path) -> Login | None:
    """None where nobody is logged in."""
    if not file.is_file():
        return None
    held = _mapping(file)
    texts = {key: held.get(key) or "" for key in ("apiAddress", "bearerToken", "refreshToken", "authMethod")}
    if wrong := [key for key, value in texts.items() if not isinstance(value, str)]:
        raise UnreadableInput(f"{file}: `{wrong[0]}` must be text", _LOGIN)
    if not texts["apiAddress"] or not texts["bearerToken"]:
        return None
    return Login(
        token=checked_token(texts["bearerToken"], f"{file}: `bearerToken`"),
        source=str(file),
        address=checked_address(texts["apiAddress"], f"{file}: `apiAddress`"),
        refresh_token=texts["refreshToken"],
        method=texts["authMethod"],
        insecure=held.get("insecureSkipTLSVerify") is True,
        file=file,
    )


def _mapping(file: Path) -> dict[str, Any]:
    import yaml  # only where there is a file: start-up counts

    try:
        held = yaml.load(file.read_bytes()[:_MOST], getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        # What the library says of it may quote the file, and that is mostly tokens.
        mark = getattr(error, "problem_mark", None)
        raise UnreadableInput(f"{file} is not valid YAML{f' (line {mark.line + 1})' if mark else ''}", _LOGIN) from None
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise UnreadableInput(f"{file} cannot be read: {reason}", _LOGIN) from None
    if held is not None and not isinstance(held, dict):
        raise UnreadableInput(f"{file} is no login of kargo: not a mapping with `apiAddress` and `bearerToken`", _LOGIN)
    return held or {}


def _replace(file: Path, held: dict[str, Any]) -> None:
    import tempfile

    import yaml

    mode = file.stat().st_mode & 0o777
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w") as beside:
            if hasattr(os, "fchmod"):  # not on Windows, where the folder's rights are inherited
                os.fchmod(beside.fileno(), mode)
            yaml.safe_dump(held, beside)
            beside.flush()
            os.fsync(beside.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
