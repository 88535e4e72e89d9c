"""Access tokens as JWTs (RFC 9068, RFC 8725): verified here, by keys of the authorization server."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import jwt
import msgspec

from gitops_master.adapters.kube_api import Bearer
from gitops_master.serving.auth.jwks import Key
from gitops_master.serving.auth.refused import RefusedTokens
from gitops_master.serving.callers import Caller, CallerToken, caller_token, is_name

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Of signatures that only one side can make: none with a shared secret, and not `none`."""
USUAL = ("RS256", "PS256", "ES256", "EdDSA")
MOST_TOKEN = 16 * 1024
"""Characters: proxies and servers take no longer headers."""
_TYPES = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
"""Of tokens that let somebody in: not of logout tokens, DPoP proofs or client assertions, which the same key may sign."""
_LATEST = 2**53
_MOST_TRIED = 3
"""Keys with one id."""


class Keys(Protocol):
    """Where keys come from."""

    async def keys(self, kid: str) -> tuple[Key, ...]: ...


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What a token has to say.

    `audiences`: one of them it is for; `resource`: the URL of this server. `user_claim`, `groups_claim`: who it is on the cluster.
    `write_scope`: without it nothing is written; empty: no scope is needed, where `writes_by_default`. `leeway_s`: by which
    clocks may differ. `hands_on`: callers keep their token, for the API server.
    """

    issuer: str
    audiences: tuple[str, ...]
    resource: str
    algorithms: tuple[str, ...] = USUAL
    user_claim: str = "sub"
    groups_claim: str = "groups"
    write_scope: str = ""
    writes_by_default: bool = False
    leeway_s: int = 30
    hands_on: bool = False


class Unfit(Exception):
    """Why a token is refused, in words of ours."""


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (jwt.ExpiredSignatureError, "it has expired"),
    (jwt.ImmatureSignatureError, "it is not valid yet"),
    (jwt.InvalidIssuedAtError, "it says that it was issued in the future"),
    (jwt.InvalidAudienceError, "it is for another audience (--oauth-audience)"),
    (jwt.InvalidIssuerError, "it is of another issuer (--oauth-issuer)"),
    (jwt.MissingRequiredClaimError, "it lacks one of iss, aud, exp and sub"),
    (jwt.InvalidSignatureError, "its signature is wrong"),
)


class JwtVerifier:
    """`mcp.server.auth.provider.TokenVerifier`."""

    def __init__(self, keys: Keys, rules: Rules, *, refused: Callable[[str], None] | None = None) -> None:
        self._keys, self._rules = keys, rules
        self._refused = refused or RefusedTokens()
        self._jwt = jwt.PyJWT()

    def __repr__(self) -> str:
        return f"JwtVerifier({self._rules.issuer!r})"

    async def verify_token(self, token: str) -> CallerToken | None:
        """Whose it is; None: nobody's."""
        try:
            claims = await self._claims(token)
            return self._told(claims, token)
        except Unfit as error:
            self._refused(str(error))
            return None

    async def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > MOST_TOKEN or not token.isascii() or token.count(".") != 2:
            raise Unfit("it is no JWT")
        algorithm, kid = self._header(token)
        keys = [one for one in await self._keys.keys(kid) if one.suits(algorithm) and kid in ("", one.id)]
        if not keys:
            raise Unfit("no key of the authorization server is the one it names")
        if not kid and len(keys) > 1:
            raise Unfit("it names no key, and there are several")
        problem = Unfit("the key it names is broken or too weak")
        for key in keys[:_MOST_TRIED]:
            verifier = key.verifier(algorithm)
            if verifier is None:
                continue
            try:
                return self._decoded(token, verifier, algorithm)
            except jwt.InvalidSignatureError:
                problem = Unfit("its signature is wrong")
        raise problem

    def _header(self, token: str) -> tuple[str, str]:
        """Algorithm and key. What else it says of keys is not asked: whoever wrote the token wrote that."""
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise Unfit("it is no JWT") from None
        algorithm, kid, type_ = header.get("alg"), header.get("kid", ""), header.get("typ", "")
        if algorithm not in self._rules.algorithms:
            raise Unfit("it is not signed with an algorithm that is taken (--oauth-algorithm)")
        if not isinstance(kid, str) or not isinstance(type_, str) or type_.lower() not in _TYPES or "crit" in header:
            raise Unfit("its header says that it is something else than an access token")
        return str(algorithm), kid

    def _decoded(self, token: str, key: jwt.PyJWK, algorithm: str) -> dict[str, Any]:
        rules = self._rules
        try:
            claims = self._jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=list(rules.audiences),
                issuer=rules.issuer,
                leeway=rules.leeway_s,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.InvalidSignatureError:
            raise
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise Unfit(next((words for type_, words in _WORDS if isinstance(error, type_)), "it is no JWT")) from None
        return dict(claims)

    def _told(self, claims: Mapping[str, Any], token: str) -> CallerToken:
        rules = self._rules
        subject, user = claims["sub"], claims.get(rules.user_claim)
        if not is_name(subject) or not is_name(user):
            raise Unfit(f"it names nobody: sub and {rules.user_claim} must be names")
        if rules.user_claim == "email" and claims.get("email_verified", True) is not True:
            raise Unfit("its email is not verified")
        scopes = _words(claims.get("scope")) or _words(claims.get("scp"))
        caller = Caller(
            subject=subject,
            issuer=rules.issuer,
            user=str(user),
            groups=_groups(claims.get(rules.groups_claim)),
            scopes=scopes,
            may_write=rules.write_scope in scopes if rules.write_scope else rules.writes_by_default,
            token=Bearer(token) if rules.hands_on else None,
        )
        audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        resource = rules.resource if rules.resource in audiences else None
        return caller_token(caller, expires_at=min(int(claims["exp"]), _LATEST) + rules.leeway_s, resource=resource)


def _groups(said: Any) -> tuple[str, ...]:
    found = [said] if isinstance(said, str) else said
    if found is None:
        return ()
    if not isinstance(found, list) or not all(is_name(one) for one in found):
        raise Unfit("its groups are no list of names (--oauth-groups-claim)")
    return tuple(found)


def _words(said: Any) -> tuple[str, ...]:
    """Scopes, as one text (RFC 8693) or as a list."""
    found = said.split() if isinstance(said, str) else said
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()
