from collections.abc import Iterator

from gitops_master.facts.controllers import env, in_charge
from gitops_master.facts.log_times import logs_of, matching
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence, Risk
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.environment.patterns import ROLLOUTS_DISABLED
from gitops_master.rules.patterns import first
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise, reverify


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
    sources=("akuity/kargo#2586", "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go:1465"),
)
def check(stage: StageView) -> Iterator[Hit | Wanted]:
    """A Stage with verification never gets an AnalysisRun; its verification ends in Error at once.

    Why: the controller was started with the integration switched off, or found no Argo Rollouts CRDs when it started.

    How to tell: the verification's message says so; ROLLOUTS_INTEGRATION_ENABLED of the controller; its first log lines.

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
    evidence = [
        fact(stage.stage, f"{view.path}.phase", view.phase, view.info.finish_time),
        found.text.as_evidence(),
    ]
    pods = in_charge(stage.stage, stage.snapshot)
    for pod in pods[:1]:
        setting = env(pod, "ROLLOUTS_INTEGRATION_ENABLED")
        if setting is not None:
            evidence.append(fact(pod, "spec.containers[].env[ROLLOUTS_INTEGRATION_ENABLED]", setting))
    for log in logs_of(pods[:1], stage.snapshot):
        if isinstance(log, Wanted):
            yield log
        else:
            evidence += [line.as_evidence() for line in matching(log, ROLLOUTS_DISABLED.regex)[:1]]
    evidence += _no_run(stage)
    yield Hit(
        summary=f"The Kargo controller runs without its Argo Rollouts integration, so the verification of {stage.name} ends "
        "in Error without an AnalysisRun.",
        evidence=evidence,
        remedies=[
            advise(
                "Install the Argo Rollouts CRDs and controller, if they are not there",
                "kubectl get crd analysisruns.argoproj.io",
            ),
            advise(
                "Switch the integration on (chart value controller.rollouts.integrationEnabled: true) and restart the Kargo "
                "controller; it looks for the CRDs only when it starts",
                risk=Risk.MEDIUM,
                destroys="nothing; running Promotions begin again at their first step",
            ),
            reverify(stage),
        ],
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
