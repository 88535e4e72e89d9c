"""What else to read where something is amiss: more of what was said, and who else has the same trouble."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gitops_master.adapters.live.reads import Read
from gitops_master.adapters.live.scope_apps import namespaces
from gitops_master.facts.promotion import message_texts
from gitops_master.facts.workloads import is_ready
from gitops_master.model.argocd import Application
from gitops_master.model.kargo import Promotion, Warehouse
from gitops_master.model.kubernetes import Event, RoleBinding
from gitops_master.model.stage import Stage
from gitops_master.model.workloads import Pod

if TYPE_CHECKING:
    from gitops_master.adapters.live.scope import Sight

MOST_NODES = 10
_RIGHTS = re.compile(
    r"forbidden|not permitted|unauthori[sz]ed|cannot (get|list|watch|create|update|patch|delete)|promote", re.I
)
_NAMES = re.compile(r"no such host|server misbehaving|dial tcp: lookup|i/o timeout|name resolution", re.I)
_WEBHOOK = re.compile(r"failed calling webhook")
_SERVICE = re.compile(r"//(?P<service>[\w-]+)\.(?P<namespace>[\w-]+)\.svc\b")
_DEFINITIONS = re.compile(
    r"no matches for kind|could not find the requested resource|customresourcedefinition|unknown field"
    r"|field label not supported|index|is invalid|not found in .*schema|resource mapping",
    re.I,
)


def reads(sight: Sight) -> Iterator[Read]:
    """Widened by what the objects say, which is matched loosely here: what a rule makes of it is for the rule."""
    for kind in _elsewhere(sight):
        yield Read(kind=kind, one_page=True, optional=True)
    yield Read(kind=Pod.KIND, fields="status.phase=Failed", one_page=True, optional=True)
    yield from _promoters(sight)
    said = "\n".join(_said(sight))
    if any(stage.verification is not None and stage.verification.bad_results for stage in sight.stages):
        for kind in (
            "Role",
            "RoleBinding",
            "ClusterRole",
        ):  # what its Job was not allowed to do, and where, only its log tells
            yield Read(kind=f"rbac.authorization.k8s.io/{kind}", one_page=True, optional=True)
    if _RIGHTS.search(said):
        yield from _rights(sight)
    if _NAMES.search(said):
        yield Read(kind=Pod.KIND, namespace="kube-system", labels="k8s-app in (kube-dns,coredns)", optional=True)
        yield Read(kind="v1/Event", namespace="kube-system", optional=True)
    if _WEBHOOK.search(said):
        yield from _webhooks(said)
    if _DEFINITIONS.search(said):
        yield Read(kind="apiextensions.k8s.io/CustomResourceDefinition", optional=True)
    yield from _nodes(sight)


def _elsewhere(sight: Sight) -> Iterator[str]:
    """Of what others may have the same trouble, or be its reason: one page of each."""
    asked = sight.focus.troubled
    failed = asked or any(stage.last_failed or stage.waiting_promotions for stage in sight.stages)
    refused = failed or any(one.failure is not None for one in sight.warehouses)
    if failed:
        yield from (Stage.KIND, Promotion.KIND)
    if refused:
        yield Warehouse.KIND
    if refused or any(not app.is_fine for app in sight.apps) or sight.focus.warehouse or sight.has_next_freight:
        yield from (Application.KIND, "v1/Namespace", "kargo.akuity.io/Project")


def _said(sight: Sight) -> Iterator[str]:
    """Everything that the objects in question complain of."""
    for stage in sight.stages:
        yield from (one.message for one in stage.stage.status.conditions)
        yield from (text.value for text in stage.failure_texts)
        for promotion in stage.promotions:
            yield from (text.value for text in message_texts(promotion.ref, promotion.status))
        if stage.verification is not None:
            yield stage.verification.info.message
            yield from (text.value for text in stage.verification.texts)
    for app in sight.apps:
        yield from (text.value for text in (*app.complaints(), *app.operation_texts))
        yield app.app.status.health.message
    for warehouse in sight.warehouses:
        yield from (one.message for one in warehouse.warehouse.status.conditions)
    for event in sight.snapshot.all(Event):
        yield event.text


def _promoters(sight: Sight) -> Iterator[Read]:
    """Pods of ServiceAccounts from elsewhere that are bound in the project: they may be what promotes there."""
    homes = {
        subject.namespace
        for binding in sight.snapshot.all(RoleBinding, sight.project)
        for subject in binding.subjects
        if subject.kind == "ServiceAccount" and subject.namespace
    }
    for namespace in sorted(homes - {sight.project}):
        yield Read(kind=Pod.KIND, namespace=namespace, one_page=True, optional=True)


def _rights(sight: Sight) -> Iterator[Read]:
    for kind in ("ClusterRole", "ClusterRoleBinding"):
        yield Read(kind=f"rbac.authorization.k8s.io/{kind}")
    places = {sight.project, *(place for app in sight.apps for place in namespaces(app))} - {""}
    for namespace in sorted(places):
        for kind in ("Role", "RoleBinding"):
            yield Read(kind=f"rbac.authorization.k8s.io/{kind}", namespace=namespace)


def _webhooks(said: str) -> Iterator[Read]:
    for namespace in sorted({match["namespace"] for match in _SERVICE.finditer(said)}):
        for kind in ("v1/Pod", "apps/Deployment", "discovery.k8s.io/EndpointSlice", "v1/Event"):
            yield Read(kind=kind, namespace=namespace, optional=True)


def _nodes(sight: Sight) -> Iterator[Read]:
    """The nodes of pods that do not run well."""
    places = {sight.project, *(place for app in sight.apps for place in namespaces(app))}
    ailing = (pod for pod in sight.snapshot.all(Pod) if pod.namespace in places and not is_ready(pod))
    names = sorted({pod.spec.node_name for pod in ailing if pod.spec.node_name and pod.status.phase != "Succeeded"})
    for name in names[:MOST_NODES]:
        yield Read(kind="v1/Node", name=name, optional=True)
