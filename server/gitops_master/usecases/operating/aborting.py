"""Aborting a Promotion: it ends, and what its steps have done stays."""

from datetime import datetime

from gitops_master.facts.freight import label
from gitops_master.facts.stage import StageView
from gitops_master.model.argocd import Application
from gitops_master.model.errors import UsageError
from gitops_master.model.kargo import ABORT, Freight, Promotion
from gitops_master.model.operating import Outcome
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.ports.writing import AbortPromotion, Write
from gitops_master.usecases.operating.neighbour_plan import KARGO_KINDS, Draft, gate, planned, takes
from gitops_master.usecases.operating.planned import After, OperationRequest, Planned, Trace
from gitops_master.usecases.targets import check_read, existing, find_in_project, find_project

_OUTSIDE = frozenset(
    {"git-push", "git-open-pr", "git-merge-pr", "http", "argocd-update", "oci-push", "send-message", "set-metadata"}
)
"""Steps whose effects outlive the Promotion. `argocd-update` leaves an operation that goes on by itself."""


class Aborting:
    """Planner of abort_promotion: by name, or the one of a Stage."""

    def kinds(self) -> frozenset[str]:
        return KARGO_KINDS | {Application.KIND, "v1/Pod"}

    def plan(self, request: OperationRequest, snapshot: Snapshot) -> Planned:
        takes(request, "promotion", "stage", one_is_enough=True)
        project = find_project(snapshot, request.project)
        found = _found(request, project, snapshot)
        stage = snapshot.get(Stage, project, found.spec.stage)
        view = StageView(stage, snapshot) if stage is not None else None
        freight = snapshot.get(Freight, project, found.spec.freight)
        named = label(freight) if freight is not None else found.spec.freight
        phase = found.status.phase
        ended = f"it has ended already: {phase}" if found.is_terminal else ""
        draft = Draft(
            operation=request.operation,
            project=project,
            target=found.name,
            question=f"Abort Promotion {found.name} of Freight {named} to Stage {found.spec.stage} of project {project}? What its "
            "steps have done so far stays done, and Kargo does not try it again by itself.",
            write=AbortPromotion(namespace=project, promotion=found.name),
            gates=[gate("not ended", ended, f"it is {phase or 'Pending'}", found)],
            next=_next(found, view),
            warnings=_warnings(found, view, snapshot),
            stages=[(project, found.spec.stage)],
            freight=found.spec.freight,
            freight_label=named,
        )
        return planned(draft, snapshot)

    def done(self, planned: Planned, write: Write, before: Snapshot, now: Snapshot, since: datetime) -> Trace:
        found = _target(planned, now)
        if found is None:
            return Trace(None, words="the Promotion cannot be seen")
        if found.status.phase == "Aborted":
            return Trace(True, words="its phase is Aborted")
        if found.is_terminal:
            return Trace(False, words=f"it has ended {found.status.phase}")
        if ABORT in found.annotations:
            return Trace(True, words=f"its annotation {ABORT} asks for it")
        return Trace(False, words="the Promotion does not show it")

    def after(self, planned: Planned, before: Snapshot, now: Snapshot, since: datetime) -> After:
        found = _target(planned, now)
        if found is None:
            return After("the Promotion is no longer to be seen", Outcome.NOT_KNOWN)
        phase, name = found.status.phase, found.name
        if phase == "Aborted":
            return After(f"Promotion {name} is Aborted: {found.status.message or 'no message'}", Outcome.DONE)
        if found.is_terminal:
            return After(f"Promotion {name} ended {phase} before it could be aborted", Outcome.FAILED)
        return After(f"Promotion {name} was asked to end; it is {phase or 'Pending'}")


def _target(planned: Planned, now: Snapshot) -> Promotion | None:
    return next(
        (now.get(Promotion, one.namespace, one.promotion) for one in planned.writes if isinstance(one, AbortPromotion)),
        None,
    )


def _found(request: OperationRequest, project: str, snapshot: Snapshot) -> Promotion:
    if request.promotion:
        found = find_in_project(snapshot, Promotion, project, request.promotion)
        if request.stage and found.spec.stage != request.stage:
            raise UsageError(
                f"Promotion {found.name} is one to Stage {found.spec.stage}, not to {request.stage}", "name one of both"
            )
        return found
    view = StageView(find_in_project(snapshot, Stage, project, request.stage), snapshot)
    if view.running is not None:
        return view.running
    waiting = view.waiting_promotions
    if len(waiting) == 1:
        return waiting[0]
    if waiting:
        raise UsageError(
            f"no Promotion to Stage {view.name} runs, and several wait: which one?",
            f"--promotion one of: {existing(one.name for one in waiting)}",
        )
    check_read(snapshot, Promotion, "")
    ended = f"; the last one, {view.last.name}, ended {view.last.status.phase}" if view.last is not None else ""
    raise UsageError(f"no Promotion to Stage {view.name} runs or waits{ended}", "there is nothing to be aborted")


def _next(found: Promotion, view: StageView | None) -> list[str]:
    told = [f"{found.name} becomes Aborted, and its other steps are not run"]
    if view is None:
        return told
    others = [one.name for one in view.promotions if not one.is_terminal and one.name != found.name]
    if others:
        told.append(f"the queue of {view.name} goes on: {existing(others)}")
    if view.running is found:
        told.append(f"{view.name} is not Ready, and its health Unknown, until a Promotion succeeds")
    if view.auto_promotion:
        told.append(f"auto-promotion does not retry this Freight in {view.name}; newer Freight it takes")
    return told


def _warnings(found: Promotion, view: StageView | None, snapshot: Snapshot) -> list[str]:
    outside = [one for one in found.spec.steps if one.uses in _OUTSIDE]
    told = []
    if outside:
        steps = ", ".join(dict.fromkeys(f"{one.as_} ({one.uses})" if one.as_ else one.uses for one in outside))
        told.append(f"what these steps have done stays done: {steps}; what was pushed stays pushed")
    if any(one.uses == "argocd-update" for one in outside):
        apps = f" of {existing(f'{one.namespace}/{one.name}' for one in view.links)}" if view and view.links else ""
        told.append(f"an Argo CD operation that it has begun{apps} goes on; terminate_app_operation ends that")
    if view is None:
        told.append(f"Stage {found.spec.stage} could not be read: whether auto-promotion is on is not known")
    elif (gap := snapshot.kind_gap(Promotion.KIND)) is not None:
        told.append(f"what else is queued is not known in full: {gap.reason}")
    return told
