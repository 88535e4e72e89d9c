from collections.abc import Iterator
from datetime import datetime, timedelta

from gitops_master.facts import calls
from gitops_master.facts.advice import advise
from gitops_master.facts.automatic import Override, override, was_newest_known
from gitops_master.facts.controllers import kargo_controllers
from gitops_master.facts.durations import stamp
from gitops_master.facts.freight import label
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Confidence, Risk, Severity
from gitops_master.model.kargo import CREATE_ACTOR, Freight, Promotion
from gitops_master.model.workloads import Pod
from gitops_master.rules.progress.effects import MOVED_EFFECTS
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get

AFTER_START = timedelta(minutes=15)
"""The first reconciliation of every Stage follows the start of a controller at once; large installations need minutes."""

LONG_KNOWN = timedelta(minutes=30)
"""So long before the upgrade the Freight has to have been there to count as passed over on purpose."""


@rule(
    "pinned-stage-moved-by-upgrade",
    area="promotion",
    title="The upgrade to Kargo 1.11 moved a Stage that had been left on older Freight",
    on=StageView,
    severity=Severity.MEDIUM,
    risk=Risk.MEDIUM,
    needs={Freight.KIND, Promotion.KIND},
    explains=MOVED_EFFECTS,
    versions=("kargo >= 1.11.0",),
    sources=("akuity/kargo#6334", "akuity/kargo release notes v1.11.0 (breaking changes)"),
)
def check(view: StageView) -> Iterator[Hit]:
    """Right after an upgrade a Stage with auto-promotion went from older Freight to the newest by itself.

    Why: up to 1.10 a Stage stayed on older Freight because a Promotion of the newest one already existed. 1.11 has holds
    instead, and a rollback from before the upgrade has recorded none.

    How to tell: the last Promotion was made by Kargo itself within minutes of the controller's start, of Freight that had
    been known long before; a Promotion of older Freight came before it.

    What to do: promote the older Freight again: on 1.11 that places a hold.

    Not this when: the Freight was discovered or verified only shortly before.
    """
    found = override(view)
    if found is None or not view.auto_promotion or found.automatic.created is None:
        return
    started = _controller_start(view, found.automatic.created)
    seen = found.newer.discovered_at or found.newer.created
    if (
        started is None
        or seen is None
        or started[1] - seen < LONG_KNOWN
        or not was_newest_known(view, found.newer, found.before)
    ):
        return
    if found.before.created is None or found.before.created > started[1]:
        return
    yield _hit(view, found, *started)


def _hit(view: StageView, found: Override, pod: Pod, at: datetime) -> Hit:
    return Hit(
        summary=(
            f"{view.name} had been left on {label(found.older)}; when the new Kargo controller started at {stamp(at)}, auto-promotion "
            f"moved it to {label(found.newer)} ({found.automatic.name}), since Kargo 1.11 no longer spares such Stages without a hold."
        ),
        evidence=[
            fact(pod, "status.containerStatuses[].state.running.startedAt", stamp(at), at),
            fact(found.automatic, "spec.freight", found.newer.name, found.automatic.created),
            fact(
                found.automatic,
                f"metadata.annotations[{CREATE_ACTOR}]",
                found.automatic.annotations.get(CREATE_ACTOR, "absent: automatic"),
            ),
            fact(found.before, "spec.freight", found.older.name, found.before.created),
        ],
        remedies=[
            advise(
                f"If it should stay on the older Freight: promote {found.older.name[:7]} to {view.name} again; that places a hold",
                f"kargo promote --project {view.project} --stage {view.name} --freight {found.older.name}",
                call=calls.promote(view, found.older.name),
                risk=Risk.MEDIUM,
                destroys=f"nothing; auto-promotion of {found.older.origin.key} pauses until the candidate is promoted by hand",
                confirm_with=get(
                    "stages.kargo.akuity.io", view.project, view.name, ".status.effectiveAutoPromotionHolds"
                ),
            )
        ],
        confidence=Confidence.MEDIUM,
    )


def _controller_start(view: StageView, moved: datetime) -> tuple[Pod, datetime] | None:
    """The controller pod that was created shortly before the Stage moved."""
    for pod in kargo_controllers(view.snapshot):
        begun = [one.state.running.started_at for one in pod.status.container_statuses if one.state.running]
        for at in (pod.created, *begun):
            if at is not None and timedelta() <= moved - at <= AFTER_START:
                return pod, at
    return None
