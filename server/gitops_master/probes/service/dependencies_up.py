"""Level 2: do the databases, queues and caches behind each Service answer it?"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

import msgspec

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.health_answers import Component, components
from gitops_master.facts.health_urls import HealthUrl, health_urls
from gitops_master.facts.replies import no_reply, seen_at, url_of
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.asking import Ask, Got, Proxied
from gitops_master.model.finding import quoted
from gitops_master.model.networking import Service
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import Pod
from gitops_master.probes.registry import Seen, probe

_NAMED = 5
"""Components that are down and stand in the line; all of them stand in the evidence."""


@probe(
    "dependencies-up",
    level=2,
    order=6,
    needs="P",
    kinds=[Application.KIND, Service.KIND, Pod.KIND],
    counts="components",
    nothing="no health answer lists components",
)
def check(deployed: Deployed) -> Iterator[Seen | Ask]:
    """databases, queues and caches as the service's health answer lists them

    Reads: the JSON of the health URL

    PASS: each listed component is up

    WARN: a component that was marked optional is down, or one calls itself degraded

    FAIL: one is down

    UNKNOWN, SKIPPED: SKIPPED: the answer lists none. To log in to a database is a matter for an AnalysisTemplate

    Rights: as above
    """
    for url in health_urls(deployed):
        if url.ask is None:
            continue
        got = deployed.replies.get(url.ask)
        if got is None:
            yield url.ask
        elif isinstance(got, Got):
            yield from _judged(url, url.ask, got)


def _judged(url: HealthUrl, ask: Proxied, got: Got) -> Iterator[Seen]:
    if got.trouble is not None:
        yield Seen(verdict=Verdict.UNKNOWN, target=url.service, observed=no_reply(ask, got.trouble), good=0, of=0)
        return
    try:
        listed = components(msgspec.json.decode(got.body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if got.truncated:
            reason = f"the answer of {url_of(ask)} is longer than the {len(got.body)} bytes that are read"
            yield Seen(verdict=Verdict.UNKNOWN, target=url.service, observed=reason, good=0, of=0)
        return
    if not listed:
        return
    down = [one for one in listed if one.state == "down" and not _optional(url, one)]
    lesser = [one for one in listed if one.state != "up" and one not in down]
    verdict = Verdict.FAIL if down else Verdict.WARN if lesser else Verdict.PASS
    amiss = down or lesser
    evidence = [fact(url.service, f"GET {ask.path.partition('?')[0]}: {one.name}", _said(one)) for one in amiss[:20]]
    yield Seen(
        verdict=verdict,
        target=url.service,
        expected="each component that its health answer lists is up",
        observed=_told(amiss, bool(down)) if amiss else f"{len(listed)} components are up",
        evidence=[*evidence, seen_at(ask, got)] if amiss else [],
        good=sum(one.state == "up" for one in listed),
        of=len(listed),
    )


def _optional(url: HealthUrl, one: Component) -> bool:
    return any(fnmatchcase(one.name, name) for name in url.expected.optional)


def _told(amiss: list[Component], needed: bool) -> str:
    more = f" and {len(amiss) - _NAMED} more" if len(amiss) > _NAMED else ""
    words = ", ".join(f"{one.name} is {_said(one)}" for one in amiss[:_NAMED])
    return f"{words}{more}" if needed else f"{words}{more}; nothing that is needed is down"


def _said(one: Component) -> str:
    return quoted(f"{one.said}: {one.reason}" if one.reason else one.said, 200)
