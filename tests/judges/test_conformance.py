"""The protocol's own conformance suite against our server, on every version of the protocol that hosts speak.

Once as it is shipped, and once with the tools, prompts and resources that the suite calls by name, put into the same factory.
Scores stand in docs/conformance.md; `GOLDEN_UPDATE=1 pytest tests/judges/test_conformance.py` writes them anew.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.judges import results
from tests.judges.conftest import Judge
from tests.judges.results import REVISIONS, Scenario
from tests.live import programs
from tests.live.conftest import had

SHIPPED, EXTENDED = "As shipped", "With the suite's fixtures"
HANDSHAKE = REVISIONS[:2]
UNFROZEN = "2025-06-18"
"""The suite has no list of what this version requires: all of its active scenarios are run."""

ANY_SERVER = {
    "server-initialize",
    "server-session-lifecycle",
    "server-stateless",
    "ping",
    "caching",
    "http-header-validation",
    "input-required-result-unsupported-methods",
    "server-sse-multiple-streams",
    "dns-rebinding-protection",
    "tools-list",
    "tools-call-error",
    "resources-list",
    "sep-2164-resource-not-found",
    "prompts-list",
    "completion-complete",
}
"""Scenarios that need no tool, prompt or resource of a fixed name."""

FIXTURES = {
    # Both call test_missing_capability, which needs a right that the client does not give.
    "sep-2575-server-rejects-undeclared-capability",
    "sep-2575-missing-capability-http-400",
}
"""Checks of these scenarios that only a tool of the suite's own can meet."""

_TASKS = "the SDK does not implement the extension io.modelcontextprotocol/tasks (SEP-2663)"
NOT_OFFERED = {
    "server-sse-polling": "needs a store of events that a host may ask for again; answers here are asked for again as calls",
    "tasks-lifecycle": _TASKS,
    "tasks-capability-negotiation": _TASKS,
    "tasks-wire-fields": _TASKS,
    "tasks-request-state-removal": _TASKS,
    "tasks-mrtr-input": _TASKS,
    "tasks-request-headers": _TASKS,
    "tasks-dispatch-and-envelope": _TASKS,
    "tasks-required-task-error": _TASKS,
    "tasks-mrtr-composition": _TASKS,
    "tasks-status-notifications": "the suite skips it",
}
"""Scenarios that are run and not met, with the reason. No version of the protocol requires one of them."""

WITHOUT_SESSIONS = {
    # The server cannot ask a host with a handshake without one: our own tools answer with a plan then.
    "tools-call-elicitation",
    "tools-call-sampling",
    "elicitation-sep1034-defaults",
    "elicitation-sep1330-enums",
    # These judge sessions.
    "server-session-lifecycle",
    "server-sse-multiple-streams",
}
"""Scenarios that `--no-sessions` gives up on versions with a handshake; the later one has no sessions."""

LEAST = {"2025-06-18": 27, "2025-11-25": 30, "2026-07-28": 37}
"""Scenarios that a version requires: fewer would mean that they were not run."""


@pytest.fixture(scope="session")
def required() -> dict[str, dict[str, Any]]:
    """Version -> what it requires, as the suite has frozen it."""
    folder = had(lambda: programs.find(programs.JUDGES))["conformance"].parents[1] / "requirements"
    return {path.stem: yaml.safe_load(path.read_text()) for path in folder.glob("*.yaml")}


def _run(judge: Judge, url: str, revision: str, folder: Path) -> dict[str, Scenario]:
    chosen = ["--suite", "active", "--spec-version"] if revision == UNFROZEN else ["--requirements"]
    verdict = judge("conformance", "server", "--url", url, *chosen, revision, "--output-dir", str(folder))
    found = results.read(folder)
    assert found, verdict
    return found


def _judged(server: str, revision: str, found: dict[str, Scenario]) -> None:
    """The scores are those of the page."""
    scores = {name: one.score for name, one in found.items()}
    if os.environ.get("GOLDEN_UPDATE"):
        results.write_column(server, revision, scores)
    assert scores == results.column(server, revision)


@pytest.mark.parametrize("revision", REVISIONS)
def test_as_shipped_it_meets_what_judges_any_server(revision: str, judge: Judge, url: str, tmp_path: Path) -> None:
    every = _run(judge, url, revision, tmp_path)

    found = {name: one for name, one in every.items() if name in ANY_SERVER}
    assert {name: one.failed for name, one in found.items() if not set(one.failed) <= FIXTURES} == {}
    assert [name for name, one in found.items() if not one.met] == []
    _judged(SHIPPED, revision, found)


@pytest.mark.parametrize("revision", REVISIONS)
def test_with_the_suites_fixtures_it_meets_all_that_is_scored(
    revision: str, judge: Judge, url_with_fixtures: str, required: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    found = _run(judge, url_with_fixtures, revision, tmp_path)

    scored = set(required.get(revision, {}).get("server", found))
    assert len(scored) >= LEAST[revision]
    assert scored <= set(found)
    assert {name: found[name].failed for name in scored if not found[name].is_met} == {}
    assert {name for name, one in found.items() if not one.is_met} == set(found) & set(NOT_OFFERED)
    _judged(EXTENDED, revision, {name: one for name, one in found.items() if name not in NOT_OFFERED})


@pytest.mark.parametrize("revision", REVISIONS)
def test_without_sessions_only_what_needs_them_is_given_up(
    revision: str, judge: Judge, url_without_sessions: str, tmp_path: Path
) -> None:
    found = _run(judge, url_without_sessions, revision, tmp_path)

    given_up = WITHOUT_SESSIONS & set(found) if revision in HANDSHAKE else set()
    assert {name for name, one in found.items() if not one.is_met} == given_up | (set(found) & set(NOT_OFFERED))


def test_the_released_suite_says_the_same(judge: Judge, url: str, url_with_fixtures: str, tmp_path: Path) -> None:
    """Of its own, 0.1, knows the versions with a handshake only."""
    found = {}
    for name, address in (("shipped", url), ("extended", url_with_fixtures)):
        words = ["--suite", "active", "--output-dir", str(tmp_path / name)]
        judge("conformance-handshake-era", "server", "--url", address, *words)
        found[name] = results.read(tmp_path / name)

    assert len(found["extended"]) >= LEAST["2025-11-25"]
    assert {name: one.failed for name, one in found["extended"].items() if not one.is_met} == {}
    assert {name for name in ANY_SERVER & set(found["shipped"]) if not found["shipped"][name].is_met} == set()


def test_a_server_that_breaks_the_protocol_would_be_seen(judge: Judge, url: str, tmp_path: Path) -> None:
    """The judge itself: at an address where nothing of the kind answers, the plainest scenario is not met."""
    wrong = url.removesuffix("/mcp") + "/elsewhere"

    verdict = judge("conformance", "server", "--url", wrong, "--scenario", "ping", "--output-dir", str(tmp_path))

    assert verdict.code == 1
    assert not results.read(tmp_path)["ping"].met


def test_the_page_tells_versions_and_reasons() -> None:
    page = results.PAGE.read_text()
    packages = json.loads((Path(__file__).parent / "suite/package.json").read_text())["dependencies"]

    assert [f"{name} {version}" for name, version in _versions(packages) if f"{name} {version}" not in page] == []
    assert [name for name in NOT_OFFERED if f"`{name}`" not in page] == []
    assert [reason for reason in NOT_OFFERED.values() if reason not in " ".join(page.split())] == []


def _versions(packages: dict[str, str]) -> list[tuple[str, str]]:
    """An alias names its package in the version."""
    return [
        tuple(version.removeprefix("npm:").rsplit("@", 1)) if version.startswith("npm:") else (name, version)  # type: ignore[misc]
        for name, version in packages.items()
    ]
