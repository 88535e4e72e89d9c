"""What an HTTP answer says before one knows what stands behind it: words for it, where it sends to, who it is that speaks."""

import re
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

from gitops_master.model.asking import Got

_GATEWAY = {502, 503, 504}
_CDN = {*range(520, 528), 530}
_SURE_404 = ("default backend - 404", "response 404 (backend NotFound)")
"""Texts of ingress-nginx's default backend and of Google's load balancers."""
_LIKELY_404 = re.compile(r"404 page not found\s*|.{0,200}<center>nginx</center>.{0,100}", re.DOTALL)
"""Traefik's, and ingress-nginx's own: an application written in Go, or its nginx, says the same."""
_ENVOY = re.compile(r"(istio-)?envoy", re.IGNORECASE)
_LOGIN = re.compile(
    r"(?:^|[/._-])(?:oauth2?|oidc|saml2?|sso|authn?|authorize|log[_-]?in|sign[_-]?in|realms|keycloak|adfs|idp|identity|accounts?|"
    r"dex|cas|okta|auth0)(?:$|[/._-])",
    re.IGNORECASE,
)
_LOGIN_QUERY = re.compile(r"(?:^|&)(?:client_id|response_type|SAMLRequest|redirect_uri|rd)=")
_REDIRECTS = {301, 302, 303, 307, 308}
_PORTS = {"http": 80, "https": 443}


class Sign(NamedTuple):
    """An answer of what stands in front of an application. `sure`: nothing else says it so. `then`: what to look at."""

    text: str
    then: str
    sure: bool = True


def named(status: int) -> str:
    """`404 Not Found`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def told(got: Got, url: str) -> str:
    """`302 Found to https://id.example.test/authorize`: without the query, where secrets of a login stand."""
    to = location(got, url)
    if to is None:
        return named(got.status)
    here = urlsplit(url)
    place = (
        f"{to.scheme}://{to.netloc.rpartition('@')[2]}" if to.netloc != here.netloc or to.scheme != here.scheme else ""
    )
    return f"{named(got.status)} to {(place + to.path)[:200] or '/'}"


def location(got: Got, url: str) -> SplitResult | None:
    """Where a redirect leads; None where it is none."""
    where = got.headers.get("location", "")
    if got.status not in _REDIRECTS or not where:
        return None
    try:
        to = urlsplit(urljoin(url, where))
        _ = to.port
    except ValueError:
        return None
    return to


def leads_to_login(to: SplitResult) -> bool:
    """Whether an address looks like that of a login: by words in host and path, or by what its query carries."""
    return bool(_LOGIN.search(f"{to.hostname or ''}{to.path}") or _LOGIN_QUERY.search(to.query))


def leads_to_tls(got: Got, url: str) -> bool:
    """Whether an unencrypted host sends to itself over TLS, on the usual port."""
    to, here = location(got, url), urlsplit(url)
    if to is None or here.scheme != "http":
        return False
    return to.scheme == "https" and _host(to) == _host(here) and to.port in {None, 443}


def is_redirect(got: Got) -> bool:
    return got.status in _REDIRECTS


def is_html(got: Got) -> bool:
    return "html" in got.headers.get("content-type", "").lower() or got.text.lstrip()[:15].lower().startswith(
        ("<!doctype html", "<html")
    )


def sign(got: Got, url: str) -> Sign | None:
    """What an answer says of what stands between here and the application; None where the application may have spoken."""
    status = got.status
    if status in _GATEWAY:
        return Sign("the ingress answers, what stands behind it does not", "endpoints-ready, network-policies-allow")
    if status in _CDN:
        return Sign("a CDN or tunnel in front does not reach the ingress", "the tunnel's or CDN's own status")
    if _is_circle(got, url):
        if "set-cookie" in got.headers:
            return Sign(
                "it redirects to itself and sets a cookie, which is not sent back", "the page in a browser", sure=False
            )
        why = "it redirects to itself: TLS ends in front, and the application is not told (X-Forwarded-Proto)"
        return Sign(why, "the application's settings for proxies")
    if status == 404:
        return _lost(got)
    return None


def _lost(got: Got) -> Sign | None:
    text, then = got.text, "ingress-backed, gateway-route-accepted, traefik-route-backed"
    if any(one in text for one in _SURE_404):
        return Sign("the ingress has no route for this host and path", then)
    is_envoy = not got.body and _ENVOY.fullmatch(got.headers.get("server", ""))
    if is_envoy or _LIKELY_404.fullmatch(text):
        return Sign("as an ingress without a route for this host and path answers", then, sure=False)
    return None


def _is_circle(got: Got, url: str) -> bool:
    to, here = location(got, url), urlsplit(url)
    return to is not None and _place(to) == _place(here)


def _place(one: SplitResult) -> tuple[str, str, int, str, str]:
    return one.scheme, _host(one), one.port or _PORTS.get(one.scheme, 0), one.path or "/", one.query


def _host(one: SplitResult) -> str:
    return (one.hostname or "").removesuffix(".")
