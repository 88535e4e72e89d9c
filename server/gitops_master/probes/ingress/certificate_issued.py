"""Level 3: whether cert-manager has issued the certificates, and renews them in time."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TypeVar

from gitops_master.facts.conditions import as_evidence, in_words, is_bad
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.durations import human, stamp
from gitops_master.facts.routes import has_issuer
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.expectations import TLS_FAIL_DAYS, TLS_WARN_DAYS
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.kubernetes import Secret
from gitops_master.model.meta import Condition, Object, Ref, condition
from gitops_master.model.networking import Ingress
from gitops_master.model.operators import AcmeStatus, Certificate, CertificateRequest, Challenge, Order
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.probes.objects import Fault, judged, not_live
from gitops_master.probes.registry import Seen, probe
from gitops_master.probes.tls_secrets import ISSUING, maker_of

T = TypeVar("T", bound=Object)
RENEWS = timedelta(hours=1)
"""How long a renewal that is due may take: cert-manager waits an hour before it tries a failed one again."""


@probe(
    "certificate-issued",
    level=3,
    order=4,
    kinds=[Application.KIND],
    counts="certificates",
    nothing="no Certificate of cert-manager belongs to it",
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """cert-manager's Certificates: those of the Applications, and those that fill the TLS Secrets of their Ingresses.

    Reads: condition Ready, status.notAfter, status.renewalTime; if not ready CertificateRequest, Order and Challenge
    PASS: Ready True, and the renewal lies ahead (where no time is known for it: more than 14 days left)
    WARN: 3 to 14 days left, or the renewal time has passed
    FAIL: Ready False, or less than 3 days left an hour after the renewal time; expired
    UNKNOWN, SKIPPED: UNKNOWN: Certificates may not be read; being issued for the first time, for less than 10 minutes; or Ready of an older generation. SKIPPED: none
    Rights: list certificates, certificaterequests (cert-manager.io), orders, challenges (acme.cert-manager.io)
    """
    snapshot = deployed.snapshot
    managed = deployed.managed_of(Certificate.KIND)
    for one in managed:
        if not isinstance(one.live, Certificate):
            yield from not_live(one, snapshot)
    gap = snapshot.kind_gap(Certificate.KIND) if managed or any(map(has_issuer, deployed.live(Ingress))) else None
    if gap is not None:
        yield Seen(verdict=Verdict.UNKNOWN, target=Certificate.KIND, observed=gap.reason, good=0, of=0)
    for live in {each.ref: each for each in [*deployed.live(Certificate), *_of_ingresses(deployed)]}.values():
        ends = f"valid until {stamp(live.status.not_after)}" if live.status.not_after else "issued"
        yield from judged(live.ref, _faults(live, deployed), ends)


def _of_ingresses(deployed: Deployed) -> Iterator[Certificate]:
    """Made by cert-manager for an annotated Ingress, so that no Application lists them."""
    for one in deployed.live(Ingress):
        for tls in one.spec.tls:
            found = maker_of(Ref(Secret.KIND, one.namespace, tls.secret_name), deployed.snapshot)
            if found is not None and tls.secret_name:
                yield found


def _faults(one: Certificate, deployed: Deployed) -> list[Fault]:
    snapshot = deployed.snapshot
    ready = condition(one.status.conditions, "Ready")
    if ready is None:
        young = one.created is not None and snapshot.observed_at - one.created < ISSUING
        said = "nobody has begun to issue it" + ("" if young else ": cert-manager does not run, or does not see it")
        return [Fault(Verdict.UNKNOWN, said, "Ready=True")]
    if ready.observed_generation and ready.observed_generation < one.metadata.generation:
        said = f"Ready={ready.status} of generation {ready.observed_generation}, generation {one.metadata.generation} is wanted"
        return [Fault(Verdict.UNKNOWN, said, "Ready=True")]
    if ready.status != "True":
        return [_not_ready(one, ready, snapshot)]
    return _validity(one, deployed)


def _not_ready(one: Certificate, ready: Condition, snapshot: Snapshot) -> Fault:
    issuing = condition(one.status.conditions, "Issuing")
    since = (issuing.last_transition_time if issuing is not None else None) or one.created
    first = issuing is not None and issuing.status == "True" and one.status.not_after is None
    young = first and since is not None and snapshot.observed_at - since < ISSUING
    chain = _chain(one, snapshot)
    told = f"; {chain[-1].object}: {chain[-1].value}" if chain else ""
    verdict = Verdict.UNKNOWN if young or ready.status != "False" else Verdict.FAIL
    remedies = (
        []
        if verdict is Verdict.UNKNOWN
        else [_look(one, "Mend what its order or request names; cert-manager tries again by itself")]
    )
    return Fault(verdict, f"{in_words(ready)}{told}", "Ready=True", [as_evidence(one, ready), *chain], remedies)


def _validity(one: Certificate, deployed: Deployed) -> list[Fault]:
    now, ends, renewal = deployed.snapshot.observed_at, one.status.not_after, one.status.renewal_time
    if ends is None:
        return []
    warn, fail = _days(one, deployed)
    left = ends - now
    # A certificate that lives for days only has few days left all its life: what counts is that its renewal is not late.
    due = renewal is None or renewal >= ends
    late = renewal is not None and not due and now - renewal >= RENEWS
    passed = renewal is not None and not due and now >= renewal
    shown = [fact(one, "status.notAfter", ends, ends)]
    if renewal is not None:
        shown.append(fact(one, "status.renewalTime", renewal, renewal))
    wanted = f"more than {warn} days left, or a renewal ahead"
    look = [_look(one, "See why it has not been renewed")]
    if left <= timedelta():
        return [Fault(Verdict.FAIL, f"it expired at {stamp(ends)}", wanted, shown, look)]
    said = f"{human(left)} left, until {stamp(ends)}"
    if (due or late) and left < timedelta(days=fail):
        return [Fault(Verdict.FAIL, said, wanted, shown, look)]
    if passed and renewal is not None:
        return [Fault(Verdict.WARN, f"it was to be renewed at {stamp(renewal)}; {said}", wanted, shown, look)]
    return [Fault(Verdict.WARN, said, wanted, shown, look)] if due and left < timedelta(days=warn) else []


def _days(one: Certificate, deployed: Deployed) -> tuple[int, int]:
    """Days from which to warn and to fail: those that are expected of its hosts, the strictest."""
    mine = [deployed.expected.hosts[name] for name in one.spec.dns_names if name in deployed.expected.hosts]
    return (
        max((each.tls_warn_days for each in mine), default=TLS_WARN_DAYS),
        max((each.tls_fail_days for each in mine), default=TLS_FAIL_DAYS),
    )


def _chain(one: Certificate, snapshot: Snapshot) -> list[Evidence]:
    """What the newest request, its order and the order's challenges say, as far down as there is something."""
    found: list[Evidence] = []
    request = _newest(snapshot.owned_by(CertificateRequest, one))
    if request is None:
        return found
    bad = next((each for each in request.status.conditions if is_bad(each)), None)
    if bad is not None:
        found.append(as_evidence(request, bad))
    order = _newest(snapshot.owned_by(Order, request))
    if order is None:
        return found
    found.append(fact(order, "status.state", _state(order.status)))
    open_ones = [each for each in snapshot.owned_by(Challenge, order) if each.status.state != "valid"]
    return [*found, *(fact(each, "status.state", _state(each.status)) for each in open_ones[:2])]


def _state(status: AcmeStatus) -> str:
    return f"{status.state or 'pending'}: {status.reason}".rstrip(": ")


def _newest(held: list[T]) -> T | None:
    return max(held, key=lambda one: one.created.timestamp() if one.created else 0.0, default=None)


def _look(one: Certificate, title: str) -> Remedy:
    place = f"kubectl -n {one.namespace}"
    return Remedy(
        title=title,
        commands=[
            f"{place} describe certificates.cert-manager.io {one.name}",
            f"{place} get certificaterequests.cert-manager.io,orders.acme.cert-manager.io,challenges.acme.cert-manager.io",
        ],
        confirm_with=f"{place} get certificates.cert-manager.io {one.name}",
    )
