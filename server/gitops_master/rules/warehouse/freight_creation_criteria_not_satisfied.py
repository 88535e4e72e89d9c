from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.subscriptions import newest, newest_facts
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Class, Severity
from gitops_master.model.kargo import Warehouse
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get
from gitops_master.rules.warehouse.effects import NO_FREIGHT

_REASON = '.status.conditions[?(@.type=="FreightCreationCriteriaSatisfied")].reason'


@rule(
    "freight-creation-criteria-not-satisfied",
    area="warehouse",
    title="The newest artifacts do not satisfy the Freight creation criteria",
    on=WarehouseView,
    class_=Class.WAITING,
    severity=Severity.MEDIUM,
    needs={Warehouse.KIND},
    explains=NO_FREIGHT,
    versions=("kargo >= 1.8",),
    sources=("akuity/kargo#5047", "akuity/kargo v1.11.2 pkg/controller/warehouses/warehouses.go:368"),
)
def check(warehouse: WarehouseView) -> Iterator[Hit]:
    """New artifacts were discovered, the Warehouse is Ready, and yet no Freight is made of them.

    Why: freightCreationCriteria holds an expression over the newest of each artifact, and it is false for this combination.

    How to tell: the condition FreightCreationCriteriaSatisfied is False with CriteriaNotSatisfied; the expression beside the
    newest artifact of each subscription.

    What to do: publish what is missing (often another pipeline is late); Freight follows at the next discovery.

    Not this when: the expression cannot be evaluated (freight-creation-expression-invalid).
    """
    told = warehouse.condition("FreightCreationCriteriaSatisfied")
    if told is None or told.status != "False":
        return
    expression = warehouse.warehouse.spec.freight_creation_criteria.expression.strip()
    found = ", ".join(f"{repo.rpartition('/')[2]} {_short(value)}" for _, repo, value in newest(warehouse)[:4])
    yield Hit(
        summary=f"Warehouse {warehouse.name} makes no Freight because its newest artifacts ({found}) do not satisfy "
        f"{expression}.",
        evidence=[
            fact(warehouse.warehouse, "status.conditions[FreightCreationCriteriaSatisfied].reason", told.reason),
            fact(warehouse.warehouse, "spec.freightCreationCriteria.expression", expression),
            *newest_facts(warehouse)[:4],
        ],
        remedies=[
            advise(
                "Publish the artifact that the expression waits for, or see why its pipeline is late; nothing here is broken",
                confirm_with=get("warehouses.kargo.akuity.io", warehouse.project, warehouse.name, _REASON),
            ),
            advise(
                f"Only if the rule itself is wrong: correct spec.freightCreationCriteria.expression in the source of Warehouse "
                f"{warehouse.name}"
            ),
        ],
        ends="when the newest artifacts together satisfy the expression, at the next discovery",
    )


def _short(value: str) -> str:
    return value[:7] if len(value) == 40 else value or "nothing"
