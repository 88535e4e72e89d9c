"""Pipelines in which one thing is done: what real controllers wrote, and small ones made by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.meta import Object
from gitops_master.model.operating import Gate, GateVerdict, Operation, StagePlan
from gitops_master.model.registry import TYPES, kind_of
from gitops_master.model.snapshot import Gap, Place, Snapshot
from gitops_master.model.versions import Version, Versions
from gitops_master.ports.cluster import ReadPlan
from gitops_master.usecases.operating.neighbours import NEIGHBOURS
from gitops_master.usecases.operating.planned import After, OperationRequest, Planned, Trace
from tests import worlds

JSON = dict[str, Any]
NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
VERSIONS = Versions(kargo=Version(1, 11, 2))


def objects(*told: JSON) -> list[Object]:
    return [msgspec.convert(one, TYPES[kind_of(one["apiVersion"], one["kind"])]) for one in told]


def cluster(
    *told: JSON,
    complete: tuple[str, ...] = ("*",),
    gaps: tuple[Gap, ...] = (),
    at: datetime = NOW,
    places: frozenset[Place] | None = None,
) -> Snapshot:
    return Snapshot(
        objects(*told), source="test", observed_at=at, versions=VERSIONS, complete=complete, gaps=gaps, places=places
    )


async def real(number: str, *, complete: tuple[str, ...] = ("*",)) -> Snapshot:
    """What a real stack wrote, as if it had been read in full."""
    seen = await SnapshotReader(next(worlds.REAL.glob(f"{number}-*"))).read(ReadPlan(frozenset({"*"})), deadline_s=10)
    every = [one for kind in seen.kinds for one in seen.of_kind(kind)]
    return Snapshot(every, source="real", observed_at=seen.observed_at, versions=VERSIONS, complete=complete)


class Done:
    """One operation on a cluster, and what is seen of it in others."""

    def __init__(self, operation: str, before: Snapshot, **request: Any) -> None:
        self.before = before
        self._planner = NEIGHBOURS[Operation(operation)]
        asked = OperationRequest(operation=Operation(operation), **request)
        self.planned: Planned = self._planner.plan(asked, before)

    @property
    def target(self) -> StagePlan:
        (target,) = self.planned.plan.targets
        return target

    @property
    def verdict(self) -> str:
        assert self.target.verdict is self.planned.plan.verdict
        return self.planned.plan.verdict.value

    def gate(self, name: str) -> Gate:
        return next(one for one in self.target.gates if one.name == name)

    @property
    def shut(self) -> dict[str, str]:
        """Details of all gates that are not open, by name."""
        return {one.name: one.detail for one in self.target.gates if one.verdict is not GateVerdict.OPEN}

    def trace(self, now: Snapshot, since: datetime = NOW) -> Trace:
        (write,) = self.planned.writes
        return self._planner.done(self.planned, write, self.before, now, since)

    def after(self, now: Snapshot, since: datetime = NOW) -> After:
        return self._planner.after(self.planned, self.before, now, since)


def later(seconds: float) -> str:
    """RFC 3339, that long after NOW."""
    return (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def kargo(kind: str, name: str, **fields: Any) -> JSON:
    metadata = {"name": name, "namespace": "demo", **fields.pop("meta", {})}
    return {"apiVersion": "kargo.akuity.io/v1alpha1", "kind": kind, "metadata": metadata, **fields}


def project() -> JSON:
    return kargo("Project", "demo", meta={"namespace": "", "uid": "uid-of-demo"})


def warehouse(name: str = "main", *, meta: JSON | None = None, spec: JSON | None = None, **status: Any) -> JSON:
    return kargo("Warehouse", name, meta=meta or {}, spec=spec or {}, status=status)


def freight(name: str, tag: str, at: str = "2026-11-23T01:00:00Z", origin: str = "main", **status: Any) -> JSON:
    images = [{"repoURL": "registry.example.net/app", "tag": tag}]
    where = {"kind": "Warehouse", "name": origin}
    return kargo("Freight", name, alias=f"alias-{tag}", origin=where, images=images, discoveredAt=at, status=status)


def stage(
    name: str,
    *upstream: str,
    sources: JSON | None = None,
    steps: list[JSON] | None = None,
    meta: JSON | None = None,
    spec: JSON | None = None,
    **status: Any,
) -> JSON:
    """Takes Freight of Warehouse main, directly or from those upstream."""
    asks = {"stages": list(upstream)} if upstream else {"direct": True}
    requested = {"origin": {"kind": "Warehouse", "name": "main"}, "sources": {**asks, **(sources or {})}}
    told = {
        "requestedFreight": [requested],
        "promotionTemplate": {"spec": {"steps": [{"uses": "git-clone"}] if steps is None else steps}},
        **(spec or {}),
    }
    return kargo("Stage", name, meta=meta or {}, spec=told, status=status)


def promotion(
    name: str, of: str, phase: str, *, to: str = "prod", steps: list[JSON] | None = None, **more: Any
) -> JSON:
    spec = {"stage": to, "freight": of, "steps": steps or [{"uses": "git-clone"}]}
    return kargo("Promotion", name, meta=more.pop("meta", {}), spec=spec, status={"phase": phase, **more})


def argo(kind: str, name: str, **fields: Any) -> JSON:
    metadata = {"name": name, "namespace": "argocd", **fields.pop("meta", {})}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": metadata, **fields}


def app_project(*windows: JSON) -> JSON:
    return argo("AppProject", "default", spec={"syncWindows": list(windows)})


def window(kind: str = "deny", **more: Any) -> JSON:
    """Open from half an hour before NOW, for an hour."""
    return {"kind": kind, "schedule": "30 3 * * *", "duration": "1h", "applications": ["*"], **more}


def state(
    phase: str = "Running", *, by: str = "kargo-controller", at: str = "2026-11-23T03:50:00Z", **more: Any
) -> JSON:
    """`operationState`."""
    operation = {"initiatedBy": {"username": by, "automated": not by}, **more.pop("operation", {})}
    return {"phase": phase, "startedAt": at, "operation": operation, **more}


def app(
    *,
    operation_by: str | None = None,
    authorised: str = "demo:prod",
    annotations: JSON | None = None,
    spec: JSON | None = None,
    meta: JSON | None = None,
    **status: Any,
) -> JSON:
    """Application argocd/web. `operation_by`: who asked for the operation that is there."""
    source = {"repoURL": "https://git.example.net/web.git", "path": ".", "targetRevision": "main"}
    notes = {**({"kargo.akuity.io/authorized-stage": authorised} if authorised else {}), **(annotations or {})}
    told = {"sync": {"status": "Synced", "revision": "1a2b3c4d5e6f7a8b"}, "health": {"status": "Healthy"}, **status}
    one = argo("Application", "web", meta={"annotations": notes, **(meta or {})}, status=told)
    one["spec"] = {"project": "default", "source": source, **(spec or {})}
    if operation_by is not None:
        one["operation"] = {"initiatedBy": {"username": operation_by, "automated": not operation_by}, "sync": {}}
    return one
