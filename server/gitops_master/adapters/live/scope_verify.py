"""What a verification looks at: all of what is deployed, list by list, and by name what those objects refer to.

A list of a namespace is one request, however many workloads are in it; nothing is asked for a single workload. What stands in
other namespaces, or in none, is read where something that was read names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gitops_master.adapters.live import (
    scope_apps,
    scope_control,
    scope_project,
    scope_verify_custom,
    scope_verify_named,
    scope_verify_senders,
)
from gitops_master.adapters.live.reads import Read, Served
from gitops_master.adapters.live.scope_verify_ground import LISTS, WORKLOADS, Ground, Place, ground_of
from gitops_master.facts.controllers import HEARTBEAT_LABEL
from gitops_master.model.kargo import Freight, Project, Promotion
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.model.stage import Stage

if TYPE_CHECKING:
    from gitops_master.adapters.live.scope import Sight

MOST_NAMESPACES = 200
_TOO_MANY = f"not asked: only the first {MOST_NAMESPACES} namespaces are looked at"
_MIXED = "not asked: a namespace of that name is looked at on another cluster"
_RBAC, _ROLES = "rbac.authorization.k8s.io", ("Role", "RoleBinding")


def reads(sight: Sight) -> Iterator[Read | Served]:
    yield from _control(sight)
    ground = ground_of(sight)
    if sight.project:
        yield from _project(sight, ground)
    yield from scope_apps.applications(sight)
    yield from scope_apps.measured(sight)
    for selector in sight.also.labels:
        for kind in WORKLOADS:
            places = [one.namespace for one in ground.full if not one.cluster]
            yield from scope_control.everywhere_or(sight, Read(kind=kind, labels=selector), places)
    homes = {app.app.namespace for app in sight.apps}
    for place in dict.fromkeys((*(Place(one) for one in sorted(homes)), *ground.full, *ground.others)):
        yield Read(kind="v1/Namespace", name=place.namespace, cluster=place.cluster, alone=bool(place.cluster))
    for at, place in enumerate(ground.full):
        left_out = _TOO_MANY if at >= MOST_NAMESPACES else ""
        for kind in LISTS:
            yield place.read(kind, left_out=left_out)
        yield place.read("v1/Event", fields="type=Warning", left_out=left_out)
    for place in ground.mixed:
        for kind in (*LISTS, "argoproj.io/Rollout"):
            yield place.read(kind, left_out=_MIXED)
    yield from scope_verify_custom.reads(sight, ground)
    yield from scope_verify_named.reads(sight, ground)
    yield from scope_verify_senders.reads(sight, ground)


def _control(sight: Sight) -> Iterator[Read]:
    """What runs the control planes tells their versions and settings; no verdict rests on those. Heartbeats are one's matter."""
    running = [
        Read(kind=kind, labels=labels, optional=True)
        for kind in ("v1/Pod", "apps/Deployment", "apps/StatefulSet")
        for labels in scope_control.LABELS
    ]
    for one in running:
        yield from scope_control.everywhere_or(sight, one, sight.places)
    if not all(sight.asked(one) for one in running):
        return  # where they are is not known yet
    for namespace in sight.places:
        yield Read(kind="coordination.k8s.io/Lease", namespace=namespace, labels=HEARTBEAT_LABEL)
        yield Read(kind="v1/ConfigMap", namespace=namespace, optional=True)


def _project(sight: Sight, ground: Ground) -> Iterator[Read | Served]:
    """What Kargo knows of the Stage, and its verification with the Jobs and pods of that."""
    project = sight.project
    yield Read(kind=Project.KIND, name=project)
    yield Read(kind="v1/Namespace", name=project)
    yield Read(kind="v1/Event", namespace=project, fields="type=Warning", optional=True)
    if sight.is_whole_project:
        for kind in (Stage.KIND, Promotion.KIND, Freight.KIND, AnalysisRun.KIND, "batch/Job", "v1/Pod"):
            yield Read(kind=kind, namespace=project)
    else:
        target = Read(kind=Stage.KIND, namespace=project, name=sight.focus.stage)
        if sight.focus.stage:
            yield target
        if target in sight.absent:  # who misses one wants to know what is there instead
            yield Read(kind=Stage.KIND, namespace=project)
        for name in sorted({one.name for stage in sight.stages for one in stage.current_freight}):
            yield Read(kind=Freight.KIND, namespace=project, name=name)
        yield from scope_project.promotions(sight)
        yield from scope_project.verification(sight)
    if any(stage.stage.spec.verification is not None for stage in sight.stages):
        yield from _behind_verifications(sight, ground)


def _behind_verifications(sight: Sight, ground: Ground) -> Iterator[Read]:
    """What a verification is made from and may do: told where it goes wrong, and nothing rests on it."""
    for kind in ("argoproj.io/AnalysisTemplate", "v1/ServiceAccount", *(f"{_RBAC}/{kind}" for kind in _ROLES)):
        yield Read(kind=kind, namespace=sight.project, optional=True)
    yield Read(kind="argoproj.io/ClusterAnalysisTemplate", optional=True)
    if any(stage.verification is not None and stage.verification.bad_results for stage in sight.stages):
        for kind in _ROLES:
            yield Read(kind=f"{_RBAC}/Cluster{kind}", optional=True)
            for place in ground.full[:MOST_NAMESPACES]:  # what its Jobs look at is there, and so are the roles for that
                if not place.cluster:
                    yield place.read(f"{_RBAC}/{kind}", optional=True)
