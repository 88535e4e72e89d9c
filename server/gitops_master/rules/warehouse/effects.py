"""What follows from a Warehouse that makes no new Freight, and how to see that it makes some again."""

from gitops_master.facts.warehouse import WarehouseView
from gitops_master.rules.remedies import get

NO_FREIGHT = frozenset({
    "warehouse-not-ready", "no-freight-promoted-yet", "waiting-for-discovery-interval",
    "artifacts-unchanged-no-new-freight",
})  # fmt: skip


def readiness(warehouse: WarehouseView) -> str:
    """A command that prints what the Warehouse says of itself: the Ready condition's status and message."""
    of_ready = '.status.conditions[?(@.type=="Ready")]'
    return get(
        "warehouses.kargo.akuity.io", warehouse.project, warehouse.name, f"{of_ready}.status", f"{of_ready}.message"
    )
