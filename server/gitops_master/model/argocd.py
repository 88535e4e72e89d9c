"""Argo CD's kinds (argoproj.io/v1alpha1): the fields of an Application that tell what it does and what ails it.

`operation` is a sibling of spec and status. Since Argo CD 3.0 `resources[].health` is normally absent
(`resourceHealthSource: appTree`): health has to be computed from the live objects.
"""

from datetime import datetime
from typing import Any, ClassVar

from msgspec import field

from gitops_master.model.meta import Conditioned, Object, Struct, Time


class Source(Struct, frozen=True):
    repo_url: str = field(name="repoURL", default="")
    path: str = ""
    chart: str = ""
    target_revision: str = ""
    ref: str = ""


class Destination(Struct, frozen=True):
    server: str = ""
    name: str = ""
    namespace: str = ""


class Automated(Struct, frozen=True):
    enabled: bool = True
    prune: bool = False
    self_heal: bool = False


class Retry(Struct, frozen=True):
    limit: int = 0


class SyncPolicy(Struct, frozen=True):
    automated: Automated | None = None
    sync_options: tuple[str, ...] = ()
    retry: Retry | None = None


class ApplicationSpec(Struct, frozen=True):
    project: str = "default"
    source: Source | None = None
    sources: tuple[Source, ...] = ()
    destination: Destination = Destination()
    sync_policy: SyncPolicy = SyncPolicy()


class AppCondition(Struct, frozen=True):
    """Has no status field: that it is there means that it holds."""

    type: str = ""
    message: str = ""
    last_transition_time: Time | None = None


class AppHealth(Struct, frozen=True):
    status: str = ""
    message: str = ""
    last_transition_time: Time | None = None


class SyncStatus(Struct, frozen=True):
    status: str = ""
    revision: str = ""
    revisions: tuple[str, ...] = ()


class Initiator(Struct, frozen=True):
    username: str = ""
    automated: bool = False


class Info(Struct, frozen=True):
    name: str = ""
    value: str = ""


class SyncRequest(Struct, frozen=True):
    revision: str = ""
    prune: bool = False
    sync_options: tuple[str, ...] = ()
    auto_heal_attempts_count: int = 0


class Operation(Struct, frozen=True):
    initiated_by: Initiator = Initiator()
    info: tuple[Info, ...] = ()
    sync: SyncRequest | None = None


class ResourceResult(Struct, frozen=True):
    group: str = ""
    version: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    status: str = ""
    message: str = ""
    hook_type: str = ""
    hook_phase: str = ""
    sync_phase: str = ""


class SyncResult(Struct, frozen=True):
    revision: str = ""
    revisions: tuple[str, ...] = ()
    resources: tuple[ResourceResult, ...] = ()


class OperationState(Struct, frozen=True):
    phase: str = ""
    message: str = ""
    operation: Operation = Operation()
    sync_result: SyncResult | None = None
    retry_count: int = 0
    started_at: Time | None = None
    finished_at: Time | None = None


class ManagedResource(Struct, frozen=True):
    group: str = ""
    version: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    status: str = ""
    health: AppHealth | None = None
    hook: bool = False
    requires_pruning: bool = False


class HistoryEntry(Struct, frozen=True):
    id: int = 0
    revision: str = ""
    revisions: tuple[str, ...] = ()
    deployed_at: Time | None = None
    initiated_by: Initiator = Initiator()


class Summary(Struct, frozen=True):
    images: tuple[str, ...] = ()
    external_urls: tuple[str, ...] = field(name="externalURLs", default=())


class ApplicationStatus(Struct, frozen=True):
    conditions: tuple[AppCondition, ...] = ()
    health: AppHealth = AppHealth()
    sync: SyncStatus = SyncStatus()
    operation_state: OperationState | None = None
    resources: tuple[ManagedResource, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    summary: Summary = Summary()
    reconciled_at: Time | None = None
    controller_namespace: str = ""
    resource_health_source: str = ""


class Application(Object, frozen=True):
    KIND: ClassVar[str] = "argoproj.io/Application"
    spec: ApplicationSpec = ApplicationSpec()
    status: ApplicationStatus = ApplicationStatus()
    operation: Operation | None = None

    @property
    def all_sources(self) -> tuple[Source, ...]:
        """Its sources in order; a non-empty `spec.sources` makes Argo CD ignore `spec.source`."""
        if self.spec.sources:
            return self.spec.sources
        return (self.spec.source,) if self.spec.source else ()

    @property
    def revisions(self) -> tuple[str, ...]:
        sync = self.status.sync
        return sync.revisions or ((sync.revision,) if sync.revision else ())

    @property
    def last_deployed(self) -> datetime | None:
        return self.status.history[-1].deployed_at if self.status.history else None


class ProjectDestination(Struct, frozen=True):
    server: str = ""
    name: str = ""
    namespace: str = ""


class GroupKind(Struct, frozen=True):
    group: str = ""
    kind: str = ""


class AppProjectSpec(Struct, frozen=True):
    source_repos: tuple[str, ...] = ()
    destinations: tuple[ProjectDestination, ...] = ()
    cluster_resource_whitelist: tuple[GroupKind, ...] = ()
    cluster_resource_blacklist: tuple[GroupKind, ...] = ()
    namespace_resource_whitelist: tuple[GroupKind, ...] = ()
    namespace_resource_blacklist: tuple[GroupKind, ...] = ()
    sync_windows: tuple[dict[str, Any], ...] = ()


class AppProject(Object, frozen=True):
    KIND: ClassVar[str] = "argoproj.io/AppProject"
    spec: AppProjectSpec = AppProjectSpec()


class ApplicationSetTemplate(Struct, frozen=True):
    spec: ApplicationSpec = ApplicationSpec()


class ApplicationSetSpec(Struct, frozen=True):
    template: ApplicationSetTemplate = ApplicationSetTemplate()
    ignore_application_differences: tuple[dict[str, Any], ...] = ()


class ApplicationSet(Object, frozen=True):
    KIND: ClassVar[str] = "argoproj.io/ApplicationSet"
    spec: ApplicationSetSpec = ApplicationSetSpec()
    status: Conditioned = Conditioned()
