from collections.abc import Iterator

from gitops_master.facts.reconciliation import belongs_to, bring_back, silence, unattended, unfinished
from gitops_master.facts.stage import StageView
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Confidence, Severity
from gitops_master.model.kargo import Promotion
from gitops_master.model.workloads import Pod
from gitops_master.rules.environment.effects import UNATTENDED
from gitops_master.rules.registry import Hit, rule


@rule(
    "kargo-controller-down",
    area="environment",
    title="No live Kargo controller for resources without a shard",
    on=(StageView, WarehouseView),
    severity=Severity.CRITICAL,
    needs={Promotion.KIND, Pod.KIND},
    explains=UNATTENDED | {"warehouse-not-ready"},
    sources=("akuity/kargo v1.11.2 pkg/heartbeat/heartbeat.go", "seen on a live v1.11.2 with its controller stopped"),
)
def check(view: StageView | WarehouseView) -> Iterator[Hit]:
    """New Promotions get no phase, refreshes are not handled, discovery is overdue, in every project without a shard.

    Why: the controller that serves what has no shard does not run, is not ready or has stopped its heartbeat; or every
    running controller is named for a shard and none of them is the default.

    How to tell: its pods and their last end, its heartbeat Lease (Kargo >= 1.10.4: stale after a kill, gone after a graceful
    stop), the SHARD_NAME and IS_DEFAULT_CONTROLLER of the others; and work of this target that waits now.

    What to do: bring the controller back; what waits then goes on by itself, in order.

    Not this when: the target has a shard (no-live-controller-for-shard), or the controller lives but does no work
    (unbounded-tag-discovery-wedges-controller), or nothing waits for it.
    """
    if belongs_to(view):
        return
    waits = unattended(view)
    quiet = silence(view.snapshot, "")
    if quiet is None or not (waits or (quiet.confidence is Confidence.HIGH and unfinished(view))):
        return
    yield Hit(
        summary=f"No Kargo controller works for resources without a shard: {quiet.detail}; {view.name} is not reconciled.",
        evidence=[*quiet.signs[:3], *(waits or unfinished(view))[:3]],
        remedies=bring_back(view.snapshot, ""),
        confidence=quiet.confidence,
        subject=quiet.subject,
    )
