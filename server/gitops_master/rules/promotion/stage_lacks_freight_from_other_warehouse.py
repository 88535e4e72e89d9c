from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.autopromotion import freight_of
from gitops_master.facts.availability import availability
from gitops_master.facts.freight import label
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.model.kargo import Freight, Promotion, Warehouse
from gitops_master.model.stage import FreightRequest
from gitops_master.rules.promotion.expressions import absent_origins, ever_held, missing_artifact
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, said, this_step
from gitops_master.rules.promotion.patterns import NIL_ARTIFACT, NOT_IN_FREIGHT
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import promote_candidate, refresh_warehouse


@rule(
    "stage-lacks-freight-from-other-warehouse",
    area="promotion",
    title="The steps need an artifact of a Warehouse whose Freight the Stage never received",
    on=StageView,
    needs={Promotion.KIND, Freight.KIND, Warehouse.KIND},
    explains=FAILED_PROMOTION | {"application-not-fine"},
    sources=("akuity/kargo#4165", "akuity/kargo#2757", "akuity/kargo#3820", "seen on a live v1.11.2"),
)
def check(stage: StageView) -> Iterator[Hit]:
    """A Stage that requests Freight from several Warehouses fails on an expression like `imageFrom(…).Tag` of nil.

    Why: a Promotion carries the Freight it promotes plus what the last one carried of the other origins. Until each origin
    has been promoted once, expressions about the missing one come to nothing.

    How to tell: `cannot fetch … from <nil>` (or `reflect: call of reflect.Value.Field on zero Value`; until 1.6 `… not found
    in referenced Freight`) with the expression below it; freightSummary n/m Fulfilled; no Freight of that origin in the
    Stage's history.

    What to do: promote Freight of the missing Warehouse to the Stage as well: that Promotion takes over what the failed one
    carried. If it fails in its turn, give the steps that read one origin an `if`.

    Not this when: the Stage had Freight of that origin before (it was lost), or no requested Warehouse watches the repository.
    """
    nothing = missing_artifact(stage)
    step = stage.failed_step
    if nothing is None or step is None or len(stage.stage.spec.requested_freight) < 2:
        return
    absent = [one for one in absent_origins(stage, nothing.expression) if not ever_held(stage, one)]
    if not absent:
        return
    request, freight = absent[0], freight_of(absent[0], stage.project, stage.snapshot)
    name = request.origin.name
    yield Hit(
        summary=(
            f"Stage {stage.name} has never received Freight from Warehouse {name}, but {this_step(step)} needs it: "
            f"{nothing.expression} comes to nothing."
        ),
        evidence=_evidence(stage, request, freight),
        remedies=_remedies(stage, request, freight),
    )


def _evidence(stage: StageView, request: FreightRequest, freight: list[Freight]) -> list[Evidence]:
    found = said(stage, NOT_IN_FREIGHT) or said(stage, NIL_ARTIFACT)
    evidence = [found.text.as_evidence()] if found else []
    summary = stage.stage.status.freight_summary
    if summary:
        evidence.append(fact(stage.stage, "status.freightSummary", summary))
    asked = ", ".join(one.origin.key for one in stage.stage.spec.requested_freight)
    evidence.append(fact(stage.stage, "spec.requestedFreight[].origin", asked))
    warehouse = stage.snapshot.get(Warehouse, stage.project, request.origin.name)
    if not freight and warehouse is not None and stage.snapshot.knows_all(Freight.KIND):
        evidence.append(fact(warehouse, "spec.freightCreationPolicy", warehouse.spec.freight_creation_policy))
        evidence.append(fact(warehouse, "Freight", "none exists"))
    for one in freight[:1]:
        gates = availability(stage.stage, one, stage.snapshot)
        told = "available to this Stage" if gates.available else "; ".join(gate.detail for gate in gates.closed)
        evidence.append(fact(one, "available", told, one.created))
    return evidence


def _remedies(stage: StageView, request: FreightRequest, freight: list[Freight]) -> list[Remedy]:
    name = request.origin.name
    ready = [one for one in freight if availability(stage.stage, one, stage.snapshot).available]
    tolerant = advise(
        f"If that Promotion fails in its turn: give the step that reads {name}'s artifact an `if` for the time when the Stage "
        "has none of it"
    )
    if ready:
        title = f"Promote {label(ready[0])}, the newest available Freight of Warehouse {name}, to {stage.name}"
        return [promote_candidate(stage, ready[0].name).model_copy(update={"title": title}), tolerant]
    if freight:
        return [
            advise(f"Let Freight of Warehouse {name} pass the Stages before {stage.name}, then promote it here"),
            tolerant,
        ]
    warehouse = stage.snapshot.get(Warehouse, stage.project, name)
    if warehouse is not None and warehouse.spec.freight_creation_policy == "Manual":
        make = [advise(f"Make Freight from what Warehouse {name} has discovered, in Kargo's UI: its policy is Manual")]
    else:
        make = [refresh_warehouse(WarehouseView(warehouse, stage.snapshot))] if warehouse is not None else []
    return [
        *make,
        advise(f"Promote the Freight that Warehouse {name} then has to {stage.name}", risk=Risk.MEDIUM),
        tolerant,
    ]
