"""What probes that ask from where the program runs have in common: words for what did not come, and how to try by hand."""

import shlex

from gitops_master.facts.hosts import Host
from gitops_master.facts.texts import fact
from gitops_master.model.asking import Trouble
from gitops_master.model.finding import Remedy, Risk, quoted
from gitops_master.model.verification import Verdict
from gitops_master.probes.registry import Seen

_OWN = {"not-allowed", "no-resolver", "other"}
"""Troubles that say nothing about the host, whoever can reach it: nobody was asked, or nobody knows what went wrong."""


def unanswered(host: Host, target: str, expected: str, trouble: Trouble) -> Seen:
    """UNKNOWN: where the program runs may be the reason. FAIL where a file says that the host can be reached from here."""
    if trouble.kind in _OWN:
        return Seen(verdict=Verdict.UNKNOWN, target=target, expected=expected, observed=trouble.text, good=0)
    if trouble.kind == "no-such-host":
        observed = f"not asked: {trouble.text} (host-resolves)"
        return Seen(verdict=Verdict.UNKNOWN, target=target, expected=expected, observed=observed, good=0)
    if trouble.kind == "tls" and host.tls:
        observed = f"not asked over a connection that is not trusted (tls-handshake): {trouble.text}"
        return Seen(verdict=Verdict.UNKNOWN, target=target, expected=expected, observed=observed, good=0)
    reachable = host.expectation.reachable
    doubt = "" if reachable else "; perhaps only from here: VPN, firewall, split DNS"
    return Seen(
        verdict=Verdict.FAIL if reachable else Verdict.UNKNOWN,
        target=target,
        expected=expected,
        observed=f"{trouble.text}{doubt}",
        evidence=[fact(target, "connection", trouble.text), *host.evidence()] if reachable else [],
        remedies=[by_hand_shake(host)] if reachable else [],
        good=0,
    )


def by_hand_get(url: str) -> Remedy:
    """The same request with curl."""
    ask = "curl -sS -o /dev/null -w '%{http_code} %{redirect_url}\\n' --max-time 10"
    return Remedy(title="Ask the same by hand", commands=[f"{ask} {shlex.quote(url)}"], risk=Risk.NONE)


def by_hand_shake(host: Host) -> Remedy:
    """The same handshake with openssl; for a host without TLS the same request."""
    if not host.tls:
        return by_hand_get(host.url())
    where = f"-connect {shlex.quote(f'{host.name}:{host.port}')} -servername {shlex.quote(host.name)}"
    show = "openssl x509 -noout -subject -issuer -dates -ext subjectAltName"
    return Remedy(
        title="Look at the certificate", commands=[f"openssl s_client {where} </dev/null | {show}"], risk=Risk.NONE
    )


def beginning(text: str) -> str:
    """Of a body: enough to recognise the page by."""
    return quoted(" ".join(text[:2000].split()), 300)
