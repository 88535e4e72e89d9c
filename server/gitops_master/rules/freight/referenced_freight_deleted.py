from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.freight import label
from gitops_master.facts.patterns import first
from gitops_master.facts.progress import upcoming
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Remedy, Risk
from gitops_master.model.kargo import Freight
from gitops_master.rules.freight.patterns import FREIGHT_NOT_FOUND
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import promote_candidate


@rule(
    "referenced-freight-deleted",
    area="freight",
    title="Freight that is referred to no longer exists",
    on=StageView,
    needs={Freight.KIND},
    explains={
        "promotion-failed",
        "stage-reconcile-error",
        "auto-promotion-does-not-retry-failed-freight",
        "promotion-pending",
        "stage-unhealthy",
        "no-freight-promoted-yet",
    },
    sources=(
        "akuity/kargo v1.11.2 pkg/controller/promotions/promotions.go:562, pkg/controller/stages/regular_stages.go:1040",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """`Freight "..." not found` in a Promotion's message or in the Stage's ReconcileError.

    Why: the Freight that the Promotion or the Stage's current collection refers to was deleted or garbage collected.

    How to tell: the message names it, and no such Freight exists in the project.

    What to do: promote Freight that exists. Freight made again from the same artifacts gets the same name.

    Not this when: the Freight exists again.
    """
    texts = [*view.failure_texts, *_waiting(view)]
    if view.reconcile_error is not None:
        texts.append(view.reconcile_error)
    found = first(FREIGHT_NOT_FOUND, texts)
    if found is None:
        return
    name = found.groups.get("freight") or found.groups.get("object", "")
    if view.snapshot.get(Freight, view.project, name) is not None:
        return
    holds = [one for one in view.current_freight if one.name == name]
    where = f"the current Freight of Stage {view.name}" if holds else f"which {_carrier(view, found.text)} carries"
    available = [one.freight for one in upcoming(view) if one.availability.available]
    evidence = [found.text.as_evidence()]
    if holds:
        evidence.append(fact(view.stage, f"status.freightHistory[0].items[{holds[0].origin.key}].name", name))
    if view.snapshot.knows_all(Freight.KIND):
        evidence.append(fact(f"Freight {view.project}/{name}", "metadata", "does not exist"))
    yield Hit(
        summary=f"Freight {name}, {where}, no longer exists.",
        evidence=evidence,
        remedies=[
            advise(
                "Create Freight from the same artifacts again (it gets the same name, but has to be verified anew), or choose "
                "other Freight",
                risk=Risk.MEDIUM,
                confirm_with=f"kubectl -n {view.project} get freights.kargo.akuity.io {name}",
            ),
            *([_other(view, available[0])] if available else []),
        ],
    )


def _carrier(view: StageView, text: Text) -> str:
    return f"{f'Promotion {text.object.name}' if text.object != view.ref else 'a Promotion'} to Stage {view.name}"


def _other(view: StageView, freight: Freight) -> Remedy:
    title = f"If {label(freight)} is wanted instead, the newest that {view.name} can take: promote that"
    return promote_candidate(view, freight.name).model_copy(update={"title": title})


def _waiting(view: StageView) -> Iterator[Text]:
    """Promotions that have not begun and will end with that error when they do."""
    for one in view.waiting_promotions:
        if one.spec.freight and view.snapshot.lacks(Freight, view.project, one.spec.freight):
            yield Text(
                one.ref,
                "spec.freight",
                f'Freight "{one.spec.freight}" not found in namespace "{view.project}"',
                one.created,
            )
