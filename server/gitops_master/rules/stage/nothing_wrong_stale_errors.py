from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.apps import AUTHORIZED
from gitops_master.facts.durations import human, stamp
from gitops_master.facts.freight import label
from gitops_master.facts.old_errors import old_operations, old_promotions, old_restart
from gitops_master.facts.progress import apps_gone, is_settled, newer_freight
from gitops_master.facts.stage import LastPromotion, StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Class, Evidence, Risk, Severity
from gitops_master.model.kargo import Freight, Promotion
from gitops_master.model.stage import Stage
from gitops_master.rules.registry import Hit, rule


@rule(
    "nothing-wrong-stale-errors",
    area="stage",
    title="Nothing is wrong; the errors are old",
    on=StageView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    risk=Risk.NONE,
    needs={Stage.KIND, Promotion.KIND, Freight.KIND, Application.KIND},
    reassures=True,
    sources=(
        "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go",
        "argoproj/argo-cd controller/appcontroller.go (operationState is kept)",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """Errored Promotions or a failed operation can be seen, but the Stage is Ready on its current Freight.

    Why: Promotions and the last operation of an Application are kept as a record; nothing removes them after a success.

    How to tell: each error ended before a newer success; the Stage is Ready, its Applications Synced and Healthy.

    What to do: nothing.

    Not this when: anything still waits or fails, or something that would be needed to say so could not be read.
    """
    last, ready = view.last, view.ready
    complete = all(
        view.snapshot.knows_all(kind) for kind in (Stage.KIND, Promotion.KIND, Freight.KIND, Application.KIND)
    )
    if (
        not complete
        or last is None
        or last.status.phase != "Succeeded"
        or last.finished_at is None
        or not is_settled(view)
    ):
        return
    if ready is None or ready.status != "True" or not all(app.is_fine for app in view.apps) or apps_gone(view):
        return
    if any(newer_freight(view, request) for request in view.stage.spec.requested_freight):
        return
    failed, operations = old_promotions(view, last), old_operations(view)
    if not failed and not operations:
        return
    held = ", ".join(label(one) for one in view.current_freight)
    yield Hit(
        summary=(
            f"Nothing is wrong now: Stage {view.name} is Ready on {held} since Promotion {last.name} succeeded at "
            f"{stamp(last.finished_at)}; {_told(view, failed, operations)}."
        ),
        evidence=_evidence(view, last, failed, operations),
        remedies=[advise("Nothing has to be done", risk=Risk.NONE)],
    )


def _told(view: StageView, failed: list[Promotion], operations: list[ApplicationView]) -> str:
    parts = []
    if failed:
        newest = failed[0]
        age = human(view.snapshot.observed_at - newest.status.finished_at) if newest.status.finished_at else ""
        count = "the" if len(failed) == 1 else f"the {len(failed)}"
        parts.append(
            f"{count} unsuccessful Promotion{'s' if len(failed) > 1 else ''} (newest {newest.name}, {age} ago) came before"
        )
    for app in operations[:2]:
        state = app.operation_state
        ended = state.finished_at if state else None
        if ended is not None:
            parts.append(
                f"the failed operation of {app.app.name} ended at {stamp(ended)} and it is Synced and Healthy now"
            )
    return " and ".join(parts)


def _evidence(
    view: StageView, last: LastPromotion, failed: list[Promotion], operations: list[ApplicationView]
) -> list[Evidence]:
    ready = view.ready
    found = [
        fact(view.stage, "status.conditions[Ready]", f"{ready.status} {ready.reason}: {ready.message}" if ready else "")
    ]
    freight = ", ".join(one.name for one in view.current_freight)
    found.append(
        fact(last.ref, "status.phase", f"Succeeded, finishedAt {_at(last)}, Freight {freight}", last.finished_at)
    )
    for one in failed[:2]:
        ended = one.status.finished_at
        text = f"{one.status.phase}, finishedAt {stamp(ended) if ended else ''}: {one.status.message}"
        found.append(fact(one, "status.message", text, ended))
    for app in operations[:2]:
        state = app.operation_state
        if state is not None and state.finished_at is not None:
            text = f"{state.phase}, finishedAt {stamp(state.finished_at)}: {state.message}"
            found.append(fact(app.app, "status.operationState", text, state.finished_at))
    for app in view.apps[:2]:
        found.append(fact(app.app, "status", f"sync {app.sync}, health {app.health}", app.app.status.reconciled_at))
        denied = any("is not authorized" in one.status.message for one in failed)
        if denied and AUTHORIZED in app.app.annotations:
            found.append(fact(app.app, f"metadata.annotations[{AUTHORIZED}]", app.app.annotations[AUTHORIZED]))
    return [*found, *old_restart(view, last)]


def _at(last: LastPromotion) -> str:
    return stamp(last.finished_at) if last.finished_at else ""
