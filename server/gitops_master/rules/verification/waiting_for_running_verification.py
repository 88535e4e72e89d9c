from collections.abc import Iterator
from datetime import datetime, timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import human, later, parse_duration, stamp
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification import VerificationView
from gitops_master.facts.verification_outcome import MetricFacts, begun, in_progress, metrics
from gitops_master.facts.verification_pods import not_starting
from gitops_master.model.finding import Class, Confidence, Evidence, Risk, Severity
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.model.snapshot import Snapshot
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get
from gitops_master.rules.verification.analysis_without_count_never_ends import endless
from gitops_master.rules.verification.effects import HELD, JOB_NEEDS, abort

STARTS = timedelta(seconds=30)
"""A live Rollouts controller gives a new AnalysisRun its first status within seconds."""


@rule(
    "waiting-for-running-verification",
    area="verification",
    title="The verification of the current Freight is running",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.LOW,
    needs=JOB_NEEDS,
    explains=HELD - {"waiting-for-running-verification"},
    sources=("akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go", "akuity/kargo#2762", "akuity/kargo#2795"),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The Stage is in VerificationPending or VerificationRunning; the next Promotion stays Pending, downstream gets nothing.

    Why: Kargo starts no Promotion of a Stage while a verification of its current Freight runs: not a deadlock.

    How to tell: the latest verification is Pending or Running, its AnalysisRun is Running and measures, or waits for its Job.

    What to do: wait; abort the verification only if its result is not wanted any more.

    Not this when: the run has no status or makes no progress (controller, Job's pod, provider), has no end (no count), or has
    ended while the Stage has not noticed.
    """
    view = in_progress(stage)
    if view is None or not _advances(stage.snapshot, view):
        return
    since = begun(view)
    age = f" for {human(stage.snapshot.observed_at - since)}, since {stamp(since)}" if since else " for some time"
    behind = [one.name for one in stage.waiting_promotions]
    held = f" Promotion {behind[0]} waits behind it." if behind else ""
    known = view.run is not None
    name = view.info.analysis_run.name if view.info.analysis_run else ""
    yield Hit(
        summary=f"The verification of the current Freight in {stage.name} has been running{age} (AnalysisRun {name}).{held}",
        evidence=_evidence(stage, view),
        remedies=[
            advise(
                "Wait for its result",
                risk=Risk.NONE,
                confirm_with=get("analysisruns.argoproj.io", stage.project, name, ".status.phase"),
            ),
            abort(stage, "Abort the verification, only if nobody wants its result any more"),
        ],
        ends=_ends(view),
        confidence=Confidence.HIGH if known else Confidence.MEDIUM,
    )


def _advances(snapshot: Snapshot, view: VerificationView) -> bool:
    started = begun(view)
    young = started is not None and snapshot.observed_at - started < STARTS
    if view.run is None:
        return not snapshot.knows_all(AnalysisRun.KIND) and (view.phase == "Running" or young)
    if not view.run.status.phase:
        return young
    erring = any(one.last is not None and one.last.phase == "Error" for one in metrics(view))
    return not erring and endless(view) is None and not_starting(view) is None


def _evidence(stage: StageView, view: VerificationView) -> list[Evidence]:
    found = [fact(stage.stage, f"{view.path}.phase", view.phase or "none", view.info.start_time)]
    if view.run is not None:
        found.append(fact(view.run, "status.phase", view.run.status.phase or "empty", view.run.status.started_at))
        for one in metrics(view)[:2]:
            found.append(fact(view.run, f"{one.path} ({one.result.name})", _progress(one)))
    for job in [one for one in view.jobs[:1] if one.job.status.start_time]:
        pods = ", ".join(f"{pod.name} {pod.status.phase}" for pod in job.pods[:2]) or "no pod seen"
        found.append(fact(job.job, "status.active", f"{job.job.status.active} ({pods})", job.job.status.start_time))
    for promotion in stage.waiting_promotions[:1]:
        found.append(fact(promotion, "status.phase", promotion.status.phase or "none", promotion.created))
    return found


def _progress(one: MetricFacts) -> str:
    result = one.result
    total = f" of {one.metric.count}" if one.metric is not None and one.metric.count else ""
    kinds = {"successful": result.successful, "failed": result.failed, "error": result.error}
    told = "".join(f", {number} {kind}" for kind, number in kinds.items() if number)
    return f"{result.phase}, count {result.count}{total}{told}"


def _ends(view: VerificationView) -> str:
    ends = [time for one in metrics(view) if (time := _end_of(one)) is not None]
    if ends:
        return f"when all measurements are taken, about {stamp(max(ends))}"
    deadlines = [
        later(job.job.status.start_time, timedelta(seconds=job.job.spec.active_deadline_seconds))
        for job in view.jobs[:1]
        if job.job.status.start_time and job.job.spec.active_deadline_seconds
    ]
    return (
        f"when its Job has ended, at the latest {stamp(deadlines[0])}"
        if deadlines
        else "when its AnalysisRun has ended"
    )


def _end_of(one: MetricFacts) -> datetime | None:
    """When the last measurement is due, for a metric that measures every interval."""
    interval = parse_duration(one.metric.interval) if one.metric and one.metric.interval else None
    taken = one.last.started_at if one.last else None
    try:
        count = int(one.metric.count or 0) if one.metric else 0
    except ValueError:
        return None
    return later(taken, interval, max(0, count - one.result.count)) if interval and taken and count else None
