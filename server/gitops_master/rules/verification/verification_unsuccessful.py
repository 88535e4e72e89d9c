from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification import VerificationView
from gitops_master.model.finding import Remedy
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.verification.effects import then_verify


@rule(
    "verification-unsuccessful",
    area="verification",
    title="The verification of the current Freight did not succeed",
    on=StageView,
    needs={AnalysisRun.KIND},
    sources=("akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go verifyStageFreight",),
    is_symptom=True,
)
def check(stage: StageView) -> Iterator[Hit]:
    """The latest verification of the Stage's current Freight is Failed, Error, Aborted or Inconclusive.

    Why: what is not verified here is not available to the Stages after it.

    How to tell: status.freightHistory[0].verificationHistory[0] of the Stage; its message and AnalysisRun.

    What to do: mend what the message names, then verify again.

    Not this when: an earlier verification of the same Freight succeeded: it stays verified.
    """
    view = stage.verification
    if view is None or view.phase not in {"Failed", "Error", "Aborted", "Inconclusive"}:
        return
    if any(one.phase == "Successful" for one in stage.verifications):
        return
    message = view.info.message or (view.run.status.message if view.run else "")
    evidence = [fact(stage.stage, f"{view.path}.phase", view.phase, view.info.finish_time)]
    told = {text.value: text for text in reversed(view.texts[:3])}
    evidence += [text.as_evidence() for text in reversed(told.values())]
    yield Hit(
        summary=f"The verification of the Freight in {stage.name} ended {view.phase}: {message}".rstrip(": "),
        evidence=evidence,
        remedies=[_look(view, message), then_verify(stage)],
    )


def _look(view: VerificationView, message: str) -> Remedy:
    """Without words of a cause the run itself is the place to look."""
    title = (
        "Mend what the message names" if message else "See in the AnalysisRun what its metrics measured, and mend that"
    )
    run = view.info.analysis_run
    where = run.namespace or view.stage.namespace if run is not None else ""
    return advise(
        title, *([f"kubectl -n {where} get analysisruns.argoproj.io {run.name} -o yaml"] if run is not None else [])
    )
