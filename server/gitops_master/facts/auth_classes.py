"""Whether an answer to a request without credentials is what the way a host keeps access makes it (references/verification-taxonomy.md)."""

from collections.abc import Callable
from typing import NamedTuple

from gitops_master.facts.http_answers import is_html, is_redirect, leads_to_login, location
from gitops_master.model.asking import Got
from gitops_master.model.expectations import AuthClass
from gitops_master.model.verification import Verdict

_UNPROTECTED = "it answers without a login: the application is unprotected"


class Judged(NamedTuple):
    """`why`: what the answer means, in words; may be empty where it is as expected."""

    verdict: Verdict
    why: str = ""


EXPECTED: dict[AuthClass, str] = {
    "public": "status 200 to 399",
    "forward-auth": "a redirect to the login, 401, or 403 with the sign-in page",
    "spa": "200 with a page of HTML",
    "basic": "401 with WWW-Authenticate, or 403",
    "api": "401 or 403",
    "grafana": "a redirect to /login",
    "mtls": "a refusal: it wants a client certificate",
}
_PASS = Judged(Verdict.PASS)


def judge(auth: AuthClass, got: Got, url: str) -> Judged:
    """Of an answer that no infrastructure gave (http_answers.sign)."""
    return _JUDGES[auth](got, url)


def unclassed(got: Got) -> Judged:
    """Where nobody wrote down how access is kept: that something answers is all that can be asked for."""
    if got.status >= 500:
        return Judged(Verdict.FAIL, "the application fails")
    if got.status < 400 or got.status in {401, 403}:
        return _PASS
    why = "something answers, but not with a page: name a `path`, or the `auth` of the host, to have more proved"
    return Judged(Verdict.WARN, why)


def _fails(got: Got, why: str = "") -> Judged:
    return Judged(Verdict.FAIL, "the application fails" if got.status >= 500 else why)


def _public(got: Got, _url: str) -> Judged:
    if 200 <= got.status < 400:
        return _PASS
    return _fails(got, "a public page asks for a login" if got.status in {401, 403} else "")


def _forward_auth(got: Got, url: str) -> Judged:
    if 200 <= got.status < 300:
        return Judged(Verdict.FAIL, _UNPROTECTED)
    if got.status == 401:
        return _PASS
    if got.status == 403:
        text = got.text.lower()
        page = any(one in text for one in ("oauth2", "sign in", "sign_in", "log in", "login"))
        return _PASS if page else Judged(Verdict.WARN, "refused, but not by a sign-in page: by whom cannot be told")
    to = location(got, url)
    if to is not None and leads_to_login(to):
        return _PASS
    if to is not None:
        return Judged(Verdict.WARN, "it redirects to what does not look like a login: look where it ends")
    return _fails(got)


def _spa(got: Got, url: str) -> Judged:
    if got.status == 200:
        return _PASS if is_html(got) else Judged(Verdict.FAIL, "what it answers is no page")
    to = location(got, url)
    if to is not None:
        login = leads_to_login(to)
        return Judged(
            Verdict.FAIL, "a login stands in front (auth: forward-auth?)" if login else "it redirects elsewhere"
        )
    return _fails(got)


def _basic(got: Got, _url: str) -> Judged:
    if got.status == 401 and "www-authenticate" not in got.headers:
        return Judged(Verdict.FAIL, "it does not say how to log in (WWW-Authenticate)")
    return _api(got, _url)


def _api(got: Got, _url: str) -> Judged:
    if got.status in {401, 403}:
        return _PASS
    return Judged(Verdict.FAIL, _UNPROTECTED) if 200 <= got.status < 300 else _fails(got)


def _grafana(got: Got, url: str) -> Judged:
    if got.status == 200:
        return Judged(Verdict.WARN, "anonymous access is on")
    to = location(got, url)
    return _PASS if to is not None and leads_to_login(to) else _fails(got)


def _mtls(got: Got, _url: str) -> Judged:
    if got.status in {400, 403, 495, 496}:  # the last two are nginx's own
        return _PASS
    if 200 <= got.status < 300 or is_redirect(got):
        return Judged(Verdict.FAIL, "it answers whoever shows no client certificate")
    return _fails(got)


_JUDGES: dict[AuthClass, Callable[[Got, str], Judged]] = {
    "public": _public,
    "forward-auth": _forward_auth,
    "spa": _spa,
    "basic": _basic,
    "api": _api,
    "grafana": _grafana,
    "mtls": _mtls,
}
