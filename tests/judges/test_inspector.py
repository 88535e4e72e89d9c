"""The Inspector, a host of the protocol's own project, starts our server as hosts do and asks for everything it has."""

import json
import os
import shlex
import sys
from typing import Any

import pytest

from tests.judges.conftest import Judge, Verdict

SERVER = [sys.executable, "-m", "gitops_master", "serve", "--demo"]
ERAS = ("legacy", "modern")
MOST = 8
"""Resources and prompts that are opened in each era, of however many are listed: a start of the server each."""


def _asked(judge: Judge, era: str, method: str, *words: str) -> Verdict:
    # It hands on a few variables only; what is not installed must be found by the server, too.
    options = ["-q", "--format", "json", "--protocol-era", era, "-e", f"PYTHONPATH={os.pathsep.join(sys.path)}"]
    return judge("inspector", "--cli", *options, *SERVER, "--method", method, *words)


def _listed(judge: Judge, era: str, method: str, what: str) -> list[dict[str, Any]]:
    verdict = _asked(judge, era, method)
    assert verdict.code == 0, verdict
    listed: list[dict[str, Any]] = json.loads(verdict.said)["result"][what]
    return listed


@pytest.mark.parametrize("era", ERAS)
def test_the_tools_schemas_are_ones_that_every_host_takes(era: str, judge: Judge) -> None:
    verdict = _asked(judge, era, "tools/list", "--strict")

    assert verdict.code == 0, verdict.complained
    assert "warn" not in verdict.complained.lower()
    assert json.loads(verdict.said)["result"]["tools"]


@pytest.mark.parametrize("era", ERAS)
def test_a_tool_answers_in_text_and_in_structure(era: str, judge: Judge) -> None:
    arguments = json.dumps({"project": "demo", "stage": "s-argo"})

    verdict = _asked(judge, era, "tools/call", "--tool-name", "analyze_stage", "--tool-args-json", arguments)

    assert verdict.code == 0, verdict.complained
    result = json.loads(verdict.said)["result"]
    assert result["structuredContent"]["root_cause"]["id"] == "crd-not-installed"
    assert result["content"][0]["text"] == result["structuredContent"]["report"]


@pytest.mark.parametrize("era", ERAS)
def test_a_refused_argument_is_a_tools_error_and_not_the_protocols(era: str, judge: Judge) -> None:
    arguments = json.dumps({"stge": "s-argo"})

    verdict = _asked(judge, era, "tools/call", "--tool-name", "analyze_stage", "--tool-args-json", arguments)

    assert verdict.code == 5
    assert "tool_is_error" in verdict.complained
    assert "did you mean 'stage'" in verdict.said


@pytest.mark.parametrize("era", ERAS)
def test_every_resource_that_is_listed_can_be_read(era: str, judge: Judge) -> None:
    listed = _listed(judge, era, "resources/list", "resources")
    templates = _listed(judge, era, "resources/templates/list", "resourceTemplates")

    assert [one for one in (*listed, *templates) if not one.get("description")] == []
    for one in listed[:MOST]:
        verdict = _asked(judge, era, "resources/read", "--uri", one["uri"])
        assert verdict.code == 0, (one["uri"], verdict.complained)
        assert json.loads(verdict.said)["result"]["contents"][0]["text"], one["uri"]


@pytest.mark.parametrize("era", ERAS)
def test_every_prompt_that_is_listed_can_be_had(era: str, judge: Judge) -> None:
    listed = _listed(judge, era, "prompts/list", "prompts")

    assert [one for one in listed if not one.get("description")] == []
    for one in listed[:MOST]:
        needed = [f"{each['name']}=s-argo" for each in one.get("arguments", []) if each.get("required")]
        words = ["--prompt-args", *needed] if needed else []
        verdict = _asked(judge, era, "prompts/get", "--prompt-name", one["name"], *words)
        assert verdict.code == 0, (one["name"], shlex.join(words), verdict.complained)
        assert json.loads(verdict.said)["result"]["messages"], one["name"]
