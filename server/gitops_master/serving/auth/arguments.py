"""Flags of `serve --http` to a way of telling callers apart, and to whose rights hold for them."""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from mcp.server.auth.settings import AuthSettings
from pydantic import AnyHttpUrl

from gitops_master.model.errors import UsageError
from gitops_master.serving.auth.jwks import FileKeys, UrlKeys, check_url
from gitops_master.serving.auth.oauth import ALGORITHMS, USUAL, JwtVerifier, Rules
from gitops_master.serving.auth.token_file import TokenFile
from gitops_master.serving.authentication import Authentication
from gitops_master.serving.identity import Identity, Impersonation

MOST_LEEWAY_S = 300
_NEEDED = {
    "oauth_resource": "--oauth-resource, the URL by which clients call this server",
    "oauth_jwks": "--oauth-jwks, where the keys of the authorization server are",
}
_OF_OAUTH = ("oauth_resource", "oauth_jwks", "oauth_audience", "oauth_write_scope", "oauth_scope", "oauth_algorithm")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of authentication and identity."""
    who = parser.add_argument_group("who may call over HTTP, and whose rights hold on the cluster")
    who.add_argument("--tokens", type=Path, metavar="FILE", help="callers and their bearer tokens, one a line")
    for flag, metavar, what in (
        ("issuer", "URL", "authorization server whose tokens (JWTs) are taken, as `iss` says it"),
        ("resource", "URL", "this server, as clients call it: https://gitops.example.com/mcp"),
        ("jwks", "URL|FILE", "the authorization server's keys"),
        ("user-claim", "NAME", "whom the cluster is told to impersonate; default: sub"),
        ("groups-claim", "NAME", "and in which groups; default: groups"),
        ("write-scope", "SCOPE", "without which nothing is written"),
    ):
        default = {"user-claim": "sub", "groups-claim": "groups"}.get(flag, "")
        who.add_argument(f"--oauth-{flag}", default=default, metavar=metavar, help=what)
    who.add_argument(
        "--oauth-audience",
        action="append",
        default=[],
        metavar="NAME",
        help="whom tokens are for; default: the resource",
    )
    who.add_argument(
        "--oauth-scope", action="append", default=[], metavar="SCOPE", help="that every token must have; repeatable"
    )
    who.add_argument(
        "--oauth-algorithm",
        action="append",
        default=[],
        choices=ALGORITHMS,
        help=f"that tokens may be signed with; default: {', '.join(USUAL)}",
    )
    who.add_argument(
        "--oauth-leeway", type=int, default=30, metavar="SECONDS", help="by which clocks may differ; default: 30"
    )
    who.add_argument(
        "--identity",
        choices=[one.value for one in Identity],
        default=Identity.SERVER.value,
        help="whose rights hold: the server's own, the caller's by impersonation, or by the caller's own token",
    )
    who.add_argument("--user-prefix", default="", metavar="TEXT", help="before names that are impersonated")
    who.add_argument("--group-prefix", default="", metavar="TEXT", help="before groups that are impersonated")


def authentication(given: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> Authentication | None:
    """None where callers are not told apart. Raises UsageError, and what a file raises that cannot be used."""
    identity = Identity(given.identity)
    _check(given, identity)
    hands_on = identity is Identity.TOKEN
    if given.tokens is not None:
        return Authentication(TokenFile(given.tokens, hands_on=hands_on))
    if not given.oauth_issuer:
        return None
    for name, words in _NEEDED.items():
        if not getattr(given, name):
            raise UsageError("--oauth-issuer does not say enough", f"give {words}")
    issuer = check_url("--oauth-issuer", given.oauth_issuer)
    resource = check_url("--oauth-resource", given.oauth_resource)
    rules = Rules(
        issuer=issuer,
        audiences=tuple(given.oauth_audience) or (resource,),
        resource=resource,
        algorithms=tuple(given.oauth_algorithm) or USUAL,
        user_claim=given.oauth_user_claim,
        groups_claim=given.oauth_groups_claim,
        write_scope=given.oauth_write_scope,
        writes_by_default=identity is not Identity.SERVER,
        leeway_s=given.oauth_leeway,
        hands_on=hands_on,
    )
    auth = AuthSettings(
        issuer_url=AnyHttpUrl(issuer),
        resource_server_url=AnyHttpUrl(resource),
        required_scopes=list(given.oauth_scope) or None,
        # Other audiences than this server's URL are the verifier's to judge: the SDK knows that one alone.
        validate_token_resource=not given.oauth_audience,
    )
    return Authentication(JwtVerifier(_keys(given.oauth_jwks, environ), rules), auth)


def prefixes(given: argparse.Namespace) -> Impersonation:
    """Raises UsageError."""
    return Impersonation(user_prefix=given.user_prefix, group_prefix=given.group_prefix)


def _keys(named: str, environ: Mapping[str, str]) -> FileKeys | UrlKeys:
    if "://" in named:
        return UrlKeys(check_url("--oauth-jwks", named), environ=environ)
    return FileKeys(Path(named))


def _check(given: argparse.Namespace, identity: Identity) -> None:
    if given.tokens is not None and given.oauth_issuer:
        raise UsageError("--tokens and --oauth-issuer are two ways to know callers", "give one of them")
    alone = [f"--{name.replace('_', '-')}" for name in _OF_OAUTH if getattr(given, name)]
    if alone and not given.oauth_issuer:
        raise UsageError(f"{', '.join(alone)} needs --oauth-issuer", "name the authorization server")
    if identity is not Identity.SERVER and given.tokens is None and not given.oauth_issuer:
        raise UsageError(
            f"--identity {identity}: nobody's identity is known",
            "say who may call: --tokens FILE or --oauth-issuer URL",
        )
    if (given.user_prefix or given.group_prefix) and identity is not Identity.IMPERSONATE:
        raise UsageError("prefixes are for names that are impersonated", "give --identity impersonate, too")
    if not 0 <= given.oauth_leeway <= MOST_LEEWAY_S:
        raise UsageError(f"--oauth-leeway {given.oauth_leeway} is not between 0 and {MOST_LEEWAY_S}")
    if given.oauth_issuer and given.allow_writes and identity is Identity.SERVER and not given.oauth_write_scope:
        raise UsageError(
            "--allow-writes lets nobody write with --identity server",
            "name the scope that may: --oauth-write-scope; or hand the caller's identity on",
        )
