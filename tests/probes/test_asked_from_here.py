"""Probes that ask from where the program runs, against real servers: every auth class right and wrong, certificates, names."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gitops_master.model.asking import Ask, Get, Got, Handshake, Resolve, Resolved, Shaken, ShownCertificate, Trouble
from gitops_master.model.verification import Verdict
from gitops_master.probes.engine import Result
from tests.adapters.kube_api.certificates import Authority, Pair
from tests.adapters.outside.worlds import (
    AUTHORITY,
    HOST,
    Stub,
    answer,
    asker,
    demanding,
    self_signed,
    serving,
    tls,
    trusted,
)
from tests.probes.deployments import NOW, answered, deployed, probed

PAGE = "<!doctype html><title>Shop</title>"
HTML = {"Content-Type": "text/html"}
LOGIN = {"Location": "https://id.example.test/authorize?client_id=a&state=secret-state"}
INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {rules: [{host: %s, http: {paths: [{path: /, backend: {service: {name: web}}}]}}]%s}
status: {loadBalancer: {ingress: [{ip: 10.0.0.7}, {hostname: lb.example.test}]}}
"""


async def judged(talk: bytes, path: str = "/", **expected: Any) -> tuple[str, str]:
    """Verdict and observation of host-answers for a host that answers so."""
    async with serving(talk) as server:
        told = {"tls": False, "port": server.port, "path": path, **expected}
        result = await answered("host-answers", deployed(expected={HOST: told}), asker())
    [seen] = result.seen
    assert seen.target == f"http://{HOST}:{server.port}{path}"
    assert seen.expected
    if seen.verdict in {Verdict.WARN, Verdict.FAIL}:
        assert seen.evidence
        assert seen.remedies
    return seen.verdict.value, seen.observed


OK, JSON = answer(PAGE, headers=HTML), answer("{}", headers={"Content-Type": "application/json"})
REDIRECT = answer("", "302 Found", LOGIN)
AWAY = answer("", "302 Found", {"Location": "https://www.example.test/start"})
DENIED = answer("", "401 Unauthorized")
BASIC = answer("", "401 Unauthorized", {"WWW-Authenticate": "Basic realm=shop"})
FORBIDDEN, ERROR = answer("no", "403 Forbidden"), answer("boom", "500 Internal Server Error")
SIGN_IN = answer("<html><title>Sign In</title>oauth2-proxy", "403 Forbidden", HTML)
GRAFANA = answer("", "302 Found", {"Location": "/login"})
UNPROTECTED = "200 OK: it answers without a login: the application is unprotected"
TO_LOGIN = "302 Found to https://id.example.test/authorize"


@pytest.mark.parametrize(
    ("auth", "talk", "verdict", "observed"),
    [
        ("public", OK, "PASS", "200 OK"),
        ("public", AWAY, "PASS", "302 Found to https://www.example.test/start"),
        ("public", DENIED, "FAIL", "401 Unauthorized: a public page asks for a login"),
        ("public", FORBIDDEN, "FAIL", "403 Forbidden: a public page asks for a login"),
        ("public", ERROR, "FAIL", "500 Internal Server Error: the application fails"),
        ("forward-auth", REDIRECT, "PASS", TO_LOGIN),
        ("forward-auth", answer("", "303 See Other", {"Location": "/oauth2/start?rd=%2F"}), "PASS", "303 See Other to /oauth2/start"),
        ("forward-auth", DENIED, "PASS", "401 Unauthorized"),
        ("forward-auth", SIGN_IN, "PASS", "403 Forbidden"),
        ("forward-auth", FORBIDDEN, "WARN", "403 Forbidden: refused, but not by a sign-in page: by whom cannot be told"),
        ("forward-auth", AWAY, "WARN", "it redirects to what does not look like a login: look where it ends"),
        ("forward-auth", OK, "FAIL", UNPROTECTED),
        ("forward-auth", ERROR, "FAIL", "500 Internal Server Error: the application fails"),
        ("spa", OK, "PASS", "200 OK"),
        ("spa", JSON, "FAIL", "200 OK: what it answers is no page"),
        ("spa", REDIRECT, "FAIL", f"{TO_LOGIN}: a login stands in front (auth: forward-auth?)"),
        ("spa", AWAY, "FAIL", "302 Found to https://www.example.test/start: it redirects elsewhere"),
        ("spa", ERROR, "FAIL", "500 Internal Server Error: the application fails"),
        ("basic", BASIC, "PASS", "401 Unauthorized"),
        ("basic", FORBIDDEN, "PASS", "403 Forbidden"),
        ("basic", DENIED, "FAIL", "401 Unauthorized: it does not say how to log in (WWW-Authenticate)"),
        ("basic", OK, "FAIL", UNPROTECTED),
        ("api", DENIED, "PASS", "401 Unauthorized"),
        ("api", FORBIDDEN, "PASS", "403 Forbidden"),
        ("api", JSON, "FAIL", UNPROTECTED),
        ("api", ERROR, "FAIL", "500 Internal Server Error: the application fails"),
        ("api", REDIRECT, "FAIL", TO_LOGIN),
        ("grafana", GRAFANA, "PASS", "302 Found to /login"),
        ("grafana", OK, "WARN", "200 OK: anonymous access is on"),
        ("grafana", ERROR, "FAIL", "500 Internal Server Error: the application fails"),
        ("mtls", answer("No required SSL certificate was sent", "400 Bad Request"), "PASS", "400 Bad Request"),
        ("mtls", FORBIDDEN, "PASS", "403 Forbidden"),
        ("mtls", OK, "FAIL", "200 OK: it answers whoever shows no client certificate"),
        (None, OK, "PASS", "200 OK"),
        (None, REDIRECT, "PASS", TO_LOGIN),
        (None, DENIED, "PASS", "401 Unauthorized"),
        (None, answer("{}", "404 Not Found"), "WARN", "404 Not Found: something answers, but not with a page"),
        (None, ERROR, "FAIL", "500 Internal Server Error: the application fails"),
    ],
)  # fmt: skip
async def test_each_way_to_keep_access_right_and_wrong(
    auth: str | None, talk: bytes, verdict: str, observed: str
) -> None:
    found = await judged(talk, **({"auth": auth} if auth else {}))

    assert found[0] == verdict
    assert observed in found[1]
    assert "secret-state" not in found[1]


BEHIND = "the ingress answers, what stands behind it does not"
NO_ROUTE = "the ingress has no route for this host and path"
LIKE_NO_ROUTE = "as an ingress without a route for this host and path answers"


@pytest.mark.parametrize("auth", [None, "public", "forward-auth", "mtls"])
@pytest.mark.parametrize(
    ("talk", "words"),
    [
        (answer("", "502 Bad Gateway"), f"502 Bad Gateway: {BEHIND}"),
        (answer("", "503 Service Unavailable"), f"503 Service Unavailable: {BEHIND}"),
        (answer("", "504 Gateway Time-out"), f"504 Gateway Timeout: {BEHIND}"),
        (answer("", "530 Origin Error"), "530: a CDN or tunnel in front does not reach the ingress"),
        (answer("", "521 Web Server Is Down"), "521: a CDN or tunnel in front does not reach the ingress"),
        (answer("default backend - 404", "404 Not Found"), f"404 Not Found: {NO_ROUTE}"),
        (answer("", "301 Moved", {"Location": "/"}), "it redirects to itself: TLS ends in front"),
    ],
)
async def test_what_the_ingress_itself_says_is_said_whatever_the_class(
    talk: bytes, words: str, auth: str | None
) -> None:
    verdict, observed = await judged(talk, **({"auth": auth} if auth else {}))

    assert verdict == "FAIL"
    assert words in observed


@pytest.mark.parametrize(
    "talk",
    [
        answer("404 page not found\n", "404 Not Found"),
        answer(
            "<html><head><title>404 Not Found</title></head><body><center>nginx</center></body></html>", "404 Not Found"
        ),
        answer("", "404 Not Found", {"Server": "istio-envoy"}),
    ],
)
async def test_what_an_application_could_have_said_as_well_is_no_failure_without_a_class(talk: bytes) -> None:
    assert (await judged(talk))[0] == "WARN"
    assert LIKE_NO_ROUTE in (await judged(talk))[1]
    assert (await judged(talk, auth="public"))[0] == "FAIL"


async def test_a_circle_that_a_cookie_may_end_is_no_failure() -> None:
    verdict, observed = await judged(answer("", "302 Found", {"Location": "/", "Set-Cookie": "seen=1"}))

    assert (verdict, "sets a cookie" in observed) == ("WARN", True)


@pytest.mark.parametrize(
    ("expected", "talk", "verdict"),
    [
        ({"status": [401]}, DENIED, "PASS"),
        ({"status": [200, 204], "auth": "forward-auth"}, OK, "PASS"),
        ({"status": [200]}, DENIED, "FAIL"),
        ({"status": [503]}, answer("", "503 Service Unavailable"), "PASS"),
        ({"body": "<title>S[a-z]+</title>"}, OK, "PASS"),
        ({"body": "Wiki"}, OK, "FAIL"),
        ({"body": "Wiki"}, answer("x" * 70_000), "UNKNOWN"),
        ({"path": "/a?b=c"}, OK, "PASS"),
    ],
)
async def test_codes_and_patterns_of_a_file(expected: Mapping[str, Any], talk: bytes, verdict: str) -> None:
    assert (await judged(talk, **expected))[0] == verdict


async def test_data_of_a_single_page_application_is_asked_for() -> None:
    ingress = INGRESS % (HOST, "")
    for service, path, open_ in (
        ("argocd-server", "/api/v1/applications", "WARN"),
        ("kargo-api", "/v1beta1/projects", "FAIL"),
    ):
        looked_at = deployed(ingress.replace("name: web}}", f"name: {service}}}}}"), expected={HOST: {"auth": "spa"}})
        page, data = probed("host-answers", looked_at).asks
        assert isinstance(data, Get)
        assert data.url == f"https://{HOST}{path}"
        verdicts = []
        for status in (401, 200, 500):
            looked_at.replies = {page: Got(200, HTML, PAGE.encode()), data: Got(status)}
            verdicts.append([one.verdict.value for one in probed("host-answers", looked_at).seen])
        assert verdicts == [["PASS", "PASS"], ["PASS", open_], ["PASS", "FAIL"]]


@pytest.mark.parametrize(("reachable", "verdict"), [(False, "UNKNOWN"), (True, "FAIL")])
async def test_no_connection_is_a_failure_only_where_a_file_says_it_can_be_had(reachable: bool, verdict: str) -> None:
    async with serving(OK) as server:
        port = server.port
    for id_, encrypted in (("host-answers", False), ("tls-handshake", True)):
        looked_at = deployed(expected={HOST: {"tls": encrypted, "port": port, "reachable": reachable}})
        [seen] = (await answered(id_, looked_at, asker())).seen
        assert (seen.verdict, seen.good) == (verdict, 0)
        assert f"{HOST}:{port} (127.0.0.1) refuses connections" in seen.observed
        assert ("perhaps only from here" in seen.observed) == (not reachable)


async def test_what_may_not_be_asked_is_unknown_even_where_it_can_be_reached() -> None:
    looked_at = deployed(expected={"169.254.169.254": {"tls": False, "reachable": True}})

    [seen] = (await answered("host-answers", looked_at, asker())).seen

    assert (seen.verdict, "never asked, whoever names it" in seen.observed) == ("UNKNOWN", True)


GATEWAY = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec: {listeners: [{name: http, port: %d, protocol: HTTP}]}
status: {addresses: [{value: 127.0.0.1}, {value: 169.254.169.254}, {value: localhost}]}
"""
ROUTE = """---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web-%d, namespace: shop}
spec: {hostnames: ["%s"], parentRefs: [{name: public}]}
"""


async def test_crafted_routes_and_statuses_make_nobody_call() -> None:
    names = Stub(
        {"meta.example.test": ["169.254.169.254"], "inner.example.test": ["127.0.0.1"], "localhost": ["127.0.0.1"]}
    )
    hosts = [
        *names.known,
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "169.254.169.254",
        "::1",
        "a@127.0.0.1",
        "a/b",
        "a\\r\\nb",
    ]
    async with serving(OK) as server:
        for port in (server.port, 80, 443):
            text = GATEWAY % port + "".join(ROUTE % (index, host) for index, host in enumerate(hosts))
            for id_ in ("host-answers", "tls-handshake"):
                result = await answered(id_, deployed(text), asker(names))
                assert {one.verdict.value for one in result.seen} <= {"UNKNOWN", "SKIPPED"}

    assert server.connections == 0


@pytest.mark.parametrize(
    "reply",
    [Got(308, {"location": f"https://{HOST}/"}), Got(trouble=Trouble("refused", "port 80 refuses connections"))],
)
def test_a_host_that_sends_to_itself_over_tls_or_takes_nothing_else_is_asked_there(reply: Got) -> None:
    looked_at = deployed(INGRESS % (HOST, ""))
    [first] = probed("host-answers", looked_at).asks
    assert probed("tls-handshake", looked_at).asks == (first,)
    looked_at.replies = {first: reply}

    [second] = probed("host-answers", looked_at).asks

    assert isinstance(second, Get)
    assert second.url == f"https://{HOST}/"
    assert probed("tls-handshake", looked_at).asks == (Handshake(HOST),)


def test_a_host_without_tls_has_no_handshake() -> None:
    looked_at = deployed(INGRESS % (HOST, ""))
    looked_at.replies = {one: Got(200) for one in probed("host-answers", looked_at).asks}

    assert probed("tls-handshake", looked_at).verdict is Verdict.SKIPPED
    assert probed("host-answers", looked_at).verdict is Verdict.PASS


async def shaken(folder: Path, pair: Pair, **expected: Any) -> Result:
    async with serving(b"", tls(folder, pair)) as server:
        looked_at = deployed(expected={HOST: {"port": server.port, **expected}}, now=datetime.now(UTC))
        return await answered("tls-handshake", looked_at, asker(authorities=trusted(folder)))


@pytest.mark.parametrize(
    ("pair", "verdict", "words"),
    [
        (AUTHORITY.pair(HOST, days=(-1, 30)), "PASS", "trusted, valid for 29 days"),
        (AUTHORITY.pair(HOST, days=(-1, 10)), "WARN", "trusted, valid for 9 days"),
        (AUTHORITY.pair(HOST, days=(-1, 2)), "FAIL", "trusted, valid for 1 days"),
        (AUTHORITY.pair(HOST, days=(-9, -2)), "FAIL", "not trusted: it has expired, on 20"),
        (AUTHORITY.pair("www.example.test"), "FAIL", "not trusted: it is for other names: www.example.test"),
        (self_signed(HOST), "FAIL", "not trusted: it is signed by itself"),
        (Authority("other-ca").pair(HOST), "FAIL", "by an authority that is not trusted here (other-ca)"),
        (self_signed("abc.traefik.default", common="TRAEFIK DEFAULT CERT"), "FAIL", "default certificate (TRAEFIK DEFAULT CERT)"),
        (AUTHORITY.pair("ingress.local", common="Kubernetes Ingress Controller Fake Certificate"), "FAIL", "default certificate (Kube"),
    ],
)  # fmt: skip
async def test_certificates(tmp_path: Path, pair: Pair, verdict: str, words: str) -> None:
    [seen] = (await shaken(tmp_path, pair)).seen

    assert (seen.verdict, words in seen.observed) == (verdict, True), seen.observed
    assert bool(seen.evidence and seen.remedies) == (verdict != "PASS")


async def test_days_that_a_file_wants(tmp_path: Path) -> None:
    pair = AUTHORITY.pair(HOST, days=(-1, 30))

    assert (await shaken(tmp_path, pair, tlsWarnDays=40)).verdict is Verdict.WARN
    assert (await shaken(tmp_path, pair, tlsWarnDays=60, tlsFailDays=40)).verdict is Verdict.FAIL


async def test_a_client_certificate_that_is_wanted(tmp_path: Path) -> None:
    pair = AUTHORITY.pair(HOST, days=(-1, 30))
    for newest, verdict in ((True, "PASS"), (False, "WARN")):
        with demanding(tls(tmp_path, pair, clients=AUTHORITY, newest=newest)) as port:
            looked_at = deployed(expected={HOST: {"port": port, "auth": "mtls"}}, now=datetime.now(UTC))
            ours = asker(authorities=trusted(tmp_path))
            assert (await answered("tls-handshake", looked_at, ours)).verdict == verdict
            [seen] = (await answered("host-answers", looked_at, ours)).seen
            assert seen.verdict is Verdict.PASS
            assert "the handshake without a client certificate was refused" in seen.observed


async def test_a_client_certificate_that_is_not_wanted(tmp_path: Path) -> None:
    async with serving(OK, tls(tmp_path, AUTHORITY.pair(HOST, days=(-1, 30)))) as server:
        looked_at = deployed(expected={HOST: {"port": server.port, "auth": "mtls"}}, now=datetime.now(UTC))
        [seen] = (await answered("host-answers", looked_at, asker(authorities=trusted(tmp_path)))).seen

    assert (seen.verdict, seen.observed) == ("FAIL", "200 OK: it answers whoever shows no client certificate")


async def test_over_a_connection_that_is_not_trusted_nothing_is_asked(tmp_path: Path) -> None:
    async with serving(OK, tls(tmp_path, self_signed(HOST))) as server:
        looked_at = deployed(expected={HOST: {"port": server.port, "reachable": True}})
        [seen] = (await answered("host-answers", looked_at, asker())).seen

    assert (seen.verdict, "(tls-handshake)" in seen.observed, server.heads) == ("UNKNOWN", True, [])


@pytest.mark.parametrize(
    ("own", "balancer", "verdict", "words"),
    [
        (Resolved(("10.0.0.7",)), Resolved(("1.2.3.4",)), "PASS", "it resolves to 10.0.0.7"),
        (Resolved(("1.2.3.4",)), Resolved(("1.2.3.4",)), "PASS", "it resolves to 1.2.3.4"),
        (Resolved(("8.8.8.8",)), Resolved(("1.2.3.4",)), "WARN", "it resolves to 8.8.8.8, not to the ingress"),
        (Resolved(trouble=Trouble("no-such-host", "x has no address")), Resolved(), "FAIL", "x has no address"),
        (Resolved(trouble=Trouble("no-resolver", "no answer")), Resolved(), "UNKNOWN", "no answer"),
    ],
)
def test_names(own: Resolved, balancer: Resolved, verdict: str, words: str) -> None:
    asks: dict[Ask, Any] = {Resolve(HOST): own, Resolve("lb.example.test"): balancer}
    assert set(probed("host-resolves", deployed(INGRESS % (HOST, ""))).asks) == set(asks)

    [seen] = probed("host-resolves", deployed(INGRESS % (HOST, ""), replies=asks)).seen

    assert (seen.verdict, words in seen.observed) == (verdict, True)


async def test_a_wildcard_is_passed_over_with_its_reason() -> None:
    [seen] = (await answered("host-resolves", deployed(INGRESS % ('"*.example.test"', "")), asker())).seen

    assert (seen.verdict, seen.target) == ("SKIPPED", "*.example.test")
    assert seen.observed == "a wildcard is no host: name the ones that matter under `hosts` (Ingress shop/web)"


@pytest.mark.parametrize(
    ("talk", "verdict", "words"),
    [
        (answer("{}"), "PASS", "200 OK"),
        (DENIED, "FAIL", "401 Unauthorized: the credential is not accepted"),
        (REDIRECT, "FAIL", "302 Found to https://id.example.test/authorize: no answer"),
    ],
)
async def test_a_credential_is_accepted_or_not_and_never_shown(
    tmp_path: Path, talk: bytes, verdict: str, words: str
) -> None:
    async with serving(talk, tls(tmp_path, AUTHORITY.pair(HOST))) as server:
        told = {"port": server.port, "header": "X-Api-Key", "headerPath": "/api/me"}
        ours = asker(authorities=trusted(tmp_path), secrets={"x-api-key": "very-secret"})
        [seen] = (await answered("credentials-accepted", deployed(expected={HOST: told}), ours)).seen
        [unset] = (await answered("credentials-accepted", deployed(expected={HOST: told}), asker())).seen

    assert (seen.verdict, words in seen.observed) == (verdict, True)
    assert (unset.verdict, "set GITOPS_MASTER_VERIFY_X_API_KEY" in unset.observed) == ("UNKNOWN", True)
    assert server.heads[0].startswith("GET /api/me HTTP/1.1\r\n")
    assert "X-Api-Key: very-secret" in server.heads[0]
    assert "very-secret" not in f"{seen}{unset}"


@pytest.mark.parametrize(
    ("talk", "verdict", "words"),
    [
        (OK, "PASS", "200 and the text"),
        (answer("Wiki"), "FAIL", "200, without the text"),
        (answer("Shop", "404 Not Found"), "FAIL", "404 Not Found"),
        (answer("x" * 70_000 + "Shop"), "UNKNOWN", "200; the text is not in the first 64 KiB"),
    ],
)
async def test_a_page_that_proves_the_whole_way(talk: bytes, verdict: str, words: str) -> None:
    async with serving(talk) as server:
        told = {"tls": False, "port": server.port, "content": "Shop", "contentPath": "/orders"}
        [seen] = (await answered("page-shows-content", deployed(expected={HOST: told}), asker())).seen

    assert (seen.verdict, words in seen.observed) == (verdict, True)
    assert server.heads[0].startswith("GET /orders ")


def test_without_hosts_and_without_wishes_there_is_nothing_to_check() -> None:
    for id_ in ("host-resolves", "tls-handshake", "host-answers", "credentials-accepted", "page-shows-content"):
        result = probed(id_, deployed())
        assert result.verdict is Verdict.SKIPPED
        assert result.seen[0].observed == result.probe.nothing


def test_a_route_of_grpc_is_resolved_and_shaken_hands_with_but_not_asked_for_a_page() -> None:
    text = """
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: orders, namespace: shop}
spec: {hostnames: [orders.example.test]}
"""
    assert probed("host-answers", deployed(text)).verdict is Verdict.SKIPPED
    assert probed("tls-handshake", deployed(text)).asks == (Handshake("orders.example.test"),)


def test_a_certificate_is_judged_at_the_time_of_the_snapshot() -> None:
    shown = ShownCertificate("shop", "ca", (HOST,), NOW, NOW.replace(month=12, day=30))
    looked_at = deployed(INGRESS % (HOST, f", tls: [{{hosts: [{HOST}]}}]"), replies={Handshake(HOST): Shaken(shown)})

    [seen] = probed("tls-handshake", looked_at).seen

    assert seen.observed == "trusted, valid for 37 days, until 2026-12-30 (issuer ca)"


async def test_a_private_address_that_no_status_shows_is_not_asked() -> None:
    [seen] = (await answered("host-answers", deployed(INGRESS % (HOST, "")), asker(Stub({HOST: ["10.0.0.8"]})))).seen

    assert (seen.verdict, f"{HOST} leads to 10.0.0.8, a private address" in seen.observed) == ("UNKNOWN", True)
