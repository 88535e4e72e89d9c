"""Who a kubeconfig's user is: the token, password or certificate, and whom to act as."""

import base64
import json
from collections.abc import Mapping
from urllib.parse import quote

from gitops_master.adapters.kube_api.access import Access, Surroundings
from gitops_master.adapters.kube_api.exec_plugin import ExecPlugin
from gitops_master.adapters.kube_api.kubeconfig import Chosen, Entry
from gitops_master.adapters.kube_api.pem import pem
from gitops_master.adapters.kube_api.progress import Progress
from gitops_master.adapters.kube_api.secrets import Credentials
from gitops_master.model.errors import Unreachable, UsageError

TOKEN_FILE_FRESH_S = 60.0
"""Whoever rotates a token file leaves the old token valid for longer; client-go reads it as often."""


async def credentials(chosen: Chosen, around: Surroundings, progress: Progress) -> Credentials:
    """As kubectl chooses: what is written wins over providers and plugins. Raises Unreachable where they cannot be had."""
    user = chosen.user
    certificate, key = pem(user, "client-certificate"), pem(user, "client-key")
    source = f"user {user.name!r}"
    if file := user.path("tokenFile"):
        # It holds the newer one where both are given.
        return Credentials(
            token=_token(user, str(file)),
            certificate=certificate,
            key=key,
            expires_at=around.now() + TOKEN_FILE_FRESH_S,
            source=source,
        )
    if token := user.text("token").strip():
        return Credentials(token=token, certificate=certificate, key=key, source=source)
    if username := user.text("username"):
        password = user.text("password")
        return Credentials(username=username, password=password, certificate=certificate, key=key, source=source)
    if user.mapping("auth-provider"):
        return _of_provider(chosen, around)
    if user.mapping("exec"):
        return await ExecPlugin(chosen, around.environ).run(progress)
    return Credentials(certificate=certificate, key=key, source=source)


def impersonation(user: Entry, access: Access) -> tuple[tuple[str, str], ...]:
    """The headers that make the server act as somebody else. Raises UsageError on groups without a user."""
    if access.as_user:
        return _headers(access.as_user, access.as_groups)
    acting_as = user.text("as")
    groups = access.as_groups or tuple(str(group) for group in user.listed("as-groups"))
    if not acting_as:
        if access.as_groups:
            raise UsageError("groups to act as are given without a user", "give --as too; any name will do")
        return ()
    return _headers(acting_as, groups, user.text("as-uid"), user.mapping("as-user-extra"))


def _headers(
    name: str, groups: tuple[str, ...], uid: str = "", extra: Mapping[str, object] | None = None
) -> tuple[tuple[str, str], ...]:
    headers = [("Impersonate-User", name)]
    if uid:
        headers.append(("Impersonate-Uid", uid))
    headers += [("Impersonate-Group", group) for group in groups]
    for key, values in (extra or {}).items():
        name = f"Impersonate-Extra-{quote(str(key), safe='')}"
        headers += [(name, str(value)) for value in (values if isinstance(values, list) else [values])]
    if not all(value.isprintable() for _, value in headers):
        raise UsageError("the kubeconfig's `as…` holds control characters")
    return tuple(headers)


def _token(user: Entry, path: str) -> str:
    """Raises Unreachable; where both are given and the file cannot be read, the written token."""
    try:
        with open(path, encoding="utf-8") as file:
            token = file.read().strip()
    except (OSError, ValueError) as error:
        if written := user.text("token").strip():
            return written
        reason = getattr(error, "strerror", None) or "not text"
        raise Unreachable(f"{user.file}: `tokenFile` of user {user.name!r} cannot be read: {path}: {reason}") from None
    if not token:
        raise Unreachable(f"{user.file}: `tokenFile` of user {user.name!r} is empty: {path}")
    return token


def _of_provider(chosen: Chosen, around: Surroundings) -> Credentials:
    """The OIDC provider's id-token as long as it is valid.

    Getting a new one uses up the refresh token with providers that rotate it (Dex does): it would have to be saved at once,
    in a file that is the user's. kubectl does that; we say so.
    """
    name, context = chosen.user.name, chosen.context.name
    provider = chosen.user.mapping("auth-provider")
    kind, config = str(provider.get("name") or ""), provider.get("config")
    if kind != "oidc":
        raise Unreachable(
            f"user {name!r} of context {context!r} uses the auth-provider {kind!r}, which kubectl dropped in 1.26",
            "create the entry anew with the provider's own tool: it writes an exec plugin",
        )
    token = str(config.get("id-token") or "") if isinstance(config, dict) else ""
    expires = _expiry(token)
    if not token or (expires is not None and expires <= around.now()):
        raise Unreachable(
            f"the OIDC id-token of user {name!r} of context {context!r} is {'expired' if token else 'missing'}",
            f"kubectl --context {context} version gets a new one and saves it; else log in to the provider again",
        )
    return Credentials(token=token, expires_at=expires, source=f"the OIDC id-token of user {name!r}")


def _expiry(token: str) -> float | None:
    """When a JWT ends, in Unix seconds; None where it does not say, or is none."""
    parts = token.split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return float(claims["exp"])
    except (IndexError, ValueError, TypeError, KeyError, RecursionError):
        return None
