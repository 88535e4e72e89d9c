from collections.abc import Iterator
from datetime import datetime, timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.freight import discovery_order, freight_from, label
from gitops_master.facts.names import is_generated
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Remedy, Risk, Severity
from gitops_master.model.kargo import CREATE_ACTOR, Freight, Promotion
from gitops_master.model.stage import Stage
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import promote_candidate

LATELY = timedelta(days=7)
"""After that nobody looks for what a Promotion did, if others have been recorded since."""


@rule(
    "nonconformant-promotion-name-never-recorded",
    area="stage",
    title="A Promotion with a name of its own was never recorded",
    on=StageView,
    severity=Severity.MEDIUM,
    needs={Stage.KIND, Promotion.KIND},
    explains={
        "stage-unhealthy",
        "app-synced-away-from-promoted-revision",
        "image-changed-outside-kargo",
        "freight-not-verified-upstream",
        "promotion-failed",
    },
    sources=("akuity/kargo#6214", "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go syncPromotions"),
)
def check(view: StageView) -> Iterator[Hit]:
    """A Promotion ran and ended, but the Stage's history and lastPromotion do not know of it.

    Why: the Stage takes up finished Promotions whose names sort after status.lastPromotion.name. A name of one's own
    (possible before Kargo 1.11) that sorts before the generated ones is never among them.

    How to tell: a finished Promotion without the generated form of name sorts before lastPromotion, its Freight is not the
    Stage's current one, and it ended after lastPromotion, or lately without a trace in the history.

    What to do: promote that Freight again through the UI, the CLI or the API if it is to stay; not if the Stage holds newer
    Freight by now, which that would replace.

    Not this when: the name in lastPromotion itself lacks the generated form and pins the Stage; or it is long ago and later
    Promotions have been recorded since.
    """
    last = view.stage.status.last_promotion
    if last is None or not is_generated(last.name, view.name) or last.finished_at is None:
        return
    held = {one.name for one in view.current_freight}
    for one in view.by_age:
        ended = one.status.finished_at
        if not one.is_terminal or ended is None or (ended <= last.finished_at and not _is_missed(view, one, ended)):
            continue
        if is_generated(one.name, view.name) or one.name > last.name or one.spec.freight in held:
            continue
        carried = label(one.status.freight) if one.status.freight else one.spec.freight[:7]
        evidence = [
            fact(one, "metadata.name", one.name),
            fact(one, "status.phase", one.status.phase, ended),
            fact(view.stage, "status.lastPromotion.name", last.name, last.finished_at),
            fact(view.stage, "status.freightSummary", view.stage.status.freight_summary),
        ]
        if CREATE_ACTOR in one.annotations:
            evidence.append(fact(one, f"metadata.annotations[{CREATE_ACTOR}]", one.annotations[CREATE_ACTOR]))
        yield Hit(
            summary=(
                f"Promotion {one.name} ({carried}) ended {one.status.phase}, but its name sorts before {last.name}, so Stage "
                f"{view.name} never records it."
            ),
            evidence=evidence,
            remedies=[
                _again(view, one),
                advise("Make Promotions only through the UI, the CLI or the API, which name them"),
            ],
        )
        return


def _again(view: StageView, one: Promotion) -> Remedy:
    """Promoting it once more, unless that would take the Stage back behind what it holds."""
    carried = view.snapshot.get(Freight, view.project, one.spec.freight)
    held = next((item for item in view.current_freight if carried and item.origin.key == carried.origin.key), None)
    ordered = discovery_order(list(freight_from(held.origin.key, view.project, view.snapshot))) if held else []
    names = [each.name for each in ordered]
    if carried is None or held is None or held.name not in names or names.index(carried.name) < names.index(held.name):
        return promote_candidate(view, one.spec.freight)
    return advise(
        f"Promote nothing unless {view.name} is to go back: it holds newer Freight {label(held)}, and promoting "
        f"{label(carried)} again would replace that by the older one",
        risk=Risk.NONE,
    )


def _is_missed(view: StageView, one: Promotion, ended: datetime) -> bool:
    """A success of late whose Freight left no trace in the Stage's history."""
    known = {item.name for entry in view.stage.status.freight_history for item in entry.items.values()}
    recent = view.snapshot.observed_at - ended <= LATELY
    return one.status.phase == "Succeeded" and recent and one.spec.freight not in known
