"""Level 1: do the APIs answer that the API server passes on to somebody else?"""

from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.api_kinds import aggregated
from gitops_master.facts.conditions import as_evidence
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.meta import condition
from gitops_master.model.operators import APIService, HorizontalPodAutoscaler
from gitops_master.model.verification import Verdict
from gitops_master.probes.objects import because
from gitops_master.probes.registry import Seen, probe

_METRICS = {
    "Resource": "metrics.k8s.io",
    "ContainerResource": "metrics.k8s.io",
    "Pods": "custom.metrics.k8s.io",
    "Object": "custom.metrics.k8s.io",
    "External": "external.metrics.k8s.io",
}


@probe(
    "api-services-available",
    level=1,
    order=8,
    kinds=[Application.KIND],
    counts="APIs",
    nothing="no aggregated API is used",
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Aggregated APIs (metrics and others).

    Reads: `APIService Available=True`, spec.metrics of autoscalers
    PASS: all
    WARN: one that the Stage does not use is not (it holds up the deletion of namespaces)
    FAIL: one that the Stage uses (an autoscaler uses metrics.k8s.io) is not, or is absent
    UNKNOWN, SKIPPED: SKIPPED: none is used
    Rights: list apiservices (apiregistration.k8s.io)
    """
    there, snapshot = aggregated(deployed.snapshot), deployed.snapshot
    used = _used(deployed, set(there))
    for group, who in used.items():
        for one in there.get(group, ()):
            yield _seen(one, who)
        if group not in there:
            known = snapshot.knows_all(APIService.KIND, "")
            unread = f"APIServices were not read{because(snapshot, APIService.KIND)}"
            yield Seen(
                verdict=Verdict.FAIL if known else Verdict.UNKNOWN,
                target=f"API {group}",
                expected="served",
                observed=f"no APIService serves {group}, which {who} uses" if known else unread,
                evidence=[fact(f"API {group}", "", "not found")] if known else [],
                remedies=[
                    advise(
                        f"Install what serves {group} (for metrics.k8s.io: metrics-server)", "kubectl get apiservices"
                    )
                ]
                if known
                else [],
                good=0,
            )
    for group, others in there.items():
        if group not in used:
            yield from (_seen(one, "") for one in others if _available(one) == "False")


def _used(deployed: Deployed, groups: set[str]) -> dict[str, str]:
    """Groups, and which resource uses each."""
    found: dict[str, str] = {}
    for one in deployed.managed:
        if one.resource.group in groups:
            found.setdefault(one.resource.group, one.title)
    for scaler in deployed.live(HorizontalPodAutoscaler):
        types = [metric.type for metric in scaler.spec.metrics] or ["Resource"]  # the API server's default: CPU
        for type_ in types:
            if type_ in _METRICS:
                found.setdefault(_METRICS[type_], f"HorizontalPodAutoscaler/{scaler.name}")
    return found


def _available(one: APIService) -> str:
    held = condition(one.status.conditions, "Available")
    return held.status if held is not None else ""


def _seen(one: APIService, who: str) -> Seen:
    held = condition(one.status.conditions, "Available")
    if held is not None and held.status == "True":
        return Seen(verdict=Verdict.PASS, target=one.ref, expected="Available", observed=one.name)
    if held is None:
        return Seen(
            verdict=Verdict.UNKNOWN,
            target=one.ref,
            expected="Available",
            observed="it has no condition Available yet",
            good=0,
        )
    service = one.spec.service
    where = f"{service.namespace}/{service.name}" if service is not None else "none"
    use = f"{who} uses it" if who else "nothing here uses it, but deletions of namespaces wait for it"
    look = (
        f"kubectl -n {service.namespace} get endpointslices -l kubernetes.io/service-name={service.name}"
        if service
        else ""
    )
    return Seen(
        verdict=Verdict.FAIL if who else Verdict.WARN,
        target=one.ref,
        expected="Available",
        observed=f"{one.name} is not available, {use}: {held.message or held.reason}",
        evidence=[
            as_evidence(one, held),
            fact(one, "spec.service", where),
        ],
        remedies=[
            advise(
                f"Bring up what answers behind Service {where}", look, confirm_with=f"kubectl get apiservice {one.name}"
            )
        ],
        good=0 if who else 1,
    )
