from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from gitops_master.facts.advice import advise
from gitops_master.facts.freight import label
from gitops_master.facts.progress import listed, upcoming, upstream
from gitops_master.facts.promotion import started
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Remedy, Risk, Severity
from gitops_master.model.kargo import Freight, Promotion
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get, promote_candidate

_FREIGHTS = "freights.kargo.akuity.io"
AT_ONCE = timedelta(minutes=1)
"""The next queued Promotion starts within a second of the end of the one before (0.2-0.4 s seen on v1.11.2)."""

_CARRIED_OUT = frozenset({"Succeeded", "Running"})

BURST = 2
"""So many pieces of Freight in a row skipped in the Stage itself are a queue that outruns verification, not a coincidence."""


@rule(
    "queued-promotions-skip-verification",
    area="promotion",
    title="Queued Promotions replace Freight before it is verified",
    on=StageView,
    severity=Severity.MEDIUM,
    risk=Risk.MEDIUM,
    needs={Freight.KIND, Promotion.KIND},
    explains={"freight-not-verified-upstream", "no-freight-promoted-yet", "waiting-for-upstream-match"},
    versions=("kargo >= 1.4.4",),
    sources=(
        "akuity/kargo#7032",
        "akuity/kargo#7031",
        "akuity/kargo#3903 (v1.4.4 and v1.5.0; the same in v1.11.2, regular_stages.go syncPromotions, and on main in August 2026)",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """Promotions succeed, but their Freight never becomes available to the Stages after.

    Why: since 1.4.4 a queued Promotion is held back only while health is Healthy or not assessed yet. Right after a success it
    is mostly Unknown or Progressing: the next one starts, and the Freight in between is replaced before its verification
    can begin.

    How to tell: Succeeded Promotions whose Freight has no verifiedIn entry for the Stage, each followed at once by the next.

    What to do: promote the wanted Freight once more to the Stage when nothing else is queued, and let promotions come less
    often (a longer Warehouse interval, fewer by hand).

    Not this when: a verification of that Freight failed; or only one piece was replaced and nobody waits for it.
    """
    own = _skipped(view)
    if len(own) >= (1 if _feeds_others(view) else BURST):
        yield _hit(view, own)
        return
    for one in upcoming(view):
        if one.availability.available:
            continue
        for gate in one.availability.gates:
            stage = upstream(view, gate.upstream) if gate.upstream else None
            if stage is None:
                continue
            there = StageView(stage, view.snapshot)
            mine = [promotion for promotion in _skipped(there) if promotion.spec.freight == one.freight.name]
            if mine:
                yield _hit(there, mine)
                return


def _feeds_others(view: StageView) -> bool:
    """Whether Stages after this one wait for what it verifies."""
    return bool(view.takers)


def _skipped(view: StageView) -> list[Promotion]:
    """Succeeded Promotions, oldest first, that the next one followed at once and whose Freight was never verified here."""
    begun_at = [
        (at, one) for one in view.promotions if one.status.phase in _CARRIED_OUT and (at := started(one)) is not None
    ]
    ended = [one for _, one in sorted(begun_at, key=lambda pair: (pair[0], pair[1].name))]
    held = {one.name for one in view.current_freight}
    found = []
    for one, following in pairwise(ended):
        freight = view.snapshot.get(Freight, view.project, one.spec.freight)
        finished, begun = one.status.finished_at, started(following)
        if one.status.phase != "Succeeded" or freight is None or finished is None or begun is None:
            continue
        at_once = timedelta(seconds=-1) <= begun - finished <= AT_ONCE and following.spec.freight != one.spec.freight
        if (
            at_once
            and view.name not in freight.status.verified_in
            and freight.name not in held
            and not _tried(view, freight.name)
        ):
            found.append(one)
    return found


def _tried(view: StageView, freight: str) -> bool:
    """Whether a verification of the Freight was ever begun in the Stage."""
    return any(
        entry.verification_history and any(item.name == freight for item in entry.items.values())
        for entry in view.stage.status.freight_history
    )


def _again(view: StageView, freight: Freight) -> Remedy:
    title = f"If {label(freight)} is wanted downstream: promote it to {view.name} once more when nothing is queued"
    return promote_candidate(view, freight.name).model_copy(
        update={
            "title": title,
            "confirm_with": get(_FREIGHTS, view.project, freight.name, f".status.verifiedIn.{view.name}"),
        }
    )


def _hit(view: StageView, skipped: list[Promotion]) -> Hit:
    names = listed(one.name for one in skipped[-3:])
    newest = skipped[-1]
    freight = view.snapshot.get(Freight, view.project, newest.spec.freight)
    carried = [view.snapshot.get(Freight, view.project, one.spec.freight) for one in skipped[-3:]]
    labels = [label(one) for one in carried if one is not None]
    more = len(skipped) - len(labels)
    one = len(skipped) == 1
    fate = "was replaced before it" if one else "were replaced before they"
    shown = listed(labels) + (f" and {more} before" if more else "") if labels else newest.spec.freight[:7]
    evidence = [
        fact(
            one,
            "status.phase",
            f"Succeeded; Freight {one.spec.freight} without verifiedIn.{view.name}",
            one.status.finished_at,
        )
        for one in skipped[-3:]
    ]
    if freight is not None:
        evidence.append(fact(freight, "status.verifiedIn", listed(sorted(freight.status.verified_in))))
    return Hit(
        summary=(
            f"In Stage {view.name} queued Promotions followed each other at once, so that Freight {shown} ({names}) {fate} "
            f"could be verified, and {'is' if one else 'are'} not available downstream."
        ),
        evidence=evidence,
        remedies=[
            *(_again(view, one) for one in reversed(carried) if one is not None),
            advise(
                f"Let Promotions to {view.name} come less often than a rollout with its verification takes (a longer interval of the "
                "Warehouse, fewer by hand)",
                risk=Risk.LOW,
            ),
        ],
        subject=view.ref,
    )
