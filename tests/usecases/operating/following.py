"""A small pipeline for tests of following Promotions: objects as Kargo writes them, and a cluster that shows one state after another."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from gitops_master.model.argocd import Application
from gitops_master.model.errors import GitOpsError
from gitops_master.model.kargo import Freight, Promotion
from gitops_master.model.meta import Object
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.model.snapshot import Gap, LogKey, Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.verification import Verification
from gitops_master.ports.cluster import LogsRead, ReadPlan
from gitops_master.usecases.operating.watch import KINDS, Follow, Watched, WatchMeans, watch

JSON = dict[str, Any]
NAME = "test.01m83b8f561jx9q0s2vefvr5g2.f1f1f1f"
"""Made by Kargo at 04:40:05, between these two."""
OLDER, NEWER = "test.01m83b7mkc48mwr0znk0v3p493.f0f0f0f", "test.01m83bfse5kk57akx5sk7bp4gb.f2f2f2f"
OTHER = "prod.01m83b8f561jx9q0s2vefvr5g3.f1f1f1f"
F0, F1, F2 = (f"{start}{'0' * 33}" for start in ("f0f0f0f", "f1f1f1f", "f2f2f2f"))
START = datetime(2026, 11, 23, 4, 40, 5, tzinfo=UTC)
STEPS = [
    {"uses": "git-clone"},
    {"uses": "git-open-pr", "as": "pr"},
    {"uses": "git-wait-for-pr", "as": "merged"},
    {"uses": "argocd-update", "as": "sync", "config": {"apps": [{"name": "web", "namespace": "argocd"}]}},
]
CHECKS = [{"uses": "argocd-update", "config": {"apps": [{"name": "web", "namespace": "argocd"}]}}]
VERIFIES = {"analysisTemplates": [{"name": "smoke"}]}


def at(seconds: float) -> str:
    """So many seconds after `START`."""
    return (START + timedelta(seconds=seconds)).isoformat()


def collection(freight: str) -> JSON:
    origin = {"kind": "Warehouse", "name": "main"}
    return {"id": f"c-{freight[:7]}", "items": {"Warehouse/main": {"name": freight, "origin": origin}}}


def step(alias: str, status: str, **more: Any) -> JSON:
    return {"alias": alias, "status": status, "startedAt": at(1), **more}


def promotion(
    phase: str = "Succeeded", name: str = NAME, freight: str = F1, stage: str = "test", **status: Any
) -> Promotion:
    """Succeeded at 10 s, with the health check that its step registered."""
    done = {"finishedAt": at(10), "healthChecks": CHECKS} if phase == "Succeeded" else {}
    begun = {"startedAt": at(1)} if phase not in {"", "Pending"} else {}
    told = {"phase": phase, "freightCollection": collection(freight), **begun, **done, **status}
    spec = {"stage": stage, "freight": freight, "steps": STEPS}
    metadata = {"name": name, "namespace": "shop", "creationTimestamp": at(0)}
    return msgspec.convert({"metadata": metadata, "spec": spec, "status": told}, Promotion)


def running(*steps: JSON, current: int = 0, **status: Any) -> Promotion:
    return promotion("Running", stepExecutionMetadata=list(steps), currentStep=current, **status)


def verified(phase: str = "Successful", **more: Any) -> JSON:
    """Begun after the Promotion; its AnalysisRun is `run-1`."""
    return {
        "id": "v1",
        "phase": phase,
        "startTime": at(20),
        "analysisRun": {"name": "run-1", "namespace": "shop"},
        **more,
    }


def stage(
    *verifications: JSON,
    last: str = NAME,
    phase: str = "Succeeded",
    holds: str = F1,
    health: str = "Healthy",
    **more: Any,
) -> Stage:
    """Its record is at `last`; `status`, `spec`, `annotations`: further fields."""
    spec = {"promotionTemplate": {"spec": {"steps": STEPS}}, "verification": VERIFIES, **more.pop("spec", {})}
    history = [{**collection(holds), "verificationHistory": list(verifications)}]
    recorded = {
        "name": last,
        "finishedAt": at(10),
        "status": {"phase": phase, "healthChecks": CHECKS, "finishedAt": at(10)},
    }
    status = {
        "conditions": [{"type": "Ready", "status": "True", "reason": "Verified"}],
        "freightHistory": [*history, *more.pop("history", [])],
        "lastPromotion": {**recorded, "freight": {"name": holds}},
        **({"health": {"status": health, "issues": more.pop("issues", [])}} if health else {}),
        **more.pop("status", {}),
    }
    metadata = {"name": more.pop("name", "test"), "namespace": "shop", "annotations": more.pop("annotations", {})}
    assert not more
    return msgspec.convert({"metadata": metadata, "spec": spec, "status": status}, Stage)


def before() -> Stage:
    """The Stage as long as it has not recorded the Promotion: it holds older Freight, all in order."""
    return stage(verified(startTime=at(-60)), last=OLDER, holds=F0)


def freight(*verified_in: str, name: str = F1) -> Freight:
    where = {one: {"verifiedAt": at(30)} for one in verified_in}
    return msgspec.convert({"metadata": {"name": name, "namespace": "shop"}, "status": {"verifiedIn": where}}, Freight)


def app(
    sync: str = "Synced",
    health: str = "Healthy",
    since: str | None = None,
    operation: JSON | None = None,
    **status: Any,
) -> Application:
    """`since`: of its health; `operation`: what it was asked to do and has not done."""
    told = {"sync": {"status": sync}, "health": {"status": health, "lastTransitionTime": since}, **status}
    metadata = {"name": "web", "namespace": "argocd"}
    return msgspec.convert({"metadata": metadata, "status": told, "operation": operation}, Application)


def analysis(phase: str) -> AnalysisRun:
    result = [{"name": "smoke", "phase": phase}]
    status = {"phase": phase, "metricResults": result}
    metadata = {"name": "run-1", "namespace": "shop", "creationTimestamp": at(20)}
    return msgspec.convert({"metadata": metadata, "status": status}, AnalysisRun)


LIVE = (promotion(), stage(verified()), freight("test"), app(), analysis("Successful"))
"""Everything has come."""


class Unread(msgspec.Struct):
    """A state of which some kinds could not be read."""

    objects: tuple[Object, ...]
    kinds: tuple[str, ...]


State = Iterable[Object] | Unread | GitOpsError


class Cluster:
    """Shows its states one after the other, the last for ever. Time passes by sleeping. What analyses reads moves nothing."""

    def __init__(self, *states: State, own: Iterable[Verification | GitOpsError] = ()) -> None:
        self._states = list(states)
        self._own = list(own)
        self.now = START + timedelta(seconds=40)
        self.told: list[str] = []
        self.looks = 0
        self.analyses = 0
        self.plans: list[ReadPlan] = []

    async def read(self, plan: ReadPlan, *, deadline_s: float) -> Snapshot:
        if plan.kinds == KINDS:
            self.plans.append(plan)
            if self.looks and len(self._states) > 1:
                self._states.pop(0)
            self.looks += 1
        else:
            self.analyses += 1
        state = self._states[0]
        if isinstance(state, GitOpsError):
            raise state
        unread = state.kinds if isinstance(state, Unread) else ()
        objects = state.objects if isinstance(state, Unread) else tuple(state)
        seen = [one for one in objects if one.KIND not in unread]
        gaps = [Gap(kind, "may not be listed", denied=True) for kind in unread]
        return Snapshot(seen, source="kind-shop", observed_at=self.now, complete=["*"], gaps=gaps)

    async def read_logs(self, keys: Iterable[LogKey], *, deadline_s: float) -> LogsRead:
        return LogsRead({})

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def tell(self, line: str) -> None:
        self.told.append(line)

    async def verify(self, project: str, stage: str) -> Verification:
        state = self._own.pop(0) if len(self._own) > 1 else self._own[0]
        if isinstance(state, GitOpsError):
            raise state
        return state

    async def follow(self, *names: str, project: str = "shop", **how: Any) -> Watched:
        means = WatchMeans(
            reader=self,
            clock=lambda: self.now,
            sleep=self.sleep,
            tell=self.tell,
            verify=self.verify if self._own else None,
        )
        return await watch(Follow(project=project, promotions=names or (NAME,), **how), means)
