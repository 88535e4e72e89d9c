"""Level 4: Kargo's own verification of what the Stage holds."""

from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.durations import lasting, stamp
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification import VerificationView
from gitops_master.facts.verification_outcome import (
    UNSUCCESSFUL,
    bad_metrics,
    begun,
    job_evidence,
    last_words,
    measured,
    outcome,
    run_evidence,
    wanted_logs,
    why_not_begun,
)
from gitops_master.facts.verification_worth import cut_off, not_passed, only_dry_run, precedes
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.kargo import Freight
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.model.snapshot import Wanted
from gitops_master.model.stage import Stage
from gitops_master.model.verification import Verdict
from gitops_master.probes.objects import Fault, judged
from gitops_master.probes.registry import Seen, probe

MARKED = timedelta(minutes=2)
"""Kargo marks verified Freight in the same pass over the Stage; a health check may lie in between."""


@probe(
    "stage-verification-passed",
    level=4,
    order=1,
    kinds=[Stage.KIND, Freight.KIND, AnalysisRun.KIND],
    counts="Stages",
    nothing="no Stage that holds Freight has a verification",
    when=lambda deployed: any(_is_verified(one) for one in deployed.stages),
)
def check(deployed: Deployed) -> Iterator[Seen | Wanted]:
    """Kargo's verification of what the Stage holds now.

    Reads: `Stage.status.freightHistory[].verificationHistory[].phase` (first entry of both), `AnalysisRun.status.metricResults[].phase`, `Freight.status.verifiedIn.<stage>.verifiedAt`
    PASS: `Successful` by an AnalysisRun of its own, with a metric that counts and was not terminated
    WARN: passed once, and a later re-verification did not; a run older than the last Promotion, or none; dry-run metrics only; `"Run Terminated"` or `"Metric Terminated"`; the Freight is not marked as verified
    FAIL: the newest is `Failed`, `Error` or `Aborted`, and none before it passed
    UNKNOWN, SKIPPED: UNKNOWN: not begun, `Pending`, `Running`, `Inconclusive`. SKIPPED: no `Stage.spec.verification`, or no Freight
    Rights: get stages, freights; get analysisruns (argoproj.io)
    """
    for stage in deployed.stages:
        if not _is_verified(stage):
            continue
        view = stage.verification
        if view is not None and outcome(view) in UNSUCCESSFUL:
            yield from wanted_logs(view)
        faults = [_not_begun(stage)] if view is None else _faults(stage, view)
        run = view.run if view is not None else None
        shown = run_evidence(view) if view is not None else []
        yield from judged(stage.ref, faults, f"Successful, by AnalysisRun {run.name}" if run else "Successful", shown)


def _is_verified(stage: StageView) -> bool:
    return stage.stage.spec.verification is not None and stage.current is not None


def _not_begun(stage: StageView) -> Fault:
    verified = stage.condition("Verified")
    said = verified.message if verified is not None else ""
    shown = [fact(stage.stage, "status.freightHistory[0].verificationHistory", "none")]
    told = f"it has not begun: {why_not_begun(stage)}" + (f" ({said})" if said else "")
    return Fault(Verdict.UNKNOWN, told, "Successful", shown)


def _faults(stage: StageView, view: VerificationView) -> list[Fault]:
    phase = outcome(view)
    if phase == "Successful":
        return list(_worth(stage, view))
    if phase not in UNSUCCESSFUL:
        since = lasting(begun(view), stage.snapshot.observed_at)
        return [Fault(Verdict.UNKNOWN, f"it is {phase or 'Pending'}{since}", "Successful", run_evidence(view))]
    said, evidence = _words(view, phase)
    if phase == "Inconclusive":
        return [Fault(Verdict.UNKNOWN, said, "Successful", evidence)]
    passed = next((one for one in stage.verifications if one.phase == "Successful"), None)
    if passed is not None:
        when = f" at {stamp(passed.finish_time)}" if passed.finish_time else ""
        return [Fault(Verdict.WARN, f"it passed{when}, and a later one did not: {said}", "Successful", evidence)]
    return [Fault(Verdict.FAIL, said, "Successful", evidence, [_look(stage, view)])]


def _words(view: VerificationView, phase: str) -> tuple[str, list[Evidence]]:
    """As analyze_stage tells it: the metric with its value and the last words of its Job, else the record's message."""
    bad = next(iter(bad_metrics(view)), None)
    words = last_words(view) if bad is None or bad.provider in {"job", ""} else []
    evidence = run_evidence(view, named=bool(bad and view.run)) + (measured(view, bad) if bad else [])
    evidence += [each for job in view.jobs[:1] for each in job_evidence(job)]
    if words:
        evidence.append(words[-1].as_evidence("\n".join(one.value for one in words)))
    if bad is None:
        said = view.info.message or (view.run.status.message if view.run else "")
        return f"{phase}: {said}".rstrip(": "), evidence
    told = not_passed(view, bad, words[-1].value if words else "")
    return f"{phase}: {told}" + (f" ({bad.message})" if bad.message and not words else ""), evidence


def _worth(stage: StageView, view: VerificationView) -> Iterator[Fault]:
    """Why a success proves less than it seems to."""
    wanted, shown = "an AnalysisRun of its own that measured", run_evidence(view)
    again = [_again(stage)]
    if view.info.analysis_run is None:
        said = "it is Successful without an AnalysisRun: it was recorded when the Stage had no verification"
        yield Fault(Verdict.WARN, said, wanted, shown, again)
    cut, promoted = cut_off(view), precedes(stage, view)
    if cut is not None:
        said = f"it is Successful, but its AnalysisRun was terminated before it had measured anything ({cut.value})"
        yield Fault(Verdict.WARN, said, wanted, [*shown, cut.as_evidence()], again)
    elif only_dry_run(view) and view.run is not None:
        names = ", ".join(one.name for one in view.results)
        dry = [fact(view.run, f"status.metricResults[{one.name}].dryRun", value=True) for one in view.results[:3]]
        yield Fault(Verdict.WARN, f"no metric had a say in it: {names} ran dry", wanted, [*shown, *dry], again)
    if promoted is not None and view.run is not None and view.run.created is not None:
        said = f"its AnalysisRun is of {stamp(view.run.created)}, the last Promotion ended at {stamp(promoted)}"
        older = [
            fact(view.run, "metadata.creationTimestamp", view.run.created),
            fact(stage.stage, "status.lastPromotion.finishedAt", promoted),
        ]
        yield Fault(Verdict.WARN, said, wanted, [*shown, *older], again)
    yield from _unmarked(stage, view)


def _unmarked(stage: StageView, view: VerificationView) -> Iterator[Fault]:
    ended = view.info.finish_time
    if ended is None or stage.snapshot.observed_at - ended < MARKED:
        return
    for one in stage.current_freight:
        held = stage.snapshot.get(Freight, stage.project, one.name)
        if held is not None and stage.name not in held.status.verified_in:
            said = f"it is Successful, but Freight {held.name} is not marked as verified: Stages behind it will not take it"
            shown = [fact(held, f"status.verifiedIn.{stage.name}", "none")]
            yield Fault(Verdict.WARN, said, f"status.verifiedIn.{stage.name}", shown)


def _again(stage: StageView) -> Remedy:
    command = f"kargo verify stage {stage.name} --project {stage.project}"
    return Remedy(title=f"Request a verification of the current Freight of {stage.name}", commands=[command])


def _look(stage: StageView, view: VerificationView) -> Remedy:
    run = view.info.analysis_run
    place = run.namespace or stage.project if run is not None else stage.project
    look = [f"kubectl -n {place} get analysisruns.argoproj.io {run.name} -o yaml"] if run is not None else []
    title = "Find out whether the application or the test is wrong; then verify again, or promote mended Freight"
    return Remedy(title=title, commands=look)
