"""How far a Promotion is, from one snapshot: in the queue, at which step, or at which stop on the way to live and verified."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from gitops_master.facts.names import stage_named, ulid_time
from gitops_master.facts.promotion import StepRun, failed_step, newest_first, promotions_to, running_step, started
from gitops_master.facts.stage import StageView
from gitops_master.model.errors import UsageError
from gitops_master.model.finding import quoted
from gitops_master.model.kargo import Promotion, PromotionStatus
from gitops_master.model.near import did_you_mean
from gitops_master.model.operating import Outcome, PromotionProgress
from gitops_master.model.snapshot import Gap, Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.state import MESSAGE_LIMIT, bounded, one_line
from gitops_master.usecases import graph
from gitops_master.usecases.operating import after_promotion as after
from gitops_master.usecases.operating.after_promotion import Run, Stop
from gitops_master.usecases.operating.promotion_steps import is_of_pull_request, pull_request, steps_of, title, tried
from gitops_master.usecases.targets import existing

LIVE, MOVING, FAILED, DELETED, UNREAD = "live and verified", "under way", "failed", "deleted", "not known"
"""Verdicts, beside `after_promotion.REPLACED`."""
FRESH = 60
"""Seconds for which a name that Kargo has just made need not be seen yet, and for which a Stage may take note of an end."""
_BEFORE_HEALTH = 2
"""Stops before those that judge what the Stage holds: itself, and that the Stage has recorded it."""
_UNREAD = "it cannot be read at the moment"
_DEPLOYS = frozenset({"argocd-update", "argocd-wait"})


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """One Promotion at one look. `outcome`: DONE or FAILED once it has ended, None while it moves.

    `is_known`: whether what keeps it from having ended was read. `is_missing`: it does not exist and was never seen to. `is_past`: it failed,
    and its Stage is at another one by now. `settles`: it ended, and its Stage may not show that yet. `why`: in one line what ended it or what it waits for. `action`: what would help.
    `begun`: by the cluster's clock.
    """

    shown: PromotionProgress
    why: str
    outcome: Outcome | None = None
    is_known: bool = True
    is_missing: bool = False
    is_past: bool = False
    settles: bool = False
    action: str = ""
    begun: datetime | None = None


def progress(snapshot: Snapshot, project: str, name: str, before: Progress | None = None) -> Progress:
    """`before`: what was seen of it last, where it was."""
    promotion = snapshot.get(Promotion, project, name)
    stage_name = promotion.spec.stage if promotion else before.shown.stage if before else stage_named(name)
    stage = snapshot.get(Stage, project, stage_name)
    view = StageView(stage, snapshot) if stage is not None else None
    run = _run(name, promotion, view)
    if run is None:
        return _absent(snapshot, project, name, stage_name, before)
    found = after.deployed(run, view) if view is not None else []
    stops = _stops(run, snapshot, project, view, found)
    return _progress(run, snapshot, view, stops, [one.text for one in found])


def _run(name: str, promotion: Promotion | None, view: StageView | None) -> Run | None:
    if promotion is not None:
        status = promotion.status
        freight = promotion.spec.freight or (status.freight.name if status.freight else "")
        return Run(
            name=name,
            stage=promotion.spec.stage,
            freight=freight,
            status=status,
            steps=promotion.spec.steps,
            created=promotion.created,
            object=promotion,
        )
    last = view.last if view is not None else None
    if view is None or last is None or last.name != name:
        return None
    return Run(
        name=name,
        stage=view.name,
        freight=last.freight.name if last.freight else "",
        status=last.status,
        steps=last.steps,
        created=ulid_time(name),
        object=None,
    )


def _absent(snapshot: Snapshot, project: str, name: str, stage_name: str, before: Progress | None) -> Progress:
    """Not there, or not read: nothing new is known of it but that. A failure that was seen stays one."""
    if before is not None and before.outcome is Outcome.FAILED:
        return before
    was_seen = before is not None and bool(before.shown.steps)
    shown = before.shown if before is not None else PromotionProgress(name=name, stage=stage_name)
    if not snapshot.lacks(Promotion, project, name):
        return _unread(shown, snapshot.kind_gap(Promotion.KIND), before if was_seen else None)
    made = ulid_time(name)
    if not was_seen and made is not None and abs((snapshot.observed_at - made).total_seconds()) < FRESH:
        line = "it has only just been made and cannot be seen yet"
        return Progress(shown=shown.model_copy(update={"lines": [line], "verdict": MOVING}), why=line, begun=made)
    if stage_name and snapshot.lacks(Stage, project, stage_name):
        line = f"Stage {stage_name} was deleted, and the Promotion with it"
    else:
        line = "it was deleted: what it had done stays done, and nothing records it"
    shown = shown.model_copy(update={"lines": [line], "verdict": DELETED, "ended": True})
    return Progress(shown=shown, why=line, outcome=Outcome.FAILED, is_missing=not was_seen)


def _unread(shown: PromotionProgress, gap: Gap | None, before: Progress | None) -> Progress:
    """What was known of it stays; nothing is taken as ended that cannot be looked at."""
    line = f"{_UNREAD}{f': {one_line(gap.reason)}' if gap is not None else ''}"
    lines = [one for one in shown.lines if not one.startswith(_UNREAD)] if before is not None else []
    verdict = MOVING if before is not None else UNREAD
    shown = shown.model_copy(update={"lines": [*lines, line], "verdict": verdict, "ended": False})
    return Progress(shown=shown, why=line, is_known=before is not None, begun=before.begun if before else None)


def never_existed(snapshot: Snapshot, project: str, name: str) -> UsageError:
    """Names the newest Promotions of the Stage, or of the project where the name tells no Stage."""
    stage = snapshot.get(Stage, project, stage_named(name))
    every = promotions_to(stage, snapshot) if stage is not None else snapshot.all(Promotion, project)
    names = [one.name for one in newest_first(every)]
    where = f"Stage {stage.name}" if stage is not None else f"project {project}"
    near = did_you_mean(name, names)
    return UsageError(
        f"no Promotion {name!r} in project {project!r}, or it was deleted since{near}",
        f"newest Promotions of {where}: {', '.join(names[:6]) or 'none'}; Stages there: "
        f"{existing(one.name for one in snapshot.all(Stage, project))}",
    )


def _stops(
    run: Run, snapshot: Snapshot, project: str, view: StageView | None, found: Sequence[after.Deployed]
) -> list[Stop]:
    """From the Promotion itself to Freight that is marked as verified, as far as it makes sense to look."""
    itself = _itself(run, view, found)
    if itself.outcome is Outcome.FAILED:
        since = _since(run, view)
        return [itself, Stop(line=since, outcome=Outcome.DONE)] if since else [itself]
    if view is None:
        if snapshot.lacks(Stage, project, run.stage):
            return [
                itself,
                Stop(line=f"Stage {run.stage} does not exist any more", outcome=Outcome.FAILED, verdict=DELETED),
            ]
        return [itself, Stop(line=f"Stage {run.stage} could not be read", is_known=False)]
    if itself.outcome is None:
        return [itself]
    first = after.recorded(run, view)
    if first.outcome is not Outcome.DONE:
        return [itself, first]
    every = list(found)
    return [
        itself,
        first,
        *after.later_ones(run, view),
        after.applications(every),
        after.health(run, view, every),
        after.verification(run, view),
        after.marked(run, view),
    ]


def _since(run: Run, view: StageView | None) -> str:
    """What the Stage has been at after a Promotion that failed."""
    last, running = (view.last, view.running) if view is not None else (None, None)
    if running is not None and running.name != run.name:
        return f"{one_line(running.name, 120)} runs since"
    if last is not None and last.name > run.name:
        return f"{one_line(last.name, 120)}, after it, ended {last.status.phase}"
    return ""


def _itself(run: Run, view: StageView | None, found: Sequence[after.Deployed]) -> Stop:
    phase, status = run.status.phase, run.status
    if phase == "Succeeded":
        return Stop(line="Succeeded", outcome=Outcome.DONE)
    if run.is_ended:
        step = failed_step(run.steps, status)
        where = f" at {title(step, len(run.steps))}{tried(step)}" if step is not None else ""
        message = (step.message if step is not None else "") or status.message
        told = f": {one_line(message, MESSAGE_LIMIT)}" if message else ""
        return Stop(line=f"{phase}{where}{told}", outcome=Outcome.FAILED)
    if phase != "Running":
        return Stop(line=f"{phase or 'not taken up yet'}; {_queue(run, view) or 'its place in the queue is not known'}")
    step = running_step(run.steps, status)
    if step is None:
        return Stop(line="Running")
    return Stop(line=f"{title(step, len(run.steps))}{tried(step)}{_waits_for(step, status, found)}")


def _waits_for(step: StepRun, status: PromotionStatus, found: Sequence[after.Deployed]) -> str:
    message = one_line(step.message)
    if is_of_pull_request(step):
        link = pull_request(step, status)
        return f": waiting for the pull request{f' {link}' if link else ''}{f' ({message})' if message else ''}"
    open_ = [one for one in found if not one.is_fine]
    if step.uses in _DEPLOYS and open_:
        return f": waiting for {after.among(open_)}{f' ({message})' if message else ''}"
    return f": {message}" if message else ""


def _queue(run: Run, view: StageView | None) -> str:
    """Its place among those that wait, and what has to end first (Kargo takes them in the order of their names)."""
    waiting = [one.name for one in view.waiting_promotions] if view is not None else []
    if view is None or run.is_ended or run.status.phase == "Running" or run.name not in waiting:
        return ""
    place = waiting.index(run.name)
    return f"place {place + 1} of {len(waiting)} in the queue, before it: {graph.ahead(view, place)}"


def _progress(
    run: Run, snapshot: Snapshot, view: StageView | None, stops: list[Stop], applications: list[str]
) -> Progress:
    open_ = [one for one in stops if one.outcome is not Outcome.DONE]
    failed = next((one for one in open_ if one.outcome is Outcome.FAILED), None)
    known = [one for one in open_ if one.is_known]
    decisive = failed or next(iter([*known, *open_]), stops[-1])
    outcome = Outcome.FAILED if failed else None if open_ else Outcome.DONE
    followed = len(stops) > _BEFORE_HEALTH
    verdict = LIVE if outcome is Outcome.DONE else FAILED if failed else MOVING if known else UNREAD
    info = view.verification_info if view is not None and followed else None
    shown, more = bounded(applications, after.MOST_APPLICATIONS, "further Applications")
    return Progress(
        shown=PromotionProgress(
            name=run.name,
            stage=run.stage,
            freight=run.freight,
            phase=run.status.phase,
            message=quoted(run.status.message, MESSAGE_LIMIT),
            queue=_queue(run, view),
            steps=steps_of(run.steps, run.status),
            applications=[*shown, *more],
            health=view.health if view is not None and followed else "",
            verification=(info.phase or "Pending") if info is not None else "",
            lines=[one.line for one in stops],
            ended=outcome is not None,
            verdict=decisive.verdict or verdict,
        ),
        why=decisive.line,
        outcome=outcome,
        is_known=outcome is not None or bool(known),
        is_past=run.is_ended and run.status.phase != "Succeeded" and bool(_since(run, view)),
        settles=_settles(run, snapshot, view) if outcome is Outcome.FAILED and not followed else False,
        action=decisive.action,
        begun=started(run.object) if run.object is not None else run.status.started_at or run.created,
    )


def _settles(run: Run, snapshot: Snapshot, view: StageView | None) -> bool:
    """It ended a moment ago, and the Stage, which a diagnosis is made of, does not tell yet."""
    last, ended = view.last if view is not None else None, run.status.finished_at
    if view is None or ended is None or (last is not None and last.name >= run.name):
        return False
    return (snapshot.observed_at - ended).total_seconds() < FRESH
