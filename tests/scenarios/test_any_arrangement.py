"""No arrangement of objects that an API server would take crashes an answer or gets something unfit into it."""

import asyncio
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.finding import Answer, Diagnosis, Finding, Verdict
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from gitops_master.usecases.diagnosis import exit_code
from gitops_master.usecases.get_stage_state import StateRequest, get_state
from gitops_master.usecases.incidents import VERDICTS
from gitops_master.usecases.size import MOST_BYTES
from tests import worlds
from tests.scenarios.arrangements import FREIGHT, MESSAGES, PROJECT, SECRET, TIMES, Json, world

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
settled = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def targets(every: list[Json]) -> Iterator[Json]:
    """One of each that can be asked about; an empty one is the whole project."""
    asked = {"Stage": "stage", "Application": "app", "Warehouse": "warehouse"}
    first = {one["kind"]: one["metadata"]["name"] for one in reversed(every)}
    yield {}
    yield from ({asked[kind]: name} for kind, name in first.items() if kind in asked)
    if "Freight" in first:
        yield {"stage": first["Stage"], "freight": first["Freight"]}


async def answers(every: list[Json], now: str, complete: list[str]) -> list[Answer]:
    with tempfile.TemporaryDirectory() as folder:
        index = {"observed_at": now, "complete": complete, "versions": {"kargo": "v1.11.2"} if complete else {}}
        reader = SnapshotReader(worlds.write(Path(folder, "w"), every, index, {}))
        found: list[Answer] = [
            await analyze(reader, AnalyzeRequest(project=PROJECT, symptom="does not promote", **target))
            for target in targets(every)
        ]
        for stage in ("", next(one["metadata"]["name"] for one in every if one["kind"] == "Stage")):
            found.append(await get_state(reader, StateRequest(project=PROJECT, stage=stage)))
        return found


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(one)


def empties(value: Any, path: str = "") -> Iterator[str]:
    if value in (None, "", [], {}):
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        yield from empties(one, f"{path}.{key}")


def check(answer: Answer) -> None:
    dumped = answer.dump()
    text = json.dumps(dumped, ensure_ascii=False)
    assert json.loads(text) == dumped
    assert len(text.encode()) <= MOST_BYTES
    assert list(empties(dumped)) == []
    assert [one for one in strings(dumped) if CONTROL.search(one)] == []
    assert SECRET not in text
    assert "this is a bug" not in text
    assert dumped["report"]
    if isinstance(answer, Diagnosis):
        check_diagnosis(answer)


def check_diagnosis(answer: Diagnosis) -> None:
    root = answer.root_cause
    assert answer.verdict is (VERDICTS[root.class_] if root else answer.verdict)
    assert root is not None or answer.verdict in {Verdict.HEALTHY, Verdict.UNKNOWN}
    assert exit_code(answer.verdict) in {0, 1, 2, 3}
    assert root is None or (root.id, root.subject) not in {(one.id, one.subject) for one in answer.findings}
    for one in [*answer.findings, *([root] if root else [])]:
        check_finding(one)


def check_finding(one: Finding) -> None:
    assert one.summary
    for effect in one.effects:
        assert (effect.id, effect.subject) != (one.id, one.subject)
        check_finding(effect)


@settled
@given(st.integers(0, 2**32), st.sampled_from(TIMES), st.sampled_from([[], ["*"], ["kargo.akuity.io/*"]]))
def test_every_arrangement_gets_a_sound_answer(seed: int, now: str, complete: list[str]) -> None:
    for answer in asyncio.run(answers(world(Random(seed)), now, complete)):
        check(answer)


def _stage(name: str, *upstream: str, **status: Any) -> Json:
    origin = {"kind": "Warehouse", "name": "main"}
    sources = {"stages": list(upstream)} if upstream else {"direct": True}
    spec = {
        "requestedFreight": [{"origin": origin, "sources": sources}],
        "promotionTemplate": {"spec": {"steps": [{"uses": "http"}]}},
    }
    return {
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": name, "namespace": PROJECT},
        "spec": spec,
        "status": status,
    }


@pytest.mark.parametrize(
    "edges", [{"dev": ["dev"]}, {"dev": ["prod"], "prod": ["dev"]}, {"dev": ["ghost", "dev", "ghost"]}]
)
async def test_a_pipeline_that_leads_back_to_itself_gets_an_answer(edges: dict[str, list[str]]) -> None:
    every = [_stage(name, *upstream) for name, upstream in edges.items()]

    for answer in await answers(every, TIMES[0], ["*"]):
        check(answer)


async def test_ten_thousand_promotions_of_one_stage_get_an_answer() -> None:
    head = {"apiVersion": "kargo.akuity.io/v1alpha1", "kind": "Promotion"}
    phases = ["Succeeded", "Failed", "Errored", "Pending", "Running", "Aborted"]
    promotions = [
        {**head, "metadata": {"name": f"dev.01jd{number:022}.aaaaaaa", "namespace": PROJECT, "creationTimestamp": TIMES[1]},
         "spec": {"stage": "dev", "freight": FREIGHT[number % 3]}, "status": {"phase": phases[number % 6], "message": MESSAGES[number % 13]}}
        for number in range(10_000)
    ]  # fmt: skip

    for answer in await answers([_stage("dev"), *promotions], TIMES[0], ["*"]):
        check(answer)


async def test_a_project_of_sixty_broken_stages_stays_small() -> None:
    failed = {"phase": "Failed", "finishedAt": TIMES[1]}
    every = [
        _stage(
            f"stage-{number}",
            lastPromotion={"name": f"p-{number}", "status": {**failed, "message": f"{number} " * 900}},
        )
        for number in range(60)
    ]

    for answer in await answers(every, TIMES[0], ["*"]):
        check(answer)
