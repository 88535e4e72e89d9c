"""The Inspector, a host of the protocol's own project, asks our server for everything it has: over both transports, in both eras.

Over stdio it starts the server as hosts do; each of its runs starts one, so what is many is asked for over HTTP.
"""

import json
import os
import shlex
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.judges.calls import CALLS, FAULTY
from tests.judges.conftest import Judge, Verdict

# It hands on a few variables only; what is not installed must be found by the server, too.
STDIO = ["-e", f"PYTHONPATH={os.pathsep.join(sys.path)}", sys.executable, "-m", "gitops_master", "serve", "--demo"]
ERAS = ("legacy", "modern")
Asked = Callable[..., Verdict]


@pytest.fixture(params=[(transport, era) for transport in ("stdio", "http") for era in ERAS], ids="-".join)
def asked(request: pytest.FixtureRequest, judge: Judge) -> Asked:
    """asked("tools/call", "--tool-name", …) of our server, over one transport in one era."""
    transport, era = request.param
    return _asking(judge, STDIO if transport == "stdio" else [request.getfixturevalue("url")], era)


@pytest.fixture(params=ERAS)
def asked_over_http(request: pytest.FixtureRequest, judge: Judge, url: str) -> Asked:
    return _asking(judge, [url], request.param)


def _asking(judge: Judge, target: list[str], era: str) -> Asked:
    options = ["--cli", "-q", "--format", "json", "--protocol-era", era]
    return lambda method, *words: judge("inspector", *options, *target, "--method", method, *words)


def _result(verdict: Verdict) -> dict[str, Any]:
    assert verdict.code == 0, verdict
    result: dict[str, Any] = json.loads(verdict.said)["result"]
    return result


def _call(tool: str, arguments: dict[str, Any]) -> list[str]:
    return ["tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments)]


def test_the_tools_schemas_are_ones_that_every_host_takes(asked: Asked) -> None:
    verdict = asked("tools/list", "--strict")

    assert _result(verdict)["tools"]
    assert "warn" not in verdict.complained.lower()


def test_a_tool_answers_in_text_and_in_structure(asked: Asked) -> None:
    result = _result(asked(*_call("analyze_stage", CALLS["analyze_stage"])))

    assert result["structuredContent"]["root_cause"]["id"] == "crd-not-installed"
    assert result["content"][0]["text"] == result["structuredContent"]["report"]


def test_a_refused_argument_is_a_tools_error_and_not_the_protocols(asked: Asked) -> None:
    verdict = asked(*_call("analyze_stage", {"stge": FAULTY}))

    assert verdict.code == 5
    assert "tool_is_error" in verdict.complained
    assert "did you mean 'stage'" in verdict.said


def test_every_tool_that_is_listed_answers(asked_over_http: Asked) -> None:
    listed = _result(asked_over_http("tools/list"))["tools"]

    assert {one["name"] for one in listed} == set(CALLS)
    for tool, arguments in CALLS.items():
        result = _result(asked_over_http(*_call(tool, arguments)))
        assert result["structuredContent"], tool
        assert result["content"][0]["text"], tool


def test_every_resource_that_is_listed_can_be_read(asked_over_http: Asked) -> None:
    listed = _result(asked_over_http("resources/list"))["resources"]
    templates = _result(asked_over_http("resources/templates/list"))["resourceTemplates"]

    assert listed
    assert [one for one in (*listed, *templates) if not one.get("description")] == []
    for one in listed:
        contents = _result(asked_over_http("resources/read", "--uri", one["uri"]))["contents"]
        assert contents[0]["text"], one["uri"]


def test_every_prompt_that_is_listed_can_be_had(asked_over_http: Asked) -> None:
    listed = _result(asked_over_http("prompts/list"))["prompts"]

    assert listed
    assert [one for one in listed if not one.get("description")] == []
    for one in listed:
        needed = [f"{each['name']}={FAULTY}" for each in one.get("arguments", []) if each.get("required")]
        words = ["--prompt-args", *needed] if needed else []
        assert _result(asked_over_http("prompts/get", "--prompt-name", one["name"], *words))["messages"], shlex.join(
            words
        )


def test_over_stdio_there_is_the_same(judge: Judge, url: str) -> None:
    """What is listed does not hang on the transport."""
    methods = ("resources/list", "prompts/list")
    over = {name: _asking(judge, target, "modern") for name, target in (("stdio", STDIO), ("http", [url]))}

    lists = {name: [_result(asked(method)) for method in methods] for name, asked in over.items()}

    assert lists["stdio"] == lists["http"]
