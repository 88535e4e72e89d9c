"""The protocol's own conformance suite against our server, on every version of the protocol that hosts speak.

Of its scenarios these are the ones that judge any server. The others call tools, prompts and resources of fixed names that a
server for tests has. A scenario is met when each of its checks is; those that a fixture decides are named here.
"""

import json
from pathlib import Path

import anyio
import pytest
from mcp import Client

from tests.judges.conftest import Judge

HANDSHAKE = ("2025-06-18", "2025-11-25")
MODERN = ("2026-07-28",)
BOTH = (*HANDSHAKE, *MODERN)

SCENARIOS = {
    "server-initialize": HANDSHAKE,
    "server-session-lifecycle": HANDSHAKE,
    "ping": HANDSHAKE,
    "server-stateless": MODERN,
    "caching": MODERN,
    "http-header-validation": MODERN,
    "input-required-result-unsupported-methods": MODERN,
    "server-sse-multiple-streams": ("2025-11-25", *MODERN),
    "dns-rebinding-protection": ("2025-11-25", *MODERN),
    "tools-list": BOTH,
    "tools-call-error": BOTH,
    "resources-list": BOTH,
    "sep-2164-resource-not-found": MODERN,
    "prompts-list": BOTH,
    "completion-complete": BOTH,
}
"""Scenario -> the versions it judges."""

FIXTURES = {
    # Both call the tool test_missing_capability, which needs a right that the client does not give. Ours ask nothing back.
    "sep-2575-server-rejects-undeclared-capability",
    "sep-2575-missing-capability-http-400",
}
"""Checks that only a tool of the suite's own can meet."""

EXPECTED_FAILURES = Path(__file__).parent / "expected-failures.yaml"
LEAST = {"2025-11-25": 30, "2026-07-28": 20}
"""Scenarios that the active suite runs on a version: fewer would mean that it was not run."""

RELEASED = (
    "server-initialize",
    "ping",
    "tools-list",
    "tools-call-error",
    "resources-list",
    "prompts-list",
    "server-sse-multiple-streams",
    "dns-rebinding-protection",
)
"""Those of the released suite, 0.1, which knows the versions with a handshake only."""


def _checks(folder: Path) -> dict[str, str]:
    """Check -> SUCCESS, FAILURE, WARNING, … of the one scenario that was run; nothing where it was not.

    Without the one that is made of whatever was sent, nothing included.
    """
    found = sorted(folder.glob("*/checks.json"))
    checks = {one["id"]: one["status"] for path in found for one in json.loads(path.read_text())}
    return {name: status for name, status in checks.items() if (name, status) != ("wire-schema-valid", "SUCCESS")}


@pytest.fixture(scope="session")
def completes(url: str) -> bool:
    """Whether the server says that it completes arguments: a host asks only then."""

    async def ask() -> bool:
        async with Client(url) as client:
            return client.server_capabilities.completions is not None

    return anyio.run(ask)


@pytest.mark.parametrize(
    ("scenario", "version"), [(name, version) for name, versions in SCENARIOS.items() for version in versions]
)
def test_a_scenario_that_judges_any_server_is_met(
    scenario: str, version: str, judge: Judge, url: str, completes: bool, tmp_path: Path
) -> None:
    if scenario == "completion-complete" and not completes:
        pytest.skip("the server does not offer completions")
    words = ["server", "--url", url, "--scenario", scenario, "--spec-version", version, "--output-dir", str(tmp_path)]

    verdict = judge("conformance", *words)

    checks = _checks(tmp_path)
    assert "SUCCESS" in checks.values(), verdict
    failed = {name for name, status in checks.items() if status == "FAILURE"}
    assert failed <= FIXTURES, verdict.said
    assert verdict.code == (1 if failed else 0)


@pytest.mark.parametrize("scenario", RELEASED)
def test_the_released_suite_says_the_same(scenario: str, judge: Judge, url: str, tmp_path: Path) -> None:
    words = ["server", "--url", url, "--scenario", scenario, "--output-dir", str(tmp_path)]

    verdict = judge("conformance-handshake-era", *words)

    assert set(_checks(tmp_path).values()) == {"SUCCESS"}, verdict
    assert verdict.code == 0


@pytest.mark.parametrize("version", [HANDSHAKE[-1], MODERN[-1]])
def test_with_the_suites_own_tools_the_whole_active_suite_is_met(
    version: str, judge: Judge, url_with_fixtures: str, tmp_path: Path
) -> None:
    """What is ours in the server does not stand in the protocol's way. The suite compares with the file, both ways."""
    words = ["--suite", "active", "--spec-version", version, "--expected-failures", str(EXPECTED_FAILURES)]

    verdict = judge("conformance", "server", "--url", url_with_fixtures, *words, "--output-dir", str(tmp_path))

    assert verdict.code == 0, verdict.said[-3000:]
    assert len(list(tmp_path.glob("*/checks.json"))) >= LEAST[version]


def test_every_expected_failure_has_a_reason() -> None:
    entries = [line for line in EXPECTED_FAILURES.read_text().splitlines() if line.strip().startswith("- ")]

    assert entries
    assert [line for line in entries if not line.partition(" # ")[2].strip()] == []


def test_a_server_that_breaks_the_protocol_would_be_seen(judge: Judge, url: str, tmp_path: Path) -> None:
    """The judge itself: at an address where nothing of the kind answers, the plainest scenario is not met."""
    wrong = url.removesuffix("/mcp") + "/elsewhere"

    verdict = judge("conformance", "server", "--url", wrong, "--scenario", "ping", "--output-dir", str(tmp_path))

    assert verdict.code == 1
    assert "SUCCESS" not in _checks(tmp_path).values()
