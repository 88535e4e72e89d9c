from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.controllers import kargo_controllers, live, shard, shard_of
from gitops_master.facts.reconciliation import belongs_to, silence, unattended
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Risk
from gitops_master.model.kargo import Warehouse
from gitops_master.model.workloads import Pod
from gitops_master.rules.environment.effects import UNATTENDED
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get


@rule(
    "sharded-warehouse-not-reconciled",
    area="warehouse",
    title="The shard's controller ignores its Warehouses",
    on=WarehouseView,
    needs={Warehouse.KIND, Pod.KIND},
    explains=UNATTENDED | {"warehouse-not-ready"},
    versions=("kargo = 1.7.0",),
    sources=(
        "akuity/kargo#4771",
        "akuity/kargo#4773",
        "akuity/kargo v1.7.0 and v1.7.1 internal/controller/warehouses/warehouses.go newReconciler, internal/controller/predicates.go",
    ),
)
def check(warehouse: WarehouseView) -> Iterator[Hit]:
    """Since the upgrade a Warehouse with a shard is not polled and not refreshed; Stages of the shard are reconciled.

    Why: in this release the check whether a Warehouse is the controller's own is made without the controller's shard, so each
    controller takes Warehouses without a shard only.

    How to tell: discoveredAt older than the interval allows or a refresh that is not handled; a live controller with that
    SHARD_NAME; Warehouses without a shard are polled.

    What to do: upgrade; until then take the shard from the Warehouse, if the default controller can reach its repositories.

    Not this when: the shard's controller is dead (no-live-controller-for-shard).
    """
    wanted = belongs_to(warehouse)
    waits = unattended(warehouse) if wanted else []
    if not waits or silence(warehouse.snapshot, wanted) is not None:
        return
    pods = [pod for pod in live(kargo_controllers(warehouse.snapshot)) if shard(pod) == wanted]
    others = [one for one in warehouse.snapshot.all(Warehouse, warehouse.project) if not shard_of(one)]
    discovered = get(
        "warehouses.kargo.akuity.io", warehouse.project, warehouse.name, ".status.discoveredArtifacts.discoveredAt"
    )
    yield Hit(
        summary=f"Warehouse {warehouse.name} of shard {wanted} is passed over by the live controller of that shard, a bug of "
        "Kargo 1.7.0.",
        evidence=[
            fact(warehouse.warehouse, "spec.shard", wanted),
            *waits[:2],
            *(fact(pod, "spec.containers[].env[SHARD_NAME]", shard(pod)) for pod in pods[:1]),
            *(
                fact(one, "status.discoveredArtifacts.discoveredAt", found)
                for one in others[:1]
                if (found := one.status.discovered_artifacts.discovered_at) is not None
            ),
        ],
        remedies=[
            advise(
                "Upgrade Kargo to v1.7.1 or later",
                risk=Risk.MEDIUM,
                confirm_with=discovered,
            ),
            advise(
                f"Until then: take spec.shard from Warehouse {warehouse.name} in its source, if the default controller can reach "
                "its repositories",
                risk=Risk.MEDIUM,
                confirm_with=discovered,
            ),
        ],
    )
