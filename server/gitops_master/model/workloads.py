"""Pods and what makes them, slim: only the fields a rule or an answer reads."""

from typing import ClassVar

from gitops_master.model.meta import Conditioned, Metadata, Object, Struct, Time


class Requirement(Struct, frozen=True):
    """`operator`: In, NotIn, Exists or DoesNotExist."""

    key: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()


class LabelSelector(Struct, frozen=True):
    """Of both parts all must hold; an empty selector selects everything."""

    match_labels: dict[str, str] = {}
    match_expressions: tuple[Requirement, ...] = ()


class NameReference(Struct, frozen=True):
    """`optional`: a pod starts without it."""

    name: str = ""
    optional: bool = False


class ValueSource(Struct, frozen=True):
    config_map_key_ref: NameReference | None = None
    secret_key_ref: NameReference | None = None


class EnvVar(Struct, frozen=True):
    name: str = ""
    value: str = ""
    value_from: ValueSource | None = None


class EnvSource(Struct, frozen=True):
    prefix: str = ""
    config_map_ref: NameReference | None = None
    secret_ref: NameReference | None = None


class Resources(Struct, frozen=True):
    limits: dict[str, str | int | float] = {}
    requests: dict[str, str | int | float] = {}


class ContainerPort(Struct, frozen=True):
    name: str = ""
    container_port: int = 0


class HttpGet(Struct, frozen=True):
    """`port`: a number, or the name of a container's port."""

    path: str = "/"
    port: int | str = 0
    scheme: str = "HTTP"


class ContainerProbe(Struct, frozen=True):
    """A probe of the kubelet. `http_get` absent: one by command, TCP or gRPC."""

    http_get: HttpGet | None = None
    timeout_seconds: int = 1


class Container(Struct, frozen=True):
    """`restartPolicy` Always, of an init container: a sidecar."""

    name: str = ""
    image: str = ""
    ports: tuple[ContainerPort, ...] = ()
    readiness_probe: ContainerProbe | None = None
    restart_policy: str = ""
    args: tuple[str, ...] = ()
    env: tuple[EnvVar, ...] = ()
    env_from: tuple[EnvSource, ...] = ()
    resources: Resources = Resources()


class ClaimReference(Struct, frozen=True):
    claim_name: str = ""


class SecretVolume(Struct, frozen=True):
    secret_name: str = ""
    optional: bool = False


class Projection(Struct, frozen=True):
    config_map: NameReference | None = None
    secret: NameReference | None = None


class Projected(Struct, frozen=True):
    sources: tuple[Projection, ...] = ()


class Volume(Struct, frozen=True):
    persistent_volume_claim: ClaimReference | None = None
    config_map: NameReference | None = None
    secret: SecretVolume | None = None
    projected: Projected | None = None


class PodSpec(Struct, frozen=True):
    image_pull_secrets: tuple[NameReference, ...] = ()
    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    service_account_name: str = ""
    node_name: str = ""
    host_network: bool = False
    volumes: tuple[Volume, ...] = ()
    restart_policy: str = "Always"


class PodTemplate(Struct, frozen=True):
    metadata: Metadata = Metadata()
    spec: PodSpec = PodSpec()


class Waiting(Struct, frozen=True):
    reason: str = ""
    message: str = ""


class Running(Struct, frozen=True):
    started_at: Time | None = None


class Terminated(Struct, frozen=True):
    exit_code: int = 0
    reason: str = ""
    message: str = ""
    started_at: Time | None = None
    finished_at: Time | None = None


class ContainerState(Struct, frozen=True):
    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None


class ContainerStatus(Struct, frozen=True):
    name: str = ""
    image: str = ""
    ready: bool = False
    started: bool | None = None
    restart_count: int = 0
    state: ContainerState = ContainerState()
    last_state: ContainerState = ContainerState()


class PodStatus(Conditioned, frozen=True):
    phase: str = ""
    reason: str = ""
    message: str = ""
    start_time: Time | None = None
    container_statuses: tuple[ContainerStatus, ...] = ()
    init_container_statuses: tuple[ContainerStatus, ...] = ()


class Pod(Object, frozen=True):
    KIND: ClassVar[str] = "v1/Pod"
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()


class RollingUpdate(Struct, frozen=True):
    partition: int = 0


class UpdateStrategy(Struct, frozen=True):
    type: str = ""
    rolling_update: RollingUpdate | None = None


class DeploymentSpec(Struct, frozen=True):
    replicas: int = 1
    paused: bool = False
    min_ready_seconds: int = 0
    progress_deadline_seconds: int = 600
    selector: LabelSelector = LabelSelector()
    template: PodTemplate = PodTemplate()


class WorkloadStatus(Conditioned, frozen=True):
    observed_generation: int = 0
    replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    updated_replicas: int = 0


class Deployment(Object, frozen=True):
    KIND: ClassVar[str] = "apps/Deployment"
    spec: DeploymentSpec = DeploymentSpec()
    status: WorkloadStatus = WorkloadStatus()


class ReplicaSet(Object, frozen=True):
    KIND: ClassVar[str] = "apps/ReplicaSet"
    spec: DeploymentSpec = DeploymentSpec()
    status: WorkloadStatus = WorkloadStatus()


class StatefulSetSpec(Struct, frozen=True):
    replicas: int = 1
    selector: LabelSelector = LabelSelector()
    template: PodTemplate = PodTemplate()
    update_strategy: UpdateStrategy = UpdateStrategy()


class StatefulSetStatus(WorkloadStatus, frozen=True):
    current_replicas: int = 0
    current_revision: str = ""
    update_revision: str = ""


class StatefulSet(Object, frozen=True):
    KIND: ClassVar[str] = "apps/StatefulSet"
    spec: StatefulSetSpec = StatefulSetSpec()
    status: StatefulSetStatus = StatefulSetStatus()


class DaemonSetSpec(Struct, frozen=True):
    selector: LabelSelector = LabelSelector()
    template: PodTemplate = PodTemplate()
    update_strategy: UpdateStrategy = UpdateStrategy()


class DaemonSetStatus(Conditioned, frozen=True):
    observed_generation: int = 0
    desired_number_scheduled: int = 0
    updated_number_scheduled: int = 0
    number_available: int = 0
    number_ready: int = 0


class DaemonSet(Object, frozen=True):
    KIND: ClassVar[str] = "apps/DaemonSet"
    spec: DaemonSetSpec = DaemonSetSpec()
    status: DaemonSetStatus = DaemonSetStatus()


class JobSpec(Struct, frozen=True):
    backoff_limit: int | None = None
    active_deadline_seconds: int | None = None
    ttl_seconds_after_finished: int | None = None
    template: PodTemplate = PodTemplate()


class JobStatus(Conditioned, frozen=True):
    active: int = 0
    succeeded: int = 0
    failed: int = 0
    start_time: Time | None = None
    completion_time: Time | None = None


class Job(Object, frozen=True):
    KIND: ClassVar[str] = "batch/Job"
    spec: JobSpec = JobSpec()
    status: JobStatus = JobStatus()
