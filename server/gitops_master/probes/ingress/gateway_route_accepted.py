"""Level 3: what the Gateways say of the routes of the Gateway API, and of themselves."""

from collections.abc import Iterator

from gitops_master.facts.conditions import as_evidence, in_words
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.routes import backends, gateways
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.gateways import Gateway, GRPCRoute, HTTPRoute, Listener, ReferenceGrant, RouteParent
from gitops_master.model.meta import Condition, Object, Ref, condition
from gitops_master.model.networking import EndpointSlice, Service
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.probes.backends import backend_faults
from gitops_master.probes.objects import Fault, judged, named, not_live
from gitops_master.probes.registry import Seen, probe

Route = HTTPRoute | GRPCRoute
_GROUP = "gateway.networking.k8s.io"


@probe(
    "gateway-route-accepted",
    level=3,
    order=2,
    kinds=[HTTPRoute.KIND, Gateway.KIND, Service.KIND, EndpointSlice.KIND],
    counts="routes",
    nothing="no HTTPRoute or GRPCRoute belongs to it",
    manages=[HTTPRoute.KIND, GRPCRoute.KIND],
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """HTTPRoutes and GRPCRoutes with their Gateway and their Services.

    Reads: conditions Accepted and ResolvedRefs under status.parents of the current generation; Gateway conditions Accepted and Programmed, and those of its listeners; ReferenceGrant for a backend in another namespace; the Services and their endpoints, as for an Ingress
    PASS: all True
    WARN: listener without attached routes; a route of which parts were dropped (partially invalid); a backend in another namespace that resolves without a ReferenceGrant; the workload behind it is scaled to zero
    FAIL: one is False; the Gateway, the Service or its port does not exist; no ready endpoint
    UNKNOWN, SKIPPED: UNKNOWN: no parent has answered, or of an older generation. SKIPPED: no such routes
    Rights: list httproutes, grpcroutes, gateways, referencegrants (gateway.networking.k8s.io), services, pods; list endpointslices (discovery.k8s.io)
    """
    for one in deployed.managed_of(HTTPRoute.KIND, GRPCRoute.KIND):
        if not isinstance(one.live, HTTPRoute | GRPCRoute):
            yield from not_live(one, deployed.snapshot)
            yield from _unread(one.ref, deployed.snapshot)
            continue
        names = ", ".join(str(ref) for ref in gateways(one.live)) or "its parents"
        yield from judged(one.ref, _faults(one.live, deployed.snapshot), f"accepted by {names}")


def _unread(ref: Ref, snapshot: Snapshot) -> Iterator[Seen]:
    """GRPCRoutes are not served wherever HTTPRoutes are: only those that there are have to be read."""
    gap = snapshot.kind_gap(ref.kind) if ref.kind == GRPCRoute.KIND else None
    if gap is not None:
        yield Seen(verdict=Verdict.UNKNOWN, target=ref, observed=gap.reason, good=0)


def _faults(route: Route, snapshot: Snapshot) -> Iterator[Fault]:
    yield from _parents(route, snapshot)
    for ref in gateways(route):
        yield from _gateway(route, ref, snapshot)
    yield from _grants(route, snapshot)
    for backend in backends(route):
        yield from backend_faults(snapshot, backend.service, backend.port, route, backend.path)


def _parents(route: Route, snapshot: Snapshot) -> Iterator[Fault]:
    for index, wanted in enumerate(route.spec.parent_refs):
        place = wanted.namespace or route.namespace
        mine = [
            (at, one)
            for at, one in enumerate(route.status.parents)
            if (one.parent_ref.name, one.parent_ref.namespace or route.namespace, one.parent_ref.section_name)
            == (wanted.name, place, wanted.section_name)
        ]
        kind = wanted.kind or "Gateway"
        missing = kind == "Gateway" and snapshot.lacks_ref(Ref(Gateway.KIND, place, wanted.name))
        if not mine and not missing:
            said = f"{kind} {place}/{wanted.name} has not answered: its controller has not looked at the route, or does not take it"
            yield Fault(
                Verdict.UNKNOWN, said, "Accepted=True", [fact(route, f"spec.parentRefs[{index}].name", wanted.name)]
            )
        for at, one in mine:
            yield from _answer(route, at, one)


def _answer(route: Route, at: int, one: RouteParent) -> Iterator[Fault]:
    """What one controller says of the route at one parent."""
    who, path = f"{one.parent_ref.kind or 'Gateway'} {one.parent_ref.name}", f"status.parents[{at}]"
    for type_ in ("Accepted", "ResolvedRefs"):
        held = condition(one.conditions, type_)
        yield from _false(route, held, type_, f"{who} says ", path)
    partly = condition(one.conditions, "PartiallyInvalid")
    if partly is not None and partly.status == "True":
        said = f"{who} has dropped parts of it: {partly.reason}: {partly.message}".rstrip(": ")
        yield Fault(Verdict.WARN, said, "PartiallyInvalid=False", [_at(route, partly, path)])


def _false(about: Object, held: Condition | None, type_: str, who: str, path: str = "status") -> Iterator[Fault]:
    """Nothing where the condition is True, of the generation that is wanted."""
    wanted = f"{type_}=True"
    if held is None or held.status not in {"True", "False"}:
        yield Fault(Verdict.UNKNOWN, f"{who}nothing of {type_} yet", wanted)
    elif held.observed_generation and held.observed_generation < about.metadata.generation:
        said = f"{who}{type_}={held.status} of generation {held.observed_generation}, generation {about.metadata.generation} is wanted"
        yield Fault(Verdict.UNKNOWN, said, wanted, [_at(about, held, path)])
    elif held.status == "False":
        said = f"{who}{in_words(held)}"
        kind = about.ref.kind.rpartition("/")[2].lower()
        look = f"kubectl -n {about.namespace} describe {kind}s.{_GROUP} {about.name}"
        remedy = Remedy(
            title=f"Mend what {type_} of {about.ref} names; the controller follows by itself", commands=[look]
        )
        yield Fault(Verdict.FAIL, said, wanted, [_at(about, held, path)], [remedy])


def _at(about: Object, one: Condition, path: str = "status") -> Evidence:
    shown = as_evidence(about, one)
    return shown.model_copy(update={"path": f"{path}.conditions[{one.type}]"})


def _gateway(route: Route, ref: Ref, snapshot: Snapshot) -> Iterator[Fault]:
    gateway = snapshot.find(ref)
    if not isinstance(gateway, Gateway):
        yield from named(snapshot, ref, f"to which {route.ref} is attached", route, "spec.parentRefs[].name")
        return
    for type_ in ("Accepted", "Programmed"):
        held = condition(gateway.status.conditions, type_)
        if held is not None or type_ == "Programmed":
            yield from _false(gateway, held, type_, f"{gateway.ref} says ")
    yield from _listeners(route, gateway)


def _listeners(route: Route, gateway: Gateway) -> Iterator[Fault]:
    """Of those listeners that the route is attached to: by name, else by hosts that both have."""
    refs = [
        one
        for one in route.spec.parent_refs
        if Ref(Gateway.KIND, one.namespace or route.namespace, one.name) == gateway.ref
    ]
    sections = {one.section_name for one in refs}
    mine = {
        one.name
        for one in gateway.spec.listeners
        if one.name in sections or ("" in sections and _has_host(one, route.spec.hostnames))
    }
    held = [one for one in gateway.status.listeners if one.name in mine]
    for listener in held:
        path = f"status.listeners[{listener.name}]"
        for one in listener.conditions:
            if one.status == ("True" if one.type == "Conflicted" else "False") and one.type in _OF_LISTENERS:
                said = f"listener {listener.name} of {gateway.ref}: {in_words(one)}"
                yield Fault(Verdict.FAIL, said, "a listener that works", [_at(gateway, one, path)])
    empty = [one for one in held if not one.attached_routes]
    if held and len(empty) == len(held):
        names = ", ".join(one.name for one in empty)
        shown = [fact(gateway, f"status.listeners[{one.name}].attachedRoutes", 0) for one in empty]
        yield Fault(Verdict.WARN, f"listener {names} of {gateway.ref} has no attached routes", "attached routes", shown)


_OF_LISTENERS = frozenset({"Accepted", "Programmed", "ResolvedRefs", "Conflicted"})


def _has_host(listener: Listener, hosts: tuple[str, ...]) -> bool:
    return not listener.hostname or not hosts or any(_meet(listener.hostname, one) for one in hosts)


def _meet(one: str, other: str) -> bool:
    """Whether two hosts, either of which may begin with `*.`, have a name in common."""
    if one == other:
        return True
    if one.startswith("*.") and other.endswith(one[1:]):
        return True
    return other.startswith("*.") and one.endswith(other[1:])


def _grants(route: Route, snapshot: Snapshot) -> Iterator[Fault]:
    """The controller decides whether a reference holds; here is said what it lacks."""
    for backend in backends(route):
        place = backend.service.namespace
        if place == route.namespace or any(
            _allows(one, route, backend.service) for one in snapshot.all(ReferenceGrant, place)
        ):
            continue
        if not snapshot.knows_all(ReferenceGrant.KIND, place):
            continue
        refused = any(
            (held := condition(one.conditions, "ResolvedRefs")) is not None and held.status == "False"
            for one in route.status.parents
        )
        kind = route.ref.kind.rpartition("/")[2]
        said = f"no ReferenceGrant in namespace {place} lets {kind}s of namespace {route.namespace} refer to {backend.service}"
        remedy = Remedy(
            title=f"Make a ReferenceGrant in namespace {place}, from {kind} of {route.namespace} to Service {backend.service.name}"
        )
        shown = [fact(route, backend.path, f"{place}/{backend.service.name}")]
        yield Fault(Verdict.FAIL if refused else Verdict.WARN, said, "a ReferenceGrant", shown, [remedy])


def _allows(grant: ReferenceGrant, route: Route, service: Ref) -> bool:
    kind = route.ref.kind.rpartition("/")[2]
    comes = any((one.group, one.kind, one.namespace) == (_GROUP, kind, route.namespace) for one in grant.spec.from_)
    goes = any(one.group == "" and one.kind == "Service" and one.name in {"", service.name} for one in grant.spec.to)
    return comes and goes
