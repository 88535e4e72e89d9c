from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification_worth import TERMINATED, cut_off
from gitops_master.model.finding import Remedy, Risk, Severity
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get
from gitops_master.rules.verification.effects import NEEDS, verify_anew


@rule(
    "terminated-analysis-counted-as-success",
    area="verification",
    title="A verification counts as passed though its analysis was cut off",
    on=StageView,
    severity=Severity.MEDIUM,
    needs=NEEDS,
    patterns=(TERMINATED,),
    sources=(
        "argoproj/argo-rollouts@v1.9.1 analysis/analysis.go assessRunStatus, metricproviders/job/job.go Terminate (Inconclusive since "
        "v1.10.0-rc1)",
        "argoproj/argo-rollouts#1329",
        "argoproj/argo-rollouts#4393",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification is Successful and the Freight verified, but no measurement was ever finished.

    Why: an AnalysisRun that is told to terminate before anything was measured ends as Successful, and Argo Rollouts up to
    1.9 also calls the terminated measurement of a Job Successful. Kargo takes the run's phase for the verification's
    result, so Freight goes on that nobody tested.

    How to tell: the run carries spec.terminate or the message `Run Terminated`, or all its measurements say
    `Metric Terminated`, and the verification is Successful.

    What to do: keep the Freight where it is, see which Stages have it already, and verify it again. The mark stays on the
    Freight whatever the second verification says: Kargo never takes verifiedIn away.

    Not this when: the termination was an abort through Kargo (the verification is then Failed or Aborted), or metrics had
    measurements of their own before.
    """
    view = stage.verification
    if view is None or view.phase != "Successful" or view.run is None:
        return
    text = cut_off(view)
    if text is None:
        return
    yield Hit(
        summary=f"The verification of the current Freight in {stage.name} counts as Successful, but AnalysisRun {view.run.name} was "
        "terminated before it had measured anything.",
        evidence=[
            fact(stage.stage, f"{view.path}.phase", view.phase, view.info.finish_time),
            text.as_evidence(),
            *([fact(view.run, "spec.terminate", True)] if view.run.spec.terminate else []),
        ],
        remedies=[*_untested(stage), verify_anew(stage)],
    )


def _untested(stage: StageView) -> list[Remedy]:
    """What is looked at before anything is changed: where the Freight went on the strength of this result."""
    names = [one.name for one in stage.current_freight]
    return [
        advise(
            f"Treat Freight {', '.join(name[:7] for name in names) or 'of this Stage'} as untested: see which Stages have taken it, and "
            "do not promote it further; its mark as verified stays even if the next verification fails",
            *(
                get("freights.kargo.akuity.io", stage.project, name, ".status.currentlyIn", ".status.verifiedIn")
                for name in names
            ),
            risk=Risk.NONE,
        )
    ]
