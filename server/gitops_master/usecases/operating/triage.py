"""Why a Promotion does not end, or ended badly: the diagnosis of its Stage, as analyze_stage gives it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from gitops_master.facts.durations import human
from gitops_master.model.errors import GitOpsError
from gitops_master.model.finding import Diagnosis, Verdict
from gitops_master.model.operating import Outcome
from gitops_master.model.state import one_line
from gitops_master.ports.cluster import ClusterReader
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from gitops_master.usecases.operating.after_promotion import REPLACED
from gitops_master.usecases.operating.promotion_progress import DELETED, Progress

PATIENCE = timedelta(minutes=10)
"""Since a Promotion began: longer than steps, a rollout and a verification take where nothing is wrong."""


def is_overdue(one: Progress, now: datetime) -> bool:
    """`now`: by the clock that `begun` is of, the snapshot's."""
    return one.outcome is None and one.begun is not None and now - one.begun > PATIENCE


def to_diagnose(every: Iterable[Progress], now: datetime | None) -> Progress | None:
    """The first that failed and whose Stage can tell why; else the first that takes too long."""
    known = list(every)
    failed = (one for one in known if one.outcome is Outcome.FAILED and one.shown.verdict not in {REPLACED, DELETED})
    slow = (one for one in known if now is not None and is_overdue(one, now))
    return next(failed, None) or next(slow, None)


async def diagnose(reader: ClusterReader, project: str, stage: str, deadline_s: float) -> tuple[Diagnosis | None, str]:
    """The Stage's diagnosis, or why there is none."""
    try:
        return await analyze(reader, AnalyzeRequest(project=project, stage=stage, deadline_s=deadline_s)), ""
    except GitOpsError as error:
        return None, f"Stage {stage} could not be analysed: {one_line(error.message)}"


def explains(found: Diagnosis, one: Progress | None) -> bool:
    """Whether it is about what stopped the Promotion: a Stage that is fine, or at work on a later one, says nothing of that."""
    past = one is not None and one.is_past
    return found.verdict is Verdict.BROKEN or (found.verdict is not Verdict.HEALTHY and not past)


def told(one: Progress, now: datetime, found: Diagnosis | None, problem: str) -> str:
    """`after 11m Promotion … has not ended: …`."""
    took = human(now - one.begun) if one.begun is not None else "a while"
    root = found.root_cause if found is not None else None
    why = f"{root.title}: {one_line(root.summary)}" if root is not None else problem or "no cause was found"
    return f"after {took} promotion {one.shown.name} has not ended: {why}"
