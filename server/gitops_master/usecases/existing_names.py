"""What exists, for names that somebody wrote down to be held against."""

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.hosts import routed
from gitops_master.model.kargo import Project
from gitops_master.model.networking import Service
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.ports.outside import Known


def known(deployed: Deployed, project: str) -> Known:
    """Of one target, as far as it was read: where reading was narrowed, what lies elsewhere is not known."""
    snapshot = deployed.snapshot
    own = {f"{one.ref.namespace}/{one.ref.name}" for one in deployed.managed_of(Service.KIND)}
    return Known(
        hosts=routed(deployed),
        own_services=frozenset(own),
        services=_services(snapshot, own),
        stages=frozenset(one.name for one in snapshot.all(Stage, project))
        if snapshot.knows_all(Stage.KIND, project)
        else None,
        projects=frozenset(one.name for one in snapshot.all(Project)) if snapshot.knows_all(Project.KIND, "") else None,
    )


def _services(snapshot: Snapshot, own: set[str]) -> frozenset[str] | None:
    if not snapshot.knows_all(Service.KIND, ""):
        return None
    return frozenset(own | {f"{one.namespace}/{one.name}" for one in snapshot.all(Service)})
