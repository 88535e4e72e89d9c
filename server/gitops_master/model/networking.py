"""How traffic gets to pods: the fields that rules, probes and answers read."""

from typing import Any, ClassVar

from msgspec import field

from gitops_master.model.kubernetes import ObjectReference
from gitops_master.model.meta import Conditioned, Object, Struct
from gitops_master.model.workloads import LabelSelector


class LoadBalancer(Struct, frozen=True):
    ingress: tuple[dict[str, Any], ...] = ()


class LoadBalancerStatus(Conditioned, frozen=True):
    load_balancer: LoadBalancer = LoadBalancer()


class ServicePort(Struct, frozen=True):
    """`targetPort`: a number, or the name of a container's port; absent means the same as `port`."""

    name: str = ""
    port: int = 0
    target_port: int | str = 0
    protocol: str = "TCP"
    app_protocol: str = ""


class ServiceSpec(Struct, frozen=True):
    type: str = "ClusterIP"
    selector: dict[str, str] = {}
    ports: tuple[ServicePort, ...] = ()
    cluster_ip: str = field(name="clusterIP", default="")
    publish_not_ready_addresses: bool = False


class Service(Object, frozen=True):
    KIND: ClassVar[str] = "v1/Service"
    spec: ServiceSpec = ServiceSpec()
    status: LoadBalancerStatus = LoadBalancerStatus()


class EndpointConditions(Struct, frozen=True):
    """`ready` absent means ready (Kubernetes api discovery/v1 types.go)."""

    ready: bool | None = None


class Endpoint(Struct, frozen=True):
    addresses: tuple[str, ...] = ()
    conditions: EndpointConditions = EndpointConditions()
    target_ref: ObjectReference = ObjectReference()

    @property
    def is_ready(self) -> bool:
        return self.conditions.ready is not False


class EndpointPort(Struct, frozen=True):
    name: str = ""
    port: int | None = None


class EndpointSlice(Object, frozen=True):
    """API servers write null for none of either."""

    KIND: ClassVar[str] = "discovery.k8s.io/EndpointSlice"
    endpoints: tuple[Endpoint, ...] | None = None
    ports: tuple[EndpointPort, ...] | None = None

    @property
    def service(self) -> str:
        return self.labels.get("kubernetes.io/service-name", "")

    @property
    def ready(self) -> list[Endpoint]:
        return [one for one in self.endpoints or () if one.is_ready]


class BackendPort(Struct, frozen=True):
    name: str = ""
    number: int = 0


class IngressService(Struct, frozen=True):
    name: str = ""
    port: BackendPort = BackendPort()


class IngressBackend(Struct, frozen=True):
    service: IngressService = IngressService()


class IngressPath(Struct, frozen=True):
    path: str = ""
    backend: IngressBackend = IngressBackend()


class IngressPaths(Struct, frozen=True):
    paths: tuple[IngressPath, ...] = ()


class IngressRule(Struct, frozen=True):
    host: str = ""
    http: IngressPaths = IngressPaths()


class IngressTLS(Struct, frozen=True):
    hosts: tuple[str, ...] = ()
    secret_name: str = ""


class IngressSpec(Struct, frozen=True):
    ingress_class_name: str = ""
    default_backend: IngressBackend | None = None
    rules: tuple[IngressRule, ...] = ()
    tls: tuple[IngressTLS, ...] = ()


class Ingress(Object, frozen=True):
    KIND: ClassVar[str] = "networking.k8s.io/Ingress"
    spec: IngressSpec = IngressSpec()
    status: LoadBalancerStatus = LoadBalancerStatus()


class IngressClassSpec(Struct, frozen=True):
    controller: str = ""


class IngressClass(Object, frozen=True):
    KIND: ClassVar[str] = "networking.k8s.io/IngressClass"
    spec: IngressClassSpec = IngressClassSpec()


class NetworkPeer(Struct, frozen=True):
    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: dict[str, Any] | None = None


class NetworkPort(Struct, frozen=True):
    """`port` absent: every port."""

    port: int | str | None = None
    end_port: int | None = None
    protocol: str = "TCP"


class NetworkRule(Struct, frozen=True):
    from_: tuple[NetworkPeer, ...] = field(name="from", default=())
    ports: tuple[NetworkPort, ...] = ()


class NetworkPolicySpec(Struct, frozen=True):
    pod_selector: LabelSelector = LabelSelector()
    policy_types: tuple[str, ...] = ()
    ingress: tuple[NetworkRule, ...] = ()


class NetworkPolicy(Object, frozen=True):
    KIND: ClassVar[str] = "networking.k8s.io/NetworkPolicy"
    spec: NetworkPolicySpec = NetworkPolicySpec()
