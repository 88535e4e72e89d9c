"""What the live reader asks for, and that it is enough: the answers from saved files and from an API are the same."""

import json
from collections.abc import Sequence
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.adapters.live.reader import LiveReader
from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.errors import Forbidden, GitOpsError, Unreachable
from gitops_master.model.finding import Verdict
from gitops_master.model.kargo import Promotion
from gitops_master.model.snapshot import LogKey
from gitops_master.model.versions import Versions, parse_version
from gitops_master.ports.api import Reply, Request
from gitops_master.ports.cluster import Focus, ReadPlan
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from tests import worlds
from tests.adapters.fake_api import FakeApi

RULES = sorted(Path(worlds.__file__).parent.glob("rules/*.yaml"))
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
EVERYTHING = frozenset({"*"})


def _key(name: str) -> tuple[str, str, str]:
    namespace, pod, container = name.removesuffix(".log").split("_")
    return namespace, pod, container


def _written(path: Path) -> list[dict[str, Any]]:
    return list(yaml.load(path.read_text(), yaml.CSafeLoader))


def _api(objects: list[dict[str, Any]], logs: dict[str, str]) -> FakeApi:
    plain = json.loads(json.dumps(objects, default=str))
    return FakeApi(plain, {_key(name): text for name, text in logs.items()})


def _live(api: FakeApi, now: datetime = NOW, versions: Versions | None = None) -> LiveReader:
    """Every destination is the one cluster: the cases hold no other."""
    return LiveReader(api, now=lambda: now, versions=versions or Versions(), elsewhere=lambda _: api)


def _case(folder: Path) -> tuple[AnalyzeRequest, datetime]:
    return worlds.asked(folder), yaml.safe_load((folder / "case.yaml").read_text())["now"]


@pytest.mark.parametrize("folder", worlds.FOLDERS, ids=worlds.NAMES)
async def test_a_case_gets_the_same_answer_as_from_files(folder: Path, tmp_path: Path) -> None:
    objects, index, logs = worlds.load(folder)
    request, _ = _case(folder)
    saved = await analyze(SnapshotReader(worlds.write(tmp_path / "world", objects, index, logs)), request)

    live = await analyze(_live(_api(objects, logs), saved.observed_at, worlds.versions(index)), request)

    assert worlds.told(live) == worlds.told(saved)


UNSEEN = {("resource-deletion-blocked-by-finalizer", "an object of a kind that was not read")}
"""Where what was not looked for makes the difference: files that are said to be all there is know that it does not exist."""


@pytest.mark.parametrize("path", RULES, ids=[path.stem for path in RULES])
async def test_a_rule_sees_live_what_it_sees_in_files(path: Path, tmp_path: Path) -> None:
    if path.stem == "taxonomy":
        return
    different = []
    for number, case in enumerate(_written(path)):
        if (path.stem, case["name"]) in UNSEEN:
            continue
        folder, request = worlds.rule_case({**case, "complete": ["*"], "gaps": []}, tmp_path / str(number))
        index = yaml.safe_load((folder / "snapshot.yaml").read_text())
        saved = await analyze(SnapshotReader(folder), request)
        objects = json.loads((folder / "objects.json").read_text())["items"]
        logs = {one.name: one.read_text() for one in folder.glob("logs/*.log")}

        live = await analyze(_live(_api(objects, logs), saved.observed_at, worlds.versions(index)), request)

        if worlds.told(live) != worlds.told(saved):
            different.append((case["name"], worlds.told(saved), worlds.told(live)))
    assert not different


async def test_that_stages_may_not_be_listed_is_said_instead_of_that_there_are_none() -> None:
    objects, _, logs = worlds.load(worlds.case_folder("dev/n01"))
    api = _api(objects, logs)
    api.refuse = lambda request: 403 if "/stages" in request.path else 0
    request, now = _case(worlds.case_folder("dev/n01"))

    with pytest.raises(Forbidden, match=r"cannot look for Stage .*get stages.kargo.akuity.io dev in namespace .*403"):
        await analyze(_live(api, now), request)


@pytest.mark.parametrize("kind", ["promotions", "freights", "warehouses", "applications"])
async def test_what_may_not_be_listed_leaves_the_answer_open_and_is_named(kind: str) -> None:
    objects, index, logs = worlds.load(worlds.case_folder("dev/n01"))
    api = _api(objects, logs)
    api.refuse = lambda request: 403 if f"/{kind}" in request.path else 0
    request, now = _case(worlds.case_folder("dev/n01"))

    answer = await analyze(_live(api, now, worlds.versions(index)), request)

    assert answer.verdict is not Verdict.HEALTHY
    reasons = " ".join(f"{one.what}: {one.reason}" for one in answer.not_checked)
    assert kind in reasons
    assert "403" in reasons


def _neighbours(objects: list[dict[str, Any]], copies: int) -> list[dict[str, Any]]:
    """The same world many times over, in other namespaces."""
    found = list(objects)
    for number in range(copies):
        text = json.dumps([one for one in objects if one["kind"] != "Node"], default=str)
        names = {one["metadata"].get("namespace") for one in objects} - {None, "argocd", "kargo", "kube-system"}
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(f'"{name}"', f'"{name}-{number}"')
        for one in json.loads(text):
            if (
                one["metadata"].get("namespace") not in {"argocd", "kargo", "kube-system"}
                and "namespace" in one["metadata"]
            ):
                found.append(one)
    return found


async def test_the_rest_of_the_cluster_costs_no_more_than_a_page_of_each_kind() -> None:
    folder = worlds.case_folder("dev/a01")
    objects, index, logs = worlds.load(folder)
    request, now = _case(folder)
    alone, crowded = _api(objects, logs), _api(_neighbours(objects, 300), logs)
    first = await analyze(_live(alone, now, worlds.versions(index)), request)

    answer = await analyze(_live(crowded, now, worlds.versions(index)), request)

    assert worlds.told(answer) == worlds.told(first)
    assert len(crowded.asked) <= len(alone.asked) + 2
    assert not [
        one
        for one in crowded.asked
        if one.pages and "/namespaces/" not in one.path and not one.query and "pods" in one.path
    ]


async def test_many_promotions_are_narrowed_to_the_stages_in_question() -> None:
    objects, _, logs = worlds.load(worlds.case_folder("dev/n01"))
    request, now = _case(worlds.case_folder("dev/n01"))
    template = next(one for one in objects if one["kind"] == "Promotion")
    for number in range(600):
        other = deepcopy(template)
        other["metadata"]["name"] = f"elsewhere.{number:05}"
        other["metadata"]["labels"] = {"kargo.akuity.io/stage": "elsewhere"}
        other["spec"]["stage"] = "elsewhere"
        objects.append(other)
    api = _api(objects, logs)

    await analyze(_live(api, now, Versions(kargo=parse_version("v1.11.2"))), request)

    narrowed = [one for one in api.asked if "/promotions" in one.path and "labelSelector" in dict(one.query)]
    assert [request.stage in dict(one.query)["labelSelector"] for one in narrowed] == [True]


async def test_all_promotions_are_read_where_kargo_does_not_label_them() -> None:
    objects, _, logs = worlds.load(worlds.case_folder("dev/n01"))
    request, now = _case(worlds.case_folder("dev/n01"))
    template = next(one for one in objects if one["kind"] == "Promotion")
    objects += [{**template, "metadata": {**template["metadata"], "name": f"x.{number}"}} for number in range(600)]
    reader = _live(_api(objects, logs), now, Versions(kargo=parse_version("v1.10.0")))

    snapshot = await reader.read(
        ReadPlan(EVERYTHING, Focus(project=request.project, stage=request.stage)), deadline_s=9
    )

    assert len(snapshot.all(Promotion)) >= 600


async def test_what_was_not_looked_for_is_not_called_missing() -> None:
    objects, _, logs = worlds.load(worlds.case_folder("dev/n01"))
    request, now = _case(worlds.case_folder("dev/n01"))
    snapshot = await _live(_api(objects, logs), now).read(
        ReadPlan(EVERYTHING, Focus(project=request.project, stage=request.stage)), deadline_s=9
    )

    assert snapshot.lacks(Promotion, request.project, "no-such-promotion")
    assert not snapshot.lacks(Promotion, "another-project", "no-such-promotion")


async def test_a_cluster_that_cannot_be_asked_is_an_error_of_its_own() -> None:
    class Hopeless(FakeApi):
        async def get(self, requests: Sequence[Request], *, deadline_s: float) -> list[Reply]:
            raise Unreachable("no credentials")

    with pytest.raises(Unreachable, match="no credentials"):
        await _live(Hopeless([])).read(ReadPlan(EVERYTHING), deadline_s=9)


async def test_values_of_secrets_are_never_asked_for() -> None:
    objects, _, logs = worlds.load(worlds.case_folder("dev/k27"))
    request, now = _case(worlds.case_folder("dev/k27"))
    api = _api(objects, logs)

    await analyze(_live(api, now), request)

    secrets = [one for one in api.asked if "/secrets" in one.path]
    assert secrets
    assert all(one.metadata_only for one in secrets)


async def test_a_log_begins_with_the_container_before_the_restart() -> None:
    api = FakeApi([], {("ns", "pod", "main"): "now\n"})
    answer = api._log

    def with_previous(namespace: str, pod: str, query: dict[str, str]) -> Reply:
        return Reply(200, (b"before\n",)) if query.get("previous") else answer(namespace, pod, query)

    api._log = with_previous  # type: ignore[method-assign]

    read = await LiveReader(api).read_logs([LogKey("ns", "pod", "main"), LogKey("ns", "gone", "main")], deadline_s=9)

    assert read.logs[LogKey("ns", "pod", "main")].lines == ("before", "now")
    assert [gap.object for gap in read.gaps] == ["log of ns/gone container main"]


async def test_another_cluster_without_credentials_is_named_and_proves_nothing() -> None:
    folder = worlds.case_folder("live/14")
    objects, index, logs = worlds.load(folder)
    request, now = _case(folder)
    api = _api(objects, logs)
    reader = LiveReader(api, now=lambda: now, versions=worlds.versions(index))

    answer = await analyze(reader, request)

    assert answer.verdict is Verdict.BROKEN
    assert any("no context reaches that cluster" in one.reason for one in answer.not_checked)
    assert not [one for one in api.asked if "kestova-staging" in one.path]


class Broken(FakeApi):
    """Whatever is asked, nothing can be."""

    async def get(self, requests: Sequence[Request], *, deadline_s: float) -> list[Reply]:
        raise Unreachable("the plugin exited 3", "log in again")


@pytest.mark.parametrize("together", [True, False])
async def test_that_nothing_can_be_asked_is_one_error(together: bool) -> None:
    api = Broken([])
    api.together = together
    api.refuse = lambda _: 0

    with pytest.raises(Unreachable, match="the plugin exited 3"):
        await LiveReader(api).read(ReadPlan(EVERYTHING, Focus(project="demo", stage="x")), deadline_s=9)


async def test_another_cluster_that_cannot_be_asked_costs_only_what_lives_there() -> None:
    folder = worlds.case_folder("live/14")
    objects, index, logs = worlds.load(folder)
    request, now = _case(folder)
    reader = LiveReader(
        _api(objects, logs), now=lambda: now, versions=worlds.versions(index), elsewhere=lambda _: Broken([])
    )

    answer = await analyze(reader, request)

    assert answer.verdict is Verdict.BROKEN
    assert any("the plugin exited 3" in one.reason for one in answer.not_checked)


@pytest.mark.parametrize("folder", worlds.FOLDERS[::6], ids=worlds.NAMES[::6])
async def test_following_replies_one_by_one_ends_in_the_same_answer(folder: Path) -> None:
    objects, index, logs = worlds.load(folder)
    request, now = _case(folder)
    rounds, single = _api(objects, logs), _api(objects, logs)
    single.together = False

    first = await analyze(_live(rounds, now, worlds.versions(index)), request)
    second = await analyze(_live(single, now, worlds.versions(index)), request)

    assert second.dump() == first.dump()


async def test_names_that_lead_elsewhere_are_refused_before_they_are_sent() -> None:
    api = FakeApi([])
    reader = LiveReader(api, now=lambda: NOW)

    with pytest.raises(Unreachable, match="not a name"):
        await reader.read(ReadPlan(EVERYTHING, Focus(project="..", stage="x")), deadline_s=9)

    assert not [one for one in api.asked if ".." in one.path]


async def test_a_hostile_name_stays_one_segment() -> None:
    api = FakeApi([])

    await LiveReader(api, now=lambda: NOW).read(
        ReadPlan(EVERYTHING, Focus(project="a/../../secrets?x=1#", stage="x")), deadline_s=9
    )

    assert all("/../" not in one.path and "?" not in one.path and "#" not in one.path for one in api.asked)
    assert any("a%2F..%2F..%2Fsecrets%3Fx%3D1%23" in one.path for one in api.asked)


async def test_an_empty_list_of_metadata_is_empty() -> None:
    class Null(FakeApi):
        def _answer(self, request: Request) -> Reply:
            return Reply(200, (b'{"kind": "PartialObjectMetadataList", "metadata": {}, "items": null}',))

    reader = LiveReader(Null([]), now=lambda: NOW)

    snapshot = await reader.read(ReadPlan(frozenset({"v1/Secret"}), Focus(project="demo")), deadline_s=9)

    assert snapshot.knows_all("v1/Secret", "demo")
    assert not snapshot.gaps


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"items": 7}', b'{"items": [7]}', b"\xff\xfe", b'{"items": [{"metadata": {}}]}'],
    ids=["empty", "cut", "array", "number", "numbers", "bytes", "nameless"],
)
async def test_what_cannot_be_read_is_a_gap(body: bytes) -> None:
    class Nonsense(FakeApi):
        def _answer(self, request: Request) -> Reply:
            return Reply(200, (body,)) if "/promotions" in request.path else super()._answer(request)

    reader = LiveReader(Nonsense([]), now=lambda: NOW)

    snapshot = await reader.read(ReadPlan(EVERYTHING, Focus(project="demo", stage="x")), deadline_s=9)

    assert not snapshot.knows_all(Promotion.KIND)


async def test_of_a_project_too_that_nothing_can_be_asked_is_one_error() -> None:
    api = Broken([])
    api.together = False

    with pytest.raises(Unreachable, match="the plugin exited 3"):
        await analyze(LiveReader(api, now=lambda: NOW), AnalyzeRequest(project="demo"))


async def test_a_server_that_knows_no_path_is_no_cluster() -> None:
    reader = LiveReader(FakeApi([], refuse=lambda _: 404), now=lambda: NOW)

    with pytest.raises(Unreachable, match="nothing could be read of fake: get stages"):
        await reader.read(ReadPlan(EVERYTHING, Focus(project="demo", stage="x")), deadline_s=9)


async def test_a_kind_of_every_server_that_is_not_served_is_a_gap() -> None:
    reader = LiveReader(FakeApi([], refuse=lambda one: 404 if "/pods" in one.path else 0), now=lambda: NOW)

    snapshot = await reader.read(ReadPlan(EVERYTHING, Focus(project="demo")), deadline_s=9)

    assert not snapshot.knows_all("v1/Pod")


@pytest.mark.parametrize(
    ("status", "error"), [(401, Forbidden), (403, Forbidden), (500, Unreachable), (503, Unreachable)]
)
async def test_one_reason_for_everything_is_told_once(status: int, error: type[GitOpsError]) -> None:
    reader = LiveReader(FakeApi([], refuse=lambda _: status), now=lambda: NOW)

    with pytest.raises(error, match=f"nothing could be read of fake: .*: {status} refused by the test") as raised:
        await reader.read(ReadPlan(EVERYTHING, Focus(project="demo", stage="x")), deadline_s=9)

    assert raised.value.hint


async def test_a_way_that_breaks_off_leaves_what_was_read() -> None:
    class Broken(FakeApi):
        together = False

        async def get(self, requests: Sequence[Request], *, deadline_s: float) -> list[Reply]:
            if any("/pods" in one.path for one in requests):
                raise Unreachable("the login has expired")
            return await super().get(requests, deadline_s=deadline_s)

    snapshot = await LiveReader(Broken([]), now=lambda: NOW).read(
        ReadPlan(EVERYTHING, Focus(project="demo")), deadline_s=9
    )

    assert not snapshot.knows_all("v1/Pod")
    assert snapshot.knows_all(Promotion.KIND)


@pytest.mark.parametrize("together", [True, False])
async def test_nothing_is_asked_when_the_time_is_over(together: bool) -> None:
    api = FakeApi([])
    api.together = together

    with pytest.raises(Unreachable, match="there was no time left for it"):
        await LiveReader(api, now=lambda: NOW).read(ReadPlan(EVERYTHING, Focus(project="demo")), deadline_s=0)

    assert api.asked == []
