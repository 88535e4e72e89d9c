"""Level 2: whether NetworkPolicies let those in who bring the traffic from outside."""

from collections.abc import Iterator

import msgspec

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.network_policies import allowed, others_in_use, others_unread, selecting
from gitops_master.facts.routes import Route, Sender, backends, senders
from gitops_master.facts.services import ServiceView, target_port
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Remedy
from gitops_master.model.gateways import GRPCRoute, HTTPRoute, IngressRoute
from gitops_master.model.meta import Ref
from gitops_master.model.networking import Ingress, NetworkPolicy, Service
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import Pod
from gitops_master.probes.objects import Fault, judged
from gitops_master.probes.registry import Seen, probe

_ROUTES = (Ingress.KIND, HTTPRoute.KIND, GRPCRoute.KIND, IngressRoute.KIND)


class _Way(msgspec.Struct, frozen=True):
    """From a sender to the port of a pod, and the policies that decide about it."""

    view: ServiceView
    route: Route
    sender: Sender
    pod: Pod
    port: int
    policies: list[NetworkPolicy]


@probe(
    "network-policies-allow",
    level=2,
    order=10,
    kinds=[NetworkPolicy.KIND, Service.KIND, Pod.KIND],
    counts="Services",
    nothing="no NetworkPolicy selects pods that a route from outside leads to",
    manages=_ROUTES,
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Whether the ingress controller may reach the pods that Ingresses and routes lead to.

    Reads: `NetworkPolicy.spec.podSelector`, `NetworkPolicy.spec.ingress[].from[].namespaceSelector`, `NetworkPolicy.spec.ingress[].ports[].port`; the controller's pods: behind the Service that has the route's address, or by the label `app.kubernetes.io/name`
    PASS: allowed
    FAIL: selected by policies of which none allows it
    UNKNOWN, SKIPPED: UNKNOWN: policies of a network plugin's own kinds are in use, or could not be read; the controller is not known and not everybody is allowed; it is in the host's network; or addresses (ipBlock) decide. SKIPPED: no policy selects the pods
    Rights: list networkpolicies (networking.k8s.io), services, pods; get namespaces
    """
    ways: dict[Ref, list[_Way]] = {}
    for route in _routes(deployed):
        for way in _ways(route, deployed.snapshot):
            ways.setdefault(way.view.ref, []).append(way)
    for ref, held in ways.items():
        faults = {one.observed: one for way in held for one in _faults(way, deployed.snapshot)}
        senders = ", ".join(dict.fromkeys(str(way.sender) for way in held))
        yield from judged(ref, faults.values(), f"port {held[0].port} is open to {senders}")


def _routes(deployed: Deployed) -> list[Route]:
    return [
        *deployed.live(Ingress),
        *deployed.live(HTTPRoute),
        *deployed.live(GRPCRoute),
        *deployed.live(IngressRoute),
    ]


def _ways(route: Route, snapshot: Snapshot) -> Iterator[_Way]:
    """Only those about which a policy decides; pods with the same labels are one."""
    for backend in backends(route):
        service = snapshot.get(Service, backend.service.namespace, backend.service.name)
        if service is None:
            continue
        view = ServiceView(service, snapshot)
        ports = service.spec.ports
        port = view.port(backend.port) if backend.port else (ports[0] if len(ports) == 1 else None)
        for pod in {tuple(sorted(one.labels.items())): one for one in view.pods}.values():
            policies = selecting(pod, snapshot)
            number = target_port(port, pod) if port is not None else None
            if policies and number is not None:
                for sender in senders(route, snapshot):
                    yield _Way(view, route, sender, pod, number, policies)


def _faults(way: _Way, snapshot: Snapshot) -> list[Fault]:
    other = others_in_use(way.pod.namespace, snapshot)
    if other:
        return [
            Fault(Verdict.UNKNOWN, f"{other.rpartition('/')[2]} is in use there, too: what that allows is not known")
        ]
    unread = others_unread(snapshot)
    if unread is not None:
        kind = unread.kind.rpartition("/")[2]
        return [Fault(Verdict.UNKNOWN, f"whether {kind} is in use there, too, is not known: {unread.reason}")]
    open_to = allowed(way.policies, way.sender, way.pod, way.port, snapshot)
    if open_to:
        return []
    names = ", ".join(one.name for one in way.policies)
    if way.sender.on_host_network:
        why = f"{way.sender} use the host's network: what NetworkPolicies mean for them depends on the network plugin"
        return [Fault(Verdict.UNKNOWN, why)]
    if open_to is None:
        why = (
            "it is not known who sends"
            if not way.sender.namespace
            else f"addresses or unread labels decide about {way.sender}"
        )
        return [
            Fault(Verdict.UNKNOWN, f"NetworkPolicy {names} restricts port {way.port}, and {why} for {way.route.ref}")
        ]
    return [
        Fault(
            Verdict.FAIL,
            f"{way.sender}, which serve {way.route.ref}, may not reach port {way.port} of {way.view.behind or way.pod.ref}"
            if way.sender.namespace
            else f"nobody may reach port {way.port} of {way.view.behind or way.pod.ref}",
            f"one of the NetworkPolicies that select the pods ({names}) allows it",
            [fact(one, "spec.ingress", _said(one)) for one in way.policies[:3]],
            [
                Remedy(
                    title=f"Allow port {way.port} from the ingress controller in NetworkPolicy {names}, in its source",
                    commands=[f"kubectl -n {way.pod.namespace} describe networkpolicies.networking.k8s.io"],
                )
            ],
        )
    ]


def _said(policy: NetworkPolicy) -> str:
    """`2 rules, ports 8080, 9090`: enough to find the rule that is missing."""
    ports = [str(port.port or "any") for rule in policy.spec.ingress for port in rule.ports]
    return f"{len(policy.spec.ingress)} rules, ports {', '.join(ports) or 'any'}" if policy.spec.ingress else "no rule"
