"""Kinds of widely used operators of which more is read than conditions: the fields that probes read."""

from typing import ClassVar

from gitops_master.model.kubernetes import CustomResource, Phase
from gitops_master.model.meta import Struct, Time


class CertificateSpec(Struct, frozen=True):
    secret_name: str = ""
    dns_names: tuple[str, ...] = ()


class CertificateStatus(Phase, frozen=True):
    not_after: Time | None = None
    renewal_time: Time | None = None


class Certificate(CustomResource, frozen=True):
    """Of cert-manager."""

    KIND: ClassVar[str] = "cert-manager.io/Certificate"
    spec: CertificateSpec = CertificateSpec()
    status: CertificateStatus = CertificateStatus()


class CertificateRequest(CustomResource, frozen=True):
    KIND: ClassVar[str] = "cert-manager.io/CertificateRequest"


class AcmeStatus(Phase, frozen=True):
    state: str = ""
    reason: str = ""


class Order(CustomResource, frozen=True):
    KIND: ClassVar[str] = "acme.cert-manager.io/Order"
    status: AcmeStatus = AcmeStatus()


class Challenge(CustomResource, frozen=True):
    KIND: ClassVar[str] = "acme.cert-manager.io/Challenge"
    status: AcmeStatus = AcmeStatus()


class ExternalSecretSpec(Struct, frozen=True):
    """`refreshInterval`: a Go duration, `1h` where absent; zero means once. `refreshPolicy`: Periodic where absent, else CreatedOnce
    or OnChange."""

    refresh_interval: str = ""
    refresh_policy: str = ""


class ExternalSecretStatus(Phase, frozen=True):
    refresh_time: Time | None = None


class ExternalSecret(CustomResource, frozen=True):
    KIND: ClassVar[str] = "external-secrets.io/ExternalSecret"
    spec: ExternalSecretSpec = ExternalSecretSpec()
    status: ExternalSecretStatus = ExternalSecretStatus()


class ScaleTarget(Struct, frozen=True):
    api_version: str = ""
    kind: str = ""
    name: str = ""


class AutoscalerMetric(Struct, frozen=True):
    """`type`: Resource, ContainerResource, Pods, Object or External."""

    type: str = ""


class AutoscalerSpec(Struct, frozen=True):
    scale_target_ref: ScaleTarget = ScaleTarget()
    min_replicas: int = 1
    max_replicas: int = 0
    metrics: tuple[AutoscalerMetric, ...] = ()


class AutoscalerStatus(Phase, frozen=True):
    current_replicas: int = 0
    desired_replicas: int = 0


class HorizontalPodAutoscaler(CustomResource, frozen=True):
    KIND: ClassVar[str] = "autoscaling/HorizontalPodAutoscaler"
    spec: AutoscalerSpec = AutoscalerSpec()
    status: AutoscalerStatus = AutoscalerStatus()


class ServiceReference(Struct, frozen=True):
    name: str = ""
    namespace: str = ""
    port: int = 443


class APIServiceSpec(Struct, frozen=True):
    """No `service`: served by the API server itself."""

    group: str = ""
    version: str = ""
    service: ServiceReference | None = None


class APIService(CustomResource, frozen=True):
    KIND: ClassVar[str] = "apiregistration.k8s.io/APIService"
    spec: APIServiceSpec = APIServiceSpec()


class PodDisruptionBudget(CustomResource, frozen=True):
    KIND: ClassVar[str] = "policy/PodDisruptionBudget"


class CronJobSpec(Struct, frozen=True):
    schedule: str = ""
    suspend: bool = False


class CronJobStatus(Phase, frozen=True):
    active: tuple[ScaleTarget, ...] = ()
    last_schedule_time: Time | None = None
    last_successful_time: Time | None = None


class CronJob(CustomResource, frozen=True):
    """`status` absent means that the controller has not looked at it yet."""

    KIND: ClassVar[str] = "batch/CronJob"
    spec: CronJobSpec = CronJobSpec()
    status: CronJobStatus | None = None  # type: ignore[assignment]
