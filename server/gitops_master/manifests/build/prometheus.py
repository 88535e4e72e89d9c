"""Verification by a query: an AnalysisTemplate with the prometheus provider.

Checked against Rollouts v1.9.1 and v1.10.1, metricproviders/prometheus/prometheus.go: a vector is a list of numbers, a scalar one
number; an empty vector is an empty list, of which `all(…)` is true and `result[0]` an Error.
"""

import re
from typing import Any, NamedTuple

from gitops_master.manifests.build.probe_urls import checked_url
from gitops_master.manifests.build.templates import Template
from gitops_master.manifests.request import StageRequest
from gitops_master.model.errors import UsageError

ADDRESS_EXAMPLE = "http://prometheus.monitoring.svc.cluster.local:9090"
EXAMPLE = 'sum(rate(http_requests_total{namespace="shop",code=~"5.."}[5m])) < 0.1'
ADDRESS = "prometheus-address"
COUNT, INTERVAL_S, FAILURES, ERRORS = 5, 30, 1, 5
DELAY_S, TIMEOUT_S = 60, 20
_SCALAR = re.compile(r"(scalar|time|pi)\s*\(")
_TOKEN = re.compile(
    r"""(?P<text>"(\\.|[^"\\])*"|'(\\.|[^'\\])*'|`[^`]*`)|(?P<open>[({\[])|(?P<close>[)}\]])|(?P<comment>\#)"""
    r"""|(?P<set>\b(and|or|unless)\b(?=[^\w:]))|(?P<compare>==|!=|<=|>=|<|>)""",
    re.IGNORECASE,
)
_LIMIT = re.compile(r"\s*(bool\b)?\s*(-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?)\s*", re.IGNORECASE)


class Query(NamedTuple):
    """`expression`: PromQL; `compare` and `limit`: what each of its values has to hold."""

    expression: str
    compare: str
    limit: str


def prometheus_template(request: StageRequest) -> Template:
    """Raises UsageError without an address, and for a query that does not end in a comparison with a number."""
    query = query_of(request)
    if not request.prometheus:
        raise UsageError(
            f"verification prometheus of Stage {request.name} has no address to ask",
            f"name it in `prometheus`, as the Argo Rollouts controller reaches it: {ADDRESS_EXAMPLE}",
        )
    metric: dict[str, Any] = {
        "name": "prometheus",
        "initialDelay": f"{DELAY_S}s",
        "count": COUNT,
        "interval": f"{INTERVAL_S}s",
        "failureLimit": FAILURES,
        "consecutiveErrorLimit": ERRORS,
        "successCondition": f"len(result) > 0 && all(result, {{!isNaN(#) && # {query.compare} {query.limit}}})",
        "provider": {
            "prometheus": {"address": f"{{{{args.{ADDRESS}}}}}", "timeout": TIMEOUT_S, "query": query.expression}
        },
    }
    return Template(
        name=f"{request.name}-prometheus",
        file=f"analysis-{request.name}-prometheus.yaml",
        metric=metric,
        args={ADDRESS: checked_url(request.prometheus, "prometheus", ADDRESS_EXAMPLE)},
        comments=_COMMENTS,
        notes=(
            "a query that finds no series does not pass: see in Prometheus that it has data before the first promotion, or "
            "end it in `or vector(0)` where no series means none happened",
        ),
    )


def query_of(request: StageRequest) -> Query:
    """The probe's parts. The comparison is taken out of the query, since there it would drop what does not hold it."""
    text = request.probe.strip()
    if not text:
        raise UsageError(
            f"verification prometheus of Stage {request.name} has nothing to ask", f"name a query in `probe`: {EXAMPLE}"
        )
    if "{{" in text:
        raise UsageError("the query holds {{", "Argo Rollouts would take what follows for an argument")
    if _SCALAR.match(text):
        raise UsageError(f"the query gives a scalar: {text!r}", f"ask for the series itself: {EXAMPLE}")
    found = _comparisons(text)
    if len(found) == 1 and (limit := _LIMIT.fullmatch(text, found[0].end())):
        return Query(text[: found[0].start()].strip(), found[0][0], limit[2])
    raise UsageError(
        f"the query does not say what passes: {text!r}",
        f"end it in one comparison with a number, whatever stands before it in parentheses: {EXAMPLE}",
    )


def _comparisons(text: str) -> list[re.Match[str]]:
    """Those outside of brackets and texts. None where `and`, `or` or `unless` stands there: it binds less than they do."""
    found, depth = [], 0
    for token in _TOKEN.finditer(text):
        if token["comment"] or (token["set"] and not depth):
            return []
        depth += bool(token["open"]) - bool(token["close"])
        if token["compare"] and not depth:
            found.append(token)
    return found if not depth else []


_COMMENTS: dict[tuple[str | int, ...], str] = {
    (): "The Argo Rollouts controller asks, from its own pod: the address has to be reachable from there.",
    ("initialDelay",): "Prometheus first has to scrape what was just deployed.",
    ("count",): f"With interval: it ends, after {COUNT} answers over {(COUNT - 1) * INTERVAL_S} s.",
    ("failureLimit",): "One bad value is borne, as a restart makes it.",
    ("consecutiveErrorLimit",): "Prometheus does not answer: tried again after 10 s, a minute long.",
    (
        "successCondition",
    ): "An empty result does not pass: nothing was measured. Nor does NaN, which is 0 divided by 0. Each value has to hold.",
}
