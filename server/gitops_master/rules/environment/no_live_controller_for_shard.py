from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.reconciliation import belongs_to, kargo_namespace, object_of, silence, unattended, unfinished
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Confidence, Risk, Severity
from gitops_master.model.kargo import Promotion
from gitops_master.model.kubernetes import Lease
from gitops_master.model.workloads import Pod
from gitops_master.rules.environment.effects import UNATTENDED
from gitops_master.rules.registry import Hit, rule


@rule(
    "no-live-controller-for-shard",
    area="environment",
    title="No live controller for the shard",
    on=(StageView, WarehouseView),
    severity=Severity.HIGH,
    needs={Promotion.KIND, Pod.KIND, Lease.KIND},
    explains=UNATTENDED | {"warehouse-not-ready", "kargo-controller-down"},
    sources=("akuity/kargo v1.11.2 pkg/heartbeat/heartbeat.go", "akuity/kargo#476"),
)
def check(view: StageView | WarehouseView) -> Iterator[Hit]:
    """A Stage or Warehouse of a shard stands still while other shards work: no status on Promotions, no refresh handled.

    Why: exactly one controller serves a shard, and none with that name is alive: it was stopped, lost its way to the
    control plane, or never existed (a mistyped shard name).

    How to tell: spec.shard or the label kargo.akuity.io/shard; the heartbeat Lease of that shard and its renewTime (Kargo >=
    1.11); the SHARD_NAME of the controller pods; and work of this target that waits now.

    What to do: bring that shard's controller back; waiting Promotions then start by themselves. Assign another shard only
    if this one is gone for good.

    Not this when: the controller of exactly this shard is alive (on Kargo 1.7.0 see sharded-warehouse-not-reconciled).
    """
    shard = belongs_to(view)
    if not shard:
        return
    waits = unattended(view)
    quiet = silence(view.snapshot, shard)
    if quiet is None or not (waits or (quiet.confidence is Confidence.HIGH and unfinished(view))):
        return
    kind = "Stage" if isinstance(view, StageView) else "Warehouse"
    where = kargo_namespace(view.snapshot)
    yield Hit(
        summary=f"{kind} {view.name} belongs to shard {shard}, for which no controller is alive: {quiet.detail}.",
        evidence=[fact(object_of(view), "spec.shard", shard), *quiet.signs[:3], *(waits or unfinished(view))[:4]],
        remedies=[
            advise(
                f"Bring the controller of shard {shard} back (its deployment, its cluster, its kubeconfig to the control plane)",
                f"kubectl -n {where} get leases.coordination.k8s.io -l kargo.akuity.io/controller "
                "-o custom-columns=CONTROLLER:.metadata.labels.kargo\\.akuity\\.io/controller,RENEWED:.spec.renewTime",
                confirm_with=f"kubectl -n {where} get leases.coordination.k8s.io kargo-controller-{shard} "
                "-o jsonpath='{.spec.renewTime}'",
            ),
            advise(
                f"Only if shard {shard} is gone for good or mistyped: change spec.shard in the {kind}'s source",
                risk=Risk.MEDIUM,
            ),
        ],
        confidence=quiet.confidence,
        subject=quiet.subject,
    )
