"""Level 3: whether each Ingress has a controller, a Service with somebody behind it, and its certificate's Secret."""

from collections.abc import Iterator

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.routes import LEGACY_CLASS, backends, class_name
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Remedy
from gitops_master.model.meta import Ref
from gitops_master.model.networking import EndpointSlice, Ingress, IngressClass, Service
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.probes.backends import backend_faults
from gitops_master.probes.objects import Fault, judged, named, not_live
from gitops_master.probes.registry import Seen, probe
from gitops_master.probes.tls_secrets import secret_faults

_TWICE_ON_PURPOSE = ("nginx.ingress.kubernetes.io/canary", "acme.cert-manager.io/http01-solver")
"""An annotation, and a label, of Ingresses that share host and path with another one because they are meant to."""


@probe(
    "ingress-backed",
    level=3,
    order=1,
    kinds=[Ingress.KIND, Service.KIND, EndpointSlice.KIND],
    counts="Ingresses",
    nothing="no Ingress belongs to it",
    manages=[Ingress.KIND],
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Ingresses.

    Reads: `Ingress.spec.ingressClassName` (else the default `IngressClass`), `Ingress.spec.rules[].http.paths[].backend.service.name`, `Ingress.spec.defaultBackend.service.name`, `Ingress.spec.tls[].secretName`, `Ingress.status.loadBalancer.ingress[]`
    PASS: class, Service, port and TLS Secret exist, the Service has a ready endpoint
    WARN: no address in the status (some controllers and tunnels never write one); no class, and none is the default; the same host and path in a second Ingress of the class; the workload behind it is scaled to zero
    FAIL: class, Service, port or TLS Secret does not exist; no ready endpoint
    UNKNOWN, SKIPPED: UNKNOWN: Secrets may not be read; the pods behind it are starting, or its certificate is being issued for the first time. SKIPPED: no Ingress
    Rights: list ingresses, ingressclasses (networking.k8s.io), services, pods; list endpointslices (discovery.k8s.io); get secrets by name
    """
    for one in deployed.managed_of(Ingress.KIND):
        if not isinstance(one.live, Ingress):
            yield from not_live(one, deployed.snapshot)
            continue
        services = list(dict.fromkeys(each.service.name for each in backends(one.live)))
        held = one.live.status.load_balancer.ingress
        at = ", ".join(str(each.get("ip") or each.get("hostname") or "") for each in held)
        yield from judged(one.ref, _faults(one.live, deployed.snapshot), f"leads to {', '.join(services)}, at {at}")


def _faults(one: Ingress, snapshot: Snapshot) -> Iterator[Fault]:
    yield from _class(one, snapshot)
    for backend in backends(one):
        yield from backend_faults(snapshot, backend.service, backend.port, one, backend.path)
    for index, tls in enumerate(one.spec.tls):
        if tls.secret_name:
            yield from secret_faults(snapshot, tls.secret_name, one, f"spec.tls[{index}].secretName")
    if not one.status.load_balancer.ingress:
        said = "it has no address: no controller has taken it, or one that never writes an address"
        shown = [fact(one, "status.loadBalancer", "{}")]
        yield Fault(Verdict.WARN, said, "an address in status.loadBalancer.ingress", shown)
    yield from _twice(one, snapshot)


def _class(one: Ingress, snapshot: Snapshot) -> list[Fault]:
    name = one.spec.ingress_class_name
    if name:
        ref = Ref(IngressClass.KIND, "", name)
        return named(snapshot, ref, "so that no controller takes it", one, "spec.ingressClassName")
    if one.annotations.get(LEGACY_CLASS) or class_name(one, snapshot) or one.status.load_balancer.ingress:
        return []
    if not snapshot.knows_all(IngressClass.KIND):
        return [Fault(Verdict.UNKNOWN, "it names no class, and the classes were not read")]
    said = "it names no class and none is the default: only a controller that takes Ingresses without a class serves it"
    remedy = Remedy(
        title="Set spec.ingressClassName, in its source", commands=["kubectl get ingressclasses.networking.k8s.io"]
    )
    return [Fault(Verdict.WARN, said, "a class", [fact(one, "spec.ingressClassName", "empty")], [remedy])]


def _twice(one: Ingress, snapshot: Snapshot) -> Iterator[Fault]:
    """Two Ingresses of a class for the same host and path: which of them wins is the controller's choice."""
    if _is_meant(one):
        return
    by_place = snapshot.grouped(Ingress, _places)
    mine = class_name(one, snapshot)
    for host, path in dict.fromkeys(_places(one)):
        others = [
            each
            for each in by_place[(host, path)]
            if each is not one and not _is_meant(each) and class_name(each, snapshot) == mine
        ]
        if others:
            names = ", ".join(dict.fromkeys(str(each.ref) for each in others))
            where = f"{host or 'every host'}{path}"
            shown = [fact(each, "spec.rules[].host and http.paths[].path", where) for each in (one, *others[:3])]
            yield Fault(Verdict.WARN, f"{where} stands in {names}, too", f"{where} in one Ingress only", shown)


def _places(one: Ingress) -> list[tuple[str, str]]:
    """(host, path) of each of its paths."""
    return [
        (rule.host.lower(), path.path.rstrip("/") or "/")
        for rule in one.spec.rules
        for path in rule.http.paths
    ]  # fmt: skip


def _is_meant(one: Ingress) -> bool:
    return any(one.annotations.get(key) == "true" or one.labels.get(key) == "true" for key in _TWICE_ON_PURPOSE)
