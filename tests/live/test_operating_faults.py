"""A plan where a real API server does not answer as it should: never a go-ahead, never a write."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest

from gitops_master.adapters.kube_api import Access, KubeApi, Surroundings
from gitops_master.adapters.live.probe import ApiProbe
from gitops_master.adapters.live.reader import LiveReader
from gitops_master.model.errors import GitOpsError
from gitops_master.model.operating import GoAhead, Operated, Operation
from gitops_master.ports.writing import Premises, Sent, Way, Write
from gitops_master.usecases.operating.means import Means
from gitops_master.usecases.operating.operate import operate
from gitops_master.usecases.operating.plan_ids import PlanIds
from gitops_master.usecases.operating.planned import OperationRequest
from gitops_master.usecases.operating.planners import PLANNERS
from gitops_master.usecases.operating.policy import Policy
from tests.live.delivering import objects
from tests.live.kubeconfig import write_kubeconfig
from tests.live.loading import load
from tests.live.outages import OUTAGES
from tests.live.proxy import Proxy
from tests.live.server import ControlPlane

PROJECT: dict[str, Any] = {
    "apiVersion": "kargo.akuity.io/v1alpha1",
    "kind": "Project",
    "metadata": {"name": "demo"},
}
RESTS_ON = {
    Operation.PROMOTE: ("", "stages", "promotions", "freights"),
    Operation.REFRESH_STAGE: ("", "stages"),
    Operation.ABORT_PROMOTION: ("", "promotions"),
    Operation.APPROVE_FREIGHT: ("", "stages", "freights"),
    Operation.SYNC_APP: ("", "applications"),
}
"""Of each operation the kinds without which nobody can say go."""
ASKED: dict[Operation, dict[str, Any]] = {
    Operation.PROMOTE: {"stage": "test", "freight": "calm-otter"},
    Operation.REFRESH_STAGE: {"stage": "test"},
    Operation.ABORT_PROMOTION: {"stage": "test"},
    Operation.APPROVE_FREIGHT: {"stage": "late", "freight": "calm-otter"},
    Operation.SYNC_APP: {"app": "argocd/failed"},
}
FAULTS = [name for name, one in OUTAGES.items() if one.fault is not None and one.ends]


LISTED = {(Operation.PROMOTE, ""), (Operation.PROMOTE, "promotions"), (Operation.PROMOTE, "freights")}
"""Where a list has to be whole. Of the rest the one object that counts is read by its name, or stands on the first page."""


class Recorder:
    """A way that is always there: what is sent is written down."""

    def __init__(self) -> None:
        self.sent: list[Write] = []

    async def way(self, write: Write, premises: Premises, *, deadline_s: float) -> Way:
        return Way(title="a test's Kargo")

    async def send(self, write: Write, premises: Premises, *, deadline_s: float) -> Sent:
        self.sent.append(write)
        return Sent(201)

    async def close(self) -> None:
        """Nothing is open."""


def _late() -> dict[str, Any]:
    """A Stage that waits for Freight to be verified elsewhere."""
    stage = next(one for one in objects() if one["kind"] == "Stage")
    requested = [{"origin": {"kind": "Warehouse", "name": "main"}, "sources": {"stages": ["test"]}}]
    spec = {**stage["spec"], "requestedFreight": requested}
    return {**stage, "metadata": {**stage["metadata"], "name": "late", "uid": "stage-late"}, "spec": spec}


async def _now(_: float) -> None:
    """Retries are not waited for."""


async def _planned(
    plane: ControlPlane, proxy: Proxy, operation: Operation, folder: Path, recorder: Recorder
) -> Operated:
    config = write_kubeconfig(folder / "config", [plane.context()._replace(server=proxy.url)])
    api = KubeApi.open(Access(kubeconfig=(config,)), Surroundings(sleep=_now, random=lambda: 0.5))
    means = Means(
        reader=LiveReader(api, now=lambda: datetime(2026, 11, 23, 8, tzinfo=UTC), elsewhere=lambda _: api),
        writer=lambda: recorder,
        probe=ApiProbe(api),
        policy=Policy(allow_writes=True),
        planners=PLANNERS,
        plan_ids=PlanIds(b"k" * 32),
        turn=anyio.Lock(),
        audit=lambda _: None,
        clock=lambda: datetime(2026, 11, 23, 8, tzinfo=UTC),
        sleep=_now,
        deadline_s=60,
    )
    try:
        return await operate(OperationRequest(operation=operation, project="demo", **ASKED[operation]), means)
    finally:
        await api.close()


def _world(plane: ControlPlane, operation: Operation) -> None:
    project = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "spec": {}}
    default = {**project, "metadata": {"name": "default", "namespace": "argocd"}}
    every = [PROJECT, default, _late(), *objects()]
    if operation is Operation.PROMOTE:  # what runs there is the same Freight
        every = [one for one in every if one["kind"] != "Promotion"]
    assert load(plane, every).left_out == ()


@pytest.mark.parametrize("operation", RESTS_ON, ids=lambda one: one.value)
async def test_nothing_that_cannot_be_read_is_planned_past(
    operation: Operation, cluster: ControlPlane, proxy: Proxy, tmp_path: Path
) -> None:
    _world(cluster, operation)
    recorder = Recorder()
    whole = await _planned(cluster, proxy, operation, tmp_path, recorder)
    assert whole.plan is not None
    assert whole.plan.verdict is GoAhead.GO, whole.report

    passed: list[str] = []
    for name in FAULTS:
        for kind in RESTS_ON[operation]:
            if name == "410" and (operation, kind) not in LISTED:
                continue
            proxy.break_(rf"/{kind}\b" if kind else "", OUTAGES[name].fault)  # type: ignore[arg-type]
            try:
                answer = await _planned(cluster, proxy, operation, tmp_path, recorder)
            except GitOpsError:
                continue
            finally:
                proxy.mend()
            if answer.plan is None or answer.plan.verdict is GoAhead.GO:
                passed.append(f"{name} of {kind or 'everything'}")

    assert passed == []
    assert recorder.sent == []
