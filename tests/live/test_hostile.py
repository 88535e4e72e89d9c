"""Hostile names, texts and configs on a real API server, through every source: nothing runs, nothing leaks, answers end and stay small."""

import io
import json
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from gitops_master.adapters.kube_api import Access, KubeApi
from gitops_master.adapters.kubectl_command import Identity, KubectlApi, kubectl_command, ssh_command
from gitops_master.adapters.live.reader import LiveReader
from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.cli.verify_table import print_table
from gitops_master.model.errors import GitOpsError
from gitops_master.model.finding import Answer
from gitops_master.model.state import StateAnswer
from gitops_master.model.verification import Verdict, Verification
from gitops_master.ports.api import Api
from gitops_master.ports.cluster import ClusterReader
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from gitops_master.usecases.deadline import DEADLINE_S
from gitops_master.usecases.get_stage_state import StateRequest, get_state
from gitops_master.usecases.junit import junit
from gitops_master.usecases.run_verification import VerifyRequest, run_verification
from gitops_master.usecases.size import MOST_BYTES
from tests import worlds
from tests.live import verifying
from tests.live.kubeconfig import write_kubeconfig
from tests.live.kubelet import Kubelet
from tests.live.loading import load
from tests.live.server import ControlPlane
from tests.probes import world
from tests.scenarios.hostile import ATTACKS, NAMED, SECRETS, TEXTS, is_harmless, obeyed, spoiled

WAYS = ("http", "prefix", "program", "snapshot")
MEGABYTES_50 = 50 * 1024 * 1024
NAMES = (
    "$(touch x)",
    "`touch x`",
    "--kubeconfig=x",
    "-o",
    "a;touch x",
    "a'b\"c",
    "a\nb",
    "\x1b[2J",
    "..",
    "a/b",
    "a?b#c",
    "\u202ea",
)
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@contextmanager
def _quiet_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder and home of all that runs: a command that was smuggled in would leave a file here."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    yield home
    left = [one for one in home.rglob("*") if ".kube/cache" not in str(one) and one.name not in (".kube", "cache")]
    assert left == []


def _api(way: str, kubectl: Path, config: Path, home: Path, context: str = "") -> Api:
    if way == "http":
        return KubeApi.open(Access(kubeconfig=(config,), context=context))
    environ = {"PATH": f"{kubectl.parent}:/usr/bin:/bin", "KUBECONFIG": str(config), "HOME": str(home)}
    command = ssh_command("bash -c") if way == "prefix" else kubectl_command("kubectl")
    return KubectlApi(command, Identity(context=context), environ=environ)


def _world(name: str) -> tuple[list[dict[str, Any]], AnalyzeRequest]:
    folder = worlds.case_folder(name)
    objects, _, _ = worlds.load(folder)
    return json.loads(json.dumps(objects, default=str)), worlds.asked(folder)


@pytest.mark.parametrize("way", WAYS)
async def test_hostile_texts_and_fifty_megabytes_leave_an_answer(
    way: str, cluster: ControlPlane, kubectl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects, asked = _world("dev/k39")
    assert spoiled(objects, " ".join(ATTACKS)) > 10
    stage = worlds.named(objects, f"Stage {asked.project}/{asked.stage}")
    attack = " ".join(ATTACKS)
    stage["status"]["conditions"][0]["message"] += attack * (MEGABYTES_50 // len(attack))
    load(cluster, [one for one in objects if one["kind"] != "Node"])
    config = write_kubeconfig(tmp_path / "config", [cluster.context()])
    with _quiet_folder(tmp_path, monkeypatch) as home:
        api = None if way == "snapshot" else _api(way, kubectl, config, home)
        reader: ClusterReader
        if api is None:
            reader = SnapshotReader(worlds.write(tmp_path / "world", objects, {}, {}), now=NOW)
        else:
            reader = LiveReader(api, now=lambda: NOW)
        try:
            for work in (
                lambda: analyze(reader, asked),
                lambda: get_state(reader, StateRequest(project=asked.project, stage=asked.stage)),
                lambda: get_state(reader, StateRequest(project=asked.project)),
                lambda: run_verification(reader, VerifyRequest(project=asked.project, stage=asked.stage)),
                lambda: run_verification(reader, VerifyRequest(project=asked.project, all_levels=True)),
            ):
                began = time.monotonic()
                answer = await work()
                assert is_harmless(answer)
                assert not isinstance(answer, Verification) or _is_rendered_harmless(answer)
                assert time.monotonic() - began < 2 * DEADLINE_S
        finally:
            if api is not None:
                await api.close()


def _is_rendered_harmless(answer: Verification) -> bool:
    """As JUnit, which other programs read, and as a table."""
    xml = junit(answer)
    ElementTree.fromstring(xml)
    table = io.StringIO()
    print_table(answer, Console(file=table, width=120))
    for text in (xml, table.getvalue(), *ElementTree.fromstring(xml).itertext()):
        assert obeyed(text) == set()
        assert [one for one in SECRETS if one in text] == []
    assert len(xml.encode()) < 4 * MOST_BYTES
    return True


CRASHING: list[dict[str, Any]] = [
    {"set": "Pod shop-prod/web-7f9c-1", "path": "status.containerStatuses[0].ready", "value": False},
    {"set": "Application argocd/shop-prod", "path": "status.health.status", "value": "Degraded"},
]


@pytest.mark.parametrize("way", WAYS)
async def test_verifications_of_hostile_hosts_images_and_messages_leave_an_answer(
    way: str, cluster: ControlPlane, kubectl: Path, kubelet: Kubelet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attack = " ".join(ATTACKS)
    objects = [one for one in verifying.objects(CRASHING) if one["kind"] != "APIService"]
    assert spoiled([one for one in objects if one["kind"] != "Node"], attack, TEXTS | NAMED) > 40
    app = worlds.named(objects, "Application argocd/shop-prod")
    app["status"]["health"]["message"] = attack * (MEGABYTES_50 // len(attack))
    events = [_event(number, attack) for number in range(300)]
    load(cluster, [*events, *(kubelet.taking_over(one) if one["kind"] == "Node" else one for one in objects)])
    config = write_kubeconfig(tmp_path / "config", [cluster.context()])
    with _quiet_folder(tmp_path, monkeypatch) as home:
        reader: ClusterReader
        api = None if way == "snapshot" else _api(way, kubectl, config, home)
        if api is None:
            saved = worlds.write(tmp_path / "world", [*objects, *events], {"complete": ["*"]}, {})
            reader = SnapshotReader(saved, now=world.NOW)
        else:
            reader = LiveReader(api, now=lambda: world.NOW)
        try:
            for stage in ("prod", ""):
                began = time.monotonic()
                answer = await run_verification(reader, VerifyRequest(project="shop", stage=stage, all_levels=True))
                assert answer.verdict is Verdict.FAIL
                assert is_harmless(answer)
                assert _is_rendered_harmless(answer)
                assert time.monotonic() - began < 2 * DEADLINE_S
        finally:
            if api is not None:
                await api.close()


def _event(number: int, attack: str) -> dict[str, Any]:
    about = {"kind": "Pod", "namespace": "shop-prod", "name": "web-7f9c-1"}
    times = {"firstTimestamp": "2026-11-23T08:08:00Z", "lastTimestamp": "2026-11-23T08:09:00Z", "count": number + 1}
    metadata = {"name": f"web.{number}", "namespace": "shop-prod", "uid": f"event-{number}"}
    said = {"type": "Warning", "reason": f"Failed{attack}", "message": f"{number} {attack}", "involvedObject": about}
    return {"apiVersion": "v1", "kind": "Event", "metadata": metadata, **said, **times}


@pytest.mark.parametrize("way", ["http", "prefix", "program"])
async def test_objects_with_hostile_names_are_only_names(
    way: str, cluster: ControlPlane, kubectl: Path, kubelet: Kubelet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects, asked = _world("dev/k39")
    stage = worlds.named(objects, f"Stage {asked.project}/{asked.stage}")
    named = [name for name in NAMES if "/" not in name and name != ".."]  # a name with a slash is another key in etcd
    copies = [
        {**stage, "metadata": {**stage["metadata"], "name": name, "uid": f"u{at}"}} for at, name in enumerate(named)
    ]
    load(cluster, [*(one for one in objects if one["kind"] != "Node"), *copies])
    config = write_kubeconfig(tmp_path / "config", [cluster.context()])
    with _quiet_folder(tmp_path, monkeypatch) as home:
        api = _api(way, kubectl, config, home)
        reader = LiveReader(api, now=lambda: NOW)
        try:
            assert is_harmless(await get_state(reader, StateRequest(project=asked.project)))
            assert is_harmless(await analyze(reader, AnalyzeRequest(project=asked.project)))
            swept = await run_verification(reader, VerifyRequest(project=asked.project, all_levels=True))
            assert is_harmless(swept)
            assert _is_rendered_harmless(swept)
            for name in NAMES if way == "http" else NAMES[::3]:
                assert await _is_harmless(analyze(reader, AnalyzeRequest(project=asked.project, stage=name)))
                request = VerifyRequest(project=asked.project, stage=name)
                assert await _is_harmless(run_verification(reader, request))
        finally:
            await api.close()


async def _is_harmless(asked: Awaitable[Answer]) -> bool:
    try:
        return is_harmless(await asked)
    except GitOpsError as error:
        return not obeyed(str(error))


@pytest.mark.parametrize("way", ["http", "prefix", "program"])
async def test_a_context_with_a_hostile_name_is_only_a_name(
    way: str, cluster: ControlPlane, kubectl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects, asked = _world("dev/k39")
    load(cluster, [one for one in objects if one["kind"] != "Node"])
    names = [name for name in NAMES if "\n" not in name]  # no command line can hold that one; it is refused below
    config = write_kubeconfig(tmp_path / "config", [cluster.context(name=name) for name in names])
    with _quiet_folder(tmp_path, monkeypatch) as home:

        async def ask(name: str) -> StateAnswer:
            api = _api(way, kubectl, config, home, name)
            try:
                return await get_state(LiveReader(api, now=lambda: NOW), StateRequest(project=asked.project))
            finally:
                await api.close()

        for name in names:
            answer = await ask(name)
            assert is_harmless(answer)
            assert answer.pipeline is not None
        for name in ("a\nb", "no\x1b[2Jsuch", "\u202eno such"):
            with pytest.raises(GitOpsError) as raised:
                await ask(name)
            assert not obeyed(str(raised.value))
