"""Which Promotion a Stage's verification was run for: its own, one asked for again, or an older result taken over."""

from datetime import timedelta

from gitops_master.facts.durations import human, stamp
from gitops_master.facts.stage import StageView
from gitops_master.facts.verification import VerificationView

SAME_MOMENT = timedelta(seconds=5)
"""Kargo notes the start before it creates a run: a run that is clearly older was not made by this verification."""
PROMOTION = "kargo.akuity.io/promotion"
"""On AnalysisRuns (Kargo pkg/controller/stages/regular_stages.go startVerification): not on those that a person asked for."""


def head_start(view: VerificationView) -> timedelta | None:
    """How much older the AnalysisRun is than the verification that names it; None where that one made it, or nothing tells."""
    created = view.run.created if view.run is not None else None
    started = view.info.start_time
    if created is None or started is None or started - created < SAME_MOMENT:
        return None
    return started - created


def origin(stage: StageView) -> str:
    """Whether the newest verification belongs to the last Promotion, in words; empty where nothing tells."""
    view = stage.verification
    if view is None:
        return ""
    if stage.running is not None:
        return f"of the Freight held before: Promotion {stage.running.name} is running"
    older = head_start(view)
    if older is not None and view.run is not None:
        return f"nothing was measured: the result of AnalysisRun {view.run.name}, which is {human(older)} older, was reused"
    started = f" at {stamp(view.info.start_time)}" if view.info.start_time else ""
    if view.info.actor:
        return f"asked for again by {view.info.actor}{started}"
    return _of_promotion(stage, view, started)


def _of_promotion(stage: StageView, view: VerificationView, started: str) -> str:
    last = stage.last
    named = view.run.annotations.get(PROMOTION, "") if view.run is not None else ""
    if named and last is not None:
        return (
            f"of the last Promotion, {named}"
            if named == last.name
            else f"of Promotion {named}; the last is {last.name}"
        )
    if last is None or last.finished_at is None or view.info.start_time is None:
        return f"of Promotion {named}" if named else ""
    if view.info.start_time < last.finished_at - SAME_MOMENT:
        return f"older than the last Promotion: started{started}, {last.name} ended at {stamp(last.finished_at)}"
    again = "asked for again" if len(stage.verifications) > 1 else "started"
    return f"{again}{started}, after the last Promotion, {last.name}"
