from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import first
from gitops_master.facts.stage import StageView
from gitops_master.facts.verification import VerificationView
from gitops_master.facts.verification_outcome import (
    MetricFacts,
    bad_metrics,
    denials,
    ended_badly,
    job_evidence,
    last_words,
    measured,
    outcome,
    run_evidence,
    wanted_logs,
    was_aborted,
)
from gitops_master.facts.verification_pods import not_starting
from gitops_master.facts.verification_worth import not_passed
from gitops_master.model.finding import Confidence, Evidence, Remedy, Risk
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.verification.effects import EFFECTS, JOB_NEEDS, then_verify_anew
from gitops_master.rules.verification.patterns import ASSESSED_FAILED, NO_DATA


@rule(
    "verification-test-failed",
    area="verification",
    title="The verification ran and its result is negative",
    on=StageView,
    needs=JOB_NEEDS,
    explains=EFFECTS,
    sources=("argoproj/argo-rollouts@v1.9.1 analysis/analysis.go assessRunStatus", "seen on a live stack"),
    unless=NO_DATA,
)
def check(stage: StageView) -> Iterator[Hit | Wanted]:
    """The Stage is Ready False with VerificationFailed; the Freight is not available downstream.

    Why: the analysis ran properly and said no: the Job's test exited non-zero, or the metric's value did not meet its
    condition.

    How to tell: the AnalysisRun is Failed with `failed (F) > failureLimit (L)`; the measurement's value, or the Job's exit
    code and last words, show why.

    What to do: decide whether the application or the test is wrong. A mended application is new Freight; a mended test needs
    a re-verification.

    Not this when: a user aborted the verification, the Job was not permitted to do its work or never started, the provider
    failed, or there was no data.
    """
    view = ended_badly(stage)
    if view is None or outcome(view) != "Failed" or was_aborted(view):
        return
    yield from wanted_logs(view)
    if denials(view) or not_starting(view) is not None or first(NO_DATA, view.texts):
        return
    bad = next((one for one in bad_metrics(view) if one.result.phase == "Failed"), None)
    if bad is None and not first(ASSESSED_FAILED, view.texts):
        return
    words = last_words(view) if bad is None or bad.provider in {"job", ""} else []
    evidence = run_evidence(view, named=bool(bad and view.run)) + (measured(view, bad) if bad else [])
    evidence += [each for job in view.jobs[:1] for each in job_evidence(job)]
    # A Job that judged the release and one that broke by itself fail alike; what it printed tells them apart.
    sure = bad is not None and (bool(words) or bad.provider != "job")
    yield Hit(
        summary=_summary(stage, view, bad, words[-1].value if words else ""),
        evidence=[*evidence[: 5 - bool(words)], *(_words(view) if words else [])],
        remedies=_remedies(stage, view),
        confidence=Confidence.HIGH if sure else Confidence.MEDIUM,
    )


def _summary(stage: StageView, view: VerificationView, bad: MetricFacts | None, words: str) -> str:
    text = f"The verification of the current Freight in {stage.name} failed: {not_passed(view, bad, words)}"
    return text if words else f"{text}."


def _words(view: VerificationView) -> list[Evidence]:
    words = last_words(view)
    return [words[-1].as_evidence("\n".join(one.value for one in words))]


def _remedies(stage: StageView, view: VerificationView) -> list[Remedy]:
    look = [f"kubectl -n {one.job.namespace} logs job/{one.job.name} --all-containers" for one in view.jobs[:1]]
    if not look and view.run is not None:
        look = [f"kubectl -n {view.run.namespace} get analysisruns.argoproj.io {view.run.name} -o yaml"]
    return [
        advise(
            "Find out whether the application or the test is wrong; if the application is, mend it: that is new Freight",
            *look,
            risk=Risk.NONE,
        ),
        *then_verify_anew(stage),
    ]
