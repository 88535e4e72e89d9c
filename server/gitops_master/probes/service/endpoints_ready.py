"""Level 2: whether there is somebody behind each Service."""

from collections.abc import Iterator
from functools import partial

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.services import ServiceView
from gitops_master.facts.told import Told
from gitops_master.model.networking import EndpointSlice, Service
from gitops_master.model.verification import Verdict
from gitops_master.probes.backends import endpoint_faults, service_view
from gitops_master.probes.objects import judged, not_live
from gitops_master.probes.registry import Seen, probe


@probe(
    "endpoints-ready",
    level=2,
    order=3,
    kinds=[Service.KIND, EndpointSlice.KIND],
    counts="Services",
    nothing="no Service that selects pods belongs to it",
    manages=[Service.KIND],
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Services of the Applications.

    Reads: `EndpointSlice.endpoints[].conditions.ready` of slices with the label `kubernetes.io/service-name`; `Service.spec.selector`, `Service.spec.ports[].targetPort`
    PASS: at least one ready endpoint for each port
    FAIL: a port has none; the selector matches no pod; a named port that no container has; the Service does not exist
    UNKNOWN, SKIPPED: UNKNOWN: its pods are starting, and the workload's deadline has not passed. SKIPPED: type `ExternalName`, no selector, or workload scaled to zero
    Rights: list services, pods; list endpointslices (discovery.k8s.io)
    """
    for one in deployed.managed_of(Service.KIND):
        if not isinstance(one.live, Service):
            yield from not_live(one, deployed.snapshot)
            continue
        view = service_view(deployed, one.live)
        if not view.selects:
            continue
        if view.is_up:
            yield Seen(verdict=Verdict.PASS, target=view.ref, observed="ready endpoints", words=partial(_well, view))
            continue
        if view.is_scaled_to_zero:
            why = f"{view.behind} is scaled to zero"
            yield Seen(verdict=Verdict.SKIPPED, target=view.ref, observed=why, good=0, of=0)
            continue
        yield from judged(view.ref, endpoint_faults(view), "")


def _well(view: ServiceView) -> Told:
    ready = max(view.ready(port) for port in view.service.spec.ports or (None,))
    plural = "s" if ready != 1 else ""
    return Told(f"{ready} ready endpoint{plural} of {view.behind}".removesuffix(" of "), [], [])
