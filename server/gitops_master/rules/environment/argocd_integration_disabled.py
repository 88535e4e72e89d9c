from collections.abc import Iterator

from gitops_master.facts.patterns import first
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text
from gitops_master.model.kargo import Promotion
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.environment.effects import FAILED_PROMOTION
from gitops_master.rules.environment.integrations import ARGOCD, in_charge_of
from gitops_master.rules.environment.patterns import ARGOCD_DISABLED
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote


@rule(
    "argocd-integration-disabled",
    area="environment",
    title="Kargo runs without its Argo CD integration",
    on=StageView,
    needs={Promotion.KIND},
    explains=FAILED_PROMOTION | {"stage-unhealthy", "argocd-app-not-found"},
    sources=(
        "akuity/kargo v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go:159",
        "akuity/kargo v1.11.2 pkg/health/checker/builtin/argocd.go:108",
        "akuity/kargo v1.11.2 cmd/controlplane/controller.go:346",
    ),
)
def check(stage: StageView) -> Iterator[Hit | Wanted]:
    """Every step and health check that needs an Application ends with `Argo CD integration is disabled on this controller`.

    Why: it is switched off, the Argo CD CRDs were absent when the controller started, or its Argo CD kubeconfig points at a
    cluster without Argo CD. The controller looks only once, at its start.

    How to tell: that message; ARGOCD_INTEGRATION_ENABLED of the controller in charge. Where that is true the controller has
    found no CRDs, and its log says so once, when it starts.

    What to do: mend the setting or install Argo CD, restart the controller, promote again.

    Not this when: another controller ran the Promotion by mistake (its shard label tells).
    """
    issues = [Text(stage.ref, f"status.health.issues[{at}]", one) for at, one in enumerate(stage.health_issues)]
    found = first(ARGOCD_DISABLED, [*stage.failure_texts, *issues])
    if found is None:
        return
    wanted, controller = in_charge_of(stage, ARGOCD)
    yield from wanted
    yield Hit(
        summary=f"The Kargo controller in charge of {stage.name} runs without its Argo CD integration, so it can neither update "
        f"nor judge Applications{controller.why}.",
        evidence=[found.text.as_evidence(), *controller.evidence],
        remedies=[*controller.remedies, repromote(stage)],
    )
