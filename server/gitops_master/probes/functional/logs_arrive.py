"""Level 4: do log lines arrive in Loki?"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.log_times import last_written, logs_of
from gitops_master.facts.monitoring import NoWay, Way, way_to
from gitops_master.facts.promql import literal
from gitops_master.facts.replies import Asked, Unanswered, json_answer
from gitops_master.facts.texts import fact
from gitops_master.facts.workloads import is_ready
from gitops_master.model.asking import Ask, Got
from gitops_master.model.snapshot import Log, Wanted
from gitops_master.model.verification import Verdict
from gitops_master.probes.registry import Seen, probe

_WINDOW = timedelta(minutes=5)
_PODS = 3
"""Whose own logs are looked at where Loki has none: enough to find one that writes."""


@probe("logs-arrive", level=4, order=6, needs="PH", counts="namespaces", nothing="no Loki configured")
def check(deployed: Deployed) -> Iterator[Seen | Ask | Wanted]:
    """Loki has lines of the namespace

    Reads: GET /loki/api/v1/query_range over 5 minutes (header X-Scope-OrgID where multi-tenant)

    PASS: lines

    FAIL: none, although pods write

    UNKNOWN, SKIPPED: UNKNOWN: none, and whether pods wrote any is not known. SKIPPED: no Loki configured, or one that was only
    found among the Services and has no lines of the namespace

    Rights: get services/proxy, or none (H); get pods/log where no lines are found
    """
    stated = deployed.expected.loki
    way = way_to("loki", stated, deployed)
    if isinstance(way, NoWay):
        yield Seen(verdict=way.verdict, target="", observed=way.reason, good=0, of=0)
        return
    start = str(int((deployed.snapshot.observed_at - _WINDOW).timestamp()) * 1_000_000_000)
    for namespace, selector in _selectors(deployed):
        ask = way.ask("/loki/api/v1/query_range", ("query", selector), ("start", start), ("limit", "1"))
        got = deployed.replies.get(ask)
        if got is None:
            yield ask
        elif isinstance(got, Got):
            for one in _judged(namespace, selector, ask, got, deployed):
                yield _unasked(one, way) if way.found and isinstance(one, Seen) else one


def _unasked(seen: Seen, way: Way) -> Seen:
    """Nobody said that this Loki should have the lines."""
    if seen.verdict is Verdict.PASS:
        return seen
    reason = f"{way.title} was found among the Services and shows no lines; none are asked for"
    return Seen(verdict=Verdict.SKIPPED, target=seen.target, observed=reason, good=0, of=0)


def _selectors(deployed: Deployed) -> list[tuple[str, str]]:
    """(namespace, LogQL); no namespace where a selector was written down."""
    stated = deployed.expected.loki
    if stated is not None and stated.selector:
        return [("", stated.selector)]
    namespaces = (stated.namespaces if stated else ()) or deployed.namespaces
    return [(one, f"{{namespace={literal(one)}}}") for one in namespaces]


def _judged(namespace: str, selector: str, ask: Asked, got: Got, deployed: Deployed) -> Iterator[Seen | Wanted]:
    def seen(verdict: Verdict, observed: str) -> Seen:
        fine = verdict is Verdict.PASS
        return Seen(
            verdict=verdict,
            target=f"namespace {namespace}" if namespace else selector,
            expected=f"a line of {selector} within 5 minutes",
            observed=observed,
            evidence=[] if fine else [fact("Loki", selector, observed)],
            good=int(fine),
        )

    answer = json_answer(ask, got)
    if isinstance(answer, Unanswered):
        if got.truncated and got.status == 200:  # nobody sends that much to say that there is nothing
            yield seen(Verdict.PASS, "lines arrive")
        else:
            yield seen(answer.verdict, f"Loki: {answer.text}")
        return
    lines = _lines(answer)
    if lines is None:
        yield seen(Verdict.FAIL, "Loki: what it answers is no result of a query")
    elif lines:
        yield seen(Verdict.PASS, "lines arrive")
    else:
        written = list(_written(namespace, deployed))
        yield from (one for one in written if isinstance(one, Wanted))
        writes = [one for one in written if isinstance(one, str)]
        if writes:
            yield seen(Verdict.FAIL, f"no line in 5 minutes, although {writes[0]}")
        else:
            yield seen(Verdict.UNKNOWN, "no line in 5 minutes; whether its pods wrote any is not known")


def _lines(answer: Any) -> int | None:
    """How many came; None where it is no answer to that question."""
    match answer:
        case {"status": "success", "data": {"resultType": "streams" | "matrix", "result": list(streams)}}:
            return sum(len(one.get("values") or ()) for one in streams if isinstance(one, dict))
    return None


def _written(namespace: str, deployed: Deployed) -> Iterator[str | Wanted]:
    """Pods that wrote within the window, by the times in their logs' own lines; logs that would tell."""
    pods = [pod for pod in deployed.pods if pod.namespace == namespace and is_ready(pod)]
    for log in logs_of(pods[:_PODS], deployed.snapshot):
        if not isinstance(log, Log):
            yield log
        elif (time := last_written(log)) and time.tzinfo and deployed.snapshot.observed_at - time < _WINDOW:
            yield f"pod {log.key.pod} wrote at {time:%H:%M:%S}"
