"""What has to hold after a Promotion succeeded: recorded by the Stage, deployed, healthy, verified by Kargo."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.apps import AppLink, application_links
from gitops_master.facts.durations import stamp
from gitops_master.facts.names import is_generated
from gitops_master.facts.stage import StageView
from gitops_master.facts.verification import VerificationView
from gitops_master.facts.verification_origin import SAME_MOMENT, head_start, origin
from gitops_master.facts.verification_outcome import metrics, was_aborted, why_not_begun
from gitops_master.model.argocd import Application
from gitops_master.model.kargo import REVERIFY, VERIFICATION_TERMINAL, Freight, Promotion, PromotionStatus, Step
from gitops_master.model.operating import Outcome
from gitops_master.model.state import bounded, one_line
from gitops_master.usecases.graph import RECORDING, unrecorded

SETTLED = timedelta(minutes=2)
"""Kargo calls a Stage Unhealthy in passing, too: until Argo CD has seen the new commit, while workloads are still Missing."""
MOST_APPLICATIONS = 20
_NAMED = 3
_BUSY = frozenset({Op.REQUESTED, Op.RUNNING, Op.RETRYING, Op.TERMINATING, Op.ORPHANED})
REPLACED = "replaced"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A Promotion, from the object itself or, once that is gone, from the copy that its Stage keeps. `freight`: its full name."""

    name: str
    stage: str
    freight: str
    status: PromotionStatus
    steps: tuple[Step, ...]
    created: datetime | None
    object: Promotion | None

    @property
    def is_ended(self) -> bool:
        return self.status.phase in {"Succeeded", "Failed", "Errored", "Aborted"}


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that has to hold. `outcome`: DONE where it does, FAILED where it never will by itself, None where it may yet.

    `is_known`: whether what it rests on was read. `action`: what would help, where waiting does not. `verdict`: where it is a
    word of its own.
    """

    line: str
    outcome: Outcome | None = None
    is_known: bool = True
    action: str = ""
    verdict: str = ""


def refresh(view: StageView) -> str:
    stage = f"stages.kargo.akuity.io {view.name}"
    return f"kubectl -n {view.project} annotate {stage} kargo.akuity.io/refresh=$(date +%s) --overwrite"


def recorded(run: Run, view: StageView) -> Stop:
    """Whether the Stage has taken over what the Promotion did: lastPromotion is it, or its Freight is there all the same.

    Kargo takes up ended Promotions in the order of their names (regular_stages.go), each once: whatever sorts before the last
    one was recorded before, or never will be.
    """
    last, ended = view.last, run.status.finished_at
    holds = run.freight in {one.name for one in view.current_freight}
    if last is not None and last.name == run.name:
        held = Stop(line=f"Stage {view.name} has recorded it", outcome=Outcome.DONE)
        return held if holds else Stop(line=f"Stage {view.name} has recorded it, but does not hold its Freight")
    if last is None or last.name < run.name:
        late = ended is not None and view.snapshot.observed_at - ended > RECORDING
        since = f" though it ended at {stamp(ended)}: refresh the Stage" if late and ended is not None else ""
        line = f"Stage {view.name} has not recorded it yet{since}"
        return Stop(line=line, action=refresh(view) if late else "")
    newer = one_line(last.name, 120)
    by_kargo = is_generated(last.name, view.name) and is_generated(run.name, view.name)
    if not by_kargo and ended is not None and (last.finished_at is None or ended > last.finished_at):
        line = (
            f"Stage {view.name} has not recorded it and will not: its record is at {newer}, whose name sorts after it"
        )
        return Stop(line=line, outcome=Outcome.FAILED)
    if not holds:
        line = f"{newer} has replaced it in Stage {view.name}{_was_verified(run, view)}"
        return Stop(line=line, outcome=Outcome.FAILED, verdict=REPLACED)
    if last.status.phase in {"Failed", "Errored", "Aborted"}:
        line = f"Stage {view.name} holds its Freight, but {newer}, after it, ended {last.status.phase}: no health until one succeeds"
        return Stop(line=line, outcome=Outcome.FAILED)
    return Stop(line=f"Stage {view.name} holds its Freight, also after {newer}", outcome=Outcome.DONE)


def _was_verified(run: Run, view: StageView) -> str:
    """What Kargo's record says of it from before it was replaced."""
    mine, ended = run.status.freight_collection, run.status.finished_at
    for entry in view.stage.status.freight_history:
        if mine is not None and entry.id == mine.id and ended is not None:
            for one in entry.verification_history:
                if one.phase == "Successful" and one.start_time and one.start_time >= ended - SAME_MOMENT:
                    return f"; Kargo had verified it at {stamp(one.finish_time or one.start_time)}"
    return "; it was not verified before"


def later_ones(run: Run, view: StageView) -> Iterator[Stop]:
    """Promotions after it that the Stage has not recorded: until it has, what it holds need not be what is live."""
    running, last = view.running, view.last
    if not view.snapshot.knows_all(Promotion.KIND):
        yield Stop(line="whether there are later Promotions could not be read", is_known=False)
    if running is not None and running.name != run.name:
        yield Stop(line=f"{one_line(running.name, 120)} runs: Kargo judges neither health nor verification meanwhile")
    lost = unrecorded(view)
    if lost is not None:
        line = f"{one_line(lost.name, 120)} succeeded after it and is not recorded: what is live may be its Freight"
        yield Stop(line=line, outcome=Outcome.FAILED)
        return
    ended = [one.name for one in view.promotions if one.is_terminal and last is not None and one.name > last.name]
    if ended:
        yield Stop(
            line=f"{one_line(max(ended), 120)} has ended after it, and Stage {view.name} has not recorded that yet"
        )


def links_of(run: Run, view: StageView) -> list[AppLink]:
    """What its argocd-update steps updated, which Kargo then watches; before those have run, what steps and Stage name."""
    promotions = [run.object] if run.object is not None else []
    every = application_links(view.stage, promotions, run.status, view.snapshot)
    sure = [one for one in every if one.by.endswith("healthChecks")]
    placed = {one.name for one in every if one.namespace_given}
    return sure or [one for one in every if one.namespace_given or one.name not in placed]


class Deployed(msgspec.Struct, frozen=True):
    """An Application as far as it was read. `is_busy`: it is still moving. `since`: of its last change."""

    text: str
    is_fine: bool = False
    is_busy: bool = False
    is_known: bool = True
    since: datetime | None = None


def deployed(run: Run, view: StageView) -> list[Deployed]:
    return [_deployed(view, one) for one in links_of(run, view)]


def _deployed(view: StageView, link: AppLink) -> Deployed:
    name = one_line(f"{link.namespace}/{link.name}", 160)
    app = view.snapshot.get(Application, link.namespace, link.name)
    if app is None:
        sure = link.namespace_given and view.snapshot.lacks(Application, link.namespace, link.name)
        return Deployed(f"{name} {'does not exist' if sure else 'was not read'}", is_known=sure)
    seen = ApplicationView(app, view.snapshot)
    state, busy = seen.operation_state, seen.op in _BUSY
    told = (
        f", its sync is {seen.op.value}" if busy else f", its last sync {seen.op.value}" if seen.op is Op.FAILED else ""
    )
    said = state.message if state is not None and (busy or seen.op is Op.FAILED) else ""
    complaint = next((one.value for one in seen.complaints()), "") or said
    stale = ", not looked at since its last sync" if seen.health_is_stale else ""
    text = f"{name} {seen.sync or 'not compared'}/{seen.health or 'no health'}{told}{stale}"
    times = [seen.progressing_since, state.finished_at if state is not None else None]
    return Deployed(
        f"{text}: {one_line(complaint)}" if complaint else text,
        is_fine=seen.is_fine and not busy and not seen.health_is_stale,
        is_busy=busy or seen.health_is_stale or seen.health in {"Progressing", "Missing", ""},
        since=max((one for one in times if one is not None), default=None),
    )


def applications(found: list[Deployed]) -> Stop:
    if not found:
        return Stop(line="no Argo CD Application is known to belong to it", outcome=Outcome.DONE)
    open_ = [one for one in found if not one.is_fine]
    if not open_:
        what = "Application is" if len(found) == 1 else "Applications are"
        return Stop(line=f"{len(found)} {what} Synced and Healthy", outcome=Outcome.DONE)
    known = any(one.is_known for one in open_)
    return Stop(line=f"not there yet: {among(open_)}", is_known=known)


def among(found: list[Deployed]) -> str:
    """The first few of them in a line."""
    shown, more = bounded((one.text for one in found), _NAMED, "more")
    return "; ".join([*shown, *more])


def health(run: Run, view: StageView, found: list[Deployed]) -> Stop:
    """As Kargo sees the Stage. Unhealthy ends it once nothing has moved for a while."""
    status = view.health
    old = not view.stage.status.conditions and view.stage.status.phase == "Steady"
    if status in {"Healthy", "NotApplicable"} or (not status and old):
        return Stop(
            line=f"Stage health is {status or 'not assessed (Kargo before 1.1), phase Steady'}", outcome=Outcome.DONE
        )
    issue = "; ".join(one_line(one) for one in view.health_issues[:2])
    line = f"Stage health is {status or 'not assessed yet'}{f': {issue}' if issue else ''}"
    times = [run.status.finished_at, *(one.since for one in found)]
    since = max((one for one in times if one is not None), default=None)
    still = since is not None and view.snapshot.observed_at - since >= SETTLED
    over = status == "Unhealthy" and still and not any(one.is_busy for one in found)
    return Stop(line=line, outcome=Outcome.FAILED if over else None)


def verification(run: Run, view: StageView) -> Stop:
    """Kargo's own, of what the Stage holds now: none that is older than the Promotion counts."""
    found, ended = view.verification, run.status.finished_at
    if found is None:
        if view.stage.spec.verification is None and not view.stage.status.conditions:
            return Stop(line="Kargo (before 1.1) has no verification to run", outcome=Outcome.DONE)
        return Stop(line=f"Kargo has not begun to verify: {why_not_begun(view)}")
    info = found.info
    if info.start_time is not None and ended is not None and info.start_time < ended - SAME_MOMENT:
        return Stop(line=f"Kargo's verification ({info.phase}) began before it ended; the next has not begun")
    return _ended(found, view) if info.phase in VERIFICATION_TERMINAL else _runs(found, view)


def _runs(found: VerificationView, view: StageView) -> Stop:
    info, ran = found.info, found.run
    if ran is not None and ran.status.phase in VERIFICATION_TERMINAL:
        line = f"Kargo's verification is shown as {info.phase or 'Pending'}, but its AnalysisRun {ran.name} has ended"
        return Stop(line=f"{line} {ran.status.phase}: refresh the Stage", action=refresh(view))
    measured = ", ".join(f"{one_line(one.result.name, 80)} {one.result.phase}" for one in metrics(found)[:_NAMED])
    told = f": {one_line(info.message)}" if info.message else ""
    return Stop(line=f"Kargo's verification is {info.phase or 'Pending'}{f' ({measured})' if measured else ''}{told}")


def _ended(found: VerificationView, view: StageView) -> Stop:
    info = found.info
    told = f": {one_line(info.message)}" if info.message else ""
    if _asked_again(view) == info.id and view.health == "Healthy":
        return Stop(line=f"Kargo's verification ended {info.phase}{told} and has been asked for again")
    if info.phase != "Successful":
        before = any(one.phase == "Successful" for one in view.verifications[1:])
        earlier = "; an earlier one succeeded, so the Freight counts as verified" if before else ""
        return Stop(line=f"Kargo's verification ended {info.phase}{told}{earlier}", outcome=Outcome.FAILED)
    if info.analysis_run is None and view.stage.spec.verification is None:
        return Stop(line="Kargo counts it as verified: the Stage names no verification", outcome=Outcome.DONE)
    reused = f": {one_line(origin(view))}" if head_start(found) is not None else ""
    cut_short = ": its AnalysisRun was told to end early" if was_aborted(found) else ""
    return Stop(line=f"Kargo's verification was Successful{cut_short or reused}", outcome=Outcome.DONE)


def _asked_again(view: StageView) -> str:
    """The id of the verification that is to be run again; the annotation stays when that was done, and then names an older one."""
    text = view.stage.annotations.get(REVERIFY, "")
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return str(found.get("id") or "") if isinstance(found, dict) else str(found)


def marked(run: Run, view: StageView) -> Stop:
    """Whether the Freight says that it was verified in the Stage, which is what opens the way downstream."""
    freight = view.snapshot.get(Freight, view.project, run.freight)
    if freight is None:
        if view.snapshot.lacks(Freight, view.project, run.freight):
            return Stop(line=f"Freight {run.freight[:7]} does not exist any more", outcome=Outcome.FAILED)
        return Stop(line=f"whether Freight {run.freight[:7]} is marked as verified could not be read", is_known=False)
    entry = freight.status.verified_in.get(view.name)
    if entry is None:
        return Stop(line=f"Freight {run.freight[:7]} is not marked as verified in {view.name} yet")
    at = f" since {stamp(entry.verified_at)}" if entry.verified_at is not None else ""
    return Stop(line=f"Freight {run.freight[:7]} is verified in {view.name}{at}", outcome=Outcome.DONE)
