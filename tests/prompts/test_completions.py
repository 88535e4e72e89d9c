"""Completions through the SDK's client, in both protocol eras, and how often a cluster is read for them."""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.server import MCPServer
from mcp.types import Completion, PromptReference, ResourceTemplateReference

from gitops_master.completions import KEPT_S, MOST, Completer, add_completions, matching
from gitops_master.mcp_server import build_server
from gitops_master.model.errors import Unreachable
from gitops_master.model.snapshot import LogKey, Snapshot
from gitops_master.ports.cluster import ClusterReader, LogsRead, ReadPlan
from gitops_master.settings import Settings, demo_settings
from gitops_master.sources import SavedCluster, sources

MODES = ["auto", "legacy"]
GITOPS, DIAGNOSE = PromptReference(name="gitops"), PromptReference(name="diagnose")


@pytest.fixture(params=MODES)
def client(request: pytest.FixtureRequest) -> Client:
    return Client(build_server(sources(demo_settings()), version="test"), mode=request.param)


async def _complete(
    client: Client, ref: PromptReference | ResourceTemplateReference, name: str, value: str, **given: str
) -> Completion:
    result = await client.complete(ref, {"name": name, "value": value}, context_arguments=given or None)
    return result.completion


async def test_stages_of_the_project_that_was_given(client: Client) -> None:
    async with client:
        found = await _complete(client, DIAGNOSE, "stage", "s-n", project="demo")
        elsewhere = await _complete(client, DIAGNOSE, "stage", "s-n", project="other")

    assert found.values == ["s-noapp"]
    assert (found.total, found.has_more) == (1, False)
    assert elsewhere.values == []


async def test_what_begins_with_it_comes_before_what_holds_it(client: Client) -> None:
    async with client:
        found = await _complete(client, DIAGNOSE, "stage", "V")

    assert found.values == ["dev", "dev-raw", "dev-v", "dev-vbad", "dev-vjob", "dev-vmissing"]


@pytest.mark.parametrize(
    ("argument", "typed", "value"),
    [
        ("project", "", "demo"),
        ("app", "ok", "ok-app"),
        ("freight", "tell", "telling-elk"),
        ("freight", "1be3", "1be389c"),
    ],
)
async def test_names_of_every_sort(client: Client, argument: str, typed: str, value: str) -> None:
    async with client:
        found = await _complete(client, DIAGNOSE, argument, typed)

    assert found.values
    assert found.values[0].startswith(value)


async def test_rules_are_completed_by_their_ids(client: Client) -> None:
    async with client:
        found = await _complete(client, ResourceTemplateReference(uri="gitops://rules/{id}"), "id", "crd-not")
        every = await _complete(client, ResourceTemplateReference(uri="gitops://rules/{id}"), "id", "")

    assert found.values == ["crd-not-installed"]
    assert len(every.values) == MOST
    assert every.has_more
    assert every.total is not None
    assert every.total > MOST
    assert not {"index", "messages"} & set(every.values)


async def test_what_nobody_completes_is_empty(client: Client) -> None:
    async with client:
        words = await _complete(client, GITOPS, "request", "why")
        unknown = await _complete(client, GITOPS, "nothing", "x")
        elsewhere = await _complete(client, ResourceTemplateReference(uri="other://{x}"), "x", "")

    assert [words.values, unknown.values, elsewhere.values] == [[], [], []]


async def test_a_cluster_that_cannot_be_read_completes_to_nothing_and_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "gitops_master.completions"):
        async with Client(build_server(sources(Settings(kubeconfig=tmp_path / "none")), version="test")) as client:
            found = await _complete(client, DIAGNOSE, "stage", "d")

    assert found.values == []
    assert "no kubeconfig" in caplog.text


def test_matching_ignores_case_and_counts_what_is_left_out() -> None:
    found = matching([f"Stage-{number:03}" for number in range(250)], "stage-")

    assert len(found.values) == MOST
    assert (found.total, found.has_more) == (250, True)


class _Counting:
    """The demo, counting what is read of it; or a cluster that cannot be reached."""

    def __init__(self, *, fails: bool = False) -> None:
        self._reader = SavedCluster(Path(demo_settings().snapshot or ""), demo_settings()).reader()
        self._fails = fails
        self.reads: list[ReadPlan] = []

    async def read(self, plan: ReadPlan, *, deadline_s: float) -> Snapshot:
        self.reads.append(plan)
        if self._fails:
            raise Unreachable("no answer")
        return await self._reader.read(plan, deadline_s=deadline_s)

    async def read_logs(self, keys: Iterable[LogKey], *, deadline_s: float) -> LogsRead:
        return await self._reader.read_logs(keys, deadline_s=deadline_s)


class _Sources(SavedCluster):
    def __init__(self, reader: _Counting) -> None:
        super().__init__(Path("unused"), Settings(snapshot=Path("unused")))
        self._counting = reader

    def contexts(self) -> tuple[str, ...]:
        return ("staging", "production")

    def reader(self, context: str = "") -> ClusterReader:
        return self._counting


@pytest.mark.parametrize("fails", [False, True])
async def test_a_cluster_is_read_once_for_many_key_strokes_and_again_later(fails: bool) -> None:
    reader, now = _Counting(fails=fails), [100.0]
    completer = Completer(_Sources(reader), lambda: now[0])

    for argument in ("stage", "stage", "project", "app"):
        await completer.names(DIAGNOSE, argument, {})
    once = len(reader.reads)
    now[0] += KEPT_S
    await completer.names(DIAGNOSE, "stage", {})

    assert (once, len(reader.reads)) == (1, 2)


async def test_only_a_few_places_are_remembered() -> None:
    reader = _Counting()
    completer = Completer(_Sources(reader), lambda: 0.0)

    for number in range(40):
        await completer.names(DIAGNOSE, "stage", {"project": f"p{number}"})
    await completer.names(DIAGNOSE, "stage", {"project": "p0"})

    assert len(reader.reads) == 41


async def test_contexts_are_completed_without_a_read() -> None:
    reader = _Counting()
    server: MCPServer[Any] = MCPServer("test")
    add_completions(server, _Sources(reader))

    async with Client(server) as client:
        found = await _complete(client, GITOPS, "context", "prod")

    assert found.values == ["production"]
    assert reader.reads == []
