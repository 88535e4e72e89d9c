"""The whole pipeline of a project: problems first, the graph, the diagram."""

import json
import re
from pathlib import Path

import pytest

from gitops_master.model.state import Standing
from gitops_master.usecases.mermaid import escaped
from tests.usecases.test_get_stage_state import GOLDEN, ask, real, stage, warehouse, whole, world


async def test_a_project_lists_problems_first_then_what_waits_then_what_is_fine(tmp_path: Path) -> None:
    state = await whole(await real("28", tmp_path))

    standings = [line.standing for line in state.stages]
    assert standings == sorted(standings, key=list(Standing).index)
    assert state.counts == {"broken": 10, "waiting": 5, "fine": 10}
    assert state.headline == "demo: 25 Stages (10 broken, 5 waiting, 10 fine), 4 Warehouses (2 broken)"
    assert state.standing is Standing.BROKEN


async def test_warehouses_show_readiness_newest_freight_and_last_discovery(tmp_path: Path) -> None:
    state = await whole(await real("28", tmp_path))

    by_name = {line.name: line for line in state.warehouses}
    assert by_name["nomatch"].standing is Standing.BROKEN
    assert "MissingCommits" in by_name["nomatch"].line
    assert by_name["main"].newest_freight.startswith("1be389c")
    assert by_name["main"].discovered_at is not None
    assert "no Freight yet" in by_name["broken"].line


async def test_a_warehouse_that_stopped_discovering_is_overdue(tmp_path: Path) -> None:
    source = warehouse()
    source["status"]["discoveredArtifacts"]["discoveredAt"] = "2026-11-23T03:00:00Z"

    state = await whole(world(tmp_path, source))

    assert state.warehouses[0].standing is Standing.WAITING
    assert "overdue" in state.warehouses[0].line


async def test_names_that_stand_for_nothing_become_missing_nodes(tmp_path: Path) -> None:
    state = await whole(world(tmp_path, warehouse(), stage("prod", "ghost", holds="a" * 40)))

    assert state.missing == ["Stage ghost"]
    assert (state.stages[0].standing, state.stages[0].line) == (
        Standing.BROKEN,
        "takes Freight from Stage ghost, which does not exist",
    )
    assert "ghost<br/>does not exist" in state.mermaid


async def test_an_upstream_that_may_just_not_have_been_read_is_not_called_missing(tmp_path: Path) -> None:
    kinds = ("kargo.akuity.io/Freight", "kargo.akuity.io/Promotion", "kargo.akuity.io/Warehouse")
    state = await whole(world(tmp_path, warehouse(), stage("prod", "ghost", holds="a" * 40), complete=kinds))

    assert state.missing == ["Stage ghost (not read)"]
    assert state.stages[0].standing is Standing.UNKNOWN
    assert "does not exist" not in state.mermaid
    assert state.headline.startswith("demo: at least 1 Stages")


async def test_stages_that_feed_each_other_in_a_circle_are_reported_and_do_not_hang(tmp_path: Path) -> None:
    folder = world(
        tmp_path,
        warehouse(),
        stage("a", "c", holds="a" * 40),
        stage("b", "a", holds="a" * 40),
        stage("c", "b", holds="a" * 40),
        stage("self", "self", holds="a" * 40),
        stage("behind", "c", holds="a" * 40),
    )

    state = await whole(folder)

    assert state.cycles == ["a -> b -> c -> a", "self -> self"]
    assert len(state.stages) == 5


async def test_fan_out_and_fan_in_over_a_control_flow_stage_are_drawn(tmp_path: Path) -> None:
    two = stage("prod", "east", holds="a" * 40)
    two["spec"]["requestedFreight"].append(
        {"origin": {"kind": "Warehouse", "name": "config"}, "sources": {"stages": ["east", "west"]}}
    )
    folder = world(
        tmp_path,
        warehouse(),
        warehouse("config"),
        stage("fan", control_flow=True),
        stage("east", "fan", holds="a" * 40),
        stage("west", "fan", holds="a" * 40, sources={"requiredSoakTime": "24h"}),
        two,
    )

    diagram = (await whole(folder)).mermaid

    named = {name: id_ for id_, name in re.findall(r'^  (\w+)\W+"(\w+)', diagram, re.MULTILINE)}
    assert '{{"fan"}}' in diagram
    assert f'{named["east"]} -->|"main, config"| {named["prod"]}' in diagram
    assert '-->|"soak 24h"|' in diagram


async def test_five_hundred_stages_give_a_bounded_answer_that_says_what_it_leaves_out(tmp_path: Path) -> None:
    chain = [stage(f"s{number}", *([f"s{number - 1}"] if number else []), holds="a" * 40) for number in range(500)]

    answer = await ask(world(tmp_path, warehouse(), *chain))

    state = answer.pipeline
    assert state is not None
    assert len(state.stages) == 60
    assert state.left_out[0] == "440 further Stages (ask about one)"
    assert "not drawn in the diagram" in state.left_out[1]
    assert state.counts == {"fine": 500}
    assert len(json.dumps(answer.dump())) < 60_000


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ('say "hi" <b>', "say #34;hi#34; #60;b#62;"),
        ("%%{init: {}}%%\nend", "#37;#37;#123;init: #123;#125;#125;#37;#37; end"),
        ("1. first", "1#46; first"),
        ("#9829; `x`", "#35;9829; #96;x#96;"),
        ("x" * 50, "x" * 39 + "…"),
    ],
)
def test_a_label_cannot_break_out_of_the_diagram(text: str, label: str) -> None:
    assert escaped(text) == label


@pytest.mark.parametrize(("number", "name"), [("28", "demo-28"), ("11", "demo-11")])
async def test_the_diagram_of_a_real_project_is_as_agreed(number: str, name: str, tmp_path: Path) -> None:
    state = await whole(await real(number, tmp_path))

    assert state.mermaid == (GOLDEN / f"{name}.mmd").read_text()
