"""Which URL says how a Service is: the one that was written down, or the one its pods' readiness probes ask."""

from collections.abc import Iterator

import msgspec

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.expected import service_expectation
from gitops_master.facts.services import ServiceView, container_port, target_port
from gitops_master.facts.workloads import is_ready
from gitops_master.model.asking import Proxied
from gitops_master.model.expectations import ServiceExpectation
from gitops_master.model.meta import Ref
from gitops_master.model.networking import Service, ServicePort
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import ContainerProbe, HttpGet, Pod

_WEB = ("http", "https", "web", "http-web")
"""Names of the port that answers users, where a Service has several (Kubernetes' and the usual charts' own)."""
_UNSTATED = ServiceExpectation()


class HealthUrl(msgspec.Struct, frozen=True):
    """One Service and what to ask it; or why it cannot be asked, with the verdict that follows.

    `timeout_s`: the readiness probe's own, 0 where the path was written down and no probe asks it.
    """

    service: Ref
    ask: Proxied | None = None
    timeout_s: int = 0
    expected: ServiceExpectation = _UNSTATED
    why_not: str = ""
    verdict: Verdict = Verdict.SKIPPED


def health_urls(deployed: Deployed) -> Iterator[HealthUrl]:
    """Of the Services among the resources, and of those that the expectations name."""
    stated = dict(deployed.expected.services)
    for service in deployed.live(Service):
        if service.spec.type != "ExternalName":
            expected = service_expectation(deployed.expected, service.namespace, service.name) or _UNSTATED
            yield from _of_service(service, expected, deployed)
    held = {key for one in deployed.live(Service) for key in (one.name, f"{one.namespace}/{one.name}")}
    for name, expected in stated.items():
        if name not in held:
            yield _of_name(name, expected, deployed)


def _of_service(service: Service, expected: ServiceExpectation, deployed: Deployed) -> Iterator[HealthUrl]:
    probes = list(_probes(service, deployed))
    if expected.path:
        yield _stated(service, expected, probes)
        return
    found: dict[Proxied, HealthUrl] = {}
    for pod, probe, get in probes:
        port = _port_to(service, pod, get.port)
        if port is not None:
            scheme = expected.scheme or ("https" if get.scheme.upper() == "HTTPS" else "http")
            path = get.path if get.path.startswith("/") else f"/{get.path}"
            ask = Proxied(service.namespace, service.name, str(expected.port or port.port), path, scheme)
            found.setdefault(ask, HealthUrl(service.ref, ask, probe.timeout_seconds, expected))
    yield from found.values()
    if probes and not found:
        ports = ", ".join(sorted({str(get.port) for _, _, get in probes}))
        reason = (
            f"its pods' readiness probes ask port {ports}, which the Service does not carry, and no path is configured"
        )
        yield HealthUrl(service.ref, why_not=reason)


def _stated(
    service: Service, expected: ServiceExpectation, probes: list[tuple[Pod, ContainerProbe, HttpGet]]
) -> HealthUrl:
    port = str(expected.port) or _likely_port(service, probes)
    if not port:
        names = ", ".join(str(one.name or one.port) for one in service.spec.ports) or "none"
        reason = f"which port answers {expected.path} is not clear: name one of its ports ({names})"
        return HealthUrl(service.ref, why_not=reason, verdict=Verdict.UNKNOWN)
    carried = next((one for one in service.spec.ports if port in (str(one.port), one.name)), None)
    scheme = expected.scheme or ("https" if carried is not None and _speaks_tls(carried) else "http")
    same = (probe.timeout_seconds for _, probe, get in probes if get.path == expected.path)
    ask = Proxied(service.namespace, service.name, port, expected.path, scheme)
    return HealthUrl(service.ref, ask, next(same, 0), expected)


def _of_name(name: str, expected: ServiceExpectation, deployed: Deployed) -> HealthUrl:
    """One that no Application manages: all has to be written down."""
    namespace, _, short = name.rpartition("/")
    namespace = namespace or (deployed.namespaces[0] if len(deployed.namespaces) == 1 else "")
    ref = Ref(Service.KIND, namespace, short)
    service = deployed.snapshot.find(ref)
    if isinstance(service, Service) and expected.path:
        return _stated(service, expected, list(_probes(service, deployed)))
    if namespace and deployed.snapshot.lacks_ref(ref):
        return HealthUrl(ref, why_not="no such Service, although the expectations name it", verdict=Verdict.FAIL)
    if not (namespace and expected.path and expected.port):
        reason = "it is not among the Applications' resources: write down namespace/name, path and port"
        return HealthUrl(ref, why_not=reason, verdict=Verdict.UNKNOWN)
    ask = Proxied(namespace, short, str(expected.port), expected.path, expected.scheme or "http")
    return HealthUrl(ref, ask, 0, expected)


def _probes(service: Service, deployed: Deployed) -> Iterator[tuple[Pod, ContainerProbe, HttpGet]]:
    """HTTP readiness probes of the newest pod behind the Service; of one that is ready, if there is one."""
    pods = ServiceView(service, deployed.snapshot).pods
    if pods:
        newest = max(pods, key=lambda pod: (is_ready(pod), pod.created.timestamp() if pod.created else 0.0))
        for container in (*newest.spec.containers, *newest.spec.init_containers):
            probe = container.readiness_probe
            if probe is not None and probe.http_get is not None:
                yield newest, probe, probe.http_get


def _port_to(service: Service, pod: Pod, wanted: int | str) -> ServicePort | None:
    """The Service's port that leads to a container's port."""
    number = container_port(wanted, pod)
    ports = (one for one in service.spec.ports if one.protocol == "TCP")
    return next((one for one in ports if number is not None and target_port(one, pod) == number), None)


def _likely_port(service: Service, probes: list[tuple[Pod, ContainerProbe, HttpGet]]) -> str:
    """The only one; the one that the readiness probe asks; the one named as such. Empty where none stands out."""
    ports = [one for one in service.spec.ports if one.protocol == "TCP"]
    asked = [port for pod, _, get in probes if (port := _port_to(service, pod, get.port)) is not None]
    named = [one for name in _WEB for one in ports if one.name == name]
    chosen = ports if len(ports) == 1 else [*asked, *named]
    return str(chosen[0].port) if chosen else ""


def _speaks_tls(port: ServicePort) -> bool:
    return port.app_protocol.lower() == "https" or port.name.startswith("https") or port.port in (443, 8443)
