from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView, Managed
from gitops_master.facts.conditions import BUILT_IN_GROUPS, as_evidence, false_condition, mend, more_conditions, why
from gitops_master.facts.failing_pods import WORKLOADS, event_text, events_about, held_up, in_trouble
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Confidence, Evidence
from gitops_master.model.kubernetes import Event
from gitops_master.model.meta import Condition
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.workload.effects import EFFECTS

OPERATED = frozenset({
    "external-secrets.io/*", "cert-manager.io/*", "bitnami.com/*", "postgresql.cnpg.io/*", "*.crossplane.io/*", "*.upbound.io/*",
    "gateway.networking.k8s.io/*", "*.strimzi.io/*",
})  # fmt: skip
"""Operators that Applications use most; for others the health that the Application itself shows has to do."""


@rule(
    "custom-resource-not-ready",
    area="workload",
    title="A managed custom resource is not ready",
    on=ApplicationView,
    needs=OPERATED | {Application.KIND, Event.KIND},
    explains=EFFECTS,
    sources=("argoproj/argo-cd resource_customizations",),
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """The Application is Degraded though its ordinary workloads are up.

    Why: a custom resource (an external secret, a certificate, a database) reports its Ready or similar condition as False;
    the operator behind it cannot do what it asks for. Argo CD's health checks turn that into Degraded.

    How to tell: the only resources that are not Healthy are custom ones; their own condition gives reason and message.

    What to do: mend what the condition names, at the operator or what it talks to; it retries by itself.

    Not this when: pods of an ordinary workload fail (that comes first).
    """
    if not in_trouble(app) or any(one.resource.kind in WORKLOADS for one in app.troubled):
        return
    for one in app.troubled:
        if (
            one.resource.group in BUILT_IN_GROUPS
            or one.health is None
            or one.health.status not in {"Degraded", "Progressing", "Unknown"}
        ):
            continue
        false = false_condition(one.live)
        if false is None and one.health.status != "Degraded":
            continue
        more = more_conditions(one.live, false)
        cause = why(false, more) if false else one.health.message.strip(": ")
        yield Hit(
            summary=f"{one.resource.kind} {one.resource.name} of {app.app.name} is not ready: {cause or one.health.status}",
            evidence=_evidence(app, one, false, more),
            remedies=[mend(one.ref)],
            confidence=Confidence.HIGH if false or one.health.message else Confidence.MEDIUM,
            also_explains=held_up(app),
        )
        return


def _evidence(app: ApplicationView, one: Managed, false: Condition | None, more: list[Condition]) -> list[Evidence]:
    found = [as_evidence(one.ref, each) for each in [*([false] if false is not None else []), *more]]
    if one.resource.health is not None:
        path = f"status.resources[{app.app.status.resources.index(one.resource)}].health"
        found.append(
            fact(app.app, path, f"{one.title} {one.resource.health.status}: {one.resource.health.message}".rstrip(": "))
        )
    found += [
        event_text(event).as_evidence() for event in events_about(one.ref, app.snapshot)[:1] if event.type != "Normal"
    ]
    return found
