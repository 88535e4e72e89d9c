"""Where a verification looks: the namespaces that Applications deploy to, here and on other clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypedDict, Unpack

from gitops_master.adapters.live import scope_apps
from gitops_master.adapters.live.reads import Read
from gitops_master.adapters.live.resources import Resource, group_version
from gitops_master.facts.application import ApplicationView
from gitops_master.model.registry import kind_of

if TYPE_CHECKING:
    from gitops_master.adapters.live.scope import Sight

WORKLOADS = ("apps/Deployment", "apps/StatefulSet", "apps/DaemonSet")
LISTS = (
    *WORKLOADS,
    "apps/ReplicaSet",
    "v1/Pod",
    "batch/Job",
    "v1/Service",
    "discovery.k8s.io/EndpointSlice",
    "networking.k8s.io/Ingress",
    "v1/PersistentVolumeClaim",
    "v1/ResourceQuota",
    "autoscaling/HorizontalPodAutoscaler",
    "networking.k8s.io/NetworkPolicy",
)
"""Read in full in each namespace in which something runs or is reached."""
RUNNING = frozenset({*LISTS, "argoproj.io/Rollout", "batch/CronJob", "gateway.networking.k8s.io/HTTPRoute",
                     "gateway.networking.k8s.io/GRPCRoute", "traefik.io/IngressRoute"})  # fmt: skip
"""A namespace in which an Application has one of these is looked at; one that only gets a Role or a ServiceMonitor is not."""


class More(TypedDict, total=False):
    """Further fields of a Read."""

    labels: str
    fields: str
    optional: bool
    bare: bool
    left_out: str
    resource: Resource | None


class Place(NamedTuple):
    """One namespace of one cluster."""

    namespace: str
    cluster: str = ""

    def read(self, kind: str, name: str = "", **more: Unpack[More]) -> Read:
        return Read(
            kind=kind, namespace=self.namespace, name=name, cluster=self.cluster, alone=bool(self.cluster), **more
        )


class Ground(NamedTuple):
    """Where is looked. `full`: namespaces that are read list by list; `others`: those of the Applications besides.

    `mixed`: places that cannot be told from others of the same name. `clusters`: all that are deployed to.
    """

    full: tuple[Place, ...]
    others: tuple[Place, ...]
    mixed: tuple[Place, ...]
    clusters: frozenset[str]

    @property
    def cluster(self) -> str:
        """The one whose cluster-wide objects are looked at."""
        (only,) = self.clusters if len(self.clusters) == 1 else ("",)
        return only

    def wide(self, kind: str, name: str = "", *, cluster: str | None = None, **more: Unpack[More]) -> Read:
        """Of a cluster-wide kind, or of all namespaces. Of several clusters the own one's are looked at: there is only one set."""
        cluster = self.cluster if cluster is None else cluster
        if cluster != self.cluster:
            more["left_out"] = "not asked: what has no namespace is looked at on one cluster only"
        return Read(kind=kind, name=name, cluster=cluster, alone=bool(cluster), **more)


def ground_of(sight: Sight) -> Ground:
    """Sorts the namespaces of the Applications, and those that were asked for beside them."""
    runs: dict[Place, bool] = {}
    for app in sight.apps:
        cluster = scope_apps.destination(sight, app.app.spec.destination)
        active = _active(app)
        for namespace in scope_apps.namespaces(app):
            place = Place(namespace, cluster)
            runs[place] = runs.get(place, False) or namespace in active
    for namespace in (*sight.also.namespaces, *_selected(sight)):
        runs[Place(namespace)] = True
    own = {place.namespace for place in runs if not place.cluster} | {sight.project, *sight.places}
    first: dict[str, Place] = {}
    for place in sorted(runs, key=lambda one: one.cluster):
        first.setdefault(place.namespace, place)
    mixed = {one for one in runs if one.cluster and (one.namespace in own or first[one.namespace] != one)}
    return Ground(
        full=tuple(one for one in runs if runs[one] and one not in mixed),
        others=tuple(one for one in runs if not runs[one] and one not in mixed),
        mixed=tuple(sorted(mixed)),
        clusters=frozenset(one.cluster for one in runs),
    )


def _active(app: ApplicationView) -> set[str]:
    """Namespaces in which the Application runs something."""
    return {
        one.namespace
        for one in app.app.status.resources
        if kind_of(group_version(one.group, "v1"), one.kind) in RUNNING
    }


def _selected(sight: Sight) -> list[str]:
    """Namespaces of workloads that were asked for by labels."""
    found = set()
    for selector in sight.also.labels:
        wanted = [pair.split("=", 1) for pair in selector.split(",") if "=" in pair]
        for one in (one for kind in WORKLOADS for one in sight.snapshot.of_kind(kind)):
            if wanted and all(one.labels.get(key) == value for key, value in wanted):
                found.add(one.namespace)
    return sorted(found)
