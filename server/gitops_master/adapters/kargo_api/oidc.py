"""A login that has expired is renewed as the command line does it: the identity provider that Kargo names is asked for a new token.

kargo 1.11 pkg/cli/client/token_refresher.go: public configuration, discovery, token endpoint; the id_token is the new token.
"""

import ipaddress
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from gitops_master.adapters.kargo_api.login import Login
from gitops_master.adapters.kargo_api.problems import not_kargo, of_answer
from gitops_master.adapters.kargo_api.transport import Answer, Call, NoAnswer
from gitops_master.model.errors import Forbidden, GitOpsError, Unreachable

Ask = Callable[[Call], Awaitable[Answer]]
"""Sends one request, once. Raises NoAnswer."""
T = TypeVar("T")


class _OidcConfig(msgspec.Struct, rename="camel"):
    issuer_url: str = ""
    client_id: str = ""
    cli_client_id: str = ""


class _PublicConfig(msgspec.Struct, rename="camel"):
    oidc_config: _OidcConfig | None = None


class _Discovered(msgspec.Struct):
    issuer: str = ""
    token_endpoint: str = ""


class _Tokens(msgspec.Struct):
    id_token: str = ""
    refresh_token: str = ""


async def redeem(login: Login, ask: Ask) -> Login:
    """With the new tokens. Raises Forbidden where they are refused, Unreachable where nobody can be asked."""
    public = await _asked(
        login, ask, Call("GET", f"{login.address}/v1beta1/system/public-server-config"), _PublicConfig, "Kargo"
    )
    config = public.oidc_config or _OidcConfig()
    client = config.cli_client_id or config.client_id
    if not config.issuer_url or not client:
        raise _failed(login, Forbidden, f"Kargo at {login.address} names no identity provider")
    issuer = _safe(login, config.issuer_url)
    known = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    found = await _asked(login, ask, Call("GET", known), _Discovered, "the identity provider")
    if found.issuer != config.issuer_url:
        raise _failed(login, Forbidden, f"what answers at {known} calls itself another issuer")
    form = {"grant_type": "refresh_token", "refresh_token": login.refresh_token, "client_id": client}
    call = Call(
        "POST",
        _safe(login, found.token_endpoint),
        body=urlencode(form).encode(),
        media="application/x-www-form-urlencoded",
    )
    tokens = await _asked(login, ask, call, _Tokens, "the identity provider")
    if not tokens.id_token:
        raise _failed(login, Forbidden, "the identity provider sent no id_token")
    return login.renewed(tokens.id_token, tokens.refresh_token or login.refresh_token)


async def _asked(login: Login, ask: Ask, call: Call, kind: type[T], whom: str) -> T:
    where = f"{whom} at {urlsplit(call.url).netloc}"
    try:
        answer = await ask(call)
    except NoAnswer as error:
        raise _failed(login, Unreachable, f"{whom} cannot be asked: {error.words}") from None
    if answer.status != 200:
        refused = Forbidden if 400 <= answer.status < 500 else Unreachable
        raise _failed(login, refused, f"{where} answers {of_answer(answer, login.redacted)}")
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _failed(login, Unreachable, f"{where} answers {not_kargo(answer)}") from None


def _safe(login: Login, url: str) -> str:
    """A refresh token crosses no network in plain text."""
    try:
        split = urlsplit(url)
        right = bool(split.hostname) and (
            split.scheme == "https" or (split.scheme == "http" and _is_here(split.hostname))
        )
    except ValueError:
        right = False
    if not right or split.username is not None:
        raise _failed(login, Forbidden, "the address of the identity provider is not https")
    return url


def _is_here(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _failed(login: Login, kind: type[GitOpsError], why: str) -> GitOpsError:
    return kind(
        f"the login from {login.source} has expired and could not be renewed: {login.redacted(why)}",
        f"log in anew: kargo login {login.address}",
    )
