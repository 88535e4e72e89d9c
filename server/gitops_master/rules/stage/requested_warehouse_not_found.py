from collections.abc import Iterator
from difflib import get_close_matches

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import search
from gitops_master.facts.progress import listed
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.kargo import Warehouse
from gitops_master.model.stage import FreightRequest
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_stage
from gitops_master.rules.stage.patterns import WAREHOUSE_NOT_FOUND


@rule(
    "requested-warehouse-not-found",
    area="stage",
    title="The Stage requests Freight from a Warehouse that does not exist",
    on=StageView,
    needs={Warehouse.KIND},
    explains={
        "stage-reconcile-error",
        "no-freight-promoted-yet",
        "manual-promotion-required",
        "promotion-failed",
        "promotion-pending",
        "stage-lacks-freight-from-other-warehouse",
        "freight-not-verified-upstream",
        "waiting-for-upstream-match",
        "freight-origin-not-requested",
    },
    sources=("akuity/kargo v1.11.2 pkg/api/stage.go:161", "seen on a live v1.11.2: Ready then only says NoFreight"),
)
def check(view: StageView) -> Iterator[Hit]:
    """No Freight ever reaches the Stage; with auto-promotion its Ready condition is a ReconcileError.

    Why: spec.requestedFreight names a Warehouse that was deleted or renamed, or whose name is mistyped. Kargo accepts that.

    How to tell: there is no Warehouse of that name in the project. The error text `Warehouse "..." not found` shows only
    where auto-promotion looks for candidates; otherwise the Stage just says NoFreight.

    What to do: correct the origin's name in the Stage's source, or bring the Warehouse back.

    Not this when: the Warehouse exists but makes no Freight.
    """
    said = _said(view)
    for index, request in enumerate(view.stage.spec.requested_freight):
        name = request.origin.name
        named = said is not None and f'"{name}"' in said.value
        exists = view.snapshot.get(Warehouse, view.project, name) is not None
        if exists or not (named or view.snapshot.lacks(Warehouse, view.project, name)):
            continue
        yield _hit(view, index, request, said if named else None)
        return


def _said(view: StageView) -> Text | None:
    """The controller's or a Promotion's own words about a missing Warehouse."""
    texts = list(view.failure_texts)
    if view.reconcile_error is not None:
        texts.insert(0, view.reconcile_error)
    return next((text for text in texts if search(WAREHOUSE_NOT_FOUND, text)), None)


def _hit(view: StageView, index: int, request: FreightRequest, said: Text | None) -> Hit:
    there = sorted(one.name for one in view.snapshot.all(Warehouse, view.project))
    near = get_close_matches(request.origin.name, there, n=1)
    meant = f" (did you mean {near[0]}?)" if near else ""
    evidence = [fact(view.stage, f"spec.requestedFreight[{index}].origin.name", request.origin.name)]
    if said is not None:
        evidence.append(said.as_evidence())
    evidence.append(fact(f"Warehouses in {view.project}", "metadata.name", listed(there)))
    ready = view.ready
    if said is None and ready is not None:
        evidence.append(fact(view.stage, "status.conditions[Ready]", f"{ready.status} {ready.reason}: {ready.message}"))
    return Hit(
        summary=(
            f"Stage {view.name} requests Freight from Warehouse {request.origin.name}, which does not exist in project "
            f"{view.project}{meant}."
        ),
        evidence=evidence,
        remedies=[
            advise(
                f"Correct spec.requestedFreight[{index}].origin.name in the source of Stage {view.name}"
                + (f" to {near[0]}" if near else f", or bring Warehouse {request.origin.name} back"),
                confirm_with=f"kubectl -n {view.project} get warehouses.kargo.akuity.io",
            ),
            refresh_stage(view),
        ],
    )
