"""Level 4: do queries that must have data have it?"""

from collections.abc import Iterator

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.monitoring import NoWay, way_to
from gitops_master.facts.promql import comparison, samples
from gitops_master.facts.replies import Asked, Unanswered, json_answer
from gitops_master.facts.texts import fact
from gitops_master.model.asking import Ask, Got
from gitops_master.model.expectations import Query
from gitops_master.model.finding import quoted
from gitops_master.model.verification import Verdict
from gitops_master.probes.registry import Seen, probe

_SHOWN = 5
"""Series that do not hold and are named."""


@probe(
    "prometheus-answers-query",
    level=4,
    order=5,
    needs="PH",
    counts="series",
    nothing="no query configured",
    when=lambda deployed: deployed.expected.prometheus is not None and bool(deployed.expected.prometheus.queries),
)
def check(deployed: Deployed) -> Iterator[Seen | Ask]:
    """a query that must have data

    Reads: GET /api/v1/query

    PASS: data, and the comparison holds for each value

    FAIL: empty result, or it does not hold; Prometheus refuses the query

    UNKNOWN, SKIPPED: SKIPPED: no query configured

    Rights: get services/proxy, or none (H)
    """
    stated = deployed.expected.prometheus
    way = way_to("prometheus", stated, deployed)
    for query in stated.queries if stated else ():
        if isinstance(way, NoWay):
            yield Seen(verdict=way.verdict, target=_title(query), observed=way.reason, good=0, of=0)
            continue
        ask = way.ask("/api/v1/query", ("query", query.query))
        got = deployed.replies.get(ask)
        if got is None:
            yield ask
        elif isinstance(got, Got):
            yield _judged(query, ask, got)


def _title(query: Query) -> str:
    return query.title or quoted(query.query, 120)


def _judged(query: Query, ask: Asked, got: Got) -> Seen:
    wanted = f"each value {query.expect}" if query.expect else "data"

    def seen(verdict: Verdict, observed: str, good: int = 0, of: int = 1, *found: str) -> Seen:
        evidence = [fact("Prometheus", query.query, one) for one in found or (observed,)]
        return Seen(
            verdict=verdict,
            target=_title(query),
            expected=f"{quoted(query.query, 300)}: {wanted}",
            observed=observed,
            evidence=[] if verdict is Verdict.PASS else evidence,
            good=good,
            of=of,
        )

    holds = comparison(query.expect) if query.expect else None
    answer = json_answer(ask, got)
    if isinstance(answer, Unanswered):
        return seen(answer.verdict, f"Prometheus: {answer.text}")
    try:
        series = samples(answer)
    except ValueError as error:
        return seen(Verdict.FAIL, f"Prometheus: {error}")
    if not series:
        return seen(Verdict.FAIL, "the result is empty")
    amiss = [one for one in series if holds is not None and not holds(one.value)]
    if not amiss:
        return seen(Verdict.PASS, f"{len(series)} series", len(series), len(series))
    lines = [f"{one.title} is {one.value:g}" for one in amiss[:_SHOWN]]
    more = f" and {len(amiss) - _SHOWN} more" if len(amiss) > _SHOWN else ""
    return seen(Verdict.FAIL, ", ".join(lines[:2]) + more, len(series) - len(amiss), len(series), *lines)
