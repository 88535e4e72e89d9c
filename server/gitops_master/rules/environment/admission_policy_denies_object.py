from collections.abc import Iterator
from textwrap import shorten

import msgspec

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import find
from gitops_master.facts.stage import StageView
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.kargo import Promotion
from gitops_master.model.kubernetes import Event
from gitops_master.model.meta import Ref
from gitops_master.model.printable import printable
from gitops_master.rules.environment.effects import REFUSED_WRITES
from gitops_master.rules.environment.patterns import DENIED, GATEKEEPER_DENIED, KYVERNO_DENIED
from gitops_master.rules.environment.writes import Refusal, refusal
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import look_again

_MOST = 520
"""Characters of a policy's reason in the summary: it may list every container."""


@rule(
    "admission-policy-denies-object",
    area="environment",
    title="An admission policy refuses an object",
    on=(StageView, ApplicationView, WarehouseView),
    needs={Promotion.KIND, Event.KIND},
    explains=REFUSED_WRITES,
    sources=("akuity/kargo#6716", "Kubernetes apiserver: admission webhook and pod security texts"),
)
def check(view: StageView | ApplicationView | WarehouseView) -> Iterator[Hit]:
    """An object that Kargo, Argo CD or a workload controller creates is refused by somebody's policy.

    Why: a policy engine's webhook (Kyverno, Gatekeeper, …), a ValidatingAdmissionPolicy of the cluster or the namespace's Pod
    Security level does not allow it as it is.

    How to tell: `admission webhook "…" denied the request`, `ValidatingAdmissionPolicy '…' denied request` or `violates
    PodSecurity` in the Stage's Ready message, an Argo CD
    result or an event; who refuses, and the reason.

    What to do: change the object so that the policy is content, or have its owner grant an exception. Do not switch the
    webhook off.

    Not this when: the webhook cannot be reached (admission-webhook-unreachable), or it is one of Kargo's own, whose reason is
    then the cause.
    """
    refused = refusal(view, DENIED)
    if refused is None:
        return
    who = _refuser(refused)
    yield Hit(
        summary=f"{who.name} refuses {refused.what}: {shorten(printable(who.reason or refused.found.span), _MOST, placeholder=' …')}",
        evidence=[refused.found.text.as_evidence()],
        remedies=[
            advise(
                f"Change {refused.source} so that it satisfies what the message names", confirm_with=look_again(view)
            ),
            advise(f"Or ask the owner of {who.owned} for an exception for this object", *who.look),
        ],
        subject=who.subject,
    )


class _Refuser(msgspec.Struct, frozen=True):
    """Who refuses, and why. `owned`: what somebody would have to change; `look`: commands that show it."""

    name: str
    owned: str
    reason: str
    subject: Ref
    look: tuple[str, ...] = ()


def _refuser(refused: Refusal) -> _Refuser:
    groups = refused.found.groups
    if groups.get("webhook"):
        return _engine(groups["webhook"], groups.get("reason", ""), refused.found.span)
    if groups.get("policy"):
        name = groups["policy"]
        policy = Ref("admissionregistration.k8s.io/ValidatingAdmissionPolicy", "", name)
        look = f"kubectl get validatingadmissionpolicies.admissionregistration.k8s.io {name} -o yaml"
        return _Refuser(str(policy), f"{name} and its binding", groups.get("said", ""), policy, (look,))
    namespace = Ref("v1/Namespace", "", refused.namespace)
    if groups.get("level"):
        look = f"kubectl get namespace {refused.namespace} -o jsonpath='{{.metadata.labels}}'"
        name = f"Pod Security level {groups['level']} of {namespace}"
        return _Refuser(name, str(namespace), groups.get("why", ""), namespace, (look,))
    reason = groups.get("scc", "").strip(": ")
    return _Refuser("No security context constraint", f"{namespace}'s constraints", reason, namespace)


def _engine(webhook: str, reason: str, said: str) -> _Refuser:
    """A webhook, by the policy behind it where the engine names that."""
    subject = Ref("admissionregistration.k8s.io/Webhook", "", webhook)
    kyverno, gatekeeper = find(KYVERNO_DENIED, reason), find(GATEKEEPER_DENIED, said)
    if kyverno is not None:
        name = f"Kyverno policy {kyverno['policy']}"
        look = f"kubectl get clusterpolicies.kyverno.io,policies.kyverno.io -A --field-selector metadata.name={kyverno['policy']}"
        return _Refuser(name, name, kyverno["why"], subject, (look,))
    if gatekeeper is not None and "gatekeeper" in webhook:
        name = f"Gatekeeper constraint {gatekeeper['constraint']}"
        return _Refuser(name, name, gatekeeper["why"], subject, ("kubectl get constraints",))
    return _Refuser(f"Admission webhook {webhook}", f"admission webhook {webhook}", reason, subject)
