"""The plan of a promotion: to a Stage, to all downstream of one, or of what a Stage's last Promotion was about once more."""

import hashlib
import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from gitops_master.facts import autopromotion
from gitops_master.facts.progress import actor
from gitops_master.facts.stage import StageView
from gitops_master.model.argocd import Application, AppProject
from gitops_master.model.errors import Forbidden, Unreachable, UsageError
from gitops_master.model.kargo import (
    ClusterPromotionTask,
    Freight,
    Project,
    ProjectConfig,
    Promotion,
    PromotionTask,
    Warehouse,
)
from gitops_master.model.operating import GateVerdict, Operation, Plan, StagePlan
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.ports.writing import Promote, Write
from gitops_master.ports.writing_commands import command_of
from gitops_master.usecases.graph import auto_promotion_state, name_of
from gitops_master.usecases.operating.app_gates import app_gates
from gitops_master.usecases.operating.auto_hold import HoldOutlook, hold_outlook
from gitops_master.usecases.operating.cautions import cautions, moving
from gitops_master.usecases.operating.changes import changes, held_now
from gitops_master.usecases.operating.gates import Attempt, attempt, gate, kargo_gates
from gitops_master.usecases.operating.next_steps import next_steps
from gitops_master.usecases.operating.planned import After, OperationRequest, Planned, Trace
from gitops_master.usecases.operating.verdicts import go_ahead, worst
from gitops_master.usecases.operating.which_freight import which_freight
from gitops_master.usecases.targets import find_in_project, find_project

KINDS = frozenset(
    {
        *(one.KIND for one in (Stage, Promotion, Freight, Warehouse, Project, ProjectConfig)),
        *(one.KIND for one in (PromotionTask, ClusterPromotionTask, Application, AppProject, AnalysisRun)),
        "v1/Pod",
        "v1/ConfigMap",
        "coordination.k8s.io/Lease",
    }
)
_ROUNDING = timedelta(seconds=1)
"""creationTimestamp has whole seconds (remedies seen on v1.11.2), so what was made just after may look a second older."""


class _Planner:
    """What promotions have in common."""

    def kinds(self) -> frozenset[str]:
        return KINDS

    def done(self, planned: Planned, write: Write, before: Snapshot, now: Snapshot, since: datetime) -> Trace:
        """By Freight, time and absence before; a Promotion that auto-promotion made may hide that ours was not."""
        if not isinstance(write, Promote):
            raise TypeError(f"not a promotion: {write!r}")
        known = {one.name for one in before.all(Promotion, write.namespace)}
        new = [
            one
            for one in now.all(Promotion, write.namespace)
            if one.spec.stage == write.stage
            and one.spec.freight == write.freight
            and one.name not in known
            and one.created is not None
            and one.created >= since - _ROUNDING
        ]
        ours = tuple(sorted(one.name for one in new if actor(one)))
        if len(ours) == 1:
            return Trace(True, ours, f"Promotion {ours[0]} was created after the request was sent")
        if ours:
            return Trace(
                True, ours, f"several Promotions of it were created after the request was sent: {', '.join(ours)}"
            )
        if new:
            names = tuple(sorted(one.name for one in new))
            words = f"{', '.join(names)} appeared after the request was sent, but name no person: auto-promotion may have made them"
            return Trace(None, names, words)
        gap = now.kind_gap(Promotion.KIND)
        if gap is not None:
            return Trace(None, (), f"Promotions: {gap.reason}")
        return Trace(False, (), "no Promotion of this Freight to the Stage was created since the request was sent")

    def after(self, planned: Planned, before: Snapshot, now: Snapshot, since: datetime) -> After:
        return After("a Promotion is followed by its name")


class Promotions(_Planner):
    """Freight into a Stage, or into all that take it from one."""

    def plan(self, request: OperationRequest, snapshot: Snapshot) -> Planned:
        _only(request, "stage", "freight")
        project = find_project(snapshot, request.project)
        source = _stage_view(request, snapshot, project)
        views, skipped = _downstream(source, snapshot) if request.downstream else ([source], [])
        freight = which_freight(request.freight, views, snapshot)
        if request.downstream:
            views = [view for view in views if _takes(view.stage, freight, source.name)]
            if not views:
                raise UsageError(
                    f"no Stage takes Freight of {freight.origin.key} from {source.name}",
                    "name the Stage itself without --downstream, or other Freight",
                )
        attempts = [attempt(view, freight, rollback=request.rollback) for view in views]
        through = source.name if request.downstream else ""
        return _planned(request, attempts, through=through, skipped=skipped)


class Repromotion(_Planner):
    """The Freight of a Stage's last Promotion once more, after what stopped it was mended."""

    def plan(self, request: OperationRequest, snapshot: Snapshot) -> Planned:
        _only(request, "stage")
        project = find_project(snapshot, request.project)
        view = _stage_view(request, snapshot, project)
        last = view.last
        name = last.freight.name if last is not None and last.freight is not None else ""
        if last is not None and not name and last.object is not None:
            name = last.object.spec.freight
        if last is None or not name:
            raise UsageError(
                f"Stage {view.name} has no last Promotion that could be repeated",
                "promote Freight to it: operation promote",
            )
        freight = snapshot.get(Freight, project, name)
        if freight is None:
            raise _no_longer(view, name, last.name)
        return _planned(request, [attempt(view, freight, again=True)])


def _no_longer(view: StageView, name: str, promotion: str) -> UsageError | Forbidden | Unreachable:
    what = f"Freight {name} of the last Promotion {promotion}"
    if view.snapshot.lacks(Freight, view.project, name):
        return UsageError(f"{what} no longer exists", "promote other Freight: operation promote")
    gap = view.snapshot.kind_gap(Freight.KIND)
    reason = gap.reason if gap is not None else "not read"
    if gap is not None and gap.denied:
        return Forbidden(f"cannot read {what}: {reason}", "have that granted (a reader's role does)")
    return Unreachable(f"cannot read {what}: {reason}", "gitops-master doctor tells what is reachable, and as whom")


def _only(request: OperationRequest, *allowed: str) -> None:
    given = [name for name in ("stage", "freight", "promotion", "warehouse", "app") if getattr(request, name)]
    flags = [name for name in ("downstream", "rollback") if getattr(request, name)]
    wrong = [name for name in given if name not in allowed] + (flags if "freight" not in allowed else [])
    if wrong:
        raise UsageError(
            f"{request.operation.value} takes no {', '.join(wrong)}", f"it takes project, {', '.join(allowed)}"
        )


def _stage_view(request: OperationRequest, snapshot: Snapshot, project: str) -> StageView:
    if not request.stage:
        names = sorted(one.name for one in snapshot.all(Stage, project))
        raise UsageError(f"which Stage of project {project!r}?", f"Stages there: {', '.join(names[:12]) or 'none'}")
    return StageView(find_in_project(snapshot, Stage, project, request.stage), snapshot)


def _downstream(source: StageView, snapshot: Snapshot) -> tuple[list[StageView], list[str]]:
    """(Stages that take Freight from this one, control-flow ones among them, which take it by themselves)."""
    if not snapshot.knows_all(Stage.KIND):
        gap = snapshot.kind_gap(Stage.KIND)
        why = gap.reason if gap is not None else "not read in full"
        raise Unreachable(
            f"cannot tell which Stages are downstream of {source.name}: {why}", "name one Stage at a time"
        )
    takers = sorted(source.takers, key=lambda one: one.name)
    views = [StageView(one, snapshot) for one in takers]
    regular = [view for view in views if not view.is_control_flow]
    skipped = [view.name for view in views if view.is_control_flow]
    if not regular:
        which = f": {', '.join(skipped)} are control-flow Stages, which take Freight by themselves" if skipped else ""
        raise UsageError(f"there is no Stage downstream of {source.name} to promote to{which}", "name the Stage itself")
    return regular, skipped


def _takes(stage: Stage, freight: Freight, source: str) -> bool:
    return any(
        one.origin.key == freight.origin.key and source in one.sources.stages for one in stage.spec.requested_freight
    )


def _planned(
    request: OperationRequest, attempts: Sequence[Attempt], *, through: str = "", skipped: Sequence[str] = ()
) -> Planned:
    freight, project = attempts[0].freight, attempts[0].view.project
    snapshot = attempts[0].view.snapshot
    outlooks = [hold_outlook(one.view, freight) for one in attempts]
    plans = [_stage_plan(one, hold, request.freight) for one, hold in zip(attempts, outlooks, strict=True)]
    plan = Plan(
        operation=request.operation,
        project=project,
        freight=freight.name,
        freight_label=name_of(freight),
        verdict=worst(one.verdict for one in plans),
        targets=plans,
        question=_question(request.operation, freight, plans, skipped),
        command=_command(project, freight.name, through, plans[0].target),
    )
    found = snapshot.get(Project, "", project)
    words = {
        word for one, hold, shown in zip(attempts, outlooks, plans, strict=True) for word in _inputs(one, hold, shown)
    }
    return Planned(
        plan=plan,
        stages=tuple((project, one.target) for one in plans),
        writes=tuple(Promote(namespace=project, stage=one.target, freight=freight.name) for one in plans),
        inputs=tuple(sorted(words)),
        project_uid=found.metadata.uid if found is not None else "",
    )


def _stage_plan(of: Attempt, hold: HoldOutlook, words: str) -> StagePlan:
    follows = gate("auto-promotion", GateVerdict.OPEN, hold.detail, of.view.stage)
    gates = [*kargo_gates(of), follows, *app_gates(of)]
    return StagePlan(
        target=of.view.name,
        verdict=go_ahead(gates),
        now=held_now(of.view),
        changes=changes(of.view, of.freight),
        step_back=of.back.older,
        hold=hold.hold,
        gates=gates,
        next=next_steps(of),
        warnings=cautions(of, hold, " ".join(words.split())),
    )


def _question(operation: Operation, freight: Freight, plans: Sequence[StagePlan], skipped: Sequence[str]) -> str:
    """The same for the same plan: no times in it."""
    name, where = name_of(freight), ", ".join(one.target for one in plans)
    verb = "Promote" if operation is Operation.PROMOTE else "Promote once more"
    instead = f" (now {', '.join(plans[0].now)})" if len(plans) == 1 and plans[0].now else ""
    parts = []
    back = [one.target for one in plans if one.step_back]
    held = [one.target for one in plans if one.hold]
    if back:
        parts.append(f"a step back in {', '.join(back)}")
    if held:
        parts.append(f"auto-promotion of {freight.origin.key} stops in {', '.join(held)}")
    if skipped:
        parts.append(f"left out, since Freight passes through them by itself: {', '.join(skipped)}")
    more = f" This means: {'; '.join(parts)}." if parts else ""
    stages = "Stages" if len(plans) > 1 else "Stage"
    return f"{verb} Freight {name} to {stages} {where}{instead}?{more}"


def _command(project: str, freight: str, through: str, stage: str) -> str:
    if not through:
        return command_of(Promote(namespace=project, stage=stage, freight=freight))
    words = ["kargo", "promote", f"--project={project}", f"--freight={freight}", f"--downstream-from={through}"]
    return shlex.join(words)


def _inputs(of: Attempt, hold: HoldOutlook, shown: StagePlan) -> Iterator[str]:
    """What was judged, in words that stay the same as long as it does."""
    view, stage, freight, name = of.view, of.view.stage, of.freight, of.view.name
    yield f"freight {freight.name}"
    sources = {up for one in stage.spec.requested_freight for up in one.sources.stages}
    yield from (f"freight verified in {one}" for one in freight.status.verified_in if one in sources)
    yield from (f"freight approved for {one}" for one in freight.status.approved_for if one == name)
    yield from (f"freight now in {one}" for one in freight.status.currently_in if one == name)
    yield f"{name}: uid {stage.metadata.uid or 'none'}"
    yield f"{name}: holds {view.current.id if view.current else 'nothing'} {sorted(one.name for one in view.current_freight)}"
    yield f"{name}: last {stage.status.last_promotion.name if stage.status.last_promotion else 'none'}"
    yield from (f"{name}: moving {one.name}" for one in moving(view))
    yield from (f"{name}: hold {key} {one.freight_name}" for key, one in autopromotion.holds(stage).items())
    yield f"{name}: auto-promotion {auto_promotion_state(view).enabled}, {hold.word}"
    yield f"{name}: template {_digest(of)}"
    yield f"{name}: step back {of.back.older}"
    yield from (f"{name}: gate {one.name} {one.object} {one.verdict.value}" for one in shown.gates)


def _digest(of: Attempt) -> str:
    """Of the steps that would run, those of tasks included."""
    steps = [(one.alias, one.uses, msgspec.to_builtins(one.step), sorted(one.vars.items())) for one in of.steps]
    return hashlib.sha256(msgspec.json.encode(steps, order="deterministic")).hexdigest()[:16]
