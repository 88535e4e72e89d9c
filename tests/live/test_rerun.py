"""Asking Kargo to verify again, on a real API server: one annotation of one Stage is written, and nothing where it is refused.

Kargo itself is played by the test, between two looks: a new record in the Stage's status.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gitops_master.model.errors import Forbidden, GitOpsError
from gitops_master.model.rerun import Rerun
from gitops_master.model.verification import Verdict
from gitops_master.ports.writing import AuditLine
from gitops_master.settings import Settings
from gitops_master.sources import LiveClusters, sources
from gitops_master.usecases.rerun_checks import Plan, WritePolicy
from gitops_master.usecases.rerun_verification import Means, RerunRequest, rerun_verification
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

    async def run(
        self, stage: str, policy: WritePolicy | None = None, *, yes: bool = True, wait_s: float = 60
    ) -> Rerun:
        async def consent(_: Plan) -> bool:
            return yes

        async def sleep(_: float) -> None:
            self.then()

        means = Means(
            reader=self.clusters.reader(),
            writer=self.clusters.writer,
            policy=policy or WritePolicy(allow_writes=True),
            consent=consent,
            audit=self.audit.append,
            clock=lambda: datetime.now(UTC),
            sleep=sleep,
            tell=self._tell,
        )
        return await rerun_verification(RerunRequest(stage=stage, project="demo", wait_s=wait_s), means)

    def _tell(self, line: str) -> None:
        if not self.told:
            self.at_once()
        self.told.append(line)


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
        record = {**newest, "id": "fresh", "phase": "Successful", "analysisRun": None}
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
    assert [one.method for one in proxy.requests if one.method not in {"GET", "HEAD"}] == ["PATCH"]
    assert (answer.verdict, answer.asked, answer.verification_id) == (Verdict.PASS, newest["id"], "fresh")
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
        ("dev-vbad", "writing is switched off", {"policy": WritePolicy()}),
        ("dev-vbad", "is protected", {"policy": WritePolicy(allow_writes=True, protect=("dev-*",))}),
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

    assert [one.verdict for one in asked.audit] == ["failed"]


async def test_the_right_to_patch_stages_is_enough(demo: ControlPlane, kubectl: Path, tmp_path: Path) -> None:
    demo.grant("reader", READS)
    demo.grant("reader", [{"apiGroups": ["kargo.akuity.io"], "resources": ["stages"], "verbs": ["patch"]}], "demo")
    async with asking(demo, kubectl, tmp_path, "http", user="reader") as asked:
        answer = await asked.run("dev-vbad", wait_s=0)

    assert answer.verdict is Verdict.UNKNOWN
    assert REVERIFY in demo.must("GET", f"{STAGES}/dev-vbad")["metadata"]["annotations"]


async def test_a_stage_that_was_deleted_meanwhile_is_not_made_anew(
    demo: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    async with asking(demo, kubectl, tmp_path, "http") as asked:
        writer = asked.clusters.writer()
        sent = await writer.reverify("demo", "gone", "some-id", deadline_s=30)
        with pytest.raises(GitOpsError, match="no Stage 'gone'"):
            await asked.run("gone")

    assert (sent.status, sent.done) == (404, False)
    assert demo.request("GET", f"{STAGES}/gone").status == 404
