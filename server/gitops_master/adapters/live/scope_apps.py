"""What to read of Applications, and of what they deploy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gitops_master.adapters.live import scope_workloads
from gitops_master.adapters.live.reads import Read, Served
from gitops_master.adapters.live.resources import RESOURCES, Resource, group_version
from gitops_master.facts import hooks, terminating
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.apps import default_namespace, names_computed
from gitops_master.facts.environment import IN_CLUSTER
from gitops_master.model.argocd import Application, ApplicationSet, AppProject, Destination, ManagedResource
from gitops_master.model.registry import kind_of

if TYPE_CHECKING:
    from gitops_master.adapters.live.scope import Sight

_OF_JOBS = ("batch/Job", "v1/Pod", "v1/Event")
FEW = 8
"""Applications of one namespace that are cheaper to get one by one than to list with all their neighbours."""
MOST_CUSTOM = 60
"""Managed resources of other kinds that are looked at, for one Application."""
_WHERE_AMISS = (
    "v1/Service",
    "networking.k8s.io/Ingress",
    "v1/PersistentVolumeClaim",
    "v1/ResourceQuota",
    "v1/ConfigMap",
    "autoscaling/HorizontalPodAutoscaler",
)


def reads(sight: Sight) -> Iterator[Read | Served]:
    """The Applications of the Stages in question, their AppProjects, and the namespaces they deploy to."""
    yield from applications(sight)
    for app in sight.apps:
        yield from _around(app)
        if not (sight.is_whole_project and app.is_fine):
            yield from _deployed(app, sight)
    yield from measured(sight)


def measured(sight: Sight) -> Iterator[Read]:
    """Jobs of verifications that Argo Rollouts was told to run elsewhere than in the project."""
    for stage in sight.stages:
        for one in stage.verification.results if stage.verification else ():
            for measurement in one.measurements:
                place = measurement.metadata.get("job-namespace", "")
                if place and place != sight.project:
                    for kind in _OF_JOBS:
                        yield Read(kind=kind, namespace=place)


def applications(sight: Sight) -> Iterator[Read]:
    links = {(link.namespace, link.name): None for stage in sight.stages for link in stage.links if link.namespace}
    held = Counter(namespace for namespace, _ in links)
    for namespace, name in links:
        one = Read(kind=Application.KIND, namespace=namespace, name=name)
        if held[namespace] <= FEW:
            yield one
        if held[namespace] > FEW or one in sight.absent:  # who misses one wants to know what is there instead
            yield Read(kind=Application.KIND, namespace=namespace)
        if one in sight.absent:
            yield Read(kind=ApplicationSet.KIND, namespace=namespace)
    if any(names_computed(stage.stage) for stage in sight.stages):
        everywhere = Read(kind=Application.KIND)
        yield everywhere
        if everywhere in sight.refused:
            yield Read(kind=Application.KIND, namespace=default_namespace(sight.snapshot))


def _around(app: ApplicationView) -> Iterator[Read]:
    """Its AppProject, where the Argo CD is and where the Application is; the ApplicationSet that made it."""
    one = app.app
    home = one.status.controller_namespace or one.namespace
    yield Read(kind=AppProject.KIND, namespace=home, name=one.spec.project or "default")
    for owner in one.metadata.owner_references:
        if owner.kind == "ApplicationSet":
            yield Read(kind=ApplicationSet.KIND, namespace=one.namespace, name=owner.name)


def destination(sight: Sight, spec: Destination) -> str:
    """The other cluster it means, by address or name; empty for the one Argo CD runs in."""
    named = spec.server or spec.name
    return "" if named in IN_CLUSTER or sight.is_here(named) else named


def namespaces(app: ApplicationView) -> list[str]:
    """Where its resources live, the destination's namespace first."""
    spread = sorted({one.namespace for one in app.app.status.resources} - {""})
    return list(dict.fromkeys([one for one in (app.app.spec.destination.namespace, *spread) if one]))


def _deployed(app: ApplicationView, sight: Sight) -> Iterator[Read | Served]:
    cluster = destination(sight, app.app.spec.destination)
    amiss = not app.is_fine or sight.focus.troubled
    for namespace in namespaces(app):
        yield Read(kind="v1/Namespace", name=namespace, cluster=cluster)
        mine = scope_workloads.Place(app, sight, namespace, cluster)
        yield from scope_workloads.reads(mine)
        for kind in _WHERE_AMISS if amiss else ():
            one = Read(kind=kind, namespace=namespace, cluster=cluster)
            yield from sight.paged(one, mine.named(kind))
    if amiss:
        yield from _single(app, sight, cluster)


def _single(app: ApplicationView, sight: Sight, cluster: str) -> Iterator[Read | Served]:
    """Managed resources, and what the operation waits for, that no list of their namespace holds."""
    listed = {*scope_workloads.KINDS, *_WHERE_AMISS}
    for one in app.app.status.resources[:MOST_CUSTOM]:
        kind = kind_of(group_version(one.group, one.version or "v1"), one.kind)
        if kind not in listed and kind != "v1/Secret":
            yield from _by_name(sight, one, kind, cluster)
    awaited = terminating.awaited_deletion(app, app.operation_texts)
    if awaited is not None:
        ref = awaited[0]
        known = RESOURCES.get(ref.kind)
        if known is not None and ref.kind not in listed:
            yield Read(kind=ref.kind, namespace=ref.namespace, name=ref.name, cluster=cluster, optional=True)
    hook = hooks.awaited(app, app.operation_texts)
    if hook is not None and hook.namespace and hook.namespace not in namespaces(app):
        for kind in _OF_JOBS:
            yield Read(kind=kind, namespace=hook.namespace, cluster=cluster)


def _by_name(sight: Sight, one: ManagedResource, kind: str, cluster: str) -> Iterator[Read | Served]:
    place = RESOURCES.get(kind) or sight.resource(one.group, one.version, one.kind)
    if place is None:
        if one.version and not cluster:
            yield Served(group_version(one.group, one.version))
        return
    namespace = one.namespace if place.namespaced else ""
    yield Read(
        kind=kind, namespace=namespace, name=one.name, cluster=cluster, optional=True, resource=_extra(kind, place)
    )


def _extra(kind: str, place: Resource) -> Resource | None:
    return None if kind in RESOURCES else place
