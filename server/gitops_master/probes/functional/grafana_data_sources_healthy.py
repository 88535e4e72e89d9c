"""Level 4: does Grafana reach its data?"""

from collections.abc import Iterator
from urllib.parse import quote

import msgspec

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.monitoring import NoWay, way_to
from gitops_master.facts.replies import Asked, Unanswered, json_answer, shown
from gitops_master.facts.texts import fact
from gitops_master.model.asking import Ask, Got
from gitops_master.model.finding import quoted
from gitops_master.model.verification import Verdict
from gitops_master.probes.registry import Seen, probe

_NO_CHECK = frozenset({404, 501})
"""What plugins without a health check answer, and Grafana for a data source that is not there (404)."""


class _Health(msgspec.Struct):
    status: str = ""
    message: str = ""


@probe(
    "grafana-data-sources-healthy",
    level=4,
    order=7,
    needs="PH",
    counts="data sources",
    nothing="no data sources of a Grafana configured",
    when=lambda deployed: deployed.expected.grafana is not None and bool(deployed.expected.grafana.data_sources),
)
def check(deployed: Deployed) -> Iterator[Seen | Ask]:
    """Grafana reaches its data

    Reads: GET /api/datasources/uid/…/health with a token

    PASS: each OK

    FAIL: one is not

    UNKNOWN, SKIPPED: UNKNOWN: no such data source, or its plugin has no health check. SKIPPED: no token

    Rights: get services/proxy, or none (H); a token
    """
    stated = deployed.expected.grafana
    if stated is None:
        return
    way = way_to("grafana", stated, deployed)
    if not stated.header:
        way = NoWay(Verdict.SKIPPED, "no token: name the header that carries it under grafana.header")
    for uid in stated.data_sources:
        if isinstance(way, NoWay):
            yield Seen(verdict=way.verdict, target=f"data source {uid}", observed=way.reason, good=0, of=0)
            continue
        ask = way.ask(f"/api/datasources/uid/{quote(uid, safe='')}/health")
        got = deployed.replies.get(ask)
        if got is None:
            yield ask
        elif isinstance(got, Got):
            yield _judged(uid, ask, got)


def _judged(uid: str, ask: Asked, got: Got) -> Seen:
    def seen(verdict: Verdict, observed: str) -> Seen:
        fine = verdict is Verdict.PASS
        return Seen(
            verdict=verdict,
            target=f"data source {uid}",
            expected="Grafana calls it OK",
            observed=observed,
            evidence=[]
            if fine
            else [fact("Grafana", f"GET /api/datasources/uid/{uid}/health", shown(got) or observed)],
            good=int(fine),
        )

    # Grafana answers 400 with the reason where a data source is not well.
    health = _health(got)
    if health is not None and health.status:
        if health.status.upper() == "OK":
            return seen(Verdict.PASS, "OK")
        return seen(Verdict.FAIL, f"{health.status}: {quoted(health.message, 300)}".rstrip(": "))
    if got.trouble is None and got.status in _NO_CHECK:
        return seen(
            Verdict.UNKNOWN, f"Grafana answers {shown(got)}: no such data source, or one without a health check"
        )
    answer = json_answer(ask, got)
    if isinstance(answer, Unanswered):
        return seen(answer.verdict, f"Grafana: {answer.text}")
    return seen(Verdict.FAIL, f"Grafana: what it answers is no health of a data source: {shown(got)}")


def _health(got: Got) -> _Health | None:
    if got.trouble is not None or got.status not in (200, 400, 500):
        return None
    try:
        return msgspec.json.decode(got.body, type=_Health)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
