"""What to read of the workloads of an Application in one namespace, which may hold those of many others, too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from gitops_master.adapters.live.reads import Read, Served
from gitops_master.facts.application import ApplicationView
from gitops_master.model.registry import kind_of
from gitops_master.model.rollouts import Rollout
from gitops_master.model.workloads import DaemonSet, Deployment, StatefulSet

if TYPE_CHECKING:
    from gitops_master.adapters.live.scope import Sight

_MANAGED = ("apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "batch/Job", "argoproj.io/Rollout")
_MADE = ("apps/ReplicaSet", "v1/Pod")
KINDS = (*_MANAGED, *_MADE, "v1/Event", "argoproj.io/AnalysisRun")
MOST_NAMED = 40
"""Managed resources of one kind that are asked for one by one."""
_NOT_WELL = "status.phase!=Running,status.phase!=Succeeded"


class Place(NamedTuple):
    """One Application in one namespace of one cluster."""

    app: ApplicationView
    sight: Sight
    namespace: str
    cluster: str

    def every(self, kind: str, fields: str = "") -> Read:
        return Read(kind=kind, namespace=self.namespace, cluster=self.cluster, fields=fields)

    def named(self, kind: str) -> list[Read]:
        """The Application's own resources of a kind, one by one."""
        found = (one for one in self.app.app.status.resources if one.namespace == self.namespace)
        names = [
            one.name for one in found if kind_of(f"{one.group}/{one.version}" if one.group else "v1", one.kind) == kind
        ]
        return [
            Read(kind=kind, namespace=self.namespace, name=one, cluster=self.cluster, optional=True)
            for one in names[:MOST_NAMED]
        ]

    def selected(self, kind: str) -> list[Read]:
        """What the Application's own workloads have made, by their selectors."""
        found = []
        for workload in self._workloads():
            labels = ",".join(f"{key}={value}" for key, value in sorted(workload.spec.selector.match_labels.items()))
            if labels:
                found.append(Read(kind=kind, namespace=self.namespace, labels=labels, cluster=self.cluster))
        return found

    def _workloads(self) -> Iterator[Deployment | StatefulSet | DaemonSet | Rollout]:
        for one in self.app.managed:
            live = one.live
            if isinstance(live, Deployment | StatefulSet | DaemonSet | Rollout) and live.namespace == self.namespace:
                yield live

    def jobs(self) -> list[Read]:
        """Pods of managed Jobs and hooks."""
        state = self.app.operation_state
        results = state.sync_result.resources if state is not None and state.sync_result is not None else ()
        named = {one.name for one in self.app.app.status.resources if one.kind == "Job"}
        named |= {one.name for one in results if one.kind == "Job"}
        labels = f"job-name in ({','.join(sorted(named)[:MOST_NAMED])})"
        return [Read(kind="v1/Pod", namespace=self.namespace, labels=labels, cluster=self.cluster)] if named else []


def reads(place: Place) -> Iterator[Read | Served]:
    """A page of each kind; where there are more, the Application's own, and pods and Events that tell of trouble."""
    paged = place.sight.paged
    for kind in _MANAGED:
        yield from paged(place.every(kind), place.named(kind))
    yield from paged(place.every("apps/ReplicaSet"), place.selected("apps/ReplicaSet"))
    unwell = structs.replace(place.every("v1/Pod", fields=_NOT_WELL), one_page=True)
    yield from paged(place.every("v1/Pod"), [*place.selected("v1/Pod"), *place.jobs(), unwell])
    yield from paged(place.every("v1/Event"), [place.every("v1/Event", fields="type=Warning")])
    yield from paged(place.every("argoproj.io/AnalysisRun"), ())
