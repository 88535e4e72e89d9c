"""Level 2: does Prometheus get metrics of what runs?"""

import math
from collections import defaultdict
from collections.abc import Iterator

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.monitoring import NoWay, Way, way_to
from gitops_master.facts.promql import Sample, any_of, samples
from gitops_master.facts.replies import Unanswered, json_answer
from gitops_master.facts.texts import fact
from gitops_master.model.asking import Ask, Got
from gitops_master.model.verification import Verdict
from gitops_master.probes.registry import Seen, probe

_NAMESPACES = ("namespace", "kubernetes_namespace")
"""Labels that scrape configurations put a target's namespace under: the prometheus-operator's, and an old example's."""


@probe("metrics-scraped", level=2, order=9, needs="PH", counts="targets", nothing="no Prometheus configured")
def check(deployed: Deployed) -> Iterator[Seen | Ask]:
    """Prometheus targets of the Stage's namespaces

    Reads: GET /api/v1/query of up, counted by namespace and job (the list of targets itself may have megabytes)

    PASS: at least one target, all up

    WARN: some are down

    FAIL: none is there, or all are down

    UNKNOWN, SKIPPED: UNKNOWN: Prometheus does not answer the query. SKIPPED: no Prometheus configured, or one that was only found
    among the Services and has no target there

    Rights: get services/proxy in Prometheus' namespace, or none (H)
    """
    stated = deployed.expected.prometheus
    way = way_to("prometheus", stated, deployed)
    if isinstance(way, NoWay):
        yield Seen(verdict=way.verdict, target="", observed=way.reason, good=0, of=0)
        return
    jobs = stated.jobs if stated else ()
    if not (jobs or deployed.namespaces):
        return
    labels = ("job",) if jobs else _NAMESPACES
    query = f'count_values by ({", ".join(dict.fromkeys((*labels, "job")))}) ("up", {_series(deployed, jobs)})'
    ask = way.ask("/api/v1/query", ("query", query))
    got = deployed.replies.get(ask)
    if got is None:
        yield ask
        return
    answer = json_answer(ask, got) if isinstance(got, Got) else Unanswered("no answer")
    try:
        counted = samples(answer) if not isinstance(answer, Unanswered) else answer
    except ValueError as error:
        counted = Unanswered(str(error))
    if isinstance(counted, Unanswered):
        yield Seen(verdict=Verdict.UNKNOWN, target=way.target, observed=f"Prometheus: {counted.text}", good=0, of=0)
        return
    for title, part in _groups(deployed, jobs, counted):
        yield _judged(title, part, way, certain=not way.found or bool(jobs))


def _series(deployed: Deployed, jobs: tuple[str, ...]) -> str:
    if jobs:
        return any_of("up", "job", jobs)
    return " or ".join(any_of("up", label, deployed.namespaces) for label in _NAMESPACES)


def _groups(deployed: Deployed, jobs: tuple[str, ...], counted: list[Sample]) -> Iterator[tuple[str, list[Sample]]]:
    for job in jobs:
        yield f"job {job}", [one for one in counted if one.labels.get("job") == job]
    if not jobs:
        yield f"namespace {', '.join(deployed.namespaces)}", counted


def _judged(title: str, counted: list[Sample], way: Way, *, certain: bool) -> Seen:
    up: dict[str, int] = defaultdict(int)
    down: dict[str, int] = defaultdict(int)
    for one in counted:
        place = next((one.labels[label] for label in _NAMESPACES if one.labels.get(label)), "")
        name = f"{one.labels.get('job', '')}{f' in {place}' if place else ''}"
        (up if one.labels.get("up") == "1" else down)[name] += int(one.value) if math.isfinite(one.value) else 0
    good, of = sum(up.values()), sum(up.values()) + sum(down.values())
    if not of and not certain:
        reason = f"{way.title} was found among the Services and has no target there; none is asked for"
        return Seen(verdict=Verdict.SKIPPED, target=title, observed=reason, good=0, of=0)
    verdict = Verdict.PASS if good == of > 0 else Verdict.WARN if good else Verdict.FAIL
    named = ", ".join(f"{count} of {count + up.get(name, 0)} of job {name}" for name, count in list(down.items())[:5])
    observed = f"{of} targets are up" if good == of else f"{of - good} of {of} targets are down: {named}"
    return Seen(
        verdict=verdict,
        target=title,
        expected="at least one target, and all of them up",
        observed=observed if of else f"{way.title} has no target there",
        evidence=[] if verdict is Verdict.PASS else [fact(way.target, "up", observed if of else "no series")],
        good=good,
        of=of or 1,
    )
