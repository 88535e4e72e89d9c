"""A company's fleet: every planted fault is found where it is, the shared one once, and nothing else is called broken."""

import asyncio
from collections import Counter

import pytest

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.finding import Diagnosis, Incident, Verdict
from gitops_master.model.snapshot import Snapshot
from gitops_master.ports.cluster import LogsRead, ReadPlan
from gitops_master.usecases.analyze_stage import EVERYTHING, AnalyzeRequest, analyze
from tests import worlds
from tests.scenarios import fleet
from tests.scenarios.fleet import PROJECTS, SHARED_BY, STAGES, Fleet, Planted

NAMES = [f"team{number:02}" for number in range(PROJECTS)]
WAITS = frozenset({"waiting-for-soak-time", "auto-promotion-hold"})
"""Those of the planted causes that are no fault."""


class Held:
    """A reader that has read already."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    async def read(self, plan: ReadPlan, *, deadline_s: float) -> Snapshot:
        return self._snapshot

    async def read_logs(self, keys: object, *, deadline_s: float) -> LogsRead:
        return LogsRead({})


@pytest.fixture(scope="session")
def built() -> Fleet:
    return fleet.build()


@pytest.fixture(scope="session")
def answers(built: Fleet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Diagnosis]:
    """Each project's own analysis; the folder is read once."""
    folder = worlds.write(tmp_path_factory.mktemp("fleet"), built.objects, fleet.INDEX, {})

    async def every() -> dict[str, Diagnosis]:
        reader = Held(await SnapshotReader(folder).read(ReadPlan(EVERYTHING), deadline_s=60))
        return {name: await analyze(reader, AnalyzeRequest(project=name)) for name in NAMES}

    return asyncio.run(every())


def found(incident: Incident) -> Planted:
    cause = incident.root_cause
    assert cause is not None
    return Planted(cause.id, cause.subject, frozenset(incident.targets))


def test_the_fleet_is_as_big_as_it_should_be(built: Fleet) -> None:
    planted = [one for held in built.planted.values() for one in held]

    assert sum(one["kind"] == "Stage" for one in built.objects) == STAGES
    assert len(built.planted) == PROJECTS
    assert len(planted) == 30
    assert len({one.cause for one in planted}) >= 15
    assert max(sum(title.startswith("Stage ") for title in one.targets) for one in planted) == SHARED_BY


@pytest.mark.parametrize("project", NAMES)
def test_what_was_planted_is_found_and_nothing_else(project: str, built: Fleet, answers: dict[str, Diagnosis]) -> None:
    planted, answer = built.planted[project], answers[project]

    assert {found(one) for one in answer.incidents} == set(planted)
    assert len(answer.incidents) == len(planted)
    causes = {one.cause for one in planted}
    expected = Verdict.BROKEN if causes - WAITS else Verdict.WAITING if causes else Verdict.HEALTHY
    assert answer.verdict is expected
    assert not answer.not_checked


def test_a_healthy_project_has_no_root_cause(built: Fleet, answers: dict[str, Diagnosis]) -> None:
    healthy = [name for name, planted in built.planted.items() if not planted]

    assert len(healthy) >= PROJECTS // 2
    assert {name: answers[name].verdict for name in healthy} == dict.fromkeys(healthy, Verdict.HEALTHY)
    assert not [name for name in healthy if answers[name].root_cause]


def test_what_twenty_stages_share_is_reported_once_and_counts_them_all(
    built: Fleet, answers: dict[str, Diagnosis]
) -> None:
    (planted,) = built.planted[NAMES[-1]]

    (incident,) = answers[NAMES[-1]].incidents

    assert found(incident).subject == planted.subject
    assert len(incident.targets) + (incident.more_targets or 0) == len(planted.targets) == SHARED_BY + 1


def test_every_planted_fault_is_one_incident_of_the_whole_fleet(built: Fleet, answers: dict[str, Diagnosis]) -> None:
    planted = Counter((one.cause, one.subject) for held in built.planted.values() for one in held)

    reported = Counter(
        (one.root_cause.id, one.root_cause.subject)
        for answer in answers.values()
        for one in answer.incidents
        if one.root_cause
    )

    assert reported == planted
