"""Every case on a real API server, read over HTTP and through kubectl: the answers from its files, again."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gitops_master.adapters.kube_api import Access, KubeApi
from gitops_master.adapters.kubectl_command import KubectlApi, ssh_command
from gitops_master.adapters.live.reader import LiveReader
from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.finding import Diagnosis
from gitops_master.model.state import StateAnswer
from gitops_master.model.verification import Verdict, Verification
from gitops_master.ports.api import Api, Reply, Request, Review
from gitops_master.ports.cluster import ClusterReader
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from gitops_master.usecases.get_stage_state import StateRequest, get_state
from gitops_master.usecases.run_verification import VerifyRequest, run_verification
from gitops_master.usecases.watch_state import lines_of
from tests import worlds
from tests.live.kubeconfig import write_kubeconfig
from tests.live.kubelet import Kubelet
from tests.live.loading import Loaded, active_namespace, load_folder
from tests.live.server import ControlPlane

NOT_CLAIMED = {
    "k16-analysis-arg-not-declared": ["argoproj.io/AnalysisRun"],
    "k19-verification-job-rbac": ["argoproj.io/AnalysisRun"],
    "r01-prometheus-empty-result": ["argoproj.io/AnalysisRun"],
}
"""Kinds of which a case's files hold some and do not say that these are all. A server lists what it has, so that nothing is open."""


SERVED = {"crds-established"}
"""Probes of what a server has in any case and the files of few cases hold: definitions of kinds."""


class Answers(NamedTuple):
    """What one source tells: the diagnosis, the verification and the state of the Stage that the case names (if any), and those of
    the project.
    """

    diagnosis: Diagnosis
    states: tuple[StateAnswer, ...]
    verifications: tuple[Verification, ...]

    @property
    def open(self) -> list[str]:
        """What the states could not tell."""
        return [one.what for state in self.states for one in state.not_checked]


@pytest.mark.parametrize("folder", worlds.FOLDERS, ids=worlds.NAMES)
async def test_a_case_has_one_answer_whatever_the_source(
    folder: Path, cluster: ControlPlane, kubelet: Kubelet, kubectl: Path, tmp_path: Path
) -> None:
    objects, index, logs = worlds.load(folder)
    request = worlds.asked(folder)
    files = SnapshotReader(worlds.write(tmp_path / "world", objects, index, logs))
    # A server has all that there is; of most kinds that a verification looks at, the files do not say so.
    loaded = load_folder(cluster, kubelet, folder)
    whole = {**index, "complete": ["*"]}
    all_ = SnapshotReader(worlds.write(tmp_path / "whole", [*objects, *_added(loaded, objects, kubelet)], whole, logs))
    saved = await _answers(files, all_, request)
    config = write_kubeconfig(tmp_path / "config", [cluster.context()])
    apis: dict[str, Api] = {
        "http": KubeApi.open(Access(kubeconfig=(config,))),
        "command": Remembering(_prefix(kubectl, config)),
    }

    def reader(api: Api) -> LiveReader:
        now, versions = saved.diagnosis.observed_at, worlds.versions(index)
        return LiveReader(api, now=lambda: now, versions=versions, elsewhere=lambda _: api)

    live = {way: await _live(api, reader(api), request) for way, api in apis.items()}

    assert {way: worlds.told(one.diagnosis) for way, one in live.items()} == dict.fromkeys(
        apis, worlds.told(saved.diagnosis)
    )
    assert not [gap for one in live.values() for gap in one.diagnosis.not_checked if not gap.what.startswith("log of")]
    for one in live.values():
        assert [_same(state) for state in one.states] == [_same(state) for state in saved.states]
    assert {way: one.open for way, one in live.items()} == {way: [] for way in apis}
    assert saved.open == NOT_CLAIMED.get(folder.name, [])
    for way, one in live.items():
        for found, expected in zip(one.verifications, saved.verifications, strict=True):
            assert _judged(found) == _judged(expected), way


class Remembering:
    """The command, asked once for what all three questions ask for: each call runs kubectl, and that is where the time goes."""

    together = True

    def __init__(self, api: Api) -> None:
        self._api = api
        self._replies: dict[Request, Reply] = {}

    @property
    def title(self) -> str:
        return self._api.title

    async def get(self, requests: Sequence[Request], *, deadline_s: float) -> list[Reply]:
        new = [one for one in dict.fromkeys(requests) if one not in self._replies]
        if new:
            self._replies.update(zip(new, await self._api.get(new, deadline_s=deadline_s), strict=True))
        return [self._replies[one] for one in requests]

    async def review(self, kind: Review, bodies: Sequence[bytes], *, deadline_s: float) -> list[Reply]:
        return await self._api.review(kind, bodies, deadline_s=deadline_s)

    async def close(self) -> None:
        await self._api.close()


async def _answers(reader: ClusterReader, whole: ClusterReader, request: AnalyzeRequest) -> Answers:
    """`whole`: what verifications are asked of."""
    diagnosis = await analyze(reader, request)
    stages = dict.fromkeys((request.stage, ""))
    states = [await get_state(reader, StateRequest(project=request.project, stage=stage)) for stage in stages]
    wanted = [VerifyRequest(project=request.project, stage=stage, all_levels=True) for stage in stages]
    return Answers(diagnosis, tuple(states), tuple([await run_verification(whole, one) for one in wanted]))


async def _live(api: Api, reader: LiveReader, request: AnalyzeRequest) -> Answers:
    try:
        return await _answers(reader, reader, request)
    finally:
        await api.close()


def _same(state: StateAnswer) -> dict[str, Any]:
    """All of a state but for the words about its source: the name of it, whose clock it is, and what it could not tell."""
    held = {key: value for key, value in state.dump().items() if key not in ("context", "clock", "not_checked")}
    return {**held, "report": [line for line in lines_of(state) if line and not line.startswith("Not checked: ")]}


def _added(loaded: Loaded, objects: Sequence[dict[str, Any]], kubelet: Kubelet) -> list[dict[str, Any]]:
    """What loading added to the objects of the files so that a server can hold them."""
    known = {one["metadata"]["name"] for one in objects if one["kind"] == "Node"}
    needed = {one["spec"]["nodeName"] for one in objects if one["kind"] == "Pod" and one["spec"].get("nodeName")}
    return [
        *(active_namespace(name) for name in loaded.namespaces),
        *(kubelet.node(name) for name in sorted(needed - known)),
    ]


def _judged(one: Verification) -> dict[str, Any]:
    """The verdicts, what is wrong or unknown with its words, and Kargo's part."""
    bad = {
        (check.probe, check.verdict, check.target, check.observed)
        for level in one.levels
        for check in level.checks
        if check.verdict in (Verdict.FAIL, Verdict.UNKNOWN) and check.probe not in SERVED
    }
    levels = [(level.verdict, level.reason) for level in one.levels]
    return {
        "verdict": one.verdict, "failed": one.failed_level, "levels": levels, "bad": bad,
        "kargo": one.kargo.dump() if one.kargo else None, "next": one.next_call,
    }  # fmt: skip


def _prefix(kubectl: Path, config: Path) -> Api:
    """As `ssh bastion` would be: a shell that has kubectl and a kubeconfig of its own."""
    environ = {"PATH": f"{kubectl.parent}:/usr/bin:/bin", "KUBECONFIG": str(config), "HOME": str(config.parent)}
    return KubectlApi(ssh_command("bash -c"), environ=environ)
