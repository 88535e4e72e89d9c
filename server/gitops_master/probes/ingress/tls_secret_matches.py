"""Level 3: whether the certificate in a TLS Secret is for the hosts it is used for, as far as that is known without reading it."""

from collections.abc import Iterator

import msgspec

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.kubernetes import Secret
from gitops_master.model.meta import Ref, condition
from gitops_master.model.networking import Ingress, IngressTLS
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.probes.objects import Fault, absent, judged
from gitops_master.probes.registry import Seen, probe
from gitops_master.probes.tls_secrets import maker_of

_NAMES = ("cert-manager.io/alt-names", "cert-manager.io/common-name")
"""What cert-manager writes beside the certificate that it puts into a Secret: the names in it."""


class _Known(msgspec.Struct, frozen=True):
    """The names of a certificate, and where they were read."""

    names: list[str]
    shown: Evidence


@probe(
    "tls-secret-matches",
    level=3,
    order=5,
    kinds=[Ingress.KIND],
    counts="TLS Secrets",
    nothing="no Ingress with a TLS Secret belongs to it",
    manages=[Ingress.KIND],
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """The names of the certificate in the TLS Secret of an Ingress.

    Reads: the annotations alt-names and common-name of cert-manager.io, which cert-manager puts on a Secret with the names in its certificate; else spec.dnsNames of the Certificate of a Certificate that is ready. The values of a Secret are never read
    PASS: they cover each host that the Secret is used for
    FAIL: a host is not among them: its users get a warning
    UNKNOWN, SKIPPED: UNKNOWN: Secrets may not be read. SKIPPED: nothing but the Secret's values would tell; then ask tls-handshake. How long it is valid is told by certificate-issued and tls-handshake
    Rights: get secrets by name, as metadata; list certificates (cert-manager.io)
    """
    for ingress in deployed.live(Ingress):
        for index, tls in enumerate(ingress.spec.tls):
            if tls.secret_name:
                yield from _seen(ingress, index, tls, deployed.snapshot)


def _seen(ingress: Ingress, index: int, tls: IngressTLS, snapshot: Snapshot) -> Iterator[Seen]:
    ref = Ref(Secret.KIND, ingress.namespace, tls.secret_name)
    known = _names(ref, snapshot)
    hosts = [one.lower() for one in tls.hosts or [rule.host for rule in ingress.spec.rules if rule.host]]
    if known is None and snapshot.lacks_ref(ref):
        return  # ingress-backed says so
    if known is None and snapshot.find(ref) is None:
        yield absent(ref, snapshot, "")
        return
    if known is None:
        said = "what its certificate is for stands in its values only, which are not read: see tls-handshake (--http)"
        yield Seen(verdict=Verdict.SKIPPED, target=ref, observed=said, good=0, of=0)
        return
    missing = [one for one in hosts if not any(_covers(name, one) for name in known.names)]
    shown = [known.shown, fact(ingress, f"spec.tls[{index}].hosts", ", ".join(hosts))]
    remedy = Remedy(
        title=f"Add {', '.join(missing)} to the certificate in {ref}, or give {ingress.ref} the Secret that is for it"
    )
    fault = Fault(
        Verdict.FAIL,
        f"its certificate is for {', '.join(known.names)}, not for {', '.join(missing)}",
        f"a certificate for {', '.join(hosts)}",
        shown,
        [remedy],
    )
    yield from judged(ref, [fault] if missing else [], f"for {', '.join(known.names)}", shown)


def _names(ref: Ref, snapshot: Snapshot) -> _Known | None:
    secret = snapshot.get(Secret, ref.namespace, ref.name)
    if secret is not None:
        for key in _NAMES:
            names = [one.strip().lower() for one in secret.annotations.get(key, "").split(",") if one.strip()]
            if names:
                return _Known(names, fact(secret, f"metadata.annotations[{key}]", ", ".join(names)))
    maker = maker_of(ref, snapshot)
    ready = condition(maker.status.conditions, "Ready") if maker is not None else None
    if maker is None or ready is None or ready.status != "True" or not maker.spec.dns_names:
        return None
    names = [one.lower() for one in maker.spec.dns_names]
    return _Known(names, fact(maker, "spec.dnsNames", ", ".join(names)))


def _covers(name: str, host: str) -> bool:
    """A name that begins with `*.` covers one label (RFC 9525)."""
    return name == host or (name.startswith("*.") and host.partition(".")[2] == name[2:])
