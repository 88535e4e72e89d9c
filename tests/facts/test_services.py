"""What stands behind a Service."""

import time
from datetime import UTC, datetime
from typing import Any

import msgspec

from gitops_master.facts.selectors import selects
from gitops_master.facts.services import ServiceView, owner_of, target_port
from gitops_master.model.networking import Service
from gitops_master.model.registry import TYPES, kind_of
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import LabelSelector, Pod
from tests.probes import world

NOW = datetime(2026, 11, 23, 8, 10, tzinfo=UTC)


def held(*objects: dict[str, Any]) -> Snapshot:
    made = [msgspec.convert(one, TYPES[kind_of(one["apiVersion"], one["kind"])]) for one in objects]
    return Snapshot(made, source="test", observed_at=NOW, complete=["*"])


def view(snapshot: Snapshot, name: str, namespace: str = "shop-prod") -> ServiceView:
    service = snapshot.get(Service, namespace, name)
    assert service is not None
    return ServiceView(service, snapshot)


def service(name: str, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "n"}, "spec": spec}


def endpoints(service: str, name: str, **fields: Any) -> dict[str, Any]:
    labels = {"kubernetes.io/service-name": service}
    metadata = {"name": name, "namespace": "n", "labels": labels}
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata, **fields}


def test_pods_endpoints_and_workload_of_a_service_are_found() -> None:
    web = view(world.snapshot({}), "web")

    assert sorted(pod.name for pod in web.pods) == ["web-7f9c-1", "web-7f9c-2"]
    assert (web.behind, web.is_up, web.unknown_ports) == ("Deployment shop-prod/web", True, [])
    (port,) = web.service.spec.ports
    assert (web.ready(port), target_port(port, web.pods[0])) == (2, 8080)
    assert {str(owner_of(pod, web.snapshot)) for pod in web.pods} == {"Deployment shop-prod/web"}


def test_an_endpoint_in_slices_of_two_families_counts_once_and_slices_may_be_empty() -> None:
    twice = {"endpoints": [{"targetRef": {"kind": "Pod", "namespace": "n", "name": "a"}, "addresses": ["10.0.0.1"]}]}
    ports = [{"name": "http", "port": 80}]
    snapshot = held(
        service("two", selector={"app": "a"}, ports=[{"name": "http", "port": 80}, {"name": "admin", "port": 81}]),
        endpoints("two", "v4", ports=ports, **twice),
        endpoints("two", "v6", ports=ports, **twice),
        endpoints("two", "none", ports=None, endpoints=None),
    )

    both = view(snapshot, "two", "n")

    assert [both.ready(port) for port in both.service.spec.ports] == [1, 0]
    assert not both.is_up


def test_a_slice_for_another_service_and_pods_that_ended_do_not_count() -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "done", "namespace": "n", "labels": {"app": "a"}}}
    snapshot = held(
        service("one", selector={"app": "a"}, ports=[{"port": 80}]),
        endpoints("other", "other-1", ports=[{"port": 80}], endpoints=[{"addresses": ["10.0.0.1"]}]),
        {**pod, "status": {"phase": "Succeeded"}},
    )

    one = view(snapshot, "one", "n")

    assert (one.pods, one.slices, one.is_up) == ([], (), False)


def test_the_workload_is_known_without_pods_and_whatever_controllers_put_into_the_selector() -> None:
    selector = {"app": "a", "rollouts-pod-template-hash": "5f7c"}
    template = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"ports": [{"name": "web"}]}]}}
    rollout = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "a", "namespace": "n"}}
    snapshot = held(
        service("a", selector=selector, ports=[{"name": "x", "port": 80, "targetPort": "http"}]),
        service("none", ports=[{"port": 80}]),
        {**rollout, "spec": {"replicas": 0, "template": template}},
    )

    one, none = view(snapshot, "a", "n"), view(snapshot, "none", "n")

    assert (one.behind, one.is_scaled_to_zero) == ("Rollout n/a", True)
    assert [port.name for port in one.unknown_ports] == ["x"]
    assert (none.pods, none.workloads, none.is_scaled_to_zero) == ([], [], False)


def test_what_starts_has_time_until_its_deadline_and_none_once_something_went_wrong() -> None:
    starting = [
        {"set": f"Pod shop-prod/web-7f9c-{number}", "path": "status.conditions", "value": [{"type": "Ready", "status": "False"}]}
        for number in (1, 2)
    ]  # fmt: skip
    crashed = {
        "set": "Pod shop-prod/web-7f9c-1",
        "path": "status.containerStatuses[0].state",
        "value": {"waiting": {"reason": "CrashLoopBackOff"}},
    }

    assert view(world.snapshot({"change": starting}), "web").settles_until == datetime(
        2026, 11, 23, 8, 12, 10, tzinfo=UTC
    )
    assert view(world.snapshot({"change": [*starting, crashed]}), "web").settles_until is None


def test_every_operator_of_a_selector_is_followed() -> None:
    def chosen(operator: str, *values: str) -> bool:
        one = {"matchExpressions": [{"key": "app", "operator": operator, "values": values}]}
        return selects(msgspec.convert(one, LabelSelector), {"app": "a"})

    assert selects(LabelSelector(), {})
    assert [chosen("In", "a", "b"), chosen("NotIn", "b"), chosen("Exists")] == [True] * 3
    assert [chosen("In", "b"), chosen("NotIn", "a"), chosen("DoesNotExist"), chosen("Near")] == [False] * 4


def test_400_services_over_3000_pods_take_no_scan_each() -> None:
    pods = [
        msgspec.convert({"metadata": {"name": f"p-{n}", "namespace": "n", "labels": {"app": f"a-{n % 400}", "tier": "x"}}}, Pod)
        for n in range(3000)
    ]  # fmt: skip
    services = [
        msgspec.convert(service(f"a-{n}", selector={"tier": "x", "app": f"a-{n}"}), Service) for n in range(400)
    ]
    snapshot = Snapshot([*pods, *services], source="test", observed_at=NOW)

    begun = time.process_time()
    counts = {len(ServiceView(one, snapshot).pods) for one in services}

    assert counts == {7, 8}
    assert time.process_time() - begun < 1.0
