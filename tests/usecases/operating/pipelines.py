"""Small pipelines made by hand: plain objects in, snapshots and plans out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from gitops_master.facts.names import earliest_name
from gitops_master.model.argocd import Application, AppProject
from gitops_master.model.kargo import (
    ClusterPromotionTask,
    Freight,
    Project,
    ProjectConfig,
    Promotion,
    PromotionTask,
)
from gitops_master.model.meta import Object
from gitops_master.model.operating import Gate, GateVerdict, Operation, StagePlan
from gitops_master.model.snapshot import Gap, Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.versions import Version, Versions
from gitops_master.usecases.operating.planned import OperationRequest, Planned
from gitops_master.usecases.operating.promotion_plan import Promotions, Repromotion

JSON = dict[str, Any]
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
F1, F2, F3 = ("1" * 40, "2" * 40, "3" * 40)
"""Names of Freight, older ones first: `freight` dates them so."""
_TYPES = (
    Stage,
    Freight,
    Promotion,
    Project,
    ProjectConfig,
    PromotionTask,
    ClusterPromotionTask,
    Application,
    AppProject,
)
_BY_KIND = {one.KIND.rpartition("/")[2]: one for one in _TYPES}


def at(minutes: float) -> str:
    """RFC 3339, so many minutes before NOW."""
    return (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def made(kind: str, name: str, namespace: str = "p", metadata: JSON | None = None, **rest: Any) -> Object:
    head = {"name": name, "namespace": namespace, "uid": f"uid-{name}", **(metadata or {})}
    return msgspec.convert({"metadata": head, **rest}, _BY_KIND[kind])


def freight(name: str = F2, origin: str = "w", tag: str = "", age: float | None = None, **rest: Any) -> Object:
    """`age`: in minutes; by default the first character of the name dates it, in hours."""
    old = age if age is not None else 60.0 * (10 - int(name[0], 16) % 10)
    content = {"images": [{"repoURL": "r.example/app", "tag": tag or f"v{name[0]}", "digest": f"sha256:{name[0]}"}]}
    given = {"discoveredAt": at(old), **content, **rest}
    metadata = {"creationTimestamp": at(old), **given.pop("metadata", {})}
    return made("Freight", name, metadata=metadata, origin={"kind": "Warehouse", "name": origin}, **given)


def reference(name: str, origin: str = "w", tag: str = "") -> JSON:
    image = {"repoURL": "r.example/app", "tag": tag or f"v{name[0]}", "digest": f"sha256:{name[0]}"}
    return {"name": name, "origin": {"kind": "Warehouse", "name": origin}, "images": [image]}


def held(name: str, phase: str = "Successful", origin: str = "w") -> JSON:
    """An entry of freightHistory; without a phase there was no verification."""
    checks = [{"id": f"check-{name[:3]}", "phase": phase}] if phase else []
    items = {f"Warehouse/{origin}": reference(name, origin)}
    return {"id": f"collection-{name[:3]}", "items": items, "verificationHistory": checks}


def takes(origin: str = "w", stages: tuple[str, ...] = (), **sources: Any) -> JSON:
    where = {"stages": list(stages), **sources} if stages else {"direct": True, **sources}
    return {"origin": {"kind": "Warehouse", "name": origin}, "sources": where}


STEPS = ({"uses": "compose-output", "as": "note"},)


def stage(
    name: str = "prod",
    *requests: JSON,
    steps: tuple[JSON, ...] = STEPS,
    history: tuple[JSON, ...] = (),
    metadata: JSON | None = None,
    spec: JSON | None = None,
    **status: Any,
) -> Object:
    body = {
        "requestedFreight": list(requests) or [takes()],
        "promotionTemplate": {"spec": {"steps": list(steps)}},
        **(spec or {}),
    }
    given = {"freightHistory": list(history), "health": {"status": "Healthy"} if history else None, **status}
    return made("Stage", name, metadata=metadata, spec=body, status=given)


def generated(of: str = F2, to: str = "prod", age: float = 5) -> str:
    """A name as Kargo makes them, so many minutes before NOW."""
    return f"{earliest_name(to, NOW - timedelta(minutes=age))}wagm695z1xjm9222.{of[:7]}"


def promotion(
    of: str = F2, to: str = "prod", phase: str = "", name: str = "", age: float = 5, message: str = "", **rest: Any
) -> Object:
    title = name or generated(of, to, age)
    metadata = {"creationTimestamp": at(age), "annotations": {"kargo.akuity.io/create-actor": "admin"}}
    metadata |= rest.pop("metadata", {})
    spec = {"stage": to, "freight": of, "steps": list(STEPS)}
    return made("Promotion", title, metadata=metadata, spec=spec, status={"phase": phase, "message": message, **rest})


def auto(*stages: str) -> Object:
    policies = [{"stage": one, "autoPromotionEnabled": True} for one in stages]
    return made("ProjectConfig", "p", spec={"promotionPolicies": policies})


def app(name: str = "app", authorized: str = "p:prod", **rest: Any) -> Object:
    notes = {"kargo.akuity.io/authorized-stage": authorized} if authorized else {}
    metadata = {"annotations": notes, **rest.pop("metadata", {})}
    given = {"spec": {"project": "default", "destination": {"namespace": "app"}}, **rest}
    return made("Application", name, "argocd", metadata, **given)


def app_project(*windows: JSON, name: str = "default") -> Object:
    return made("AppProject", name, "argocd", spec={"syncWindows": list(windows)})


def updates(*apps: JSON, **rest: Any) -> JSON:
    """An argocd-update step."""
    return {"uses": "argocd-update", "as": "sync", "config": {"apps": list(apps)}, **rest}


def world(
    *objects: Object,
    kargo: tuple[int, int, int] | None = (1, 11, 2),
    complete: tuple[str, ...] = ("*",),
    gaps: tuple[Gap, ...] = (),
    now: datetime = NOW,
) -> Snapshot:
    versions = Versions(kargo=Version(*kargo) if kargo else None)
    return Snapshot(objects, source="test", observed_at=now, versions=versions, complete=complete, gaps=gaps)


def asked(words: str = F2, to: str = "prod", project: str = "p", **more: Any) -> OperationRequest:
    return OperationRequest(operation=Operation.PROMOTE, project=project, stage=to, freight=words, **more)


def planned(
    *objects: Object, words: str = F2, to: str = "prod", snapshot: Snapshot | None = None, **more: Any
) -> Planned:
    return Promotions().plan(asked(words, to, **more), snapshot or world(*objects))


def plan_of(*objects: Object, **more: Any) -> StagePlan:
    """The plan of the one Stage."""
    (found,) = planned(*objects, **more).plan.targets
    return found


def again(*objects: Object, to: str = "prod", snapshot: Snapshot | None = None, project: str = "p") -> Planned:
    request = OperationRequest(operation=Operation.REPROMOTE, project=project, stage=to)
    return Repromotion().plan(request, snapshot or world(*objects))


def gates(plan: StagePlan, name: str) -> list[Gate]:
    return [one for one in plan.gates if one.name == name]


def verdict(plan: StagePlan, name: str) -> GateVerdict:
    """Of the one gate of that name."""
    (found,) = gates(plan, name)
    return found.verdict


def shut(plan: StagePlan) -> list[tuple[str, str]]:
    """(name, verdict) of every gate that does not let through."""
    return [(one.name, one.verdict.value) for one in plan.gates if one.verdict is not GateVerdict.OPEN]
