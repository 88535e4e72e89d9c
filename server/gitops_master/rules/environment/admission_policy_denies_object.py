from collections.abc import Iterator
from textwrap import shorten

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.stage import StageView
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.kargo import Promotion
from gitops_master.model.kubernetes import Event
from gitops_master.model.meta import Ref
from gitops_master.rules.environment.effects import FAILED_PROMOTION
from gitops_master.rules.environment.patterns import DENIED
from gitops_master.rules.environment.writes import refusal
from gitops_master.rules.patterns import Found
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise

_MOST = 520
"""Characters of a policy's reason in the summary: it may list every container."""


@rule(
    "admission-policy-denies-object",
    area="environment",
    title="An admission policy refuses an object",
    on=(StageView, ApplicationView, WarehouseView),
    needs={Promotion.KIND, Event.KIND},
    explains=FAILED_PROMOTION
    | {
        "stage-reconcile-error",
        "manifest-rejected-as-invalid",
        "custom-resource-not-ready",
        "application-not-fine",
        "stage-unhealthy",
        "warehouse-not-ready",
        "verification-unsuccessful",
        "verification-job-pod-not-starting",
        "waiting-for-running-verification",
        "waiting-for-workload-rollout",
        "auto-sync-gave-up-on-revision",
        "waiting-for-argocd-sync",
        "promotion-running",
    },
    sources=("akuity/kargo#6716", "Kubernetes apiserver: admission webhook and pod security texts"),
)
def check(view: StageView | ApplicationView | WarehouseView) -> Iterator[Hit]:
    """An object that Kargo, Argo CD or a workload controller creates is refused by somebody's policy.

    Why: a policy engine's webhook (Kyverno, Gatekeeper, …) or the namespace's Pod Security level does not allow it as it is.

    How to tell: `admission webhook "…" denied the request` or `violates PodSecurity` in the Stage's Ready message, an Argo CD
    result or an event; the webhook's name and its reason.

    What to do: change the object so that the policy is content, or have its owner grant an exception. Do not switch the
    webhook off.

    Not this when: the webhook cannot be reached (admission-webhook-unreachable), or it is one of Kargo's own, whose reason is
    then the cause.
    """
    refused = refusal(view, DENIED)
    if refused is None:
        return
    found, what = refused.found, refused.what
    who = _who(found)
    reason = next((found.groups[key] for key in ("reason", "why", "scc") if found.groups.get(key)), "")
    yield Hit(
        summary=f"{who} refuses {what}: {shorten(reason or found.span, _MOST, placeholder=' …')}",
        evidence=[found.text.as_evidence()],
        remedies=[
            advise(
                f"Change {what} in its source (the manifest or the chart's values) so that it satisfies what the message names"
            ),
            advise(f"Or ask the owner of {who} for an exception for this object"),
        ],
        subject=Ref("admissionregistration.k8s.io/Policy", "", who.rpartition(" ")[2]),
    )


def _who(found: Found) -> str:
    if found.groups.get("webhook"):
        return f"Admission webhook {found.groups['webhook']}"
    if found.groups.get("level"):
        return f"Pod Security level {found.groups['level']}"
    return "The security context constraints"
