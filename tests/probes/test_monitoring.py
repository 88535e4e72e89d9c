"""Probes over Prometheus, Alertmanager, Loki and Grafana: how they are found, and what each answer comes to."""

from typing import Any
from urllib.parse import parse_qs

import pytest

from gitops_master.model.asking import Ask, Get, Got, Proxied
from gitops_master.model.snapshot import Log, LogKey
from gitops_master.probes.engine import run
from gitops_master.probes.registry import all_probes
from tests.probes.monitored import Replies, asked_for, deployed, lines, ok, refused, result, wanted

METRICS, QUERY, LOGS = "metrics-scraped", "prometheus-answers-query", "logs-arrive"
GRAFANA, ALERTS = "grafana-data-sources-healthy", "alerts-flow"
SHOP = """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web}]}
status: {phase: Running, conditions: [{type: Ready, status: "True"}], containerStatuses: [{name: web, ready: true}]}
"""
PROMETHEUS = {"service": "monitoring/prom:9090"}
AT = "Service monitoring/prom"


def service(name: str, labels: str, ports: str = "{name: http-web, port: 9090}", ip: str = "10.0.0.1") -> str:
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: monitoring, labels: {{{labels}}}}}\n"
        f"spec: {{clusterIP: {ip}, ports: [{ports}]}}\n---\n"
    )


def vector(*series: tuple[dict[str, str], Any]) -> Got:
    listed = [{"metric": labels, "value": [1795424400, str(value)]} for labels, value in series]
    return ok({"status": "success", "data": {"resultType": "vector", "result": listed}})


def up(job: str, state: int, count: int, **labels: str) -> tuple[dict[str, str], Any]:
    return {"namespace": "shop", "job": job, "up": str(state), **labels}, count


# the way to a product


@pytest.mark.parametrize(
    ("stated", "switches", "ask"),
    [
        ({"service": "monitoring/prom:web", "scheme": "https"}, "p", Proxied("monitoring", "prom", "web", "/api/v1/query?query=up", "https")),
        ({"service": "web:9090"}, "p", Proxied("shop", "web", "9090", "/api/v1/query?query=up")),
        ({"service": "monitoring/prom:web", "url": "https://prom.example.com/x/"}, "h", Get("https://prom.example.com/x/api/v1/query?query=up")),
        ({"service": "monitoring/prom:web", "url": "https://prom.example.com"}, "ph", Proxied("monitoring", "prom", "web", "/api/v1/query?query=up")),
        ({"service": "a/b:1", "url": "https://p.example.com", "header": "Authorization"}, "ph",
         Get("https://p.example.com/api/v1/query?query=up", secret_header="Authorization")),
        ({"service": "a/b:1", "header": "X-Api-Key", "tenant": "t"}, "p",
         Proxied("a", "b", "1", "/api/v1/query?query=up", headers=(("X-Scope-OrgID", "t"),), secret_header="X-Api-Key")),
    ],
)  # fmt: skip
def test_a_product_is_asked_by_the_way_that_is_switched_on(stated: dict[str, Any], switches: str, ask: Any) -> None:
    expected = {"prometheus": {**stated, "queries": [{"query": "up"}]}}

    assert asked_for(QUERY, deployed(SHOP, expected, proxy="p" in switches, http="h" in switches)) == [ask]


@pytest.mark.parametrize(
    ("stated", "switches", "line"),
    [
        ({"service": "a/b:1"}, "h", "SKIPPED up: Prometheus is not asked for (--proxy) (0/0)"),
        ({"url": "https://p.example.com"}, "p", "SKIPPED up: Prometheus is not asked for (--http) (0/0)"),
        ({"service": "b:1"}, "p", "UNKNOWN up: no Service of that name was read: write prometheus.service as namespace/b:1 (0/0)"),
        ({"service": "a/b:1", "header": "authorization"}, "p",
         "SKIPPED up: the API server keeps the header Authorization for itself: give prometheus.url, and ask with --http (0/0)"),
        ({}, "p", "SKIPPED up: no Prometheus configured (0/0)"),
    ],
)  # fmt: skip
def test_a_product_that_cannot_be_asked_says_why(stated: dict[str, Any], switches: str, line: str) -> None:
    expected = {"prometheus": {**stated, "queries": [{"query": "up"}]}}
    what = deployed(SHOP, expected, proxy="p" in switches, http="h" in switches)

    assert lines(result(QUERY, what, {})) == [line]


@pytest.mark.parametrize(
    ("others", "found"),
    [
        (service("p", "app.kubernetes.io/name: prometheus"), "p 9090 http"),
        (service("p", "app: kube-prometheus-stack-prometheus", "{name: reloader, port: 8080}, {name: https-web, port: 9090}"), "p 9090 https"),
        (service("p", "app: kube-prometheus-stack-prometheus") + service("o", 'operated-prometheus: "true"', ip="None"), "p 9090 http"),
        (service("o", 'operated-prometheus: "true"', "{name: web, port: 80}", ip="None"), "o 80 http"),
        (service("p", "app.kubernetes.io/name: prometheus-operator"), ""),
        (service("p", "app.kubernetes.io/name: prometheus", "{name: a, port: 1}, {name: b, port: 2}"), ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_prometheus_that_nobody_named_is_found_by_its_labels(others: str, found: str) -> None:
    asks = asked_for(METRICS, deployed(SHOP, others=others))

    assert [f"{one.service} {one.port} {one.scheme}" for one in asks if isinstance(one, Proxied)] == (
        [found] if found else []
    )


def test_two_that_may_be_it_are_none_and_are_named() -> None:
    others = service("b", "app.kubernetes.io/name: prometheus") + service("a", "app.kubernetes.io/name: prometheus")

    assert lines(result(METRICS, deployed(SHOP, others=others), {})) == [
        "SKIPPED : no Prometheus configured, and 2 Services may be it (monitoring/a, monitoring/b): name one (0/0)"
    ]


def test_of_lokis_services_the_gateway_takes_queries() -> None:
    label, port = "app.kubernetes.io/name: loki, app.kubernetes.io/component", "{name: http-metrics, port: 3100}"
    others = service("loki-read", f"{label}: read", port) + service(
        "loki-gateway", f"{label}: gateway", "{name: http, port: 80}"
    )

    [ask] = asked_for(LOGS, deployed(SHOP, others=others))

    assert isinstance(ask, Proxied)
    assert (ask.service, ask.port) == ("loki-gateway", "80")


def test_without_a_switch_nothing_is_asked() -> None:
    ids = {METRICS, QUERY, LOGS, GRAFANA, ALERTS}
    what = deployed(SHOP, {"prometheus": PROMETHEUS}, proxy=False)

    found = run(what, [one for one in all_probes() if one.id in ids])

    assert {line for one in found for line in lines(one)} == {"SKIPPED : not asked for (--proxy or --http) (0/0)"}


# metrics-scraped


def _query(ask: Ask) -> str:
    assert isinstance(ask, Proxied)
    return parse_qs(ask.path.partition("?")[2])["query"][0]


def test_targets_are_counted_by_prometheus_and_no_name_breaks_out_of_the_query() -> None:
    [ask] = asked_for(METRICS, deployed(SHOP, {"prometheus": {**PROMETHEUS, "jobs": ['a"} or up{x="\\', "b"]}}))

    assert _query(ask) == r'count_values by (job) ("up", up{job=~"a\"\\}\\ or\\ up\\{x=\"\\\\|b"})'


def test_without_jobs_the_targets_of_the_namespaces_are_counted() -> None:
    [ask] = asked_for(METRICS, deployed(SHOP, {"prometheus": PROMETHEUS}))

    series = 'up{namespace=~"shop"} or up{kubernetes_namespace=~"shop"}'
    assert _query(ask) == f'count_values by (namespace, kubernetes_namespace, job) ("up", {series})'


@pytest.mark.parametrize(
    ("got", "line"),
    [
        (vector(up("api", 1, 3)), "PASS namespace shop: 3 targets are up (3/3)"),
        (vector(up("api", 1, 3), up("api", 0, 1), up("db", 0, 1)), "WARN namespace shop: 2 of 5 targets are down: 1 of 4 of job api in shop, 1 of 1 of job db in shop (3/5)"),
        (vector(up("api", 0, 2)), "FAIL namespace shop: 2 of 2 targets are down: 2 of 2 of job api in shop (0/2)"),
        (vector(), "FAIL namespace shop: Prometheus has no target there (0/1)"),
        (vector(up("api", 1, "NaN")), "FAIL namespace shop: Prometheus has no target there (0/1)"),  # type: ignore[arg-type]
        (ok("<html>"), f"UNKNOWN {AT}: Prometheus: what it answers is not JSON: 200 <html> (0/0)"),
        (ok({"status": "success"}), f"UNKNOWN {AT}: Prometheus: what it answers is no result of a query (0/0)"),
        (ok("{", truncated=True), f"UNKNOWN {AT}: Prometheus: its answer is longer than the 1 bytes that are read (0/0)"),
        (ok("no", 503), f"UNKNOWN {AT}: Prometheus: it answers 503 no (0/0)"),
        (ok("", 302), f"UNKNOWN {AT}: Prometheus: it answers 302, so it wants a login (name a header for it, or another address) (0/0)"),
        (refused("denied", "no right"), f"UNKNOWN {AT}: Prometheus: not looked at: get services/proxy in namespace monitoring is missing (no right) (0/0)"),
        (refused("no-endpoints"), f"UNKNOWN {AT}: Prometheus: the API server finds no ready endpoint of service monitoring/prom for port 9090: as the test says (0/0)"),
    ],
)  # fmt: skip
def test_targets_of_the_namespaces(got: Got, line: str) -> None:
    assert lines(result(METRICS, deployed(SHOP, {"prometheus": PROMETHEUS}), got)) == [line]


def test_each_job_that_was_named_must_have_targets() -> None:
    what = deployed(SHOP, {"prometheus": {**PROMETHEUS, "jobs": ["api", "db"]}})

    assert lines(result(METRICS, what, vector(({"job": "api", "up": "1"}, 2)))) == [
        "PASS job api: 2 targets are up (2/2)",
        "FAIL job db: Prometheus has no target there (0/1)",
    ]


def test_a_prometheus_that_was_only_found_need_not_scrape_the_namespace() -> None:
    what = deployed(SHOP, others=service("p", "app.kubernetes.io/name: prometheus"))

    assert lines(result(METRICS, what, vector())) == [
        "SKIPPED namespace shop: Prometheus was found among the Services and has no target there; none is asked for (0/0)"
    ]


# prometheus-answers-query


def series(value: Any) -> dict[str, Any]:
    return {"metric": {"__name__": "up", "job": "a"}, "value": [1, value]}


def data(kind: str, found: Any) -> Got:
    return ok({"status": "success", "data": {"resultType": kind, "result": found}})


@pytest.mark.parametrize(
    ("expect", "got", "line"),
    [
        ("", data("vector", [series("0")]), "PASS q: 1 series (1/1)"),
        ("> 0", data("vector", [series("1"), series("0.5")]), "PASS q: 2 series (2/2)"),
        ("== 1", data("scalar", [1, "1"]), "PASS q: 1 series (1/1)"),
        ("!= 0", data("vector", [series("NaN")]), "PASS q: 1 series (1/1)"),
        ("> 0", data("vector", [series("NaN")]), 'FAIL q: up{job="a"} is nan (0/1)'),
        ("> 0", data("vector", [series("1"), series("0")]), 'FAIL q: up{job="a"} is 0 (1/2)'),
        (">= 0", data("vector", [series("-Inf")]), 'FAIL q: up{job="a"} is -inf (0/1)'),
        ("", data("vector", []), "FAIL q: the result is empty (0/1)"),
        ("", data("string", [1, "x"]), "FAIL q: Prometheus: what it answers is no result of a query (0/1)"),
        ("", data("vector", [{"metric": {}, "histogram": []}]), "FAIL q: Prometheus: it answers native histograms, which have no single value: ask for a number (0/1)"),
        ("", data("vector", [7]), "FAIL q: Prometheus: what it answers is no result of a query (0/1)"),
        ("", data("vector", [series(None)]), "FAIL q: Prometheus: what it answers is no result of a query (0/1)"),
        ("", ok({"status": "error", "error": "parse error"}, 400), 'FAIL q: Prometheus: it answers 400 {"status": "error", "error": "parse error"} (0/1)'),
        ("", ok({"status": "error", "error": "odd"}), "FAIL q: Prometheus: it answers 'odd' (0/1)"),
        ("", ok("garbage"), "FAIL q: Prometheus: what it answers is not JSON: 200 garbage (0/1)"),
        ("", ok("down", 503), "FAIL q: Prometheus: it answers 503 down (0/1)"),
        ("", ok("no", 403), "UNKNOWN q: Prometheus: it answers 403, so it wants a login (name a header for it, or another address) (0/1)"),
        ("", refused("unreachable", "error trying to reach service: EOF"), "UNKNOWN q: Prometheus: the API server has no way to the pods of service monitoring/prom: EOF (0/1)"),
    ],
)  # fmt: skip
def test_a_query_must_have_data_and_hold(expect: str, got: Got, line: str) -> None:
    expected = {"prometheus": {**PROMETHEUS, "queries": [{"query": "up{}", "title": "q", "expect": expect}]}}

    assert lines(result(QUERY, deployed(SHOP, expected), got)) == [line]


# logs-arrive

LOKI = {"loki": {"service": "monitoring/loki:3100", "tenant": "shop"}}


def streams(*found: list[Any]) -> Got:
    listed = [{"stream": {"namespace": "shop"}, "values": values} for values in found]
    return data("streams", listed)


def wrote(time: str) -> Log:
    return Log(LogKey("shop", "web-1", "web"), ("starting", f"{time} served"))


def test_loki_is_asked_for_five_minutes_of_the_namespace_as_its_tenant() -> None:
    [ask] = asked_for(LOGS, deployed(SHOP, LOKI))

    path = "/loki/api/v1/query_range?query=%7Bnamespace%3D%22shop%22%7D&start=1795424100000000000&limit=1"
    assert ask == Proxied("monitoring", "loki", "3100", path, headers=(("X-Scope-OrgID", "shop"),))


@pytest.mark.parametrize(
    ("got", "logs", "line"),
    [
        (streams([["1", "line"]]), (), "PASS namespace shop: lines arrive (1/1)"),
        (ok("{", truncated=True), (), "PASS namespace shop: lines arrive (1/1)"),
        (ok("oops", 500, truncated=True), (), "FAIL namespace shop: Loki: it answers 500 oops (0/1)"),
        (streams(), (wrote("2026-11-23T08:58:00Z"),), "FAIL namespace shop: no line in 5 minutes, although pod web-1 wrote at 08:58:00 (0/1)"),
        (streams([]), (wrote("2026-11-23T08:30:00Z"),), "UNKNOWN namespace shop: no line in 5 minutes; whether its pods wrote any is not known (0/1)"),
        (streams(), (), "UNKNOWN namespace shop: no line in 5 minutes; whether its pods wrote any is not known (0/1)"),
        (ok("no org id", 401), (), "UNKNOWN namespace shop: Loki: it answers 401, so it wants a login (name a header for it, or another address) (0/1)"),
        (ok({"data": 4}), (), "FAIL namespace shop: Loki: what it answers is no result of a query (0/1)"),
        (ok("parse error", 400), (), "FAIL namespace shop: Loki: it answers 400 parse error (0/1)"),
        (refused("denied", "no"), (), "UNKNOWN namespace shop: Loki: not looked at: get services/proxy in namespace monitoring is missing (no) (0/1)"),
    ],
)  # fmt: skip
def test_lines_arrive_or_it_is_told_whether_any_were_written(got: Got, logs: tuple[Log, ...], line: str) -> None:
    assert lines(result(LOGS, deployed(SHOP, LOKI, logs=logs), got)) == [line]


def test_where_no_line_arrived_the_pods_own_logs_are_wanted() -> None:
    key = LogKey("shop", "web-1", "web")

    assert [one.log for one in wanted(result(LOGS, deployed(SHOP, LOKI, log_index=frozenset({key})), streams()))] == [
        key
    ]


def test_a_loki_that_was_only_found_need_not_have_lines() -> None:
    others = service("l", "app.kubernetes.io/name: loki", "{name: http-metrics, port: 3100}")
    logs = (wrote("2026-11-23T08:58:00Z"),)

    assert lines(result(LOGS, deployed(SHOP, others=others, logs=logs), streams())) == [
        "SKIPPED namespace shop: Loki was found among the Services and shows no lines; none are asked for (0/0)"
    ]


# grafana-data-sources-healthy


@pytest.mark.parametrize(
    ("got", "line"),
    [
        (ok({"status": "OK", "message": "1 label found"}), "PASS data source p/1: OK (1/1)"),
        (ok({"status": "ERROR", "message": "dial tcp: refused"}, 400), "FAIL data source p/1: ERROR: dial tcp: refused (0/1)"),
        (ok({"message": "Data source not found"}, 404), 'UNKNOWN data source p/1: Grafana answers 404 {"message": "Data source not found"}: no such data source, or one without a health check (0/1)'),
        (ok({"message": "Unauthorized"}, 401), "UNKNOWN data source p/1: Grafana: it answers 401, so it wants a login (name a header for it, or another address) (0/1)"),
        (ok("bad gateway", 502), "FAIL data source p/1: Grafana: it answers 502 bad gateway (0/1)"),
        (ok("[]"), "FAIL data source p/1: Grafana: what it answers is no health of a data source: 200 [] (0/1)"),
        (ok("<html>"), "FAIL data source p/1: Grafana: what it answers is not JSON: 200 <html> (0/1)"),
    ],
)  # fmt: skip
def test_grafanas_data_sources(got: Got, line: str) -> None:
    stated = {"url": "https://grafana.example.com", "header": "Authorization", "dataSources": ["p/1"]}
    what = deployed(SHOP, {"grafana": stated}, proxy=False, http=True)

    assert asked_for(GRAFANA, what) == [
        Get("https://grafana.example.com/api/datasources/uid/p%2F1/health", secret_header="Authorization")
    ]
    assert lines(result(GRAFANA, what, got)) == [line]


def test_without_a_token_grafana_is_not_asked() -> None:
    what = deployed(SHOP, {"grafana": {"service": "monitoring/grafana:80", "dataSources": ["p"]}})

    assert lines(result(GRAFANA, what, {})) == [
        "SKIPPED data source p: no token: name the header that carries it under grafana.header (0/0)"
    ]


# alerts-flow

FLOW = {"prometheus": PROMETHEUS, "alertmanager": {"service": "monitoring/am:9093"}}
ACTIVE = ok({"status": "success", "data": {"activeAlertmanagers": [{"url": "x"}], "droppedAlertmanagers": []}})
FIRING = vector(({"__name__": "ALERTS", "alertname": "Watchdog", "alertstate": "firing"}, 1))
READY, ARRIVED = ok({"cluster": {"status": "ready"}}), ok([{"labels": {"alertname": "Watchdog"}}])
AM = "Service monitoring/am"


def flow(sends: Got = ACTIVE, fires: Got = FIRING, status: Got = READY, alerts: Got = ARRIVED) -> Replies:
    return {"/api/v1/alertmanagers": sends, "/api/v1/query": fires, "/api/v2/status": status, "/api/v2/alerts": alerts}


def test_alerts_flow_where_each_step_does() -> None:
    assert lines(result(ALERTS, deployed(SHOP, FLOW), flow())) == [
        f"PASS {AT}: 1 active Alertmanagers (1/1)",
        f"PASS {AM}: cluster ready (1/1)",
        f"PASS {AM}: Watchdog has arrived (1/1)",
    ]


@pytest.mark.parametrize(
    ("step", "replies", "line"),
    [
        (0, flow(ok({"status": "success", "data": {"activeAlertmanagers": [], "droppedAlertmanagers": [{}]}})),
         f"FAIL {AT}: Prometheus has no active Alertmanager, 1 were found and dropped by its configuration (0/1)"),
        (0, flow(ok({"status": "success", "data": {"activeAlertmanagers": None}})), f"FAIL {AT}: Prometheus has no active Alertmanager (0/1)"),
        (0, flow(ok("[]")), f"FAIL {AT}: Prometheus: what it answers is no list of Alertmanagers (0/1)"),
        (0, flow(ok("no", 500)), f"FAIL {AT}: Prometheus: it answers 500 no (0/1)"),
        (0, flow(refused("timeout", "late")), f"UNKNOWN {AT}: Prometheus: no answer of service monitoring/prom in time: late (0/1)"),
        (1, flow(status=ok({"cluster": {"status": "disabled"}})), f"PASS {AM}: cluster disabled (1/1)"),
        (1, flow(status=ok({"cluster": {"status": "settling"}})), f"UNKNOWN {AM}: the cluster of Alertmanagers is still settling (0/1)"),
        (1, flow(status=ok("null")), f"FAIL {AM}: Alertmanager: what it answers is no status of one (0/1)"),
        (2, flow(alerts=ok([])), f"FAIL {AM}: Watchdog fires in Prometheus and has not arrived (0/1)"),
        (2, flow(alerts=ok([]), fires=vector()), f"WARN {AM}: no Watchdog rule is installed: that alerts arrive is not proved (1/1)"),
        (2, flow(alerts=ok([]), fires=ok("x")), f"UNKNOWN {AM}: no alert Watchdog is there; whether a rule for it exists is not known (0/1)"),
        (2, flow(alerts=ok({})), f"FAIL {AM}: Alertmanager: what it answers is no list of alerts (0/1)"),
        (2, flow(alerts=refused("denied", "no")), f"UNKNOWN {AM}: Alertmanager: not looked at: get services/proxy in namespace monitoring is missing (no) (0/1)"),
    ],
)  # fmt: skip
def test_where_alerts_stop(step: int, replies: Replies, line: str) -> None:
    assert lines(result(ALERTS, deployed(SHOP, FLOW), replies))[step] == line


def test_without_a_prometheus_a_missing_watchdog_is_not_known() -> None:
    what = deployed(SHOP, {"alertmanager": FLOW["alertmanager"]})

    assert lines(result(ALERTS, what, flow(alerts=ok([]))))[1:] == [
        f"UNKNOWN {AM}: no alert Watchdog is there; whether a rule for it exists is not known (0/1)"
    ]


def test_an_alertmanager_that_was_only_found_is_asked_where_the_applications_deploy_it() -> None:
    own = service("am", "app.kubernetes.io/name: alertmanager", "{name: http-web, port: 9093}")

    assert asked_for(ALERTS, deployed(SHOP, others=own)) == []
    assert len(asked_for(ALERTS, deployed(own.removesuffix("---\n")))) == 2


def test_none_configured_is_skipped() -> None:
    assert lines(result(ALERTS, deployed(SHOP, {"prometheus": PROMETHEUS}), {})) == [
        "SKIPPED : no Alertmanager configured (0/0)"
    ]
