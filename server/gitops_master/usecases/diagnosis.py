"""Putting an analysis into the shape that is answered: verdict, status lines, what was not checked, the report."""

from collections.abc import Iterable, Sequence
from typing import Any

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.stage import CORE, StageView
from gitops_master.model.argocd import Application
from gitops_master.model.finding import (
    Class,
    Diagnosis,
    Evidence,
    Finding,
    Incident,
    NotChecked,
    Status,
    Target,
    Verdict,
    quoted,
)
from gitops_master.model.kargo import Warehouse
from gitops_master.model.meta import Condition, Object
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.state import left_out
from gitops_master.rules.engine import MOST_SUMMARY, Run
from gitops_master.rules.ranking import Ranked
from gitops_master.rules.registry import View
from gitops_master.usecases.incidents import VERDICTS
from gitops_master.usecases.report import diagnosis_report
from gitops_master.usecases.size import bounded_targets, fitting

MOST_FINDINGS = 8
MOST_EVIDENCE = 10
MOST_GAPS = 20
MOST_INCIDENTS = 25


def for_stage(view: View, ranked: Ranked, run: Run, upstream: Sequence[tuple[StageView, Ranked]]) -> Diagnosis:
    """A Stage's diagnosis; where it only waits for Stages upstream, what ails those is named in it."""
    root = ranked.root
    others = list(ranked.others)
    for stage, found in upstream:
        if found.root is not None and root is not None and ranked.root is not None:
            root = _led_to(root, ranked.root, stage, found.root)
            others.insert(0, found.root)
    return for_view(view, Ranked(root, tuple(others)), run)


def _led_to(root: Finding, own: Finding, stage: StageView, patient: Finding) -> Finding:
    """The wait with what the Stage upstream ails from; `own`: as the waiting Stage's rule found it."""
    is_broken = patient.class_ is Class.FAULT
    text = patient.id if is_broken else f"{patient.id}: {patient.summary}"
    seen = Evidence(object=str(stage.ref), path="root cause", value=quoted(text))
    update: dict[str, Any] = {"evidence": [*root.evidence, seen]}
    if is_broken:
        cause = f"{own.summary} The cause lies in Stage {stage.name}. {patient.summary}"
        update["summary"] = quoted(cause, MOST_SUMMARY)
        update["ends"] = f"not by itself: {stage.name} is broken ({patient.id})"
        # The first of its own remedies says where to look, which is done by now; the patient's are what helps.
        update["remedies"] = [*patient.remedies, *own.remedies[1:]]
    return root.model_copy(update=update)


def for_view(view: View, ranked: Ranked, run: Run) -> Diagnosis:
    gaps = _required_gaps(view)
    if gaps and ranked.root is not None and ranked.root.class_ is Class.HEALTHY:
        ranked = Ranked(None, (ranked.root, *ranked.others))  # "nothing is wrong" takes having seen everything
    return _finished(
        Diagnosis(
            project=view.ref.namespace if not isinstance(view, ApplicationView) else "",
            target=Target.of(view.ref),
            verdict=_verdict(ranked.root, bool(gaps)),
            root_cause=_bounded(ranked.root) if ranked.root else None,
            status=_status(view),
            findings=[_bounded(one) for one in ranked.others[:MOST_FINDINGS]],
            not_checked=_not_checked(view.snapshot, gaps, [run]),
            left_out=left_out(len(ranked.others) - MOST_FINDINGS, "further findings"),
            **_context(view.snapshot),
        )
    )


def for_project(
    project: str, snapshot: Snapshot, incidents: list[Incident], views: Sequence[View], runs: Sequence[Run]
) -> Diagnosis:
    """A project's diagnosis: incidents, worst first. Whatever has no incident is fine as far as could be read."""
    core = [kind for kind in CORE if not snapshot.knows_all(kind)]
    gaps = list(dict.fromkeys([*core, *(kind for view in views for kind in _required_gaps(view))]))
    if gaps:
        incidents = [one for one in incidents if one.verdict is not Verdict.HEALTHY]  # as for one target
    worst = incidents[0] if incidents else None
    shown = [
        bounded_targets(one).model_copy(update={"root_cause": _bounded(one.root_cause)})
        for one in incidents[:MOST_INCIDENTS]
        if one.root_cause
    ]
    stages, warehouses = len(snapshot.all(Stage, project)), len(snapshot.all(Warehouse, project))
    return _finished(
        Diagnosis(
            project=project,
            target=Target(kind="Project", name=project),
            verdict=worst.verdict if worst else _verdict(None, bool(gaps)),
            root_cause=shown[0].root_cause if shown else None,
            status=Status(lines=[f"{stages} Stages, {warehouses} Warehouses, {len(incidents)} incidents"]),
            incidents=shown,
            not_checked=_not_checked(snapshot, gaps, runs),
            left_out=left_out(len(incidents) - MOST_INCIDENTS, "further incidents; ask about one Stage"),
            **_context(snapshot),
        )
    )


def _finished(answer: Diagnosis) -> Diagnosis:
    return fitting(answer, lambda one: one.model_copy(update={"report": diagnosis_report(one)}))


def _context(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "context": snapshot.source,
        "observed_at": snapshot.observed_at,
        "clock": snapshot.clock,
        "versions": snapshot.versions.as_text(),
    }


def _verdict(root: Finding | None, has_gaps: bool) -> Verdict:
    if root is not None:
        return VERDICTS[root.class_]
    return Verdict.UNKNOWN if has_gaps else Verdict.HEALTHY


def _required_gaps(view: View) -> list[str]:
    """Kinds without which "nothing wrong" cannot be said of this target."""
    needed: list[str] = [Application.KIND] if isinstance(view, ApplicationView) else list(CORE)
    if isinstance(view, StageView):
        if view.links:
            needed.append(Application.KIND)
        if view.stage.spec.verification is not None:
            needed.append(AnalysisRun.KIND)
    gaps = [kind for kind in needed if not view.snapshot.knows_all(kind)]
    parts = _broken_parts(view)
    return [*gaps, *parts]


def _broken_parts(view: View) -> list[str]:
    """Gaps in the very objects that are looked at: a field of the Stage that did not parse leaves it unknown."""
    objects: list[Object] = []
    if isinstance(view, StageView):
        objects = [view.stage, *(app.app for app in view.apps), *view.warehouses]
    mine = {str(one.ref) for one in objects} | {str(view.ref)}
    return sorted({gap.kind for gap in view.snapshot.gaps if gap.object in mine})


def _not_checked(snapshot: Snapshot, required: Iterable[str], runs: Sequence[Run]) -> list[NotChecked]:
    """What was not read, once for each kind, with how many causes it leaves open; the required ones first."""
    open_rules: dict[str, set[str]] = {}
    for run in runs:
        for one in run.unchecked:
            for kind in one.kinds:
                open_rules.setdefault(kind, set()).add(one.rule.id)
    first = list(dict.fromkeys(required))
    first += sorted({gap.kind for gap in snapshot.gaps if not (gap.object or gap.field)} - set(first))
    kinds = [*first, *sorted(set(open_rules) - set(first), key=lambda kind: (-len(open_rules[kind]), kind))]
    found: list[NotChecked] = []
    for kind in kinds:
        gap = snapshot.kind_gap(kind)
        if gap is not None:
            count = len(open_rules.get(kind, ()))
            leaves = f"{count} causes that need it could not be ruled out" if count else ""
            found.append(NotChecked(what=kind, reason=gap.reason, leaves_open=leaves))
    for failure in (one for run in runs for one in run.failures):
        reason = f"the rule failed ({type(failure.error).__name__}); this is a bug, please report it"
        found.append(NotChecked(what=f"{failure.rule.id} of {failure.subject}", reason=reason))
    for gap in snapshot.gaps:
        what = " ".join(part for part in (gap.object or gap.kind, gap.field) if part)
        if (gap.object or gap.field) and what not in {one.what for one in found}:
            found.append(NotChecked(what=what, reason=quoted(gap.reason, 300)))
    return found[:MOST_GAPS]


def _bounded(finding: Finding) -> Finding:
    effects = [_bounded(one).model_copy(update={"remedies": []}) for one in finding.effects[:MOST_FINDINGS]]
    return finding.model_copy(update={"evidence": finding.evidence[:MOST_EVIDENCE], "effects": effects})


def _status(view: View) -> Status:
    match view:
        case StageView():
            return _stage_status(view)
        case ApplicationView():
            state = view.operation_state
            operation = f"last operation {view.op.value}" + (f" ({state.phase})" if state else "")
            return Status(phase=f"{view.sync or 'not compared'}, {operation}", health=view.health or "none")
    return Status(phase=quoted(_told(view.ready) or "no Ready condition", 400))


def _told(ready: Condition | None) -> str:
    return f"Ready={ready.status} ({ready.reason}) {ready.message}".strip() if ready else ""


def _stage_status(view: StageView) -> Status:
    phase = _told(view.ready) or view.stage.status.phase or "no Ready condition"
    healthy = view.condition("Healthy")
    health = view.health or (f"{healthy.status} ({healthy.reason})" if healthy else "none")
    issues = "; ".join(view.health_issues[:2])
    lines = []
    if view.stage.status.freight_summary:
        lines.append(f"freightSummary: {view.stage.status.freight_summary}")
    if view.last is not None:
        lines.append(f"lastPromotion: {view.last.name} {view.last.status.phase}".strip())
    if view.verification_info is not None:
        lines.append(f"verification: {view.verification_info.phase}")
    return Status(
        phase=quoted(phase, 400), health=quoted(f"{health}: {issues}" if issues else health, 400), lines=lines
    )


def exit_code(verdict: Verdict) -> int:
    """The one table of docs/architecture.md."""
    return {Verdict.HEALTHY: 0, Verdict.BROKEN: 1, Verdict.WAITING: 2, Verdict.UNKNOWN: 3}[verdict]
