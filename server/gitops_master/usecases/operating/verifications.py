"""Kargo's verification of what a Stage holds: to be run again, or to be ended."""

from collections.abc import Iterator
from datetime import datetime

from gitops_master.facts.freight import label
from gitops_master.facts.stage import StageView
from gitops_master.facts.verification_outcome import ABORTED
from gitops_master.model.kargo import ABORT, REVERIFY, VERIFICATION_TERMINAL, Freight
from gitops_master.model.operating import Gate, Outcome
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage, VerificationInfo
from gitops_master.ports.writing import AbortVerification, Reverify, Write
from gitops_master.usecases.operating.neighbour_plan import KARGO_KINDS, Draft, gate, planned, takes
from gitops_master.usecases.operating.planned import After, OperationRequest, Planned, Trace
from gitops_master.usecases.targets import existing, find_in_project, find_project

_OUTCOMES = {"Successful": Outcome.DONE, "Inconclusive": Outcome.NOT_KNOWN}
_NOT_SEEN = After("the Stage is no longer to be seen", Outcome.NOT_KNOWN)


class _OfStage:
    """What both have in common: they name a verification of a Stage by its id, in an annotation."""

    ANNOTATION = ""

    def kinds(self) -> frozenset[str]:
        return KARGO_KINDS | {AnalysisRun.KIND}

    def _draft(self, request: OperationRequest, snapshot: Snapshot) -> tuple[StageView, VerificationInfo]:
        takes(request, "stage")
        project = find_project(snapshot, request.project)
        view = StageView(find_in_project(snapshot, Stage, project, request.stage), snapshot)
        return view, view.verification_info or VerificationInfo()

    def done(self, planned: Planned, write: Write, before: Snapshot, now: Snapshot, since: datetime) -> Trace:
        view = _view(write, now)
        if view is None or not isinstance(write, Reverify | AbortVerification):
            return Trace(None, words="the Stage cannot be seen")
        shown = self._shown(write.verification_id, view)
        if shown:
            return Trace(True, words=shown)
        if write.verification_id and write.verification_id in view.stage.annotations.get(self.ANNOTATION, ""):
            return Trace(True, words=f"annotation {self.ANNOTATION} names verification {write.verification_id}")
        return Trace(False, words="the Stage does not show it")

    def _shown(self, id_: str, view: StageView) -> str:
        raise NotImplementedError


class Reverifying(_OfStage):
    """Planner of reverify. Kargo drops a request without a word where one of its gates is closed."""

    ANNOTATION = REVERIFY

    def plan(self, request: OperationRequest, snapshot: Snapshot) -> Planned:
        view, newest = self._draft(request, snapshot)
        held = [label(one) for one in _freight(view)]
        what = f" ({', '.join(held)})" if held else ""
        draft = Draft(
            operation=request.operation,
            project=view.project,
            target=view.name,
            question=f"Ask Kargo to verify Stage {view.name} of project {view.project} again{what}? It is "
            f"{newest.phase or 'not verified'} now; a new AnalysisRun is made, and nothing else changes.",
            write=Reverify(namespace=view.project, stage=view.name, verification_id=newest.id),
            gates=list(_gates(view)),
            now=held,
            next=[
                "Kargo makes a new AnalysisRun from the Stage's templates",
                "Promotions to this Stage wait until it has ended",
                "once it is Successful the Freight counts as verified here; where it fails, an earlier success stays",
            ],
            stages=[(view.project, view.name)],
            judged=_judged(view, newest),
        )
        return planned(draft, snapshot)

    def _shown(self, id_: str, view: StageView) -> str:
        newest = view.verification_info
        return f"its newest verification is {newest.id}" if newest is not None and newest.id != id_ else ""

    def after(self, planned: Planned, before: Snapshot, now: Snapshot, since: datetime) -> After:
        write = planned.writes[0]
        view, old = _view(write, now), _view(write, before)
        if view is None or not isinstance(write, Reverify):
            return _NOT_SEEN
        if _collection(view) != (_collection(old) if old is not None else ""):
            line = "other Freight was promoted in the meantime: what was to be verified is no longer there"
            return After(line, Outcome.NOT_KNOWN)
        newest = view.verification_info
        if newest is None or newest.id == write.verification_id:
            return After(f"waiting for Kargo to begin{_held_up(view)}")
        if newest.phase not in VERIFICATION_TERMINAL:
            return After(f"the verification is {newest.phase or 'Pending'}{_lag(view)}")
        said = f": {newest.message}" if newest.message else ""
        return After(f"the verification is {newest.phase}{said}", _OUTCOMES.get(newest.phase, Outcome.FAILED))


class AbortingVerification(_OfStage):
    """Planner of abort_verification."""

    ANNOTATION = ABORT

    def plan(self, request: OperationRequest, snapshot: Snapshot) -> Planned:
        view, newest = self._draft(request, snapshot)
        waiting = [one.name for one in view.waiting_promotions]
        draft = Draft(
            operation=request.operation,
            project=view.project,
            target=view.name,
            question=f"Abort the verification of Stage {view.name} of project {view.project}? It ends Failed, and the Freight in "
            "it does not count as verified by it.",
            write=AbortVerification(namespace=view.project, stage=view.name, verification_id=newest.id),
            gates=list(_abort_gates(view)),
            now=[label(one) for one in _freight(view)],
            next=[
                f"the verification ends Failed, {ABORTED!r}; the AnalysisRun is terminated and may end in another phase",
                f"{view.name} is not Ready until it is verified again (reverify) or something else is promoted",
                *([f"what waits is promoted at once: {existing(waiting)}"] if waiting else []),
            ],
            warnings=["what Jobs of the AnalysisRun have done so far stays done"],
            stages=[(view.project, view.name)],
            judged=(*_judged(view, newest)[:2], *(f"waits: {one}" for one in waiting)),
        )
        return planned(draft, snapshot)

    def _shown(self, id_: str, view: StageView) -> str:
        mine = _record(view, id_)
        return f"verification {id_} says {mine.message!r}" if mine is not None and ABORTED in mine.message else ""

    def after(self, planned: Planned, before: Snapshot, now: Snapshot, since: datetime) -> After:
        write = planned.writes[0]
        view = _view(write, now)
        if view is None or not isinstance(write, AbortVerification):
            return _NOT_SEEN
        mine = _record(view, write.verification_id)
        if mine is None:
            return After("the verification is no longer in the Stage's record", Outcome.NOT_KNOWN)
        if mine.phase not in VERIFICATION_TERMINAL:
            return After(f"the verification was asked to end; it is {mine.phase or 'Pending'}{_lag(view)}")
        if ABORTED in mine.message:
            return After(f"the verification is {mine.phase}: {mine.message}", Outcome.DONE)
        return After(f"the verification ended {mine.phase} before it could be aborted", Outcome.FAILED)


def _gates(view: StageView) -> Iterator[Gate]:
    """In the order in which Kargo decides (v1.11.2 pkg/controller/stages/regular_stages.go verifyStageFreight)."""
    name, info, stage = view.name, view.verification_info, view.stage
    if view.is_control_flow:
        yield gate("verification", f"{name} is a control flow Stage: it holds no Freight to be verified", "", stage)
        return
    has_none = stage.spec.verification is None
    yield gate(
        "verification",
        f"Stage {name} has no spec.verification: there is nothing to be run; give it one first" if has_none else "",
        "spec.verification names what is run",
        stage,
    )
    if view.current is None:
        yield gate(
            "Freight", f"Stage {name} holds no Freight: there is nothing to be verified; promote some", "", stage
        )
        return
    current = stage.status.current_promotion
    running = current.name if current is not None else view.running.name if view.running is not None else ""
    yield gate(
        "no Promotion",
        f"Promotion {running} to {name} is running; once it has ended Kargo verifies anyway" if running else "",
        "none runs",
        stage,
    )
    if info is None:
        words = f"the Freight in {name} has not been verified yet: Kargo begins by itself once the Stage is Healthy"
        yield gate("verified before", words, "", stage)
        return
    yield from _of_newest(view, info)


def _of_newest(view: StageView, info: VerificationInfo) -> Iterator[Gate]:
    name, project, stage = view.name, view.project, view.stage
    runs = info.phase not in VERIFICATION_TERMINAL
    yield gate(
        "last one ended",
        f"the newest verification of {name} has not ended ({info.phase or 'no phase yet'}): wait for it, or abort_verification"
        f"{_lag(view)}"
        if runs
        else "",
        f"it is {info.phase}",
        stage,
    )
    yield gate(
        "healthy",
        f"Stage {name} is {view.health or 'without health'}, and Kargo verifies Healthy ones only: find out why with "
        f"gitops-master analyze {name} --project {project}"
        if view.health != "Healthy"
        else "",
        "the Stage is Healthy",
        stage,
    )
    words = f"the newest verification of {name} has no id that a request could name: promote the Freight again"
    yield gate("id", "" if info.id else words, f"verification {info.id}", stage)


def _abort_gates(view: StageView) -> Iterator[Gate]:
    name, info, stage = view.name, view.verification_info, view.stage
    if info is None:
        yield gate("runs", f"nothing in {name} has been verified, nor is it being verified", "", stage)
        return
    ended = f"the newest verification of {name} has ended already: {info.phase}"
    phase = info.phase or "Pending"
    yield gate("runs", ended if info.phase in VERIFICATION_TERMINAL else "", f"it is {phase}", stage)
    words = f"the newest verification of {name} has no id that a request could name: wait for its end"
    yield gate("id", "" if info.id else words, f"verification {info.id}", stage)


def _view(write: Write, snapshot: Snapshot) -> StageView | None:
    if not isinstance(write, Reverify | AbortVerification):
        return None
    found = snapshot.get(Stage, write.namespace, write.stage)
    return StageView(found, snapshot) if found is not None else None


def _freight(view: StageView) -> list[Freight]:
    found = (view.snapshot.get(Freight, view.project, one.name) for one in view.current_freight)
    return [one for one in found if one is not None]


def _judged(view: StageView, newest: VerificationInfo) -> tuple[str, ...]:
    return f"verification {newest.id}", f"Freight collection {_collection(view)}", f"verification is {newest.phase}"


def _collection(view: StageView) -> str:
    return view.current.id if view.current is not None else ""


def _record(view: StageView, id_: str) -> VerificationInfo | None:
    """Wherever it stands by now: other Freight may have come."""
    every = (one for entry in view.stage.status.freight_history for one in entry.verification_history)
    return next((one for one in every if one.id == id_), None)


def _held_up(view: StageView) -> str:
    """Why it does not begin; what was fine when it was asked need not stay so."""
    if view.running is not None or view.stage.status.current_promotion is not None:
        return ": a Promotion has started"
    return f": the Stage is {view.health or 'without health'}" if view.health != "Healthy" else ""


def _lag(view: StageView) -> str:
    """A run that ends within the second of its creation goes unnoticed for minutes (seen on v1.11.2)."""
    run = view.verification.run if view.verification is not None else None
    if run is None or run.status.phase not in VERIFICATION_TERMINAL:
        return ""
    return f"; its AnalysisRun has ended {run.status.phase}, which the Stage has not noticed: refresh_stage"
