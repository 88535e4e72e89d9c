from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import peel
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_warehouse
from gitops_master.rules.warehouse.effects import readiness


@rule(
    "warehouse-not-ready",
    area="warehouse",
    title="A Warehouse cannot do its work",
    on=WarehouseView,
    explains={"no-freight-promoted-yet"},
    sources=("akuity/kargo v1.11.2 pkg/controller/warehouses/warehouses.go",),
    is_symptom=True,
)
def check(warehouse: WarehouseView) -> Iterator[Hit]:
    """The Warehouse's Ready condition is False, and nothing more specific says why.

    Why: no discovery, no new Freight; what exists already stays usable.

    How to tell: the Ready and Healthy conditions and their messages.

    What to do: mend what the message names; discovery is retried with back-off.

    Not this when: Ready is True with FreightCreated False: that is the normal state when nothing is new.
    """
    ready = warehouse.ready
    if ready is None or ready.status != "False" or ready.reason in {"DiscoveryInProgress", "AwaitingFreightCreation"}:
        return
    evidence = [
        fact(warehouse.warehouse, "status.conditions[Ready].reason", ready.reason),
        fact(warehouse.warehouse, "status.conditions[Ready].message", ready.message),
    ]
    found = warehouse.warehouse.status.discovered_artifacts.discovered_at
    if found is not None:
        evidence.append(fact(warehouse.warehouse, "status.discoveredArtifacts.discoveredAt", found))
    yield Hit(
        summary=f"Warehouse {warehouse.name} is not Ready ({ready.reason}): {peel(ready.message)}",
        evidence=evidence,
        remedies=[
            advise("Mend what the message names", confirm_with=readiness(warehouse)),
            refresh_warehouse(warehouse),
        ],
    )
