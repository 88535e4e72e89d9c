"""What is wrong with an argument is told in words: its name, what was given, and what it takes."""

from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from gitops_master.mcp_server import build_server
from gitops_master.settings import demo_settings
from gitops_master.sources import sources
from gitops_master.tools.strict import MOST_NAME
from tests.fuzz.programs import SERVE, started
from tests.fuzz.requests import envelope
from tests.fuzz.transports import Stdio

NAMES = "It takes a name: lower case letters, digits, '-' and '.', with a letter or a digit at both ends."
OF_OPERATE = (
    "one of repromote, abort_promotion, approve_freight, refresh_stage, refresh_warehouse, reverify, abort_verification, "
    "refresh_app, hard_refresh_app, terminate_app_operation, sync_app"
)


async def _refused(tool: str, arguments: Any) -> str:
    async with Client(build_server(sources(demo_settings()), version="test")) as client:
        result = await client.call_tool(tool, arguments)
    assert result.is_error
    return str(result.content[0].text)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("analyze_stage", {"stage": "S_Argo"}, f"analyze_stage: stage is 'S_Argo'. {NAMES}"),
        ("analyze_stage", {"stage": 7}, "analyze_stage: stage is 7. It takes text."),
        ("analyze_stage", {"stage": ["dev"]}, "analyze_stage: stage is list. It takes text."),
        ("analyze_stage", {"stage": None}, "analyze_stage: stage is None. It takes text."),
        (
            "analyze_stage",
            {"symptom": "x" * 5000},
            f"analyze_stage: symptom is {'x' * 79!r}…. It takes text of at most 2000 characters, and this has 5000.",
        ),
        (
            "analyze_stage",
            {"app": "-n"},
            f"analyze_stage: app is '-n'. {NAMES.replace('a name', 'NAME or NAMESPACE/NAME')}",
        ),
        ("operate", {}, f"operate needs operation: {OF_OPERATE}"),
        (
            "operate",
            {"operation": "reverfy"},
            f"operate: operation is 'reverfy'; did you mean 'reverify'. It takes {OF_OPERATE}.",
        ),
        (
            "run_verification",
            {"wait_seconds": 601},
            "run_verification: wait_seconds is 601. It takes a whole number from 0 to 600.",
        ),
        ("run_verification", {"http": "often"}, "run_verification: http is 'often'. It takes true or false."),
        (
            "generate_stage_yaml",
            {"name": "x", "retry": "hevy", "verification": "curl"},
            "generate_stage_yaml: verification is 'curl'. It takes one of none, web, prometheus, job.\n"
            "generate_stage_yaml: retry is 'hevy'; did you mean 'heavy'. It takes one of default, simple, medium, heavy, very-heavy.",
        ),
    ],
)
async def test_a_wrong_value_is_told_with_what_the_argument_takes(
    tool: str, arguments: dict[str, Any], words: str
) -> None:
    assert await _refused(tool, arguments) == words


async def test_many_unknown_arguments_are_counted_and_long_ones_cut() -> None:
    told = await _refused("get_stage_state", {"x" * 100_000: 1, **{f"y{at}": at for at in range(10_000)}})

    assert told.startswith(f"get_stage_state has no argument {'x' * 79!r}…; get_stage_state has no argument 'y0'")
    assert told.endswith("; and 9996 more it does not have. It takes: project, stage.")
    assert len(told) < 500


@pytest.mark.parametrize("modern", [True, False])
async def test_arguments_that_are_no_object_are_refused_and_nothing_breaks(modern: bool) -> None:
    """No client of the SDK would send them."""
    async with started(SERVE) as program:
        stdio = Stdio(program, modern=modern)
        await stdio.open(patience_s=60)
        answers = []
        for number, given in enumerate(("[0,1]", "true", "7", '"stage"')):
            params = f'{{"name":"operate","arguments":{given}}}'
            line = envelope("tools/call", params, str(number), modern=modern)
            answers.append(await stdio.ask(line, str(number)))

    assert [one.message["error"]["code"] for one in answers] == [-32602] * 4


async def test_a_name_without_end_is_refused_and_not_sent_back() -> None:
    name = "x" * 200_000
    async with Client(build_server(sources(demo_settings()), version="test")) as client:
        for call in (client.read_resource(f"gitops://{name}"), client.call_tool(name, {}), client.get_prompt(name)):
            with pytest.raises(MCPError, match=f"longer than {MOST_NAME} characters") as refused:
                await call
            assert len(str(refused.value)) < 200
