from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import first
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.facts.verification_outcome import run_evidence
from gitops_master.model.finding import Remedy, Severity
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_stage
from gitops_master.rules.verification.effects import EFFECTS, HELD, NEEDS, then_verify
from gitops_master.rules.verification.patterns import RUN_GONE


@rule(
    "analysisrun-deleted-while-running",
    area="verification",
    title="The AnalysisRun of a running verification is gone",
    on=StageView,
    severity=Severity.MEDIUM,
    needs=NEEDS,
    explains=EFFECTS | HELD | {"stage-reconcile-error"},
    sources=("akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go getVerificationResult",),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification had not ended; now it is in Error with `error getting AnalysisRun`, or stays Running without a run.

    Why: somebody or something deleted the AnalysisRun (a clean-up job, a pruning sync; with its Freight it goes, too). Kargo
    looks for it a few times and gives up.

    How to tell: the verification names an AnalysisRun that does not exist.

    What to do: stop what deletes it, then verify again.

    Not this when: the message speaks of a template (`get AnalysisRun "…"` while building): nothing was deleted then.
    """
    view = stage.verification
    reference = view.info.analysis_run if view is not None else None
    if view is None or reference is None or not reference.name:
        return
    said = (
        first(RUN_GONE, [*view.texts, *_ready(stage)])
        if view.phase not in {"Successful", "Failed", "Inconclusive"}
        else None
    )
    gone = stage.verification_runs and stage.snapshot.lacks(
        AnalysisRun, reference.namespace or stage.project, reference.name
    )
    if said is None and not gone:
        return
    evidence = [
        fact(stage.stage, f"{view.path}.analysisRun.name", f"{reference.name} (does not exist)"),
        *run_evidence(view),
    ]
    yield Hit(
        summary=f"AnalysisRun {reference.name} of the verification in {stage.name} was deleted before it had ended; its result is lost.",
        evidence=evidence,
        remedies=[
            advise(
                "Find out what deleted it (a clean-up job, a pruning sync) and keep it from AnalysisRuns in use",
                f"kubectl -n {stage.project} get events --field-selector involvedObject.name={reference.name}",
            ),
            *([_notice(stage)] if gone else []),
            then_verify(stage),
        ],
    )


def _notice(stage: StageView) -> Remedy:
    title = f"Refresh Stage {stage.name}: Kargo then sees that the run is gone and ends the verification with Error"
    return refresh_stage(stage).model_copy(update={"title": title})


def _ready(stage: StageView) -> list[Text]:
    ready = stage.ready
    return [Text(stage.ref, "status.conditions[Ready].message", ready.message)] if ready is not None else []
