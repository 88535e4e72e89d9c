"""What to read in a project's own namespace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gitops_master.adapters.live.reads import Read, Served
from gitops_master.facts.credentials import searched_namespaces
from gitops_master.model.kargo import Project, Promotion, Warehouse
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.model.stage import Stage

if TYPE_CHECKING:
    from gitops_master.adapters.live.scope import Sight

KARGO = "kargo.akuity.io"
STAGE_LABEL = f"{KARGO}/stage"
_WHOLE = (
    *(f"{KARGO}/{kind}" for kind in ("Freight", "ProjectConfig", "PromotionTask")),
    "argoproj.io/AnalysisTemplate",
    *(f"v1/{kind}" for kind in ("Secret", "ServiceAccount", "ResourceQuota")),
    "rbac.authorization.k8s.io/Role",
    "rbac.authorization.k8s.io/RoleBinding",
)
"""Few and small, or (Freight) with nothing in their metadata that would tell which of them matter."""
_CLUSTER = (f"{KARGO}/ClusterConfig", f"{KARGO}/ClusterPromotionTask", "argoproj.io/ClusterAnalysisTemplate")
_ROUTINE = ("PromotionCreated", "PromotionSucceeded")
"""Reasons of Events that say that all went well; there is one for every Promotion (pkg/event, Kargo v1.11.2)."""


def reads(sight: Sight) -> Iterator[Read | Served]:
    project = sight.project
    yield Read(kind=Project.KIND, name=project)
    yield Read(kind="v1/Namespace", name=project)
    for kind in _WHOLE:
        yield Read(kind=kind, namespace=project)
    for kind in _CLUSTER:
        yield Read(kind=kind)
    for namespace in searched_namespaces(sight.snapshot, project):
        yield Read(kind="v1/Secret", namespace=namespace)
    if sight.is_whole_project:
        for kind in (Stage.KIND, Warehouse.KIND, Promotion.KIND, AnalysisRun.KIND, "batch/Job", "v1/Pod", "v1/Event"):
            yield Read(kind=kind, namespace=project)
        return
    yield from _stages(sight)
    yield from _warehouses(sight)
    yield from promotions(sight)
    yield from verification(sight)
    events = Read(kind="v1/Event", namespace=project)
    yield from sight.paged(events, [_but(events, _ROUTINE)])


def _but(events: Read, reasons: tuple[str, ...]) -> Read:
    fields = ",".join(f"reason!={one}" for one in reasons)
    return Read(kind=events.kind, namespace=events.namespace, fields=fields)


def _names(sight: Sight) -> list[str]:
    """The Stages in question: the one that was asked about, and those upstream that may hold it back."""
    return sorted({one.name for one in sight.stages} | {sight.focus.stage} - {""})


def _stages(sight: Sight) -> Iterator[Read | Served]:
    upstream = {name for stage in sight.stages for name in stage.upstream_names}
    single = [Read(kind=Stage.KIND, namespace=sight.project, name=one) for one in sorted({*_names(sight), *upstream})]
    yield from sight.paged(Read(kind=Stage.KIND, namespace=sight.project), single)
    if any(one in sight.absent for one in single):  # who misses one wants to know what is there instead
        yield Read(kind=Stage.KIND, namespace=sight.project)


def _warehouses(sight: Sight) -> Iterator[Read | Served]:
    asked = {one.origin.name for stage in sight.stages for one in stage.stage.spec.requested_freight}
    named = sorted((asked | {sight.focus.warehouse}) - {""})
    single = [Read(kind=Warehouse.KIND, namespace=sight.project, name=one) for one in named]
    yield from sight.paged(Read(kind=Warehouse.KIND, namespace=sight.project), single)
    if any(one in sight.absent for one in single):
        yield Read(kind=Warehouse.KIND, namespace=sight.project)


def promotions(sight: Sight) -> Iterator[Read | Served]:
    """All of the project, unless there are many and the label narrows them: Kargo sets it since 1.11."""
    every = Read(kind=Promotion.KIND, namespace=sight.project)
    version, names = sight.snapshot.versions.kargo, _names(sight)
    labelled = version is not None and version[:2] >= (1, 11)
    yield from sight.paged(every, _of_stages(every, names) if labelled else [every])


def _of_stages(read: Read, names: list[str]) -> list[Read]:
    if not names:
        return []
    labels = f"{STAGE_LABEL} in ({','.join(names)})"
    return [Read(kind=read.kind, namespace=read.namespace, labels=labels)]


def verification(sight: Sight) -> Iterator[Read | Served]:
    """AnalysisRuns (Kargo labels each with its Stage), the Jobs of their measurements, and the Jobs' pods."""
    runs = Read(kind=AnalysisRun.KIND, namespace=sight.project)
    yield from sight.paged(runs, _of_stages(runs, _names(sight)))
    jobs = sorted(
        {
            name
            for stage in sight.stages
            for result in (stage.verification.results if stage.verification else ())
            for measurement in result.measurements
            if (name := measurement.metadata.get("job-name", ""))
        }
    )
    single = [Read(kind="batch/Job", namespace=sight.project, name=one, optional=True) for one in jobs]
    yield from sight.paged(Read(kind="batch/Job", namespace=sight.project), single)
    pods = [Read(kind="v1/Pod", namespace=sight.project, labels=f"job-name in ({','.join(jobs)})")] if jobs else []
    yield from sight.paged(Read(kind="v1/Pod", namespace=sight.project), pods)
