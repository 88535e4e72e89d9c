"""Every case on a real API server, read over HTTP and through kubectl: the answers from its files, again."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.adapters.kube_api import Access, KubeApi
from gitops_master.adapters.kubectl_command import KubectlApi, ssh_command
from gitops_master.adapters.live.reader import LiveReader
from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.finding import Diagnosis
from gitops_master.model.versions import Versions, parse_version
from gitops_master.ports.api import Api
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from tests import worlds
from tests.live.kubeconfig import write_kubeconfig
from tests.live.kubelet import Kubelet
from tests.live.loading import load_folder
from tests.live.server import ControlPlane

FOLDERS = sorted(path.parent for path in worlds.CASES.glob("*/*/case.yaml"))


def _versions(index: dict[str, Any]) -> Versions:
    """What the case states of installed versions: some hold no control plane that would tell."""
    told = {key.replace("-", "_"): parse_version(str(value)) for key, value in (index.get("versions") or {}).items()}
    return Versions(**told)


def _asked(folder: Path) -> AnalyzeRequest:
    case = yaml.safe_load((folder / "case.yaml").read_text())
    target = case["scope"]["target"]
    first = next(key for key in ("stage", "app", "warehouse") if key in target)
    return AnalyzeRequest(
        project=case["scope"]["kargo_namespace"], symptom=" ".join(case["symptom"].split()), **{first: target[first]}
    )


def _told(answer: Diagnosis) -> tuple[str, ...]:
    root = answer.root_cause
    return (answer.verdict.value, *((root.id, root.subject) if root else ()))


async def _live(api: Api, now: datetime, versions: Versions, request: AnalyzeRequest) -> Diagnosis:
    try:
        return await analyze(LiveReader(api, now=lambda: now, versions=versions, elsewhere=lambda _: api), request)
    finally:
        await api.close()


@pytest.mark.parametrize("folder", FOLDERS, ids=[f"{path.parent.name}/{path.name}" for path in FOLDERS])
async def test_a_case_has_one_answer_whatever_the_source(
    folder: Path, cluster: ControlPlane, kubelet: Kubelet, kubectl: Path, tmp_path: Path
) -> None:
    objects, index, logs = worlds.load(folder)
    request = _asked(folder)
    saved = await analyze(SnapshotReader(worlds.write(tmp_path / "world", objects, index, logs)), request)
    load_folder(cluster, kubelet, folder)
    config = write_kubeconfig(tmp_path / "config", [cluster.context()])
    apis = {"http": KubeApi.open(Access(kubeconfig=(config,))), "command": _prefix(kubectl, config)}

    answers = {name: await _live(api, saved.observed_at, _versions(index), request) for name, api in apis.items()}

    assert {name: _told(one) for name, one in answers.items()} == dict.fromkeys(apis, _told(saved))
    assert not [gap for one in answers.values() for gap in one.not_checked if not gap.what.startswith("log of")]


def _prefix(kubectl: Path, config: Path) -> Api:
    """As `ssh bastion` would be: a shell that has kubectl and a kubeconfig of its own."""
    environ = {"PATH": f"{kubectl.parent}:/usr/bin:/bin", "KUBECONFIG": str(config), "HOME": str(config.parent)}
    return KubectlApi(ssh_command("bash -c"), environ=environ)
