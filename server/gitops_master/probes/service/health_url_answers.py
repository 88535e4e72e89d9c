"""Level 2: does each Service say of itself that it is well?"""

from collections.abc import Iterator

from gitops_master.facts.body_patterns import NOT_IN_BEGINNING, body_holds
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.health_urls import HealthUrl, health_urls
from gitops_master.facts.replies import no_reply, seen_at, shown, url_of
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.asking import Ask, Got, Proxied
from gitops_master.model.networking import Service
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import Pod
from gitops_master.probes.registry import Seen, probe


@probe(
    "health-url-answers",
    level=2,
    order=5,
    needs="P",
    kinds=[Application.KIND, Service.KIND, Pod.KIND],
    counts="health URLs",
    nothing="no Service has an HTTP readiness probe behind it, and no health path is configured",
)
def check(deployed: Deployed) -> Iterator[Seen | Ask]:
    """the path of the readiness probe, or one that was configured

    Reads: GET, redirects not followed; default path and port from `Pod.spec.containers[].readinessProbe.httpGet.path`,
    `Service.spec.ports[].targetPort`

    PASS: status 200 to 399, or the codes that were configured; the body holds the text that was configured

    WARN: slower than the probe's own timeout

    FAIL: any other status; the body lacks the text

    UNKNOWN, SKIPPED: UNKNOWN: an answer of the API server itself (below); not clear which port is meant. SKIPPED: no HTTP probe
    and no path configured; a probe's port that the Service does not carry

    Rights: get services/proxy in the namespace
    """
    for url in health_urls(deployed):
        if url.ask is None:
            of = 0 if url.verdict is Verdict.SKIPPED else 1
            gone = [fact(url.service, "", "not found")] if url.verdict is Verdict.FAIL else []
            yield Seen(verdict=url.verdict, target=url.service, observed=url.why_not, evidence=gone, good=0, of=of)
        elif (got := deployed.replies.get(url.ask)) is None:
            yield url.ask
        elif isinstance(got, Got):
            yield _judged(url, url.ask, got)


def _judged(url: HealthUrl, ask: Proxied, got: Got) -> Seen:
    expected = f"GET {url_of(ask)} answers {_codes(url)}"
    if got.trouble is not None:
        return Seen(verdict=Verdict.UNKNOWN, target=url.service, observed=no_reply(ask, got.trouble), good=0)

    def seen(verdict: Verdict, observed: str) -> Seen:
        fine = verdict in (Verdict.PASS, Verdict.WARN)
        evidence = [] if verdict is Verdict.PASS else [seen_at(ask, got)]
        return Seen(
            verdict=verdict, target=url.service, expected=expected, observed=observed, evidence=evidence, good=int(fine)
        )

    if not _is_expected(url, got.status):
        return seen(Verdict.FAIL, f"{ask.path.partition('?')[0]} on port {ask.port} answers {shown(got)}")
    if url.expected.body:
        holds = body_holds(url.expected.body, got)
        if holds is None:
            return seen(Verdict.UNKNOWN, f"answers {got.status}; {NOT_IN_BEGINNING}")
        if not holds:
            lacks = f"answers {got.status} without {url.expected.body!r} in its body"
            return seen(Verdict.FAIL, f"{ask.path.partition('?')[0]} on port {ask.port} {lacks}")
    if 0 < url.timeout_s < got.elapsed_s:
        slow = f"answers {got.status} after {got.elapsed_s:.1f} s, its readiness probe gives up after {url.timeout_s} s"
        return seen(Verdict.WARN, f"{ask.path.partition('?')[0]} on port {ask.port} {slow}")
    return seen(Verdict.PASS, f"{ask.path.partition('?')[0]} on port {ask.port} answers {got.status}")


def _is_expected(url: HealthUrl, status: int) -> bool:
    return status in url.expected.status if url.expected.status else 200 <= status < 400


def _codes(url: HealthUrl) -> str:
    return " or ".join(map(str, url.expected.status)) or "200 to 399"
