"""The other built-in Kubernetes kinds, slim: only the fields a rule or an answer reads."""

from datetime import datetime
from typing import ClassVar

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


class LeaseSpec(Struct, frozen=True):
    holder_identity: str = ""
    lease_duration_seconds: int = 0
    renew_time: Time | None = None


class Lease(Object, frozen=True):
    KIND: ClassVar[str] = "coordination.k8s.io/Lease"
    spec: LeaseSpec = LeaseSpec()


class Phase(Conditioned, frozen=True):
    """`observedGeneration`: some operators write it as text."""

    phase: str = ""
    message: str = ""
    observed_generation: int | str = 0


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


class NodeSpec(Struct, frozen=True):
    unschedulable: bool = False


class Node(Object, frozen=True):
    KIND: ClassVar[str] = "v1/Node"
    spec: NodeSpec = NodeSpec()
    status: Conditioned = Conditioned()


class ClaimSpec(Struct, frozen=True):
    storage_class_name: str | None = None
    volume_name: str = ""


class PersistentVolumeClaim(Object, frozen=True):
    """`storageClassName`: absent means the default class, empty means none."""

    KIND: ClassVar[str] = "v1/PersistentVolumeClaim"
    spec: ClaimSpec = ClaimSpec()
    status: Phase = Phase()


class StorageClass(Object, frozen=True):
    KIND: ClassVar[str] = "storage.k8s.io/StorageClass"
    volume_binding_mode: str = "Immediate"


class ConfigMap(Object, frozen=True):
    """`binaryData`: base64; only its keys are looked at. A key is in one of the two."""

    KIND: ClassVar[str] = "v1/ConfigMap"
    data: dict[str, str] = {}
    binary_data: dict[str, str] = {}

    @property
    def keys(self) -> frozenset[str]:
        return frozenset({*self.data, *self.binary_data})


class Secret(Object, frozen=True):
    """Metadata only: values are dropped while decoding, so that none can reach an answer, a log or a capture.

    `keys`: names of its keys, None where they were not read.
    """

    KIND: ClassVar[str] = "v1/Secret"
    type: str = ""
    keys: tuple[str, ...] | None = None


Quantity = str | int | float
"""As the API writes amounts: `500m`, `2Gi`, 3."""


class QuotaStatus(Struct, frozen=True):
    hard: dict[str, Quantity] = {}
    used: dict[str, Quantity] = {}


class ResourceQuota(Object, frozen=True):
    KIND: ClassVar[str] = "v1/ResourceQuota"
    status: QuotaStatus = QuotaStatus()


class DefinedNames(Struct, frozen=True):
    kind: str = ""
    plural: str = ""


class DefinedVersion(Struct, frozen=True):
    name: str = ""
    served: bool = False
    deprecated: bool = False
    deprecation_warning: str = ""


class DefinitionSpec(Struct, frozen=True):
    group: str = ""
    names: DefinedNames = DefinedNames()
    versions: tuple[DefinedVersion, ...] = ()


class CustomResourceDefinition(Object, frozen=True):
    """Lists of them hold metadata only, since their schemas are tens of megabytes; one that is asked for by name is whole."""

    KIND: ClassVar[str] = "apiextensions.k8s.io/CustomResourceDefinition"
    spec: DefinitionSpec = DefinitionSpec()
    status: Conditioned = Conditioned()


class CustomResource(Object, frozen=True):
    """Any other kind: who it is and what it says of itself in the customary status fields.

    Kinds of operators of which more is read are subclasses (model/operators.py).
    """

    api_version: str = ""
    kind: str = ""
    status: Phase = Phase()

    @property
    def ref(self) -> Ref:
        if self.KIND:
            return Ref(self.KIND, self.namespace, self.name)
        group = self.api_version.rpartition("/")[0]
        return Ref(f"{group}/{self.kind}" if group else f"v1/{self.kind}", self.namespace, self.name)
