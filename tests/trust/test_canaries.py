"""A credential in every field of every kind, in logs, and in places that are secret by themselves: no tool passes one on."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests import worlds
from tests.trust import planting
from tests.trust.planting import CANARY, QUIET
from tests.trust.surfaces import World, answers

CASES = (
    "live/28-verifier-may-not-read",
    "dev/a05-ingress-never-healthy",
    "dev/k03-app-not-authorized",
    "dev/k08-appset-reverts-target-revision",
    "dev/k19-verification-job-rbac",
    "dev/k20-analysis-template-missing",
    "dev/r03-rollout-aborted-degrades-app",
)
"""Between them they hold every kind that any case does, but Secrets: one is put beside them."""
SLICES = 6
"""Fields that are filled together: were all filled at once, no analysis would get past the first."""


def test_the_cases_hold_every_kind() -> None:
    def kinds(name: str) -> set[str]:
        return {one["kind"] for one in worlds.load(worlds.case_folder(name))[0]}

    planted = set().union(*(kinds(name) for name in CASES)) | {"Secret"}
    assert planted == set().union(*(kinds(name) for name in worlds.NAMES))


def _picks(world: World) -> dict[str, Callable[[planting.Path], bool]]:
    number = {path: at for at, path in enumerate(planting.paths(world.objects))}

    def in_slice(path: planting.Path, which: int) -> bool:
        return number.get(path, -1) % SLICES == which

    slices = {f"slice {which}": partial(in_slice, which=which) for which in range(SLICES)}
    return {"texts": planting.is_free, **slices}


@pytest.mark.parametrize("case", CASES)
async def test_no_tool_passes_a_credential_on(case: str, tmp_path: Path) -> None:
    world = World.of(case)
    leaks, masked = set(), 0
    for title, pick in _picks(world).items():
        objects = planting.hidden(planting.planted(world.objects, CANARY, pick))
        logs = {name: f"{text}\nlogging in with {CANARY}" for name, text in world.logs.items()}
        told = await answers(world._replace(objects=objects, logs=logs), tmp_path / title.replace(" ", "-"))
        for call, (content, texts) in told.items():
            whole = json.dumps(content, ensure_ascii=False) + texts
            leaks |= {(title, call, part) for part in (CANARY[4:20], QUIET) if part in whole}
            masked += whole.count("***")

    assert leaks == set()
    assert masked > 20, "what was planted came near the answers"
