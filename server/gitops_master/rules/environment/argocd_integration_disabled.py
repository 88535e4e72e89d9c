from collections.abc import Iterator

import msgspec

from gitops_master.facts.controllers import env, in_charge
from gitops_master.facts.log_times import logs_of, matching
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.model.kargo import Promotion
from gitops_master.model.snapshot import Wanted
from gitops_master.model.workloads import Pod
from gitops_master.rules.environment.effects import FAILED_PROMOTION
from gitops_master.rules.environment.patterns import ARGOCD_CRDS_ABSENT, ARGOCD_DISABLED
from gitops_master.rules.patterns import first
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise, repromote

_SETTING = "ARGOCD_INTEGRATION_ENABLED"


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
    state = _Controller()
    for pod in in_charge(stage.stage, stage.snapshot)[:1]:
        lines: list[Text] = []
        for log in logs_of([pod], stage.snapshot):
            if isinstance(log, Wanted):
                yield log
            else:
                lines += matching(log, ARGOCD_CRDS_ABSENT.regex)
        state = _Controller(pod, env(pod, _SETTING), lines[-1] if lines else None)
    yield Hit(
        summary=f"The Kargo controller in charge of {stage.name} runs without its Argo CD integration, so it can neither update "
        f"nor judge Applications{state.why}.",
        evidence=[found.text.as_evidence(), *state.evidence],
        remedies=[*state.remedies, repromote(stage)],
    )


class _Controller(msgspec.Struct, frozen=True):
    """What is known of the controller in charge. `said`: that it found no CRDs when it started."""

    pod: Pod | None = None
    setting: str | None = None
    said: Text | None = None

    @property
    def is_off(self) -> bool:
        return (self.setting or "").lower() == "false"

    @property
    def why(self) -> str:
        if self.is_off:
            return f": it is switched off ({_SETTING}=false)"
        if self.said is not None:
            return ": it is switched on, but when the controller started it found no Argo CD CRDs"
        on = (self.setting or "").lower() == "true"
        return ": it is switched on, so the controller must have found no Argo CD CRDs when it started" if on else ""

    @property
    def evidence(self) -> list[Evidence]:
        if self.pod is None:
            return []
        value = self.setting if self.setting is not None else "not set"
        told = [self.said.as_evidence()] if self.said is not None else []
        return [*told, fact(self.pod, f"spec.containers[].env[{_SETTING}]", value)]

    @property
    def remedies(self) -> list[Remedy]:
        restart = "restart the Kargo controller; it looks for the CRDs only when it starts"
        lost = "nothing; running Promotions begin again at their first step"
        if self.is_off:
            title = f"Switch it on (controller.argocd.integrationEnabled in the chart's values), which has to {restart}"
            return [advise(title, risk=Risk.MEDIUM, destroys=lost)]
        look = "See that Argo CD is where the controller looks (its own cluster, or that of its Argo CD kubeconfig)"
        mend = (
            "Install Argo CD's CRDs there, or mend the kubeconfig"
            if self.why
            else ("Mend controller.argocd.integrationEnabled or its kubeconfig")
        )
        return [
            advise(look, "kubectl get crd applications.argoproj.io"),
            advise(f"{mend} where that is amiss, then {restart}", *self._restart, risk=Risk.MEDIUM, destroys=lost),
        ]

    @property
    def _restart(self) -> list[str]:
        owner = (
            next((one for one in self.pod.metadata.owner_references if one.kind == "ReplicaSet"), None)
            if self.pod
            else None
        )
        if self.pod is None or owner is None:
            return []
        return [f"kubectl -n {self.pod.namespace} rollout restart deployment {owner.name.rpartition('-')[0]}"]
