"""Whether a Service can be reached: what endpoints-ready says of it, and what probes of routes say of the Services they lead to."""

from functools import partial

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.durations import stamp
from gitops_master.facts.failing_pods import event_text, events_about
from gitops_master.facts.services import ServiceView
from gitops_master.facts.texts import fact
from gitops_master.facts.told import Told
from gitops_master.facts.workloads import is_ready, troubles, unscheduled
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.meta import Object, Ref
from gitops_master.model.networking import EndpointSlice, Service, ServicePort
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import Pod
from gitops_master.probes.objects import Fault, because, named


class _Views:
    """Of each Service that was asked about."""

    def __init__(self, _: Deployed) -> None:
        self.made: dict[Ref, ServiceView] = {}


def service_view(deployed: Deployed, service: Service) -> ServiceView:
    """One for all probes: what it has computed stays."""
    made = deployed.once(_Views).made
    view = made.get(service.ref)
    if view is None:
        view = made[service.ref] = ServiceView(service, deployed.snapshot)
    return view


def backend_faults(
    snapshot: Snapshot, ref: Ref, port: int | str | None, holder: Object, path: str, *, numbers_pods: bool = False
) -> list[Fault]:
    """What is wrong with the Service that a route leads to. `path`: the field of `holder` that names it.

    `numbers_pods`: the port may also be that of the pods.
    """
    service = snapshot.get(Service, ref.namespace, ref.name)
    if service is None:
        return named(snapshot, ref, f"to which {holder.ref} leads", holder, path)
    view = ServiceView(service, snapshot)
    if view.is_external:
        return []
    found = view.port(port) if port else None
    if port and found is None and not (numbers_pods and _is_target(view, port)):
        return [_no_port(view, port, holder, path)]
    return endpoint_faults(view, found)


def _is_target(view: ServiceView, port: int | str) -> bool:
    return any((one.target_port or one.port) == port for one in view.service.spec.ports)


def _no_port(view: ServiceView, port: int | str, holder: Object, path: str) -> Fault:
    ports = ", ".join(title(one) for one in view.service.spec.ports) or "none"
    return Fault(
        Verdict.FAIL,
        f"{view.ref} has no port {port}; it has {ports}",
        f"{view.ref} has port {port}",
        [fact(holder, path, f"{view.service.name}:{port}"), fact(view.service, "spec.ports", ports)],
    )


def endpoint_faults(view: ServiceView, port: ServicePort | None = None) -> list[Fault]:
    """What is wrong with the endpoints of one port of a Service; of all its ports, where none is given."""
    ports: list[ServicePort | None] = [port] if port is not None else [*view.service.spec.ports] or [None]
    down = [one for one in ports if not view.ready(one)]
    if not down:
        return []
    if view.is_scaled_to_zero:
        return [Fault(Verdict.WARN, f"{view.ref} leads to nothing: {view.behind} is scaled to zero")]
    if not view.snapshot.knows_all(EndpointSlice.KIND, view.service.namespace):
        return [
            Fault(
                Verdict.UNKNOWN,
                f"the endpoints of {view.ref} were not read{because(view.snapshot, EndpointSlice.KIND)}",
            )
        ]
    unknown = [one for one in view.unknown_ports if one in down]
    if unknown:
        return [_unknown_port(view, one) for one in unknown]
    until = view.settles_until if view.selects else None
    if until is not None:
        return [Fault(Verdict.UNKNOWN, f"{_none_ready(view, down)}; it may take until {stamp(until)}")]
    if view.selects and not view.snapshot.knows_all(Pod.KIND, view.service.namespace):
        said = f"{_none_ready(view, down)}; whether its pods are starting is not known, since they were not read"
        return [Fault(Verdict.UNKNOWN, said, "", _shown(view, down))]
    words = partial(_no_endpoint, view, down)
    return [Fault(Verdict.FAIL, "no ready endpoint", "at least one ready endpoint for each port", words=words)]


def _no_endpoint(view: ServiceView, down: list[ServicePort | None]) -> Told:
    return Told(_none_ready(view, down), _shown(view, down), _look(view))


def _unknown_port(view: ServiceView, port: ServicePort) -> Fault:
    index = view.service.spec.ports.index(port)
    return Fault(
        Verdict.FAIL,
        f"no ready endpoint for port {title(port)} of {view.ref}: no container of {view.behind} has a port named {port.target_port}",
        f"a container with a port named {port.target_port}",
        [fact(view.service, f"spec.ports[{index}].targetPort", port.target_port)],
        [Remedy(title=f"Make targetPort of {view.ref} and the container's ports[].name agree, in their source")],
    )


def _none_ready(view: ServiceView, down: list[ServicePort | None]) -> str:
    """`no ready endpoint for port http of Service n/web: none of 2 pods of Deployment n/web is ready (…)`."""
    which = ", ".join(title(one) for one in down if one is not None)
    begin = f"no ready endpoint{f' for port {which}' if which else ''} of {view.ref}"
    if not view.selects:
        return f"{begin}, whose endpoints are written by hand or by a controller: it has no selector"
    if not view.pods and view.snapshot.knows_all(Pod.KIND, view.service.namespace):
        wants = f", though {view.behind} is to have some" if view.behind else ""
        return f"{begin}: its selector {selector(view)} matches no pod{wants}"
    if view.ready_pods:
        return f"{begin}, though {len(view.ready_pods)} of {len(view.pods)} pods of {view.behind} are ready"
    why = next((text for pod in view.pods for text in _why(pod, view.snapshot)), None)
    told = f" ({why.object}: {why.value})" if why is not None else ""
    return f"{begin}: none of {len(view.pods)} pods of {view.behind} is ready{told}" if view.pods else begin


def _why(pod: Pod, snapshot: Snapshot) -> list[Evidence]:
    """Why a pod is not ready, in the words of its containers, its scheduler, or of the event of its probe."""
    found = [
        fact(pod, one.path, f"container {one.status.name} {one.reason}: {one.message}".rstrip(": "))
        for one in troubles(pod)
    ]
    scheduled = unscheduled(pod)
    if scheduled is not None:
        words = f"{scheduled.reason}: {scheduled.message}".rstrip(": ")
        found.append(fact(pod, "status.conditions[PodScheduled].message", words))
    if not found and not is_ready(pod):
        found = [event_text(one).as_evidence() for one in events_about(pod, snapshot, "Unhealthy")[:1]]
    return found


def _shown(view: ServiceView, down: list[ServicePort | None]) -> list[Evidence]:
    shown = [fact(view.service, "spec.selector", selector(view))] if view.selects else []
    for one in view.slices[:2]:
        listed = len(one.endpoints or ())
        ports = ", ".join(each.name or str(each.port) for each in one.ports or ()) or "no port"
        shown.append(fact(one, "endpoints[].conditions.ready", f"{len(one.ready)} of {listed} for {ports}"))
    if not view.slices:
        shown.append(fact(view.service, "EndpointSlices", "none"))
    return [*shown, *[each for pod in view.pods[:3] for each in _why(pod, view.snapshot)][:2]]


def _look(view: ServiceView) -> list[Remedy]:
    place = f"kubectl -n {view.service.namespace}"
    slices = f"{place} get endpointslices.discovery.k8s.io -l kubernetes.io/service-name={view.service.name}"
    if not view.selects:
        return [Remedy(title=f"Find out who writes the endpoints of {view.ref}", commands=[slices])]
    pods = f"{place} get pods -l {selector(view)} -o wide"
    if view.pods:
        return [Remedy(title=f"Bring up the pods behind {view.ref}", commands=[pods], confirm_with=slices)]
    return [
        Remedy(
            title=f"Make the selector of {view.ref} and the labels of its workload's pods agree, or bring that workload up",
            commands=[pods, f"{place} get pods --show-labels"],
            confirm_with=slices,
        )
    ]


def selector(view: ServiceView) -> str:
    """As kubectl takes it: `app=web,tier=front`."""
    return ",".join(f"{key}={value}" for key, value in view.service.spec.selector.items())


def title(port: ServicePort) -> str:
    return f"{port.name} ({port.port})" if port.name else str(port.port)
