"""Kargo's kinds (group kargo.akuity.io/v1alpha1), as Kargo 1.11 writes them and as older releases (>= 1.0) did.

Fields of one era are absent in the other and then have their default. Sources: domain facts checked against Kargo v1.11.2
and its CRDs; where a field came or went, the release stands beside it.
"""

from typing import Any, ClassVar

from msgspec import field

from gitops_master.model.meta import Conditioned, Object, Struct, Time

TERMINAL_PHASES = frozenset({"Succeeded", "Failed", "Errored", "Aborted"})
"""Promotion phases that never change again (api/v1alpha1/promotion_types.go; Aborted since 1.0)."""

REFRESH, REVERIFY, ABORT = (f"kargo.akuity.io/{one}" for one in ("refresh", "reverify", "abort"))
"""Annotations by which somebody asks Kargo for something (api/v1alpha1/annotations.go)."""

CREATE_ACTOR = "kargo.akuity.io/create-actor"
"""Annotation of a Promotion: who made it."""

VERIFICATION_TERMINAL = frozenset({"Successful", "Failed", "Error", "Aborted", "Inconclusive"})
"""Verification phases that never change again (api/v1alpha1/stage_types.go)."""


class Origin(Struct, frozen=True):
    kind: str = "Warehouse"
    name: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.name}"


class Commit(Struct, frozen=True):
    repo_url: str = field(name="repoURL", default="")
    id: str = ""
    branch: str = ""
    tag: str = ""
    message: str = ""
    author: str = ""


class Image(Struct, frozen=True):
    repo_url: str = field(name="repoURL", default="")
    tag: str = ""
    digest: str = ""


class Chart(Struct, frozen=True):
    repo_url: str = field(name="repoURL", default="")
    name: str = ""
    version: str = ""


class Artifacts(Struct, frozen=True):
    """What a piece of Freight carries; shared by Freight and by references to it."""

    commits: tuple[Commit, ...] = ()
    images: tuple[Image, ...] = ()
    charts: tuple[Chart, ...] = ()


class FreightReference(Artifacts, frozen=True):
    name: str = ""
    origin: Origin = Origin()


class VerifiedStage(Struct, frozen=True):
    verified_at: Time | None = None
    longest_soak: str = ""


class CurrentStage(Struct, frozen=True):
    since: Time | None = None


class ApprovedStage(Struct, frozen=True):
    approved_at: Time | None = None


class FreightStatus(Struct, frozen=True):
    currently_in: dict[str, CurrentStage] = {}
    verified_in: dict[str, VerifiedStage] = {}
    approved_for: dict[str, ApprovedStage] = {}


class Freight(Object, frozen=True):
    """Content stands at the top level: Freight has no spec. `discoveredAt` since 1.11."""

    KIND: ClassVar[str] = "kargo.akuity.io/Freight"
    alias: str = ""
    discovered_at: Time | None = None
    origin: Origin = Origin(name="")
    commits: tuple[Commit, ...] = ()
    images: tuple[Image, ...] = ()
    charts: tuple[Chart, ...] = ()
    status: FreightStatus = FreightStatus()


class PolicySelector(Struct, frozen=True):
    name: str = ""
    match_labels: dict[str, str] = {}
    match_expressions: tuple[dict[str, Any], ...] = ()


class PromotionPolicy(Struct, frozen=True):
    stage: str = ""
    stage_selector: PolicySelector | None = None
    auto_promotion_enabled: bool = False


class ProjectSpec(Struct, frozen=True):
    promotion_policies: tuple[PromotionPolicy, ...] = ()


class PhasedStatus(Conditioned, frozen=True):
    phase: str = ""
    message: str = ""


class Project(Object, frozen=True):
    """Cluster-scoped; its name is its namespace. `spec.promotionPolicies` until 1.4, `status.phase` until 1.4."""

    KIND: ClassVar[str] = "kargo.akuity.io/Project"
    spec: ProjectSpec = ProjectSpec()
    status: PhasedStatus = PhasedStatus()


class WebhookReceiver(Struct, frozen=True):
    name: str = ""
    url: str = ""
    path: str = ""


class ProjectConfigSpec(Struct, frozen=True):
    promotion_policies: tuple[PromotionPolicy, ...] = ()
    webhook_receivers: tuple[dict[str, Any], ...] = ()


class ProjectConfigStatus(Conditioned, frozen=True):
    last_handled_refresh: str = ""
    webhook_receivers: tuple[WebhookReceiver, ...] = ()


class ProjectConfig(Object, frozen=True):
    """Since 1.5; named like its namespace."""

    KIND: ClassVar[str] = "kargo.akuity.io/ProjectConfig"
    spec: ProjectConfigSpec = ProjectConfigSpec()
    status: ProjectConfigStatus = ProjectConfigStatus()


class ClusterConfig(Object, frozen=True):
    KIND: ClassVar[str] = "kargo.akuity.io/ClusterConfig"
    spec: ProjectConfigSpec = ProjectConfigSpec()
    status: ProjectConfigStatus = ProjectConfigStatus()


class CreationCriteria(Struct, frozen=True):
    expression: str = ""


class WarehouseSpec(Struct, frozen=True):
    shard: str = ""
    interval: str = ""
    freight_creation_policy: str = "Automatic"
    freight_creation_criteria: CreationCriteria = CreationCriteria()
    subscriptions: tuple[dict[str, Any], ...] = ()
    """Each has one key, git, image, chart or a custom kind, over a free-form configuration."""


class ImageReference(Struct, frozen=True):
    tag: str = ""
    digest: str = ""
    created_at: Time | None = None


class DiscoveredImage(Struct, frozen=True):
    repo_url: str = field(name="repoURL", default="")
    references: tuple[ImageReference, ...] = ()


class DiscoveredCommit(Struct, frozen=True):
    id: str = ""
    branch: str = ""
    tag: str = ""
    subject: str = ""
    creator_date: Time | None = None


class DiscoveredCommits(Struct, frozen=True):
    repo_url: str = field(name="repoURL", default="")
    commits: tuple[DiscoveredCommit, ...] = ()
    observed_refs: dict[str, Any] = {}


class DiscoveredChart(Struct, frozen=True):
    repo_url: str = field(name="repoURL", default="")
    name: str = ""
    versions: tuple[str, ...] = ()


class DiscoveredArtifacts(Struct, frozen=True):
    discovered_at: Time | None = None
    git: tuple[DiscoveredCommits, ...] = ()
    images: tuple[DiscoveredImage, ...] = ()
    charts: tuple[DiscoveredChart, ...] = ()


class WarehouseStatus(Conditioned, frozen=True):
    observed_generation: int = 0
    last_handled_refresh: str = ""
    last_freight_id: str = field(name="lastFreightID", default="")
    discovered_artifacts: DiscoveredArtifacts = DiscoveredArtifacts()


class Warehouse(Object, frozen=True):
    KIND: ClassVar[str] = "kargo.akuity.io/Warehouse"
    spec: WarehouseSpec = WarehouseSpec()
    status: WarehouseStatus = WarehouseStatus()


class Retry(Struct, frozen=True):
    timeout: str = ""
    error_threshold: int = 0


class TaskReference(Struct, frozen=True):
    name: str = ""
    kind: str = "PromotionTask"


class Step(Struct, frozen=True):
    """A promotion step: `uses` names its kind, or `task` names a PromotionTask (templates only)."""

    uses: str = ""
    as_: str = field(name="as", default="")
    task: TaskReference | None = None
    if_: str = field(name="if", default="")
    continue_on_error: bool = False
    retry: Retry | None = None
    config: dict[str, Any] = {}
    vars: tuple[dict[str, Any], ...] = ()


class StepExecution(Struct, frozen=True):
    alias: str = ""
    status: str = ""
    message: str = ""
    error_count: int = 0
    continue_on_error: bool = False
    started_at: Time | None = None
    finished_at: Time | None = None


class HealthCheck(Struct, frozen=True):
    uses: str = ""
    config: dict[str, Any] = {}


class FreightCollection(Struct, frozen=True):
    id: str = ""
    items: dict[str, FreightReference] = {}


class PromotionStatus(Struct, frozen=True):
    """`startedAt` since 1.10, `stepExecutionMetadata` since 1.3; `currentStep` is omitted when 0."""

    phase: str = ""
    message: str = ""
    started_at: Time | None = None
    finished_at: Time | None = None
    current_step: int = 0
    step_execution_metadata: tuple[StepExecution, ...] = ()
    freight: FreightReference | None = None
    freight_collection: FreightCollection | None = None
    health_checks: tuple[HealthCheck, ...] = ()
    state: dict[str, Any] = {}
    last_handled_refresh: str = ""


class PromotionSpec(Struct, frozen=True):
    stage: str = ""
    freight: str = ""
    steps: tuple[Step, ...] = ()
    vars: tuple[dict[str, Any], ...] = ()


class Promotion(Object, frozen=True):
    KIND: ClassVar[str] = "kargo.akuity.io/Promotion"
    spec: PromotionSpec = PromotionSpec()
    status: PromotionStatus = PromotionStatus()

    @property
    def is_terminal(self) -> bool:
        return self.status.phase in TERMINAL_PHASES


class PromotionTaskSpec(Struct, frozen=True):
    vars: tuple[dict[str, Any], ...] = ()
    steps: tuple[Step, ...] = ()


class PromotionTask(Object, frozen=True):
    KIND: ClassVar[str] = "kargo.akuity.io/PromotionTask"
    spec: PromotionTaskSpec = PromotionTaskSpec()


class ClusterPromotionTask(Object, frozen=True):
    KIND: ClassVar[str] = "kargo.akuity.io/ClusterPromotionTask"
    spec: PromotionTaskSpec = PromotionTaskSpec()
