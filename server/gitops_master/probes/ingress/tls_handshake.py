"""Level 3: is the certificate that each host shows trusted, and for how long?"""

from collections.abc import Iterator

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.hosts import Host, hosts_of
from gitops_master.facts.texts import fact
from gitops_master.model.asking import Ask, Handshake, Shaken, ShownCertificate
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.model.snapshot import Wanted
from gitops_master.model.verification import Verdict
from gitops_master.probes.asking import by_hand_shake, unanswered
from gitops_master.probes.ingress.host_answers import as_asked
from gitops_master.probes.registry import Seen, probe

_DEFAULTS = ("TRAEFIK DEFAULT CERT", "Kubernetes Ingress Controller Fake Certificate")
_WHY = {
    "expired": "it has expired",
    "not-yet-valid": "it is not valid yet",
    "wrong-host": "it is for other names",
    "self-signed": "it is signed by itself",
    "unknown-authority": "it is signed by an authority that is not trusted here",
}


@probe(
    "tls-handshake",
    level=3,
    order=7,
    needs="H",
    counts="hosts",
    nothing="no host that is served over TLS is known",
)
def check(deployed: Deployed) -> Iterator[Seen | Ask | Wanted]:
    """handshake with the host as server name

    Reads: chain, names, end date
    PASS: valid, 14 days or more (or as the expectations say)
    WARN: 3 to 14 days left; a client certificate is wanted before an end date can be seen
    FAIL: untrusted, wrong name, expired, less than 3 days; a default certificate of the ingress controller; no TLS spoken
    UNKNOWN, SKIPPED: UNKNOWN: no connection, unless the configuration says that this machine can reach the host
    Rights: none
    """
    for told in hosts_of(deployed).asked:
        host = as_asked(told, deployed)
        if not isinstance(host, Host):
            yield host
            continue
        if not host.tls:
            continue
        ask = Handshake(host.name, host.port)
        reply = deployed.replies.get(ask)
        if isinstance(reply, Shaken):
            yield _judge(deployed, host, reply)
        else:
            yield ask


def _judge(deployed: Deployed, host: Host, reply: Shaken) -> Seen:
    target, limits = f"{host.name}:{host.port}", host.expectation
    expected = f"a trusted certificate for {host.name}, {limits.tls_warn_days} days left"
    if reply.trouble is not None and reply.trouble.kind != "tls":
        return unanswered(host, target, expected, reply.trouble)
    verdict, observed = Verdict.FAIL, ""
    shown = reply.certificate
    if reply.trouble is not None:
        observed = reply.trouble.text
    elif shown is not None and shown.common_name in _DEFAULTS:
        observed = f"the ingress controller's default certificate ({shown.common_name}): none for {host.name} was found"
    elif reply.distrust:
        observed = _distrusted(reply)
    elif shown is None:
        verdict = Verdict.WARN
        observed = "the certificate is trusted; how long it lasts is not shown to those without a client certificate"
    else:
        left = shown.not_after - deployed.snapshot.observed_at
        observed = f"trusted, valid for {left.days} days, until {shown.not_after:%Y-%m-%d} (issuer {shown.issuer})"
        verdict = Verdict.FAIL if left.days < limits.tls_fail_days else Verdict.WARN
        verdict = verdict if left.days < limits.tls_warn_days else Verdict.PASS
    if verdict is Verdict.PASS:
        return Seen(verdict=verdict, target=target, expected=expected, observed=observed)
    return Seen(
        verdict=verdict,
        target=target,
        expected=expected,
        observed=observed,
        evidence=[*_evidence(target, shown), *host.evidence()],
        remedies=[_remedy(reply, shown), by_hand_shake(host)],
        good=0 if verdict is Verdict.FAIL else 1,
    )


def _distrusted(reply: Shaken) -> str:
    shown = reply.certificate
    why = _WHY.get(reply.distrust, reply.distrust_text)
    if shown is None:
        return f"the certificate is not trusted: {why}"
    if reply.distrust == "expired":
        return f"the certificate is not trusted: {why}, on {shown.not_after:%Y-%m-%d}"
    if reply.distrust == "not-yet-valid":
        return f"the certificate is not trusted: {why}, only from {shown.not_before:%Y-%m-%d} on"
    if reply.distrust == "wrong-host":
        names = ", ".join(shown.names[:5]) or shown.common_name
        return f"the certificate is not trusted: {why}: {names}"
    who = f" ({shown.issuer})" if reply.distrust == "unknown-authority" else ""
    return f"the certificate is not trusted: {why}{who}"


def _evidence(target: str, shown: ShownCertificate | None) -> list[Evidence]:
    if shown is None:
        return []
    return [
        fact(target, "certificate.subject", shown.common_name or ", ".join(shown.names[:3])),
        fact(target, "certificate.issuer", shown.issuer),
        fact(target, "certificate.notAfter", shown.not_after),
    ]


def _remedy(reply: Shaken, shown: ShownCertificate | None) -> Remedy:
    if reply.distrust in {"unknown-authority", "self-signed"} and (shown is None or shown.common_name not in _DEFAULTS):
        title = "Where the certificate is meant, let this program trust its authority (SSL_CERT_FILE); else replace it"
    else:
        title = "Look why the ingress has no valid certificate for the host: certificate-issued, tls-secret-matches, ingress-backed"
    return Remedy(title=title, risk=Risk.LOW)
