"""Level 1: does somebody answer when the API server asks before it stores an object?"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

import msgspec

from gitops_master.facts.advice import advise
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.endpoints import ready_endpoints
from gitops_master.facts.selectors import selects
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.kubernetes import Namespace
from gitops_master.model.meta import Ref
from gitops_master.model.networking import EndpointSlice, Service
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.model.webhooks import (
    MutatingWebhookConfiguration,
    ValidatingWebhookConfiguration,
    Webhook,
    WebhookRule,
)
from gitops_master.probes.objects import because
from gitops_master.probes.registry import Seen, probe

_NAME = "kubernetes.io/metadata.name"
_SHARED = frozenset({"namespaces", "nodes", "persistentvolumes"})
"""Resources of the empty group that no namespace holds."""
_EXPECTED = "a ready endpoint and a CA bundle"


class Asked(msgspec.Struct, frozen=True):
    """One webhook of a configuration."""

    configuration: Ref
    webhook: Webhook
    place: str


@probe(
    "webhooks-answerable",
    level=1,
    order=9,
    kinds=[Application.KIND, ValidatingWebhookConfiguration.KIND, MutatingWebhookConfiguration.KIND],
    counts="webhooks",
    nothing="no webhook sees its namespaces",
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Admission webhooks that see the Stage's namespaces and kinds, and those that are expected.

    Reads: `ValidatingWebhookConfiguration.webhooks[].clientConfig.service.name`, `ValidatingWebhookConfiguration.webhooks[].failurePolicy`, the same of MutatingWebhookConfiguration, and the Service's `EndpointSlice.endpoints[].conditions.ready`
    PASS: a ready endpoint, and a CA bundle
    WARN: no endpoint or no CA bundle, policy `Ignore`
    FAIL: no endpoint or no CA bundle, policy `Fail`; no Service; an expected configuration is absent
    UNKNOWN, SKIPPED: SKIPPED: a webhook with a URL instead of a Service
    Rights: list both webhookconfigurations (admissionregistration.k8s.io), endpointslices (discovery.k8s.io)
    """
    snapshot = deployed.snapshot
    configurations: list[ValidatingWebhookConfiguration | MutatingWebhookConfiguration] = [
        *snapshot.all(ValidatingWebhookConfiguration),
        *snapshot.all(MutatingWebhookConfiguration),
    ]
    groups = {one.resource.group for one in deployed.managed} | {""}
    labels = [_labels(name, snapshot) for name in deployed.namespaces]
    for configuration in configurations:
        wanted = any(fnmatchcase(configuration.name, glob) for glob in deployed.expected.webhooks)
        for index, webhook in enumerate(configuration.webhooks):
            if wanted or _sees(webhook, labels, groups):
                yield _seen(Asked(configuration.ref, webhook, f"webhooks[{index}]"), snapshot)
    for glob in deployed.expected.webhooks:
        if not any(fnmatchcase(one.name, glob) for one in configurations):
            yield _unmatched(glob, snapshot)


def _labels(name: str, snapshot: Snapshot) -> dict[str, str]:
    namespace = snapshot.get(Namespace, "", name)
    return {**(namespace.labels if namespace is not None else {}), _NAME: name}


def _sees(webhook: Webhook, labels: list[dict[str, str]], groups: set[str]) -> bool:
    """Whether objects of these groups (pods are of the empty one) in one of the namespaces are shown to it."""
    asked = {group for rule in webhook.rules if _is_of_objects(rule) for group in rule.api_groups}
    if "*" not in asked and asked.isdisjoint(groups):
        return False
    return any(selects(webhook.namespace_selector, one) for one in labels)


def _is_of_objects(rule: WebhookRule) -> bool:
    """Whether it is asked about more than subresources (pods/exec) and what the whole cluster shares."""
    return any("/" not in one or one == "*/*" for one in rule.resources if one not in _SHARED)


def _seen(one: Asked, snapshot: Snapshot) -> Seen:
    webhook, service = one.webhook, one.webhook.client_config.service
    if service is None:
        said = f"{webhook.name} has a URL instead of a Service: who answers there is not looked at"
        return Seen(verdict=Verdict.SKIPPED, target=one.configuration, observed=said, good=0, of=0)
    where, ready = (
        f"Service {service.namespace}/{service.name}",
        ready_endpoints(service.namespace, service.name, snapshot),
    )
    if snapshot.lacks(Service, service.namespace, service.name):
        return _broken(one, f"{where} does not exist")
    if ready is None:
        said = f"endpoints of {where} were not read{because(snapshot, EndpointSlice.KIND)}"
        return Seen(verdict=Verdict.UNKNOWN, target=one.configuration, expected=_EXPECTED, observed=said, good=0)
    if not ready:
        return _broken(one, f"{where} has no ready endpoint")
    if not webhook.client_config.ca_bundle:
        return _broken(one, "it has no CA bundle, so that the certificate of its Service is not trusted")
    endpoints = f"{ready} ready endpoint{'s' if ready > 1 else ''}"
    return Seen(
        verdict=Verdict.PASS,
        target=one.configuration,
        expected=_EXPECTED,
        observed=f"{webhook.name}: {where}, {endpoints}",
    )


def _broken(one: Asked, what: str) -> Seen:
    webhook, refuses = one.webhook, one.webhook.failure_policy != "Ignore"
    service = webhook.client_config.service
    namespace = service.namespace if service is not None else ""
    then = "what it would be asked about is refused" if refuses else "objects are stored without it"
    return Seen(
        verdict=Verdict.FAIL if refuses else Verdict.WARN,
        target=one.configuration,
        expected=_EXPECTED,
        observed=f"Nobody answers for webhook {webhook.name}: {what}; {then} (failurePolicy {webhook.failure_policy})",
        evidence=[
            fact(one.configuration, f"{one.place}.failurePolicy", webhook.failure_policy),
            fact(one.configuration, f"{one.place}.clientConfig.service", f"{namespace}/{service.name if service else ''}"),
        ],
        remedies=[advise("Bring up what answers for it, or remove the configuration if that is gone for good",
                         f"kubectl -n {namespace} get pods,endpointslices")],
        good=int(not refuses),
    )  # fmt: skip


def _unmatched(glob: str, snapshot: Snapshot) -> Seen:
    kinds = (ValidatingWebhookConfiguration.KIND, MutatingWebhookConfiguration.KIND)
    known = all(snapshot.knows_all(kind, "") for kind in kinds)
    return Seen(
        verdict=Verdict.FAIL if known else Verdict.UNKNOWN,
        target=f"webhook configuration {glob}",
        expected="exists",
        observed=f"there is no webhook configuration {glob}, which is expected" if known else "they were not all read",
        evidence=[fact(f"webhook configuration {glob}", "", "not found")] if known else [],
        good=0,
    )
