"""Names of what exists, for whoever is typing one: read quickly, as far as a page of each kind tells, never an error's worth.

A list that is short of something is fine here; nothing is concluded from it.
"""

from collections import Counter

import msgspec

from gitops_master.model.argocd import Application
from gitops_master.model.kargo import Freight, Project, Warehouse
from gitops_master.model.stage import Stage
from gitops_master.ports.cluster import ClusterReader, Focus, ReadPlan

DEADLINE_S = 4.0
"""Somebody is typing: what comes later than this is of no use any more."""

_KINDS = frozenset({Project.KIND, Stage.KIND, Warehouse.KIND, Application.KIND})


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """Sorted. Stages by project; Applications as `name`, or `namespace/name` where several are called the same."""

    projects: tuple[str, ...] = ()
    stages: dict[str, tuple[str, ...]] = {}
    apps: tuple[str, ...] = ()


async def read_names(reader: ClusterReader, project: str = "") -> Names:
    """Of all projects; of the given one also where all may not be read. Raises what the reader raises."""
    snapshot = await reader.read(ReadPlan(_KINDS, Focus(survey=True, project=project)), deadline_s=DEADLINE_S)
    stages: dict[str, list[str]] = {}
    for one in snapshot.all(Stage):
        stages.setdefault(one.namespace, []).append(one.name)
    projects = {one.name for one in snapshot.all(Project)} | {one.namespace for one in snapshot.all(Warehouse)}
    called = Counter(one.name for one in snapshot.all(Application))
    apps = (one.name if called[one.name] == 1 else f"{one.namespace}/{one.name}" for one in snapshot.all(Application))
    return Names(
        projects=tuple(sorted(projects | set(stages))),
        stages={name: tuple(sorted(held)) for name, held in stages.items()},
        apps=tuple(sorted(apps)),
    )


async def read_freight(reader: ClusterReader, project: str) -> tuple[str, ...]:
    """What Freight of the project can be called, newest first: how people call each, then the names. Raises as above."""
    kinds = frozenset({Freight.KIND})
    snapshot = await reader.read(ReadPlan(kinds, Focus(project=project)), deadline_s=DEADLINE_S)
    every = sorted(snapshot.all(Freight, project), key=_age, reverse=True)
    return tuple(dict.fromkeys([*(one.alias or one.name for one in every), *(one.name for one in every)]))


def _age(one: Freight) -> tuple[float, str]:
    made = one.discovered_at or one.metadata.creation_timestamp
    return (made.timestamp() if made else 0.0, one.name)
