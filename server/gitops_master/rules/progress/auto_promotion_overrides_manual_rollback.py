from collections.abc import Iterator

from gitops_master.facts.advice import advise, by_hand
from gitops_master.facts.automatic import SOON, override, was_newest_known
from gitops_master.facts.durations import stamp
from gitops_master.facts.freight import label
from gitops_master.facts.progress import actor
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Risk, Severity
from gitops_master.model.kargo import CREATE_ACTOR, Freight, Promotion
from gitops_master.rules.progress.effects import MOVED_EFFECTS
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get, promote_candidate, refresh_stage


@rule(
    "auto-promotion-overrides-manual-rollback",
    area="promotion",
    title="Auto-promotion undid a rollback made by hand",
    on=StageView,
    severity=Severity.MEDIUM,
    risk=Risk.MEDIUM,
    needs={Freight.KIND, Promotion.KIND},
    explains=MOVED_EFFECTS,
    versions=("kargo < 1.11.0",),
    sources=(
        "akuity/kargo#3016",
        "akuity/kargo#6334",
        "akuity/kargo v1.10.10 pkg/controller/stages/regular_stages.go autoPromoteFreight",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """Somebody put the Stage back to older Freight, and minutes later it is on the newer one again.

    Why: releases before 1.11 know no hold. With NewestFreight they spare Freight only while some Promotion of it to the Stage
    still exists (garbage collection takes them away); with MatchUpstream, since 1.8, they promote again what the Stage
    upstream holds.

    How to tell: the last Promotion was made by Kargo itself (no create-actor), of newer Freight, right after a Promotion by a
    person of older Freight.

    What to do: switch auto-promotion of the Stage off for as long as it has to stay back, then promote the older Freight
    again; or upgrade to 1.11, where a rollback by hand holds.

    Not this when: the newer Freight was only discovered after the rollback: then auto-promotion did what it is for.
    """
    found = override(view)
    if found is None or not view.auto_promotion or not actor(found.before):
        return
    ended, begun = found.before.status.finished_at, found.automatic.created
    if ended is None or begun is None or begun - ended > SOON or not was_newest_known(view, found.newer, found.before):
        return
    yield Hit(
        summary=(
            f"{actor(found.before)} put {view.name} back to {label(found.older)} ({found.before.name}), and auto-promotion promoted "
            f"{label(found.newer)} again at {stamp(begun)} ({found.automatic.name})."
        ),
        evidence=[
            fact(found.before, f"metadata.annotations[{CREATE_ACTOR}]", actor(found.before), found.before.created),
            fact(found.before, "spec.freight", found.older.name, ended),
            fact(found.automatic, "spec.freight", found.newer.name, begun),
            fact(
                found.automatic,
                f"metadata.annotations[{CREATE_ACTOR}]",
                found.automatic.annotations.get(CREATE_ACTOR, "absent: automatic"),
            ),
            fact(view.stage, "status.autoPromotionEnabled", view.auto_promotion),
        ],
        remedies=[
            advise(
                f"Set autoPromotionEnabled: false for {view.name} in the project's promotion policies (in its source) for as long as it "
                "has to stay back, and refresh the Stage, which that does not wake",
                refresh_stage(view).commands[0],
                risk=Risk.LOW,
                confirm_with=get("stages.kargo.akuity.io", view.project, view.name, ".status.autoPromotionEnabled"),
            ),
            by_hand(promote_candidate(view, found.older.name)).model_copy(
                update={"title": f"Then promote the older Freight {label(found.older)} to {view.name} again"}
            ),
            advise("Or upgrade to Kargo v1.11.0 or later, where a rollback by hand places a hold", risk=Risk.MEDIUM),
        ],
    )
