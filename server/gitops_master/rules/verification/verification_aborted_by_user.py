from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import stamp
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification_outcome import ABORTED, ended_badly, run_evidence, was_aborted
from gitops_master.model.finding import Class, Risk, Severity
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.verification.effects import EFFECTS, NEEDS, then_verify


@rule(
    "verification-aborted-by-user",
    area="verification",
    title="A user ended the verification",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.MEDIUM,
    needs=NEEDS,
    explains=EFFECTS | {"analysis-inconclusive", "verification-test-failed"},
    sources=(
        "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go abortVerification",
        "argoproj/argo-rollouts#4393",
        "seen on a live v1.11.2",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification is Failed with `Verification aborted by user`; the Freight stays unverified.

    Why: somebody aborted it (in the UI, with the CLI or by annotation); Kargo then tells the AnalysisRun to terminate. The
    run's own phase may read Successful or Inconclusive then: neither is a result.

    How to tell: the verification's message, or spec.terminate of its AnalysisRun.

    What to do: ask who aborted it and why; request a re-verification when that is settled.

    Not this when: the run ended by itself.
    """
    view = ended_badly(stage)
    if view is None or not was_aborted(view):
        return
    # Where the run was told to end past Kargo, the record's actor is whoever asked for the verification.
    actor = view.info.actor if ABORTED in view.info.message else ""
    by = f" by {actor}" if actor else ""
    at = f" at {stamp(view.info.finish_time)}" if view.info.finish_time else ""
    evidence = run_evidence(view)
    if view.run is not None and view.run.spec.terminate:
        evidence.append(fact(view.run, "spec.terminate", True))
    if actor:
        evidence.append(fact(stage.stage, f"{view.path}.actor", actor))
    yield Hit(
        summary=f"The verification of the current Freight in {stage.name} was aborted{by}{at}; the Freight stays unverified until "
        "somebody verifies it again.",
        evidence=evidence,
        remedies=[
            advise(f"Ask {actor or 'whoever aborted it'} why, and settle that first", risk=Risk.NONE),
            then_verify(stage),
        ],
        ends="when somebody requests a re-verification and it succeeds",
    )
