"""What to read to find out what a cluster holds: one page of what tells, wherever it lies.

Everything is found by kind and label, in all namespaces. Where that is not permitted, the namespaces that are known by then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gitops_master.adapters.live import scope_control
from gitops_master.adapters.live.reads import Read
from gitops_master.facts import environment
from gitops_master.facts.environment import MONITORING, PROJECT_LABEL
from gitops_master.model.argocd import Application
from gitops_master.model.gateways import HTTPRoute
from gitops_master.model.kargo import Project, Warehouse
from gitops_master.model.kubernetes import ConfigMap, Namespace
from gitops_master.model.networking import Ingress
from gitops_master.model.stage import Stage

if TYPE_CHECKING:
    from gitops_master.adapters.live.scope import Sight

MOST_PLACES = 20
"""Namespaces that are asked one by one, where all of them may not be."""


def reads(sight: Sight) -> Iterator[Read]:
    yield Read(kind=Project.KIND)
    yield Read(kind=Namespace.KIND, labels=PROJECT_LABEL)
    yield from scope_control.workloads(sight)
    for kind in ("apps/Deployment", "apps/StatefulSet"):
        yield Read(kind=kind, labels=f"app.kubernetes.io/name in ({','.join(MONITORING)})", one_page=True)
    projects, places = _projects(sight), sight.places
    for kind in (Stage.KIND, Warehouse.KIND):
        yield from scope_control.everywhere_or(sight, Read(kind=kind, one_page=True), projects)
        if sight.focus.project:
            yield Read(kind=kind, namespace=sight.focus.project)
    linked = sorted({one.value for one in environment.linked(sight.snapshot)})
    applied = list(dict.fromkeys([*linked, *places]))[:MOST_PLACES]
    yield from scope_control.everywhere_or(sight, Read(kind=Application.KIND, one_page=True), applied)
    for kind in (Ingress.KIND, HTTPRoute.KIND):
        yield from scope_control.everywhere_or(
            sight, Read(kind=kind, one_page=True), [*places, *projects][:MOST_PLACES]
        )
    for namespace in places:
        yield Read(kind=ConfigMap.KIND, namespace=namespace)


def _projects(sight: Sight) -> list[str]:
    """Their namespaces, the one that is meant first."""
    found = [one.name for kind in (Project.KIND, Namespace.KIND) for one in sight.snapshot.of_kind(kind)]
    meant = [sight.focus.project, sight.home]
    return list(dict.fromkeys(one for one in (*meant, *sorted(found)) if one))[:MOST_PLACES]
