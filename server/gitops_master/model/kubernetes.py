"""The other built-in Kubernetes kinds, slim: only the fields a rule or an answer reads."""

from datetime import datetime
from typing import Any, ClassVar

from gitops_master.model.meta import Conditioned, Object, Ref, Struct, Time


class ObjectReference(Struct, frozen=True):
    api_version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    uid: str = ""


class EventSeries(Struct, frozen=True):
    count: int = 0
    last_observed_time: Time | None = None


class EventSource(Struct, frozen=True):
    component: str = ""


class Event(Object, frozen=True):
    """A core or events.k8s.io Event under one roof (the second names the same things differently)."""

    KIND: ClassVar[str] = "v1/Event"
    involved_object: ObjectReference = ObjectReference()
    regarding: ObjectReference = ObjectReference()
    reason: str = ""
    message: str = ""
    note: str = ""
    type: str = ""
    count: int | None = None
    event_time: Time | None = None
    first_timestamp: Time | None = None
    last_timestamp: Time | None = None
    deprecated_last_timestamp: Time | None = None
    series: EventSeries | None = None
    source: EventSource = EventSource()

    @property
    def about(self) -> ObjectReference:
        return self.involved_object if self.involved_object.name else self.regarding

    @property
    def text(self) -> str:
        return self.message or self.note

    @property
    def seen(self) -> datetime | None:
        """When it was last seen: the newest of the times the two Event layouts carry."""
        times = (
            self.series.last_observed_time if self.series else None,
            self.last_timestamp,
            self.deprecated_last_timestamp,
            self.event_time,
            self.created,
        )
        return next((time for time in times if time is not None), None)


class LoadBalancer(Struct, frozen=True):
    ingress: tuple[dict[str, Any], ...] = ()


class LoadBalancerStatus(Conditioned, frozen=True):
    load_balancer: LoadBalancer = LoadBalancer()


class ServiceSpec(Struct, frozen=True):
    type: str = "ClusterIP"
    selector: dict[str, str] = {}


class Service(Object, frozen=True):
    KIND: ClassVar[str] = "v1/Service"
    spec: ServiceSpec = ServiceSpec()
    status: LoadBalancerStatus = LoadBalancerStatus()


class EndpointConditions(Struct, frozen=True):
    ready: bool | None = None


class Endpoint(Struct, frozen=True):
    conditions: EndpointConditions = EndpointConditions()


class EndpointSlice(Object, frozen=True):
    KIND: ClassVar[str] = "discovery.k8s.io/EndpointSlice"
    endpoints: tuple[Endpoint, ...] = ()


class IngressService(Struct, frozen=True):
    name: str = ""


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


class IngressSpec(Struct, frozen=True):
    ingress_class_name: str = ""
    rules: tuple[IngressRule, ...] = ()
    tls: tuple[IngressTLS, ...] = ()


class Ingress(Object, frozen=True):
    KIND: ClassVar[str] = "networking.k8s.io/Ingress"
    spec: IngressSpec = IngressSpec()
    status: LoadBalancerStatus = LoadBalancerStatus()


class BackendRef(Struct, frozen=True):
    name: str = ""


class HTTPRouteRule(Struct, frozen=True):
    backend_refs: tuple[BackendRef, ...] = ()


class HTTPRouteSpec(Struct, frozen=True):
    hostnames: tuple[str, ...] = ()
    rules: tuple[HTTPRouteRule, ...] = ()


class HTTPRoute(Object, frozen=True):
    """Of the Gateway API: hosts and what they lead to. Which of them are encrypted, its Gateway says."""

    KIND: ClassVar[str] = "gateway.networking.k8s.io/HTTPRoute"
    spec: HTTPRouteSpec = HTTPRouteSpec()


class LeaseSpec(Struct, frozen=True):
    holder_identity: str = ""
    lease_duration_seconds: int = 0
    renew_time: Time | None = None


class Lease(Object, frozen=True):
    KIND: ClassVar[str] = "coordination.k8s.io/Lease"
    spec: LeaseSpec = LeaseSpec()


class Phase(Conditioned, frozen=True):
    phase: str = ""
    message: str = ""


class Namespace(Object, frozen=True):
    KIND: ClassVar[str] = "v1/Namespace"
    status: Phase = Phase()


class ServiceAccount(Object, frozen=True):
    KIND: ClassVar[str] = "v1/ServiceAccount"


class PolicyRule(Struct, frozen=True):
    api_groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()

    def allows(self, verb: str, group: str, resource: str, name: str = "") -> bool:
        """Whether this rule grants `verb` on the resource (and on the object `name`, where given)."""
        return (
            ("*" in self.verbs or verb in self.verbs)
            and ("*" in self.api_groups or group in self.api_groups)
            and ("*" in self.resources or resource in self.resources)
            and (not self.resource_names or not name or name in self.resource_names)
        )


class Role(Object, frozen=True):
    KIND: ClassVar[str] = "rbac.authorization.k8s.io/Role"
    rules: tuple[PolicyRule, ...] = ()


class ClusterRole(Object, frozen=True):
    KIND: ClassVar[str] = "rbac.authorization.k8s.io/ClusterRole"
    rules: tuple[PolicyRule, ...] = ()


class Subject(Struct, frozen=True):
    kind: str = ""
    name: str = ""
    namespace: str = ""


class RoleRef(Struct, frozen=True):
    kind: str = ""
    name: str = ""


class RoleBinding(Object, frozen=True):
    KIND: ClassVar[str] = "rbac.authorization.k8s.io/RoleBinding"
    subjects: tuple[Subject, ...] = ()
    role_ref: RoleRef = RoleRef()


class ClusterRoleBinding(Object, frozen=True):
    KIND: ClassVar[str] = "rbac.authorization.k8s.io/ClusterRoleBinding"
    subjects: tuple[Subject, ...] = ()
    role_ref: RoleRef = RoleRef()


class Node(Object, frozen=True):
    KIND: ClassVar[str] = "v1/Node"
    status: Conditioned = Conditioned()


class PersistentVolumeClaim(Object, frozen=True):
    KIND: ClassVar[str] = "v1/PersistentVolumeClaim"
    status: Phase = Phase()


class ConfigMap(Object, frozen=True):
    KIND: ClassVar[str] = "v1/ConfigMap"
    data: dict[str, str] = {}


class Secret(Object, frozen=True):
    """Metadata only: values are dropped while decoding, so that none can reach an answer, a log or a capture."""

    KIND: ClassVar[str] = "v1/Secret"
    type: str = ""


class ResourceQuota(Object, frozen=True):
    KIND: ClassVar[str] = "v1/ResourceQuota"


class CustomResourceDefinition(Object, frozen=True):
    KIND: ClassVar[str] = "apiextensions.k8s.io/CustomResourceDefinition"
    status: Conditioned = Conditioned()


class CustomResource(Object, frozen=True):
    """Any other kind: who it is and what it says of itself in the customary status fields."""

    api_version: str = ""
    kind: str = ""
    status: Phase = Phase()

    @property
    def ref(self) -> Ref:
        group = self.api_version.rpartition("/")[0]
        return Ref(f"{group}/{self.kind}" if group else f"v1/{self.kind}", self.namespace, self.name)
