"""Who answers behind a Service, by its EndpointSlices."""

from collections.abc import Sequence

from gitops_master.model.networking import EndpointSlice
from gitops_master.model.snapshot import Snapshot


def slices_of(namespace: str, service: str, snapshot: Snapshot) -> Sequence[EndpointSlice]:
    """Those of a Service that were read."""
    return snapshot.grouped(EndpointSlice, _by_service).get((namespace, service), ())


def ready_endpoints(namespace: str, service: str, snapshot: Snapshot) -> int | None:
    """How many endpoints are ready; None where the Service's slices were not all read and none was seen."""
    slices = slices_of(namespace, service, snapshot)
    ready = sum(len(one.ready) for one in slices)
    known = snapshot.knows_all(EndpointSlice.KIND, namespace)
    return ready if ready or slices or known else None


def _by_service(one: EndpointSlice) -> list[tuple[str, str]]:
    return [(one.namespace, one.service)]
