"""health-url-answers and dependencies-up: which URL is asked, and what each answer comes to."""

from typing import Any

import pytest

from gitops_master.facts.body_patterns import NOT_IN_BEGINNING
from gitops_master.facts.health_answers import components
from gitops_master.model.asking import MOST_BODY, Got, Proxied
from gitops_master.model.verification import Verdict
from gitops_master.probes.engine import run
from gitops_master.probes.registry import all_probes
from tests.probes.monitored import asked_for, deployed, lines, ok, refused, result

URL, DEPENDENCIES = "health-url-answers", "dependencies-up"
SHOP = """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: admin, port: 81, targetPort: 8081}, {name: http, port: 80, targetPort: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web, v: "1"}}
spec:
  containers:
  - name: web
    ports: [{name: web, containerPort: 8080}]
    readinessProbe: {httpGet: {path: /healthz, port: web}, timeoutSeconds: 2}
status: {conditions: [{type: Ready, status: "True"}]}
"""
WEB = "Service shop/web"
ASK = Proxied("shop", "web", "80", "/healthz")


def health(**service: Any) -> dict[str, Any]:
    return {"services": {"web": service}}


def test_the_readiness_probes_path_is_asked_at_the_services_port_that_leads_to_it() -> None:
    assert asked_for(URL, deployed(SHOP)) == [ASK]
    assert asked_for(DEPENDENCIES, deployed(SHOP)) == [ASK]


@pytest.mark.parametrize(
    ("change", "ask"),
    [
        (("port: web}", "port: 8080}"), ASK),
        (("targetPort: web", "targetPort: 8080"), ASK),
        (("port: 80, targetPort: web", "port: 8080"), Proxied("shop", "web", "8080", "/healthz")),
        (("port: web}", "port: web, scheme: HTTPS}"), Proxied("shop", "web", "80", "/healthz", "https")),
        (("path: /healthz", "path: healthz"), ASK),
    ],
)
def test_ports_and_schemes_are_followed_by_number_and_by_name(change: tuple[str, str], ask: Proxied) -> None:
    assert change[0] in SHOP
    assert asked_for(URL, deployed(SHOP.replace(*change))) == [ask]


@pytest.mark.parametrize(
    ("stated", "ask"),
    [
        ({"path": "/ready?full=true"}, Proxied("shop", "web", "80", "/ready?full=true")),
        ({"path": "/ready", "port": "admin"}, Proxied("shop", "web", "admin", "/ready")),
        ({"path": "/ready", "port": 81, "scheme": "https"}, Proxied("shop", "web", "81", "/ready", "https")),
        ({"port": 81}, Proxied("shop", "web", "81", "/healthz")),
    ],
)
def test_what_was_written_down_wins(stated: dict[str, Any], ask: Proxied) -> None:
    assert asked_for(URL, deployed(SHOP, {"services": {"shop/web": stated}})) == [ask]


def test_a_port_that_speaks_tls_by_name_is_asked_so() -> None:
    tls = SHOP.replace("{name: http, port: 80, targetPort: web}", "{name: https, port: 443, targetPort: web}")

    assert asked_for(URL, deployed(tls, health(path="/"))) == [Proxied("shop", "web", "443", "/", "https")]


def test_the_newest_ready_pod_tells_the_path() -> None:
    newer = SHOP.partition("---")[2].replace("web-1", "web-2").replace("/healthz", "/new")
    newer = newer.replace("labels:", 'creationTimestamp: "2026-11-23T08:59:00Z", labels:')

    assert asked_for(URL, deployed(f"{SHOP}---\n{newer}")) == [Proxied("shop", "web", "80", "/new")]
    assert asked_for(
        URL, deployed(f"{SHOP}---\n{newer}".replace('"True"', '"False"', 2).replace('"False"', '"True"', 1))
    ) == [ASK]


@pytest.mark.parametrize(
    ("got", "line"),
    [
        (ok("ok"), f"PASS {WEB}: /healthz on port 80 answers 200 (1/1)"),
        (ok("", 302), f"PASS {WEB}: /healthz on port 80 answers 302 (1/1)"),
        (ok("x" * MOST_BODY, truncated=True), f"PASS {WEB}: /healthz on port 80 answers 200 (1/1)"),
        (ok("ok", elapsed_s=2.5), f"WARN {WEB}: /healthz on port 80 answers 200 after 2.5 s, its readiness probe gives up after 2 s (1/1)"),
        (ok("db down", 503), f"FAIL {WEB}: /healthz on port 80 answers 503 db down (0/1)"),
        (ok("log in", 401), f"FAIL {WEB}: /healthz on port 80 answers 401 log in (0/1)"),
        (ok("forbidden", 403), f"FAIL {WEB}: /healthz on port 80 answers 403 forbidden (0/1)"),
        (ok(b"\xff\x00\x1b[31m", 500), f"FAIL {WEB}: /healthz on port 80 answers 500 \ufffd (0/1)"),
        (refused("denied", "no right"), f"UNKNOWN {WEB}: not looked at: get services/proxy in namespace shop is missing (no right) (0/1)"),
        (refused("no-endpoints"), f"UNKNOWN {WEB}: the API server finds no ready endpoint of service shop/web for port 80: as the test says (0/1)"),
        (refused("unreachable", "error trying to reach service: dial tcp 10.0.0.9:8080: i/o timeout"),
         f"UNKNOWN {WEB}: the API server has no way to the pods of service shop/web: dial tcp 10.0.0.9:8080: i/o timeout (0/1)"),
        (refused("timeout", "no answer within 10 s"), f"UNKNOWN {WEB}: no answer of service shop/web in time: no answer within 10 s (0/1)"),
        (refused("malformed", "x"), f"UNKNOWN {WEB}: service shop/web was not asked: x (0/1)"),
    ],
)  # fmt: skip
def test_each_answer_has_its_verdict(got: Got, line: str) -> None:
    assert lines(result(URL, deployed(SHOP), got)) == [line]


def test_a_failure_says_what_was_expected_and_quotes_the_answer() -> None:
    [seen] = result(URL, deployed(SHOP), ok("db down", 503)).seen

    assert seen.expected == "GET http://web.shop:80/healthz answers 200 to 399"
    assert [(one.object, one.path, one.value) for one in seen.evidence] == [
        (WEB, "GET /healthz on port 80", "503 db down")
    ]


@pytest.mark.parametrize(
    ("stated", "got", "line"),
    [
        ({"status": [204]}, ok(""), f"FAIL {WEB}: /healthz on port 80 answers 200 (0/1)"),
        ({"status": [401, 204]}, ok("", 401), f"PASS {WEB}: /healthz on port 80 answers 401 (1/1)"),
        ({"body": "version: 1[.]4"}, ok("a\nversion: 1.4\n"), f"PASS {WEB}: /healthz on port 80 answers 200 (1/1)"),
        ({"body": "^version: 2"}, ok("version: 1"), f"FAIL {WEB}: /healthz on port 80 answers 200 without '^version: 2' in its body (0/1)"),
        ({"body": "ready"}, ok("x" * 4096 + "ready"), f"PASS {WEB}: /healthz on port 80 answers 200 (1/1)"),
        ({"body": "rea+dy"}, ok("x" * 4096 + "ready"), f"UNKNOWN {WEB}: answers 200; {NOT_IN_BEGINNING} (0/1)"),
    ],
)  # fmt: skip
def test_codes_and_bodies_that_were_written_down_count(stated: dict[str, Any], got: Got, line: str) -> None:
    assert lines(result(URL, deployed(SHOP, health(**stated)), got)) == [line]


@pytest.mark.parametrize(
    ("text", "stated", "line"),
    [
        (SHOP.replace("port: web}", "port: 9999}"), {},
         f"SKIPPED {WEB}: its pods' readiness probes ask port 9999, which the Service does not carry, and no path is configured (0/0)"),
        (SHOP.replace("httpGet: {path: /healthz, port: web}", "exec: {}"), {},
         "SKIPPED : no Service has an HTTP readiness probe behind it, and no health path is configured (0/0)"),
        (SHOP.replace("app: web, v", "app: other, v").replace("name: http", "name: b"), health(path="/x"),
         f"UNKNOWN {WEB}: which port answers /x is not clear: name one of its ports (admin, b) (0/1)"),
        (SHOP.replace("spec: {selector", "spec: {type: ExternalName, selector"), {},
         "SKIPPED : no Service has an HTTP readiness probe behind it, and no health path is configured (0/0)"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_says_why(text: str, stated: dict[str, Any], line: str) -> None:
    assert lines(result(URL, deployed(text, stated), {})) == [line]


def test_services_that_no_application_manages_need_all_written_down() -> None:
    stated = {
        "services": {"tools/a": {"path": "/x", "port": 80}, "b": {"path": "/x"}, "tools/c": {"path": "/y", "port": 1}}
    }
    what = deployed(
        SHOP,
        stated,
        complete=("v1/Pod",),
        others=SHOP.partition("---")[0].replace("web, n", "a, n").replace("shop", "tools"),
    )

    found = lines(result(URL, what, ok("")))

    assert found[:4] == [
        f"PASS {WEB}: /healthz on port 80 answers 200 (1/1)",
        "PASS Service tools/a: /x on port 80 answers 200 (1/1)",
        "UNKNOWN Service shop/b: it is not among the Applications' resources: write down namespace/name, path and port (0/1)",
        "PASS Service tools/c: /y on port 1 answers 200 (1/1)",
    ]


def test_a_service_that_certainly_does_not_exist_fails() -> None:
    what = deployed(SHOP, {"services": {"tools/c": {"path": "/y", "port": 1}}})

    found = result(URL, what, ok(""))

    assert found.verdict is Verdict.FAIL
    assert lines(found)[1] == "FAIL Service tools/c: no such Service, although the expectations name it (0/1)"


def test_pods_that_were_not_read_are_no_pods_without_probes() -> None:
    found = result(URL, deployed(SHOP.partition("---")[0], complete=("v1/Service", "argoproj.io/Application")), {})

    assert (found.verdict, lines(found)) == (Verdict.UNKNOWN, ["UNKNOWN : v1/Pod: not read (0/0)"])


@pytest.mark.parametrize("probe_id", [URL, DEPENDENCIES])
def test_nothing_is_asked_unless_the_proxy_was_switched_on(probe_id: str) -> None:
    [probe] = [one for one in all_probes() if one.id == probe_id]
    [found] = run(deployed(SHOP, proxy=False, http=True), [probe])

    assert (found.asks, lines(found)) == ((), ["SKIPPED : not asked for (--proxy) (0/0)"])


SPRING = {"status": "DOWN", "components": {
    "db": {"status": "DOWN", "details": {"error": "java.net.ConnectException: refused"}},
    "cache": {"status": "UP", "details": {"version": "7"}}, "diskSpace": {"status": "UP", "details": {"exists": True}},
    "mail": {"status": "OUT_OF_SERVICE"}, "registry": {"status": "UNKNOWN"},
    "queues": {"status": "UP", "components": {"a": {"status": "UP"}, "b": {"status": "UP"}}}}}  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (SPRING, "db:down cache:up diskSpace:up mail:down queues/a:up queues/b:up"),
        ({"status": "UP", "details": {"db": {"status": "UP", "details": {"database": "ok"}}}}, "db:up"),
        ({"status": "UP", "checks": [{"name": "db", "status": "UP"}, {"name": "mq", "status": "DOWN"}]}, "db:up mq:down"),
        ({"status": "Degraded", "entries": {"sql": {"status": "Healthy"}, "mq": {"status": "Degraded"}}}, "sql:up mq:half"),
        ({"status": "error", "info": {}, "error": {"redis": {"status": "down"}}, "details": {"redis": {"status": "down"}}}, "redis:down"),
        ({"database": "ok", "version": "11.0.0", "commit": "x"}, "database:up"),
        ({"database": "failing"}, "database:down"),
        ({"status": "pass", "checks": {"db:time": [{"status": "pass", "observedValue": 3}], "cpu": [{"status": "warn"}]}}, "db:time:up cpu:half"),
        ({"checks": {"db": "ok", "queue": False, "since": "2026"}}, "db:up queue:down"),
        ({"status": "UP"}, ""),
        ({"status": "ok", "checks": 3, "components": None, "details": [1, {"name": 4}]}, ""),
        ([], ""),
        ("ok", ""),
    ],
)  # fmt: skip
def test_components_are_read_in_the_forms_that_frameworks_use(answer: Any, found: str) -> None:
    assert " ".join(f"{one.name}:{one.state}" for one in components(answer)) == found


def test_a_deep_answer_ends() -> None:
    answer: Any = {"status": "UP"}
    for _ in range(300):
        answer = {"components": {"a": answer}}

    assert components(answer) == []


@pytest.mark.parametrize(
    ("stated", "got", "line"),
    [
        ({}, ok(SPRING, 503), f"FAIL {WEB}: db is DOWN: java.net.ConnectException: refused, mail is OUT_OF_SERVICE (4/6)"),
        ({"optional": ["db", "ma*"]}, ok(SPRING, 503),
         f"WARN {WEB}: db is DOWN: java.net.ConnectException: refused, mail is OUT_OF_SERVICE; nothing that is needed is down (4/6)"),
        ({}, ok({"checks": {"db": "ok"}}), f"PASS {WEB}: 1 components are up (1/1)"),
        ({}, ok({"entries": {"mq": {"status": "Degraded"}}}), f"WARN {WEB}: mq is Degraded; nothing that is needed is down (0/1)"),
        ({}, ok("ok"), "SKIPPED : no health answer lists components (0/0)"),
        ({}, ok(b"\xff\xfe{"), "SKIPPED : no health answer lists components (0/0)"),
        ({}, ok("[" * 30_000), "SKIPPED : no health answer lists components (0/0)"),
        ({}, ok('{"components": {"a' + "x" * 50, truncated=True),
         f"UNKNOWN {WEB}: the answer of http://web.shop:80/healthz is longer than the 68 bytes that are read (0/0)"),
        ({}, refused("denied", "no right"), f"UNKNOWN {WEB}: not looked at: get services/proxy in namespace shop is missing (no right) (0/0)"),
    ],
)  # fmt: skip
def test_what_the_health_answer_lists_is_judged(stated: dict[str, Any], got: Got, line: str) -> None:
    assert lines(result(DEPENDENCIES, deployed(SHOP, health(**stated)), got)) == [line]
