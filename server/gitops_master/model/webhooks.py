"""Admission webhooks: who is asked before objects are stored, and what happens if nobody answers."""

from typing import ClassVar

from gitops_master.model.meta import Object, Struct
from gitops_master.model.operators import ServiceReference
from gitops_master.model.workloads import LabelSelector


class ClientConfig(Struct, frozen=True):
    """`caBundle`: base64 of PEM, absent where the webhook's certificate is one that the API server trusts anyway."""

    service: ServiceReference | None = None
    url: str = ""
    ca_bundle: str = ""


class WebhookRule(Struct, frozen=True):
    api_groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


class Webhook(Struct, frozen=True):
    """`failurePolicy` Fail: what nobody answers for is refused."""

    name: str = ""
    client_config: ClientConfig = ClientConfig()
    failure_policy: str = "Fail"
    namespace_selector: LabelSelector = LabelSelector()
    rules: tuple[WebhookRule, ...] = ()


class ValidatingWebhookConfiguration(Object, frozen=True):
    KIND: ClassVar[str] = "admissionregistration.k8s.io/ValidatingWebhookConfiguration"
    webhooks: tuple[Webhook, ...] = ()


class MutatingWebhookConfiguration(Object, frozen=True):
    KIND: ClassVar[str] = "admissionregistration.k8s.io/MutatingWebhookConfiguration"
    webhooks: tuple[Webhook, ...] = ()
