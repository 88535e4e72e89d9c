from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.kargo import Warehouse
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_warehouse
from gitops_master.rules.warehouse.effects import NO_FREIGHT, readiness


@rule(
    "freight-creation-expression-invalid",
    area="warehouse",
    title="The Freight creation expression cannot be evaluated",
    on=WarehouseView,
    needs={Warehouse.KIND},
    explains=NO_FREIGHT,
    versions=("kargo >= 1.8",),
    sources=("akuity/kargo v1.11.2 pkg/controller/warehouses/warehouses.go:346",),
)
def check(warehouse: WarehouseView) -> Iterator[Hit]:
    """Artifacts are discovered, but the Warehouse is not Ready, with CriteriaEvaluationFailed.

    Why: freightCreationCriteria.expression does not compile, asks for a repository the Warehouse has no subscription for,
    or does not give true or false. Kargo does not try again: more attempts would not make it valid.

    How to tell: the Ready condition's reason and message beside the expression.

    What to do: correct the expression; the names in it must be the subscriptions' repository URLs, letter by letter.

    Not this when: it can be evaluated and is false (freight-creation-criteria-not-satisfied).
    """
    told = next(
        (
            one
            for type_ in ("Ready", "Healthy")
            if (one := warehouse.condition(type_)) is not None and one.reason == "CriteriaEvaluationFailed"
        ),
        None,
    )
    if told is None or told.status != "False":
        return
    expression = warehouse.warehouse.spec.freight_creation_criteria.expression.strip()
    problem = told.message.partition(": ")[2] or told.message
    yield Hit(
        summary=f"Warehouse {warehouse.name} cannot evaluate its Freight creation expression: {problem.splitlines()[0]}",
        evidence=[
            fact(warehouse.warehouse, "status.conditions[Ready].reason", told.reason),
            fact(warehouse.warehouse, "status.conditions[Ready].message", told.message),
            fact(warehouse.warehouse, "spec.freightCreationCriteria.expression", expression),
        ],
        remedies=[
            advise(
                f"Correct spec.freightCreationCriteria.expression in the source of Warehouse {warehouse.name}: it must give true or "
                "false, and name repositories exactly as the subscriptions do",
                confirm_with=readiness(warehouse),
            ),
            refresh_warehouse(warehouse),
        ],
    )
