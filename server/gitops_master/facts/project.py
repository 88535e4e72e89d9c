"""A Project as one thing to look at: whether Kargo could set it up."""

from gitops_master.model.kargo import Project
from gitops_master.model.meta import Condition, Ref, condition
from gitops_master.model.snapshot import Snapshot


class ProjectView:
    """Facts of one Project. Without it being Ready nothing can be made in it, so it may have no Stage to look at."""

    def __init__(self, of: Project, snapshot: Snapshot) -> None:
        self.of = of
        self.snapshot = snapshot

    @property
    def ref(self) -> Ref:
        return self.of.ref

    @property
    def name(self) -> str:
        return self.of.name

    @property
    def project(self) -> str:
        return self.of.name

    @property
    def ready(self) -> Condition | None:
        return condition(self.of.status.conditions, "Ready")
