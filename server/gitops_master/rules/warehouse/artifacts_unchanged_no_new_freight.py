from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import human
from gitops_master.facts.freight import label
from gitops_master.facts.reconciliation import unattended
from gitops_master.facts.subscriptions import freight_of_newest, newest_facts
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Class, Risk, Severity
from gitops_master.model.kargo import Freight, Warehouse
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_warehouse


@rule(
    "artifacts-unchanged-no-new-freight",
    area="warehouse",
    title="Nothing new was discovered",
    on=WarehouseView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    needs={Warehouse.KIND, Freight.KIND},
    sources=("akuity/kargo v1.11.2 pkg/controller/warehouses/warehouses.go:489",),
)
def check(warehouse: WarehouseView) -> Iterator[Hit]:
    """The Warehouse is Ready, discovery is recent, and yet no new Freight appears.

    Why: the newest artifacts are exactly those of Freight that exists; a tag that was pushed again with the same digest is
    the same artifact.

    How to tell: FreightCreated is False with AlreadyExists and Ready is True, which is the normal state; the Freight that
    carries the newest artifacts.

    What to do: nothing. If something was published since, see that it got a new tag, digest or commit.

    Not this when: discovery is overdue or failing, or the Warehouse was not itself asked about.
    """
    ready, created = warehouse.ready, warehouse.condition("FreightCreated")
    if not warehouse.asked or ready is None or ready.status != "True" or unattended(warehouse):
        return
    existing = freight_of_newest(warehouse)
    told = created is not None and created.reason == "AlreadyExists" and created.status == "False"
    if not told and (created is not None or existing is None):
        return
    last = warehouse.warehouse.status.discovered_artifacts.discovered_at
    age = f", last looked for {human(warehouse.snapshot.observed_at - last)} ago" if last else ""
    carrier = f" are those of Freight {label(existing)}" if existing is not None else " exist as Freight already"
    yield Hit(
        summary=f"Warehouse {warehouse.name} works; its newest artifacts{carrier}{age}, so there is nothing to create.",
        evidence=[
            *(
                [fact(warehouse.warehouse, "status.conditions[FreightCreated].reason", created.reason)]
                if created
                else []
            ),
            fact(warehouse.warehouse, "status.conditions[Ready].reason", ready.reason),
            *newest_facts(warehouse)[:2],
            *([fact(existing, "metadata.name", existing.name, existing.created)] if existing is not None else []),
        ],
        remedies=[
            advise(
                "Nothing is wrong. If something was published since: does it have a new tag, digest or commit?",
                risk=Risk.NONE,
            ),
            refresh_warehouse(warehouse),
        ],
    )
