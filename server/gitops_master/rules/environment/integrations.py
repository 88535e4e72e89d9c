"""Kargo's integrations with Argo CD and Argo Rollouts: why the controller in charge runs without one, and how it gets it."""

import msgspec

from gitops_master.facts.advice import advise
from gitops_master.facts.controllers import env, in_charge
from gitops_master.facts.log_times import logs_of, matching
from gitops_master.facts.patterns import Pattern
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.model.snapshot import Wanted
from gitops_master.model.workloads import Pod
from gitops_master.rules.environment.patterns import ARGOCD_CRDS_ABSENT, ROLLOUTS_CRDS_ABSENT
from gitops_master.rules.remedies import CONTROLLER_RESTART


class Integration(msgspec.Struct, frozen=True):
    """One of them. `value`: in the chart. `absent`: what the controller logs when it starts and finds no CRDs."""

    name: str
    setting: str
    value: str
    crd: str
    absent: Pattern


ARGOCD = Integration(
    "Argo CD",
    "ARGOCD_INTEGRATION_ENABLED",
    "controller.argocd.integrationEnabled",
    "applications.argoproj.io",
    ARGOCD_CRDS_ABSENT,
)
ROLLOUTS = Integration(
    "Argo Rollouts",
    "ROLLOUTS_INTEGRATION_ENABLED",
    "controller.rollouts.integrationEnabled",
    "analysisruns.argoproj.io",
    ROLLOUTS_CRDS_ABSENT,
)


class Controller(msgspec.Struct, frozen=True):
    """What is known of the controller in charge. `said`: that it found no CRDs when it started."""

    of: Integration
    pod: Pod | None = None
    said: Text | None = None

    @property
    def setting(self) -> str | None:
        return env(self.pod, self.of.setting) if self.pod is not None else None

    @property
    def is_off(self) -> bool:
        return (self.setting or "").lower() == "false"

    @property
    def why(self) -> str:
        if self.is_off:
            return f": it is switched off ({self.of.setting}=false)"
        if self.said is not None:
            return f": it is switched on, but when the controller started it found no {self.of.name} CRDs"
        on = (self.setting or "").lower() == "true"
        return (
            f": it is switched on, so the controller must have found no {self.of.name} CRDs when it started"
            if on
            else ""
        )

    @property
    def evidence(self) -> list[Evidence]:
        if self.pod is None:
            return []
        value = self.setting if self.setting is not None else "not set"
        told = [self.said.as_evidence()] if self.said is not None else []
        return [*told, fact(self.pod, f"spec.containers[].env[{self.of.setting}]", value)]

    @property
    def remedies(self) -> list[Remedy]:
        elsewhere = ", or that of its Argo CD kubeconfig" if self.of is ARGOCD else ""
        title = f"See that {self.of.name} is where the controller looks (its own cluster{elsewhere})"
        look = advise(title, f"kubectl get crd {self.of.crd}")
        restart = "restart the Kargo controller; it looks for the CRDs only when it starts"
        if self.is_off:
            title = f"Switch it on ({self.of.value} in the chart's values), which has to {restart}"
            return [look, advise(title, risk=Risk.MEDIUM, destroys=CONTROLLER_RESTART, confirm_with=self._log)]
        mend = f"Install {self.of.name}'s CRDs there{', or mend the kubeconfig' if self.of is ARGOCD else ''}"
        title = mend if self.why else f"{mend}, or set {self.of.value}"
        return [
            look,
            advise(
                f"{title}, then {restart}",
                *self._restart,
                risk=Risk.MEDIUM,
                destroys=CONTROLLER_RESTART,
                confirm_with=self._log,
            ),
        ]

    @property
    def _deployment(self) -> str:
        owners = self.pod.metadata.owner_references if self.pod is not None else ()
        return next((one.name.rpartition("-")[0] for one in owners if one.kind == "ReplicaSet"), "")

    @property
    def _restart(self) -> list[str]:
        if self.pod is None or not self._deployment:
            return []
        return [f"kubectl -n {self.pod.namespace} rollout restart deployment {self._deployment}"]

    @property
    def _log(self) -> str:
        """The controller says at its start which integrations it has."""
        if self.pod is None or not self._deployment:
            return ""
        return f"kubectl -n {self.pod.namespace} logs deployment/{self._deployment} | grep '{self.of.name} integration'"


def in_charge_of(stage: StageView, of: Integration) -> tuple[list[Wanted], Controller]:
    """The controller that reconciles the Stage, and the logs that would tell more of it."""
    wanted: list[Wanted] = []
    for pod in in_charge(stage.stage, stage.snapshot)[:1]:
        lines: list[Text] = []
        for log in logs_of([pod], stage.snapshot):
            if isinstance(log, Wanted):
                wanted.append(log)
            else:
                lines += matching(log, of.absent.regex)
        return wanted, Controller(of, pod, lines[-1] if lines else None)
    return wanted, Controller(of)
