"""promote_freight and operate over MCP, in both eras: the plan, consent by a form or by the plan's id, and what follows."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult, TextContent

from gitops_master.mcp_server import build_server
from gitops_master.model.kargo import Freight, Project, Promotion, Warehouse
from gitops_master.model.meta import Object
from gitops_master.model.operating import Operation
from gitops_master.model.stage import Stage
from gitops_master.ports.manifests import ManifestReader
from gitops_master.ports.outside import Means
from gitops_master.ports.writing import Promote, Terms
from gitops_master.usecases.operating.planners import PLANNERS
from tests.usecases.operating.worlds import World

JSON = dict[str, Any]
ERAS = ("auto", "legacy")
F1, F2 = "1" * 40, "2" * 40


def _object(type_: type[Object], name: str, **more: Any) -> Object:
    metadata = {
        "name": name,
        "namespace": "" if type_ is Project else "shop",
        "creationTimestamp": "2026-11-23T01:00:00Z",
    }
    return msgspec.convert({"metadata": metadata, **more}, type_)


def _freight(name: str, tag: str, at: str) -> Object:
    return _object(
        Freight,
        name,
        alias=f"alias-{tag}",
        discoveredAt=at,
        origin={"kind": "Warehouse", "name": "w"},
        images=[{"repoURL": "example.org/app", "tag": tag}],
    )


def _objects() -> list[Object]:
    request = {"origin": {"kind": "Warehouse", "name": "w"}, "sources": {"direct": True}}
    steps = [{"uses": "compose-output", "as": "out"}]
    spec = {"requestedFreight": [request], "promotionTemplate": {"spec": {"steps": steps}}}
    return [
        _object(Project, "shop"),
        _object(Warehouse, "w"),
        _object(Stage, "prod", spec=spec),
        _freight(F1, "1.0", "2026-11-23T01:00:00Z"),
        _freight(F2, "2.0", "2026-11-23T02:00:00Z"),
    ]


class Sources:
    """One world, and the terms of writing there."""

    project = ""

    def __init__(self, *, allow_writes: bool = True, protect: tuple[str, ...] = ()) -> None:
        self.world = World(PLANNERS[Operation.PROMOTE], *_objects())
        self.world.now = datetime.now(UTC)
        self._terms = Terms(allow_writes=allow_writes, protect=protect, plan_key=b"k" * 32)

    def contexts(self) -> tuple[str, ...]:
        return ()

    def terms(self) -> Terms:
        return self._terms

    def reader(self, context: str = "") -> World:
        return self.world

    def writer(self, context: str = "") -> World:
        return self.world

    def means(self, context: str = "") -> Means:
        return Means()

    def environment(self, context: str = "") -> "Sources":
        return self

    def probe(self, context: str = "") -> None:
        return None

    def manifests(self, context: str = "") -> ManifestReader:
        raise NotImplementedError

    def dry_runner(self, context: str = "") -> None:
        return None

    async def close(self) -> None:
        """Nothing is open."""


class Host:
    """A host that shows forms, and what its user does with them."""

    def __init__(self, *answers: ElicitResult) -> None:
        self.shown: list[str] = []
        self._answers = list(answers)

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        self.shown.append(params.message)
        return self._answers.pop(0)


YES = ElicitResult(action="accept", content={"agree": True})
NO = ElicitResult(action="accept", content={"agree": False})
DECLINE, CANCEL = ElicitResult(action="decline"), ElicitResult(action="cancel")


async def _call(
    sources: Sources, mode: str, host: Host | None = None, tool: str = "promote_freight", **given: Any
) -> JSON:
    asked = {"stage": "prod", "freight": "1.0", **given} if tool == "promote_freight" else given
    server = build_server(sources, version="test")  # type: ignore[arg-type]
    async with Client(server, mode=mode, elicitation_callback=host) as client:
        result = await client.call_tool(tool, asked)
    assert isinstance(result, CallToolResult)
    text = result.content[0]
    assert isinstance(text, TextContent)
    assert not result.is_error, text.text
    data: JSON = result.structured_content or {}
    assert data["report"] == text.text
    return data


@pytest.mark.parametrize("mode", ERAS)
async def test_a_host_that_can_ask_asks_for_this_plan_and_it_is_done_once(mode: str) -> None:
    sources, host = Sources(), Host(YES)

    answer = await _call(sources, mode, host)

    assert len(host.shown) == 1
    assert "1.0" in host.shown[0]
    assert "PROMOTE PLAN" in host.shown[0]
    assert sources.world.written == [Promote(namespace="shop", stage="prod", freight=F1)]
    assert answer["outcome"] in ("under_way", "done")
    assert [one["name"] for one in answer["promotions"]] == sources.world.promotions


@pytest.mark.parametrize("mode", ERAS)
@pytest.mark.parametrize("said", [NO, DECLINE, CANCEL])
async def test_a_user_who_does_not_agree_is_the_end_of_it(mode: str, said: ElicitResult) -> None:
    sources = Sources()

    answer = await _call(sources, mode, Host(said))

    assert (answer["outcome"], answer["refusal"]) == ("refused", "declined")
    assert sources.world.written == []


@pytest.mark.parametrize("mode", ERAS)
async def test_a_host_that_cannot_ask_gets_the_plan_and_its_id_is_consent(mode: str) -> None:
    sources = Sources()
    first = await _call(sources, mode)
    assert (first["outcome"], sources.world.written) == ("planned", [])

    second = await _call(sources, mode, plan_id=first["plan"]["plan_id"])

    assert len(sources.world.written) == 1
    assert second["outcome"] in ("under_way", "done")


@pytest.mark.parametrize("mode", ERAS)
async def test_the_id_of_a_plan_is_not_asked_about_again(mode: str) -> None:
    sources = Sources()
    first = await _call(sources, mode)
    host = Host()

    await _call(sources, mode, host, plan_id=first["plan"]["plan_id"])

    assert host.shown == []
    assert len(sources.world.written) == 1


@pytest.mark.parametrize("mode", ERAS)
async def test_what_changes_while_the_user_thinks_is_not_promoted_past(mode: str) -> None:
    sources = Sources()

    class Slow(Host):
        async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
            spec = {"stage": "prod", "freight": F2}
            if not self.shown:
                other = _object(Promotion, f"prod.{'0' * 26}.2222222", spec=spec, status={"phase": "Running"})
                sources.world.objects.append(other)
            return await super().__call__(context, params)

    host = Slow(YES, NO)
    answer = await _call(sources, mode, host)

    assert answer["outcome"] == "refused"
    assert sources.world.written == []


@pytest.mark.parametrize("mode", ERAS)
@pytest.mark.parametrize("terms", [{"allow_writes": False}, {"protect": ("prod",)}])
async def test_where_nothing_may_be_written_nobody_is_asked(mode: str, terms: JSON) -> None:
    sources, host = Sources(**terms), Host()

    answer = await _call(sources, mode, host)

    assert answer["outcome"] == "planned"
    assert host.shown == []
    assert sources.world.written == []


async def test_a_sent_promotion_is_followed_by_its_name() -> None:
    sources = Sources()
    await _call(sources, "auto", Host(YES))
    name = sources.world.promotions[0]

    answer = await _call(sources, "auto", stage="", freight="", project="shop", promotion=name)

    assert [one["name"] for one in answer["promotions"]] == [name]
    assert len(sources.world.written) == 1


@pytest.mark.parametrize(("allow_writes", "hint"), [(False, True), (True, False)])
async def test_the_annotation_says_whether_it_writes(allow_writes: bool, hint: bool) -> None:
    async with Client(build_server(Sources(allow_writes=allow_writes), version="test")) as client:  # type: ignore[arg-type]
        listed = {one.name: one for one in (await client.list_tools()).tools}

    for name in ("promote_freight", "operate"):
        annotations = listed[name].annotations
        assert annotations is not None
        assert annotations.read_only_hint is hint
        assert annotations.destructive_hint is not hint


async def test_a_neighbour_is_planned_and_done_in_the_same_way() -> None:
    sources, host = Sources(), Host(YES)

    answer = await _call(sources, "auto", host, "operate", operation="refresh_stage", project="shop", stage="prod")

    assert len(host.shown) == 1
    assert [type(one).__name__ for one in sources.world.written] == ["Refresh"]
    assert answer["outcome"] in ("under_way", "done")


async def test_the_answer_is_json_that_a_host_can_read() -> None:
    answer = await _call(Sources(), "auto")

    assert json.loads(json.dumps(answer))["plan"]["targets"][0]["target"] == "prod"
