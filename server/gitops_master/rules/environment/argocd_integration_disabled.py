from collections.abc import Iterator

from gitops_master.facts.controllers import env, kargo_controllers, serves, shard_of
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Risk
from gitops_master.model.kargo import Promotion
from gitops_master.rules.environment.effects import FAILED_PROMOTION
from gitops_master.rules.environment.patterns import ARGOCD_DISABLED
from gitops_master.rules.patterns import first
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise, repromote


@rule(
    "argocd-integration-disabled",
    area="environment",
    title="Kargo runs without its Argo CD integration",
    on=StageView,
    needs={Promotion.KIND},
    explains=FAILED_PROMOTION | {"stage-unhealthy", "argocd-app-not-found"},
    sources=(
        "akuity/kargo v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go:159",
        "pkg/health/checker/builtin/argocd.go:108",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """Every step and health check that needs an Application ends with `Argo CD integration is disabled on this controller`.

    Why: it is switched off, the Argo CD CRDs were absent when the controller started, or its Argo CD kubeconfig points at a
    cluster without Argo CD. The controller looks only once, at its start.

    How to tell: that message; ARGOCD_INTEGRATION_ENABLED of the controller in charge.

    What to do: mend the setting or install Argo CD, restart the controller, promote again.

    Not this when: another controller ran the Promotion by mistake (its shard label tells).
    """
    issues = [Text(stage.ref, f"status.health.issues[{at}]", one) for at, one in enumerate(stage.health_issues)]
    found = first(ARGOCD_DISABLED, [*stage.failure_texts, *issues])
    if found is None:
        return
    evidence = [found.text.as_evidence()]
    pods = [pod for pod in kargo_controllers(stage.snapshot) if serves(pod, shard_of(stage.stage))]
    for pod in pods[:1]:
        setting = env(pod, "ARGOCD_INTEGRATION_ENABLED")
        evidence.append(
            fact(
                pod, "spec.containers[].env[ARGOCD_INTEGRATION_ENABLED]", setting if setting is not None else "not set"
            )
        )
    yield Hit(
        summary=f"The Kargo controller in charge of {stage.name} runs without its Argo CD integration, so it can neither update "
        "nor judge Applications.",
        evidence=evidence,
        remedies=[
            advise("See that Argo CD is where the controller looks", "kubectl get crd applications.argoproj.io"),
            advise(
                "Mend controller.argocd.integrationEnabled or its kubeconfig, then restart the Kargo controller; it looks for "
                "the CRDs only when it starts",
                risk=Risk.MEDIUM,
                destroys="nothing; running Promotions begin again at their first step",
            ),
            repromote(stage),
        ],
    )
