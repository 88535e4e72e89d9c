"""What probes of routes say of the Secrets that hold their certificates: only whether they exist is looked at."""

from collections.abc import Hashable, Iterable
from datetime import timedelta

from gitops_master.model.finding import Remedy
from gitops_master.model.kubernetes import Secret
from gitops_master.model.meta import Object, Ref
from gitops_master.model.operators import Certificate
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.probes.objects import Fault, named

ISSUING = timedelta(minutes=10)
"""How long the first certificate of a host usually takes at most: an order, its challenges, and DNS that has to spread."""


def secret_faults(snapshot: Snapshot, name: str, holder: Object, path: str) -> list[Fault]:
    """What is wrong with the Secret of a certificate, whose existence is all that is looked at."""
    ref = Ref(Secret.KIND, holder.namespace, name)
    found = named(snapshot, ref, "so that its hosts get the controller's default certificate", holder, path)
    maker = maker_of(ref, snapshot)
    if not found or found[0].verdict is not Verdict.FAIL:
        return found
    if maker is None:
        title = f"Bring {ref} into place: a Certificate that makes it, or the certificate itself"
        return [_with(found[0], Verdict.FAIL, "", [Remedy(title=title)])]
    young = maker.created is not None and snapshot.observed_at - maker.created < ISSUING
    said = f"; {maker.ref} is to make it"
    command = f"kubectl -n {maker.namespace} describe certificates.cert-manager.io {maker.name}"
    remedy = Remedy(title=f"See why {maker.ref} has not been issued", commands=[command])
    return [_with(found[0], Verdict.UNKNOWN if young else Verdict.FAIL, said, [] if young else [remedy])]


def maker_of(secret: Ref, snapshot: Snapshot) -> Certificate | None:
    """The Certificate of cert-manager that is to fill the Secret."""
    return next(iter(snapshot.grouped(Certificate, _secret).get((secret.namespace, secret.name), ())), None)


def _with(one: Fault, verdict: Verdict, more: str, remedies: list[Remedy]) -> Fault:
    return Fault(verdict, f"{one.observed}{more}", one.expected, one.evidence, remedies)


def _secret(one: Certificate) -> Iterable[Hashable]:
    return ((one.namespace, one.spec.secret_name),)
