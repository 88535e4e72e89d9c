"""Level 3: does each host answer a stranger as it should?"""

from collections.abc import Iterator

from gitops_master.facts.auth_classes import EXPECTED, Judged, judge, unclassed
from gitops_master.facts.body_patterns import NOT_IN_BEGINNING, body_holds
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.hosts import Host, hosts_of
from gitops_master.facts.http_answers import leads_to_tls, named, sign, told
from gitops_master.facts.texts import fact
from gitops_master.model.asking import Ask, Get, Got, Handshake, Shaken
from gitops_master.model.finding import Remedy, Risk
from gitops_master.model.snapshot import Wanted
from gitops_master.model.verification import Verdict
from gitops_master.probes.asking import beginning, by_hand_get, unanswered
from gitops_master.probes.registry import Seen, probe

_ANY = "an answer of the application below 500"
_DATA = {"argocd-server": ("/api/v1/applications", Verdict.WARN), "kargo-api": ("/v1beta1/projects", Verdict.FAIL)}
"""By Service: what a single-page application must not show to strangers, and what it means if it does."""


@probe(
    "host-answers",
    level=3,
    order=8,
    needs="H",
    counts="hosts",
    nothing="no route, Application or expectation names a host",
)
def check(deployed: Deployed) -> Iterator[Seen | Ask | Wanted]:
    """GET https://host/path without credentials, redirects not followed

    Reads: status and Location, against the auth class that the expectations or the Ingress's annotations name
    PASS: as the class expects; without a class an answer below 400, 401 or 403
    WARN: as the class's WARN column says; without a class any other answer below 500
    FAIL: anything else; 200 where a login was expected is the worst: unprotected
    UNKNOWN, SKIPPED: UNKNOWN: no connection, or none that is trusted, unless the configuration says that this machine can reach the host. SKIPPED: hosts of GRPCRoutes
    Rights: none
    """
    for first in hosts_of(deployed).asked:
        host = as_asked(first, deployed)
        if not isinstance(host, Host):
            yield host
        elif not host.grpc_only:
            yield from _answers(deployed, host)


def as_asked(host: Host, deployed: Deployed) -> Host | Ask:
    """The host, over TLS where it sends there by itself or refuses anything else; the ask that tells it, where nobody asked yet."""
    if host.tells_scheme or host.grpc_only:
        return host
    ask = _ask(host)
    reply = deployed.replies.get(ask)
    if not isinstance(reply, Got):
        return ask
    is_refused = reply.trouble is not None and reply.trouble.kind == "refused"
    return host.over_tls() if is_refused or leads_to_tls(reply, ask.url) else host


def _ask(host: Host) -> Get:
    return Get(host.url(), accept="text/html,*/*;q=0.1" if host.auth in {None, "spa", "public"} else "*/*")


def _answers(deployed: Deployed, host: Host) -> Iterator[Seen | Ask]:
    if host.auth == "mtls" and host.tls:
        shake = Handshake(host.name, host.port)
        shaken = deployed.replies.get(shake)
        if not isinstance(shaken, Shaken):
            yield shake
            return
        if shaken.alert:
            observed = (
                f"the handshake without a client certificate was refused: {shaken.alert.lower().replace('_', ' ')}"
            )
            yield Seen(verdict=Verdict.PASS, target=host.url(), expected=EXPECTED["mtls"], observed=observed)
            return
    asks = [_ask(host), *_data(host)]
    missing = [one for one in asks if not isinstance(deployed.replies.get(one), Got)]
    if missing:
        yield from missing
        return
    first, *data = [reply for one in asks if isinstance(reply := deployed.replies[one], Got)]
    yield _judge(host, first)
    for ask, reply in zip(asks[1:], data, strict=True):
        yield _judge_data(host, ask.url, reply)


def _data(host: Host) -> list[Get]:
    if host.auth != "spa":
        return []
    return [
        Get(host.url(path), accept="application/json")
        for name, (path, _) in _DATA.items()
        if name in host.service_names
    ]


def _judge(host: Host, got: Got) -> Seen:
    url, expected = host.url(), _expected(host)
    if got.trouble is not None and not got.status:
        return unanswered(host, url, expected, got.trouble)
    judged, then = _meaning(host, got, url)
    observed = f"{told(got, url)}{f': {judged.why}' if judged.why else ''}"
    if judged.verdict is Verdict.PASS:
        return Seen(verdict=Verdict.PASS, target=url, expected=expected, observed=observed)
    evidence = [fact(url, "status", told(got, url)), *host.evidence()]
    if got.status >= 400 and got.body:
        evidence.append(fact(url, "body", beginning(got.text)))
    return Seen(
        verdict=judged.verdict,
        target=url,
        expected=expected,
        observed=observed,
        evidence=evidence,
        remedies=[Remedy(title=then, risk=Risk.LOW), by_hand_get(url)] if then else [by_hand_get(url)],
        good=0 if judged.verdict is Verdict.FAIL else 1,
    )


def _expected(host: Host) -> str:
    held = host.expectation
    if held.status:
        words = f"status {' or '.join(map(str, held.status))}"
    else:
        words = EXPECTED[host.auth] if host.auth else _ANY
    words += f" ({host.implied_by})" if host.auth and host.auth == host.implied and not held.auth else ""
    return f"{words}, and a body with {held.body!r}" if held.body else words


def _meaning(host: Host, got: Got, url: str) -> tuple[Judged, str]:
    """What an answer means, and what to do then."""
    held, seen = host.expectation, sign(got, url)
    if held.status and got.status in held.status:
        judged = Judged(Verdict.PASS)
    elif held.status:
        return Judged(Verdict.FAIL, seen.text if seen else ""), f"Look at {seen.then}" if seen else ""
    elif seen is not None and (seen.sure or not host.auth):
        return Judged(Verdict.FAIL if seen.sure else Verdict.WARN, seen.text), f"Look at {seen.then}"
    else:
        judged = judge(host.auth, got, url) if host.auth else unclassed(got)
    if judged.verdict is Verdict.FAIL and 200 <= got.status < 300:
        return judged, _protect(host)
    return _with_body(held.body, got, judged), ""


def _protect(host: Host) -> str:
    if host.auth == "spa":
        return ""
    if host.auth == "mtls":
        return "Make the route of the host ask for client certificates again"
    return "Put the login back in front of the host: middlewares or annotations of its route, and the proxy they name"


def _with_body(pattern: str, got: Got, judged: Judged) -> Judged:
    if not pattern or judged.verdict is Verdict.FAIL:
        return judged
    holds = body_holds(pattern, got)
    if holds is None:
        return Judged(Verdict.UNKNOWN, NOT_IN_BEGINNING)
    return judged if holds else Judged(Verdict.FAIL, "the pattern is not in the body")


def _judge_data(host: Host, url: str, got: Got) -> Seen:
    expected = "401 or 403: the page is public, its data is not"
    if got.trouble is not None and not got.status:
        return unanswered(host, url, expected, got.trouble)
    if got.status in {401, 403}:
        return Seen(verdict=Verdict.PASS, target=url, expected=expected, observed=named(got.status))
    anonymous = next(
        verdict for name, (path, verdict) in _DATA.items() if name in host.service_names and url.endswith(path)
    )
    is_open = 200 <= got.status < 300
    verdict = anonymous if is_open else Verdict.FAIL
    why = ": it shows its data without a login" if is_open else ""
    return Seen(
        verdict=verdict,
        target=url,
        expected=expected,
        observed=f"{told(got, url)}{why}",
        evidence=[fact(url, "status", told(got, url)), *host.evidence()],
        remedies=[by_hand_get(url)],
        good=0 if verdict is Verdict.FAIL else 1,
    )
