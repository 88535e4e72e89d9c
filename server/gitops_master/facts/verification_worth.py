"""What a verification's result is worth, and how a metric that did not pass is told: shared by rules and probes."""

from datetime import datetime, timedelta

from gitops_master.facts.patterns import Pattern, find
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text
from gitops_master.facts.verification import VerificationView
from gitops_master.facts.verification_outcome import MetricFacts

TERMINATED = Pattern(
    "analysisrun-terminated",
    r"Metric Terminated|Run Terminated",
    "argoproj/argo-rollouts@v1.9.1 analysis/analysis.go runMeasurements and assessRunStatus, the same at v1.10.0-rc1: a run that was "
    "told to end, not one that could not decide",
    vectors=(
        'Metric "smoke" assessed Inconclusive due to inconclusive (1) > inconclusiveLimit (0): "Error Message: Metric Terminated"',
        "Run Terminated",
    ),
)
_SAME_MOMENT = timedelta(seconds=5)


def was_terminated(text: str) -> bool:
    return find(TERMINATED, text) is not None


def cut_off(view: VerificationView) -> Text | None:
    """The words of the termination, where nothing was measured besides."""
    run = view.run
    if run is None:
        return None
    taken = [one for result in view.results for one in result.measurements if not was_terminated(one.message)]
    if any(one.phase in {"Successful", "Failed"} for one in taken):
        return None
    cut = next((one for one in view.texts if was_terminated(one.value)), None)
    if cut is not None:
        return cut
    return Text(run.ref, "spec.terminate", "true") if run.spec.terminate and not view.results else None


def only_dry_run(view: VerificationView) -> bool:
    """Whether no metric had a say in the result."""
    return bool(view.results) and all(one.dry_run for one in view.results)


def precedes(stage: StageView, view: VerificationView) -> datetime | None:
    """When the last Promotion ended, where the AnalysisRun is older: it measured what ran before."""
    created = view.run.created if view.run is not None else None
    last = stage.last
    if created is None or last is None or last.finished_at is None or last.status.phase != "Succeeded":
        return None
    return last.finished_at if last.finished_at - created >= _SAME_MOMENT else None


def not_passed(view: VerificationView, bad: MetricFacts | None, words: str) -> str:
    """`metric m of AnalysisRun r did not pass, value 3 against successCondition result < 1; last words of its Job: …`"""
    what = f"metric {bad.result.name} of AnalysisRun {view.run.name}" if bad and view.run else "its analysis"
    text = f"{what} did not pass"
    if bad is not None and bad.last is not None and bad.last.value:
        field, expression = bad.condition
        text += f", value {bad.last.value}" + (f" against {field} {expression}" if expression else "")
    return f"{text}; last words of its Job: {words}" if words else text
