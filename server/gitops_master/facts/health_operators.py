"""Health of widely used operators' kinds, by the checks of Argo CD 3.5.1 (resource_customizations)."""

from collections.abc import Iterable

from gitops_master.facts.health_status import Health, by_condition, has_status
from gitops_master.model.gateways import Gateway, GRPCRoute, HTTPRoute, RouteParent
from gitops_master.model.kubernetes import CustomResource
from gitops_master.model.meta import Condition, condition
from gitops_master.model.operators import Certificate

ONE_CONDITION = {
    "cert-manager.io/Issuer": ("Ready", "Initializing issuer"),
    "cert-manager.io/ClusterIssuer": ("Ready", "Initializing ClusterIssuer"),
    "external-secrets.io/ExternalSecret": ("Ready", "Waiting for ExternalSecret"),
    "external-secrets.io/SecretStore": ("Ready", "Waiting for SecretStore"),
    "external-secrets.io/ClusterSecretStore": ("Ready", "Waiting for ClusterSecretStore"),
    "external-secrets.io/PushSecret": ("Ready", "Waiting for PushSecret"),
    "bitnami.com/SealedSecret": ("Synced", "Waiting for Sealed Secret to be decrypted"),
}
"""Kinds whose check reads one condition, and what it says until that is there."""


def certificate(live: Certificate) -> Health:
    """While one is being issued it is Progressing, though the old one may have run out."""
    issuing = condition(live.status.conditions, "Issuing")
    if issuing is not None and issuing.status == "True":
        return Health("Progressing", issuing.message)
    return by_condition(live.status.conditions, "Ready", "Waiting for certificate")


def cluster_external_secret(live: CustomResource) -> Health:
    """New conditions come last here, and only the last one counts."""
    last = live.status.conditions[-1] if live.status.conditions else Condition()
    means = {"Ready": "Healthy", "PartiallyReady": "Degraded", "NotReady": "Degraded"}
    if last.status == "True" and last.type in means:
        return Health(means[last.type], last.message)
    return Health("Progressing", "Waiting for ClusterExternalSecret")


def _gated(conditions: tuple[Condition, ...], who: str, waiting: str) -> Health | None:
    """What the Gateway API's conditions say of one thing; None where they say nothing bad."""
    for type_ in ("ResolvedRefs", "Accepted"):
        found = condition(conditions, type_)
        if found is not None and found.status == "False":
            return Health("Degraded", who + (found.message or f"Failed condition: {type_}"))
    programmed = condition(conditions, "Programmed")
    if programmed is not None and programmed.status != "True":
        return Health("Progressing", who + (programmed.message or waiting))
    return None


def gateway(live: Gateway) -> Health:
    status = live.status
    found = _gated(status.conditions, "", "Gateway is still being programmed")
    listeners = (_gated(one.conditions, "Listener: ", "Listener is still being programmed") for one in status.listeners)
    found = found or next(filter(None, listeners), None)
    if found is not None:
        return found
    if status.conditions or status.listeners:
        return Health("Healthy", "Gateway is healthy")
    return Health("Progressing", "Waiting for Gateway status")


def gateway_class(live: CustomResource) -> Health:
    """What was said of an older generation counts for nothing."""
    said = (one for one in live.status.conditions if one.type == "Accepted")
    found = next((one for one in said if one.observed_generation in {None, live.metadata.generation}), None)
    if found is None:
        return Health("Progressing", "Waiting for GatewayClass status")
    means = {"True": "Healthy", "False": "Degraded"}
    return Health(means.get(found.status, "Progressing"), found.message)


def http_route(live: HTTPRoute) -> Health:
    """Parents that speak of an older generation are passed over."""
    return _route((one for one in live.status.parents if _is_current(live, one)), "HTTPRoute")


def grpc_route(live: GRPCRoute) -> Health:
    """Here Argo CD does not look at the generation."""
    return _route(live.status.parents, "GRPCRoute")


def _is_current(live: HTTPRoute, parent: RouteParent) -> bool:
    seen = {one.observed_generation for one in parent.conditions}
    return not live.metadata.generation or seen <= {None, live.metadata.generation}


def _route(parents: Iterable[RouteParent], kind: str) -> Health:
    heard = [one for one in parents if one.conditions]
    for one in heard:
        found = _gated(one.conditions, f"Parent {one.parent_ref.name}: ", "Route is still being programmed")
        if found is not None:
            return found
    return Health("Healthy", f"{kind} is healthy") if heard else Health("Progressing", f"Waiting for {kind} status")


def prometheus(live: CustomResource) -> Health:
    """Of the Prometheus operator."""
    found = condition(live.status.conditions, "Available")
    if found is None:
        return Health("Progressing", "Waiting for initialization")
    if found.status == "True":
        return Health("Healthy", "All instances are available")
    status = "Progressing" if found.reason == "SomePodsNotReady" else "Degraded"
    return Health(status, found.message or found.reason)


def scaled_object(live: CustomResource) -> Health:
    """Of KEDA. The message is the last one of the conditions that count."""
    conditions = {(one.type, one.status): one.message for one in live.status.conditions}
    counting = [("Ready", "False"), ("Ready", "True"), ("Paused", "True"), ("Fallback", "True")]
    message = next((text for key, text in reversed(conditions.items()) if key in counting), "")
    if ("Ready", "False") in conditions or ("Fallback", "True") in conditions:
        return Health("Degraded", message)
    if ("Ready", "True") in conditions:
        return Health("Suspended" if ("Paused", "True") in conditions else "Healthy", message)
    return Health("Progressing", "Creating HorizontalPodAutoscaler Object")


def package_provider(live: CustomResource) -> Health:
    """Crossplane's Provider: Healthy once it is installed and says so."""
    if not live.status.conditions:
        return Health("Progressing", "Waiting for provider to be installed")
    both = [condition(live.status.conditions, type_) or Condition() for type_ in ("Installed", "Healthy")]
    status = "Healthy" if all(one.status == "True" for one in both) else "Degraded"
    return Health(status, " ".join(one.reason for one in both))


_WITHOUT_STATUS = frozenset({
    "Composition", "CompositionRevision", "DeploymentRuntimeConfig", "ClusterProviderConfig", "ProviderConfig",
    "ProviderConfigUsage", "ControllerConfig",
})  # fmt: skip
"""Healthy without conditions. Argo CD wants an empty status, or one that counts users; what else it holds is not read here."""
_UPBOUND = frozenset({"Ready"})
_CROSSPLANE = frozenset({"Ready", "Healthy", "Offered", "Established", "ValidPipeline", "RevisionHealthy"})


def crossplane(live: CustomResource) -> Health:
    """Groups *.crossplane.io and *.upbound.io. What is not Ready is Progressing, only what cannot be synced is Degraded."""
    if not has_status(live) or (live.kind in _WITHOUT_STATUS and not live.status.conditions):
        return Health("Healthy", "Resource is up-to-date.")
    good = _UPBOUND if live.ref.kind.partition("/")[0].endswith(".upbound.io") else _CROSSPLANE
    found = Health("Progressing", "Provisioning ...")
    for one in live.status.conditions:
        if one.type in {"LastAsyncOperation", "Synced"} and one.status == "False":
            return Health("Degraded", one.message)
        if one.type in good and one.status == "True":
            found = Health("Healthy", "Resource is up-to-date.")
    return found
