"""Level 3: do the names of the hosts lead to the way in?"""

from collections.abc import Iterator

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.hosts import Host, hosts_of
from gitops_master.facts.texts import fact
from gitops_master.model.asking import Ask, Resolve, Resolved
from gitops_master.model.finding import Remedy, Risk
from gitops_master.model.snapshot import Wanted
from gitops_master.model.verification import Verdict
from gitops_master.probes.asking import unanswered
from gitops_master.probes.registry import Seen, probe

_NUMBERS = frozenset("0123456789.")


@probe(
    "host-resolves",
    level=3,
    order=6,
    needs="H",
    counts="hosts",
    nothing="no route, Application or expectation names a host",
)
def check(deployed: Deployed) -> Iterator[Seen | Ask | Wanted]:
    """DNS of the host

    Reads: A, AAAA
    PASS: an address, the ingress's own where that is known
    WARN: another address than the ingress's (a proxy in front may be meant)
    FAIL: no such name
    UNKNOWN, SKIPPED: UNKNOWN: resolver not reachable. SKIPPED: wildcards, and routes for every host
    Rights: none
    """
    hosts = hosts_of(deployed)
    for passed in hosts.passed:
        target, reason = passed.name or str(passed.source), f"{passed.reason} ({passed.source})"
        yield Seen(verdict=Verdict.SKIPPED, target=target, observed=reason, good=0, of=0)
    for host in hosts.asked:
        wanted = [Resolve(host.name), *(Resolve(one) for one in sorted(host.addresses) if not _is_address(one))]
        missing = [one for one in wanted if one not in deployed.replies]
        if missing:
            yield from missing
            continue
        own, *balancers = [reply for one in wanted if isinstance(reply := deployed.replies[one], Resolved)]
        shown = {one for one in host.addresses if _is_address(one)}.union(*(one.addresses for one in balancers))
        yield _judge(host, own, shown)


def _is_address(text: str) -> bool:
    return ":" in text or set(text) <= _NUMBERS


def _judge(host: Host, reply: Resolved, shown: set[str]) -> Seen:
    expected = "an address" if not host.addresses else f"the ingress's address: {', '.join(sorted(host.addresses))}"
    trouble = reply.trouble
    if trouble is not None and trouble.kind == "no-such-host":
        return Seen(
            verdict=Verdict.FAIL,
            target=host.name,
            expected=expected,
            observed=trouble.text,
            evidence=[fact(host.name, "DNS", trouble.text), *host.evidence()],
            remedies=[_record(host)],
            good=0,
        )
    if trouble is not None:
        return unanswered(host, host.name, expected, trouble)
    found = ", ".join(reply.addresses[:4])
    if shown and shown.isdisjoint(reply.addresses):
        return Seen(
            verdict=Verdict.WARN,
            target=host.name,
            expected=expected,
            observed=f"it resolves to {found}, not to the ingress: a proxy in front, or a record that was left behind",
            evidence=[fact(host.name, "DNS", found), *host.evidence()],
        )
    return Seen(verdict=Verdict.PASS, target=host.name, expected=expected, observed=f"it resolves to {found}")


def _record(host: Host) -> Remedy:
    to = f" to {', '.join(sorted(host.addresses))}" if host.addresses else ", to the address of the ingress"
    title = f"Create the DNS record of {host.name}{to}; where external-dns does that, look at its log and its sources"
    return Remedy(title=title, risk=Risk.LOW)
