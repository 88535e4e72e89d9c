from collections.abc import Iterator

from gitops_master.facts.patterns import first
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.environment.integrations import ROLLOUTS, in_charge_of
from gitops_master.rules.environment.patterns import ROLLOUTS_DISABLED
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import reverify


@rule(
    "rollouts-integration-disabled",
    area="environment",
    title="Kargo runs without its Argo Rollouts integration",
    on=StageView,
    needs={AnalysisRun.KIND},
    explains={
        "verification-unsuccessful",
        "freight-not-verified-upstream",
        "no-freight-promoted-yet",
        "crd-not-installed",
        "analysis-template-not-found",
    },
    sources=(
        "akuity/kargo#2586",
        "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go:1452",
        "akuity/kargo v1.11.2 cmd/controlplane/controller.go:223",
    ),
)
def check(stage: StageView) -> Iterator[Hit | Wanted]:
    """A Stage with verification never gets an AnalysisRun; its verification ends in Error at once.

    Why: the controller was started with the integration switched off, or found no Argo Rollouts CRDs when it started.

    How to tell: the verification's message says so; ROLLOUTS_INTEGRATION_ENABLED of the controller. Where that is true it
    has found no CRDs, and its log says so once, when it starts.

    What to do: install the Argo Rollouts CRDs and controller, switch the integration on, restart the Kargo controller, then
    verify again.

    Not this when: AnalysisRuns are created but stay empty: then the Rollouts controller is the one to look at.
    """
    view = stage.verification
    if view is None or view.phase not in {"Error", "Failed", "Inconclusive"}:
        return
    found = first(ROLLOUTS_DISABLED, view.texts)
    if found is None:
        return
    wanted, controller = in_charge_of(stage, ROLLOUTS)
    yield from wanted
    yield Hit(
        summary=f"The Kargo controller runs without its Argo Rollouts integration, so the verification of {stage.name} ends "
        f"in {view.phase} without an AnalysisRun{controller.why}.",
        evidence=[
            fact(stage.stage, f"{view.path}.phase", view.phase, view.info.finish_time),
            found.text.as_evidence(),
            *controller.evidence,
            *_no_run(stage),
        ],
        remedies=[*controller.remedies, reverify(stage)],
    )


def _no_run(stage: StageView) -> list[Evidence]:
    if any(
        one.labels.get("kargo.akuity.io/stage") == stage.name for one in stage.snapshot.all(AnalysisRun, stage.project)
    ):
        return []
    known = "no AnalysisRun exists" if stage.snapshot.knows_all(AnalysisRun.KIND) else "no AnalysisRun was seen"
    return [
        fact(
            f"AnalysisRuns of {stage.project}",
            "metadata.labels[kargo.akuity.io/stage]",
            f"{known} for Stage {stage.name}",
        )
    ]
