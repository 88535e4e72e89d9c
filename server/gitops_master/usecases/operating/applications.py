"""Argo CD's comparison, asked for now, and an operation of its that is to end."""

from datetime import datetime

from gitops_master.facts.application import REFRESH, ApplicationView, Op
from gitops_master.facts.durations import stamp
from gitops_master.model.operating import Gate, GateVerdict, Outcome
from gitops_master.model.snapshot import Snapshot
from gitops_master.ports.writing import RefreshApplication, TerminateOperation, Write
from gitops_master.usecases.operating.app_plan import APP_KINDS, Deployment, deployment, seen
from gitops_master.usecases.operating.neighbour_plan import Draft, gate, planned, takes
from gitops_master.usecases.operating.planned import After, OperationRequest, Planned, Trace
from gitops_master.usecases.targets import existing

NOT_SEEN = After("the Application is no longer to be seen", Outcome.NOT_KNOWN)
TERMINATED = "Operation terminated"
"""gitops-engine pkg/sync/sync_context.go Terminate; what a terminated operation says in the end."""


class RefreshApp:
    """Planner of refresh_app and, with `hard`, of hard_refresh_app."""

    def __init__(self, *, hard: bool = False) -> None:
        self._hard = hard
        self._value = "hard" if hard else "normal"

    def kinds(self) -> frozenset[str]:
        return APP_KINDS

    def plan(self, request: OperationRequest, snapshot: Snapshot) -> Planned:
        takes(request, "app")
        about = deployment(request.app, snapshot)
        asks = "render its manifests anew, whatever is cached, and compare" if self._hard else "compare"
        pending = about.view.refresh_pending
        draft = Draft(
            operation=request.operation,
            target=about.title,
            question=f"Let Argo CD {asks} Application {about.title} now? Nothing is deployed by the comparison itself.",
            write=RefreshApplication(namespace=about.app.namespace, app=about.app.name, hard=self._hard),
            gates=[about.processed()],
            now=[state(about.view)],
            next=_then(about, hard=self._hard),
            warnings=[f"a refresh ({pending}) is asked for already and not taken up yet"] if pending else [],
            stages=about.names,
        )
        return planned(draft, snapshot)

    def done(self, planned: Planned, write: Write, before: Snapshot, now: Snapshot, since: datetime) -> Trace:
        view, old = seen(write, now), seen(write, before)
        if view is None:
            return Trace(None, words="the Application cannot be seen")
        if view.refresh_pending == self._value:
            return Trace(True, words=f"annotation {REFRESH} is {self._value}")
        compared = view.app.status.reconciled_at
        if compared is None or (old is not None and compared == old.app.status.reconciled_at):
            return Trace(False, words="the Application does not show it")
        words = f"it was compared at {stamp(compared)}"
        # Argo CD compares by itself, too: as good as what was asked for, but for the cache.
        return (
            Trace(None, words=f"{words}; whether with new manifests is not known")
            if self._hard
            else Trace(True, words=words)
        )

    def after(self, planned: Planned, before: Snapshot, now: Snapshot, since: datetime) -> After:
        view, old = seen(planned.writes[0], now), seen(planned.writes[0], before)
        if view is None:
            return NOT_SEEN
        if view.refresh_pending:
            return After("Argo CD has not taken up the refresh yet")
        compared = view.app.status.reconciled_at
        was = old.app.status.reconciled_at if old is not None else None
        complaints = "; ".join(one.value for one in view.complaints())
        if complaints:
            return After(f"Argo CD has compared it: {state(view)}; it complains: {complaints}", Outcome.DONE)
        if compared is None or (compared == was and compared < since.replace(microsecond=0)):
            return After("Argo CD has taken up the refresh, and has not compared it yet")
        return After(f"Argo CD has compared it at {stamp(compared)}: {state(view)}", Outcome.DONE)


class Terminating:
    """Planner of terminate_app_operation: of the operation that was seen, and no other."""

    def kinds(self) -> frozenset[str]:
        return APP_KINDS

    def plan(self, request: OperationRequest, snapshot: Snapshot) -> Planned:
        takes(request, "app")
        about = deployment(request.app, snapshot)
        app, found = about.app, about.view.operation_state
        asked = app.operation.initiated_by if app.operation is not None else None
        begun = stamp(found.started_at) if found is not None and found.started_at is not None else ""
        is_manual = found is None or not found.operation.initiated_by.automated
        promotions = [f"{one.spec.stage}: {one.name}" for one in (*about.running, *about.queued)]
        draft = Draft(
            operation=request.operation,
            target=about.title,
            question=f"Terminate the operation of Application {about.title}{_whose(about.view, begun)}? Its hook Jobs are deleted; "
            f"what it has applied stays.{_kargo_waits(about)}",
            write=TerminateOperation(
                namespace=app.namespace,
                app=app.name,
                username=asked.username if asked is not None else "",
                started_at=begun,
            ),
            gates=[
                _runs(about),
                about.window(is_manual=is_manual, otherwise="the termination would hang until it opens"),
                about.processed(),
                about.promotions_known(),
            ],
            now=[state(about.view)],
            next=[
                f"phase Terminating, then Failed, {TERMINATED!r}; hook Jobs and their pods are deleted",
                "automatic sync does not try the same revision again; a new commit, sync_app or a Promotion does",
            ],
            warnings=_promotions(about),
            stages=about.names,
            judged=[f"operation of {begun} by {asked.username if asked is not None else ''}", *promotions],
        )
        return planned(draft, snapshot)

    def done(self, planned: Planned, write: Write, before: Snapshot, now: Snapshot, since: datetime) -> Trace:
        view = seen(write, now)
        found = view.operation_state if view is not None else None
        if view is None or found is None or not isinstance(write, TerminateOperation):
            return Trace(None, words="the operation cannot be seen")
        if found.started_at is None or stamp(found.started_at) != write.started_at:
            return Trace(None, words="another operation has begun: how that one ended is no longer to be seen")
        if found.phase == "Terminating" or TERMINATED in found.message:
            return Trace(True, words=f"its phase is {found.phase}: {found.message or 'no message'}")
        return Trace(False, words=f"its phase is {found.phase}")

    def after(self, planned: Planned, before: Snapshot, now: Snapshot, since: datetime) -> After:
        write = planned.writes[0]
        view = seen(write, now)
        if view is None or not isinstance(write, TerminateOperation):
            return NOT_SEEN
        found = view.operation_state
        if found is None:
            return After("the operation is gone", Outcome.DONE)
        if found.started_at is not None and stamp(found.started_at) != write.started_at:
            who = found.operation.initiated_by.username or "automatic sync"
            return After(
                f"the operation is gone; another one began at {stamp(found.started_at)} by {who}", Outcome.DONE
            )
        if view.app.operation is not None or found.phase in {"Running", "Terminating"}:
            return After(f"the operation is {found.phase}: {found.message or 'no message'}")
        if TERMINATED in found.message:
            return After(f"the operation has ended {found.phase}: {found.message}", Outcome.DONE)
        return After(
            f"the operation ended {found.phase} before it could be terminated: {found.message}", Outcome.FAILED
        )


def state(view: ApplicationView) -> str:
    """`OutOfSync, Healthy at 1a2b3c4d5e6f`."""
    at = ", ".join(one[:12] for one in view.app.revisions)
    return f"{view.sync or 'never compared'}, {view.health or 'without health'}" + (f" at {at}" if at else "")


def _then(about: Deployment, *, hard: bool) -> list[str]:
    told = ["Argo CD compares within seconds, with the newest commit of what it tracks"]
    if hard:
        told.append("the repo-server renders the manifests anew, which takes longer and costs more than a refresh")
    automated = about.app.spec.sync_policy.automated
    if automated is not None and automated.enabled:
        told.append("automatic sync is on: what is new then is deployed")
    return told


def _runs(about: Deployment) -> Gate:
    """Terminating where nothing runs does harm: the phase would stay so, and Promotions wait for it (seen on v3.5.1)."""
    app, found = about.app, about.view.operation_state
    match about.view.op:
        case Op.RUNNING | Op.RETRYING:
            return gate("operation", "", "it runs, or waits for its next attempt", app)
        case Op.REQUESTED:
            words = "an operation is asked for and has not begun: there is nothing to be terminated yet"
            return Gate(name="operation", verdict=GateVerdict.WAITING, detail=words, object=str(app.ref))
        case Op.TERMINATING:
            return gate("operation", "it is being terminated already", "", app)
        case Op.ORPHANED:
            words = (
                f"`operation` is empty and only its record says {found.phase if found else 'Running'}: nothing runs, and setting "
                f"Terminating would stay so; analyze_stage has the cure (orphaned-sync-operation)"
            )
            return gate("operation", words, "", app)
    ended = f"the last operation has ended {found.phase}" if found is not None else "there was no operation yet"
    return gate("operation", f"nothing runs: {ended}", "", app)


def _whose(view: ApplicationView, begun: str) -> str:
    found = view.operation_state
    if found is None:
        return ""
    who = found.operation.initiated_by.username or ("automatic sync" if found.operation.initiated_by.automated else "")
    by = f" by {who}" if who else ""
    return f", begun {begun}{by}" if begun else by


def _kargo_waits(about: Deployment) -> str:
    held = [one.name for one in (*about.running, *about.queued)]
    return f" Promotions that use it: {existing(held)}; abort them first." if held else ""


def _promotions(about: Deployment) -> list[str]:
    """What Kargo makes of it (seen on v1.11.2 with Argo CD v3.5.1)."""
    told = []
    running, queued = about.running, about.queued
    if running:
        names = existing(one.name for one in running)
        told.append(
            f"the Promotion that waits for this operation ends Errored ({names} runs): abort_promotion first, so that it ends "
            "Aborted and nothing begins again"
        )
    if queued:
        names = existing(one.name for one in queued)
        told.append(
            f"what is queued begins a new sync at once, with the same hooks: {names}; abort_promotion these first"
        )
    if about.view.op is Op.RETRYING:
        told.append("it is between two attempts: once its cause is gone the next attempt may succeed by itself")
    return told
