from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.subscriptions import freight_of_newest, newest, newest_facts
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Class, Severity
from gitops_master.model.kargo import Freight, Warehouse
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.warehouse.effects import NO_FREIGHT


@rule(
    "freight-creation-policy-manual",
    area="warehouse",
    title="Freight of this Warehouse is assembled by hand",
    on=WarehouseView,
    class_=Class.WAITING,
    severity=Severity.MEDIUM,
    needs={Warehouse.KIND, Freight.KIND},
    explains=NO_FREIGHT,
    sources=("akuity/kargo#1984", "akuity/kargo v1.11.2 pkg/controller/warehouses/warehouses.go:331"),
)
def check(warehouse: WarehouseView) -> Iterator[Hit]:
    """The Warehouse is Ready and sees the new artifacts, but no Freight of them appears.

    Why: freightCreationPolicy is Manual: discovery only offers artifacts, and a person puts Freight together of them.

    How to tell: the policy; Ready True; no Freight of this Warehouse carries the newest artifacts.

    What to do: assemble Freight in the UI, or set the policy to Automatic if that is what was meant.

    Not this when: Freight of the newest artifacts exists already, or discovery fails.
    """
    ready = warehouse.ready
    if warehouse.warehouse.spec.freight_creation_policy != "Manual" or ready is None or ready.status != "True":
        return
    offered = [row for row in newest(warehouse) if row[2]]
    if not offered or not warehouse.snapshot.knows_all(Freight.KIND) or freight_of_newest(warehouse) is not None:
        return
    mine = warehouse.freight
    exists = f"the newest Freight is {mine[0].name[:7]}" if mine else "no Freight of it exists"
    yield Hit(
        summary=f"Warehouse {warehouse.name} leaves Freight to people (freightCreationPolicy Manual): nobody has assembled "
        f"any of its newest artifacts yet, {exists}.",
        evidence=[
            fact(warehouse.warehouse, "spec.freightCreationPolicy", "Manual"),
            *newest_facts(warehouse)[:3],
            fact(
                f"Freight of Warehouse {warehouse.name}", "metadata.name", mine[0].name if mine else "no Freight exists"
            ),
        ],
        remedies=[
            advise(
                f"Assemble Freight of Warehouse {warehouse.name} in the Kargo UI (its button Create Freight), then promote it",
                confirm_with=f"kubectl -n {warehouse.project} get freights.kargo.akuity.io --sort-by=.metadata.creationTimestamp",
            ),
            advise(
                f"Or set spec.freightCreationPolicy: Automatic in the source of Warehouse {warehouse.name}, if nobody is meant to choose"
            ),
        ],
        ends="when somebody assembles Freight of the discovered artifacts",
    )
