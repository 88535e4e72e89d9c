"""Asking Kargo to verify again, on a real API server: one annotation of one Stage is written, and nothing where it is refused.

Kargo itself is played by the test, between two looks: a new record in the Stage's status.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest

from gitops_master.model.errors import Forbidden, GitOpsError
from gitops_master.model.operating import Operated, Outcome, Plan
from gitops_master.ports.writing import AuditLine, Premises, Reverify
from gitops_master.settings import Settings
from gitops_master.sources import LiveClusters, sources
from gitops_master.usecases.operating.means import Following, Means
from gitops_master.usecases.operating.neighbours import NEIGHBOURS
from gitops_master.usecases.operating.plan_ids import PlanIds
from gitops_master.usecases.operating.policy import Policy
from gitops_master.usecases.operating.rerun import verify_again
from tests import worlds
from tests.live.kubeconfig import write_kubeconfig
from tests.live.kubelet import Kubelet
from tests.live.loading import load_folder
from tests.live.proxy import Proxy
from tests.live.server import ControlPlane

STAGES = "/apis/kargo.akuity.io/v1alpha1/namespaces/demo/stages"
REVERIFY = "kargo.akuity.io/reverify"
READS = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}]
JSON = dict[str, Any]
ways = pytest.mark.parametrize("way", ["http", "kubectl", "far kubectl"])


class Asked:
    """One question: who asks, over which way, and what was told and audited."""

    def __init__(self, clusters: LiveClusters) -> None:
        self.clusters = clusters
        self.audit: list[AuditLine] = []
        self.told: list[str] = []
        self.then: Callable[[], None] = lambda: None
        self.at_once: Callable[[], None] = lambda: None

    async def run(self, stage: str, policy: Policy | None = None, *, yes: bool = True, wait_s: float = 60) -> Operated:
        naps = 0

        async def consent(_: Plan) -> bool:
            return yes

        async def sleep(_: float) -> None:
            nonlocal naps
            naps += 1
            (self.at_once if naps == 1 else self.then)()  # the first is right behind the write

        async def tell(line: str) -> None:
            self.told.append(line)

        means = Means(
            reader=self.clusters.reader(),
            writer=self.clusters.writer,
            probe=self.clusters.probe(),
            policy=policy or Policy(allow_writes=True),
            planners=NEIGHBOURS,
            plan_ids=PlanIds(b"k" * 32),
            turn=anyio.Lock(),
            audit=self.audit.append,
            clock=lambda: datetime.now(UTC),
            sleep=sleep,
            tell=tell,
        )
        return await verify_again("demo", stage, means, agree=consent, following=Following(wait_s=wait_s))


@asynccontextmanager
async def asking(
    cluster: ControlPlane, kubectl: Path, folder: Path, way: str, *, user: str = "", url: str = ""
) -> AsyncIterator[Asked]:
    context = cluster.context(user) if user else cluster.context()
    config = write_kubeconfig(folder / "config", [context._replace(server=url or context.server)])
    far = f"env KUBECONFIG={config} PATH={kubectl.parent}:/usr/bin:/bin sh -c"
    settings = {
        "http": Settings(kubeconfig=config),
        "kubectl": Settings(kubeconfig=config, kubectl_command=str(kubectl)),
        "far kubectl": Settings(ssh_command=far),
    }
    clusters = sources(settings[way])
    assert isinstance(clusters, LiveClusters)
    try:
        yield Asked(clusters)
    finally:
        await clusters.close()


@pytest.fixture
def demo(cluster: ControlPlane, kubelet: Kubelet) -> ControlPlane:
    """Stages that real controllers verified: dev-vbad failed, dev-v succeeded, dev has no verification."""
    load_folder(cluster, kubelet, next(worlds.REAL.glob("13-*")))
    return cluster


def stored(cluster: ControlPlane) -> dict[str, int]:
    """Every key with the revision that wrote it last, but for the leases of the server itself."""
    every = cluster.storage.revisions("/registry/")
    return {key: revision for key, revision in every.items() if "leases/" not in key}


def plain(stage: JSON) -> JSON:
    """What is stored of it, less what the server notes of each write."""
    metadata = {
        key: value for key, value in stage["metadata"].items() if key not in {"resourceVersion", "managedFields"}
    }
    return {**stage, "metadata": metadata}


@ways
async def test_exactly_the_annotation_that_kargo_expects_is_written(
    way: str, demo: ControlPlane, kubectl: Path, proxy: Proxy, tmp_path: Path
) -> None:
    before, keys = demo.must("GET", f"{STAGES}/dev-vbad"), stored(demo)
    newest = before["status"]["freightHistory"][0]["verificationHistory"][0]
    after: list[tuple[JSON, dict[str, int]]] = []

    def kargo() -> None:
        """Takes the request up: a record with an id of its own, before the one that was named."""
        record = {**newest, "id": "fresh", "phase": "Successful", "message": "", "analysisRun": None}
        history = before["status"]["freightHistory"]
        first = {**history[0], "verificationHistory": [record, *history[0]["verificationHistory"]]}
        demo.must("PATCH", f"{STAGES}/dev-vbad/status", {"status": {"freightHistory": [first, *history[1:]]}})

    async with asking(demo, kubectl, tmp_path, way, url=proxy.url) as asked:
        asked.at_once = lambda: after.append((demo.must("GET", f"{STAGES}/dev-vbad"), stored(demo)))
        asked.then = kargo
        answer = await asked.run("dev-vbad")

    [(written, written_keys)] = after
    changed = {key for key in keys.keys() | written_keys.keys() if keys.get(key) != written_keys.get(key)}
    assert changed == {"/registry/kargo.akuity.io/stages/demo/dev-vbad"}
    annotations = {**before["metadata"].get("annotations", {}), REVERIFY: newest["id"]}
    assert plain(written) == plain({**before, "metadata": {**before["metadata"], "annotations": annotations}})
    sent = [one for one in proxy.requests if one.method not in {"GET", "HEAD"} and "dryRun=All" not in one.target]
    assert [one.method for one in sent] == ["PATCH"]
    assert (answer.outcome, answer.message) == (Outcome.DONE, "the verification is Successful")
    assert [one.verdict for one in asked.audit] == ["done"]


async def refused(demo: ControlPlane, asked: Asked, stage: str, words: str, **how: Any) -> None:
    before = stored(demo)
    with pytest.raises(Forbidden, match=words):
        await asked.run(stage, **how)
    assert stored(demo) == before
    assert asked.told == []


@pytest.mark.parametrize(
    ("stage", "words", "how"),
    [
        ("dev-vbad", "writing is switched off", {"policy": Policy()}),
        ("dev-vbad", "is protected", {"policy": Policy(allow_writes=True, protect=("dev-*",))}),
        ("dev-vbad", "no consent", {"yes": False}),
        ("dev", "has no spec.verification", {}),
        ("s-control", "is a control flow Stage", {}),
    ],
)
async def test_what_is_refused_writes_nothing(
    stage: str, words: str, how: JSON, demo: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    async with asking(demo, kubectl, tmp_path, "http") as asked:
        await refused(demo, asked, stage, words, **how)

    assert [one.verdict for one in asked.audit] == ["refused"]


@ways
async def test_who_may_not_patch_stages_is_told_so(way: str, demo: ControlPlane, kubectl: Path, tmp_path: Path) -> None:
    demo.grant("reader", READS)
    async with asking(demo, kubectl, tmp_path, way, user="reader") as asked:
        await refused(demo, asked, "dev-vbad", r"right to patch stages\.kargo\.akuity\.io in namespace demo")

    assert [one.verdict for one in asked.audit] == ["refused"]


async def test_the_right_to_patch_stages_is_enough(demo: ControlPlane, kubectl: Path, tmp_path: Path) -> None:
    demo.grant("reader", READS)
    demo.grant("reader", [{"apiGroups": ["kargo.akuity.io"], "resources": ["stages"], "verbs": ["patch"]}], "demo")
    async with asking(demo, kubectl, tmp_path, "http", user="reader") as asked:
        answer = await asked.run("dev-vbad", wait_s=0)

    assert (answer.outcome, answer.message) == (Outcome.UNDER_WAY, "waiting for Kargo to begin")
    assert REVERIFY in demo.must("GET", f"{STAGES}/dev-vbad")["metadata"]["annotations"]


async def test_a_stage_that_was_deleted_meanwhile_is_not_made_anew(
    demo: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    async with asking(demo, kubectl, tmp_path, "http") as asked:
        writer = asked.clusters.writer()
        write = Reverify(namespace="demo", stage="gone", verification_id="some-id")
        sent = await writer.send(write, Premises(), deadline_s=30)
        with pytest.raises(GitOpsError, match="no Stage 'gone'"):
            await asked.run("gone")

    assert (sent.status, sent.done) == (404, False)
    assert demo.request("GET", f"{STAGES}/gone").status == 404
