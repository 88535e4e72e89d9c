"""What must not matter does not: the order of the objects, their files, and what else lives in the same cluster."""

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.finding import Diagnosis
from gitops_master.usecases.analyze_stage import analyze
from tests import worlds

Json = dict[str, Any]

SOME_LIVE = ("01", "14", "38", "50")
FOLDERS = [
    *sorted(path.parent for path in worlds.CASES.glob("dev/*/case.yaml")),
    *(worlds.case_folder(f"live/{number}") for number in SOME_LIVE),
]
STRANGER = ("stranger-project", "stranger-argocd")
KARGO = "kargo.akuity.io/v1alpha1"


@cache
def loaded(folder: Path) -> tuple[list[Json], Json, dict[str, str]]:
    return worlds.load(folder)


def as_one_file(place: Path, objects: list[Json], index: Json, logs: dict[str, str]) -> None:
    worlds.write(place, objects, index, logs)


def shuffled(place: Path, objects: list[Json], index: Json, logs: dict[str, str]) -> None:
    mixed = list(objects)
    Random(7).shuffle(mixed)
    worlds.write(place, mixed, index, logs)


def backwards(place: Path, objects: list[Json], index: Json, logs: dict[str, str]) -> None:
    worlds.write(place, objects[::-1], index, logs)


def in_several_files(place: Path, objects: list[Json], index: Json, logs: dict[str, str]) -> None:
    """Typed Lists in folders, and the last object alone."""
    worlds.write(place, objects[-1:], index, logs)
    for number in range(4):
        part = {"apiVersion": "v1", "kind": "List", "items": objects[number:-1:4]}
        (place / f"part-{number}").mkdir()
        (place / f"part-{number}" / "objects.json").write_text(json.dumps(part, default=str))


def among_strangers(place: Path, objects: list[Json], index: Json, logs: dict[str, str]) -> None:
    worlds.write(place, [*strangers(), *objects, *strangers("-2")], index, logs)


def strangers(mark: str = "") -> list[Json]:
    """Another project with a broken pipeline of its own, and another Argo CD with an Application in trouble."""
    project, argocd = (f"{name}{mark}" for name in STRANGER)
    time, message = "2026-01-01T00:00:00Z", 'step "sync" failed: Argo CD Application "stranger" is not authorized'
    condition = {"type": "Ready", "status": "False", "reason": "LastPromotionErrored", "message": message}
    freight = {"name": "f" * 40, "origin": {"kind": "Warehouse", "name": "stranger"}}
    failed = {"phase": "Errored", "message": message, "finishedAt": time}
    status: dict[str, Json] = {
        "Stage": {
            "conditions": [condition],
            "lastPromotion": {"name": "stranger.1.f", "freight": freight, "status": failed},
        },
        "Promotion": failed,
        "Warehouse": {"conditions": [{**condition, "reason": "DiscoveryFailure"}]},
    }
    spec: dict[str, Json] = {
        "Stage": {"requestedFreight": [{"origin": freight["origin"], "sources": {"direct": True}}]},
        "Promotion": {"stage": "stranger", "freight": freight["name"]},
        "Warehouse": {"subscriptions": [{"git": {"repoURL": "https://git.example.org/stranger.git"}}]},
    }
    about = {"namespace": project, "creationTimestamp": time}
    kargo = [
        {"apiVersion": KARGO, "kind": kind, "metadata": {**about, "name": "stranger.1.f" if kind == "Promotion" else "stranger"},
         "spec": spec[kind], "status": status[kind]}
        for kind in status
    ]  # fmt: skip
    freight_object = {**freight, "apiVersion": KARGO, "kind": "Freight", "metadata": {**about, "name": freight["name"]}}
    project_object = {"apiVersion": KARGO, "kind": "Project", "metadata": {"name": project, "creationTimestamp": time}}
    app = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": f"stranger{mark}", "namespace": argocd, "creationTimestamp": time},
        "spec": {"project": "default", "source": {"repoURL": "https://git.example.org/stranger.git"}},
        "status": {"health": {"status": "Degraded"}, "sync": {"status": "OutOfSync"}},
    }
    return [project_object, *kargo, freight_object, app]


ARRANGED: tuple[Callable[[Path, list[Json], Json, dict[str, str]], None], ...] = (
    shuffled,
    backwards,
    in_several_files,
    among_strangers,
)


async def answer(
    folder: Path, place: Path, arrange: Callable[[Path, list[Json], Json, dict[str, str]], None]
) -> Diagnosis:
    objects, index, logs = loaded(folder)
    arrange(place, deepcopy(objects), deepcopy(index), logs)
    return await analyze(SnapshotReader(place), worlds.asked(folder))


@pytest.mark.parametrize("folder", FOLDERS, ids=[f"{path.parent.name}/{path.name}" for path in FOLDERS])
async def test_order_files_and_neighbours_change_nothing(folder: Path, tmp_path: Path) -> None:
    plain = worlds.told(await answer(folder, tmp_path / "plain", as_one_file))

    found = {
        arrange.__name__: worlds.told(await answer(folder, tmp_path / arrange.__name__, arrange))
        for arrange in ARRANGED
    }

    assert found == {arrange.__name__: plain for arrange in ARRANGED}


def test_the_strangers_are_in_a_pipeline_of_their_own() -> None:
    mine = {one["metadata"].get("namespace") for folder in FOLDERS for one in loaded(folder)[0]}

    assert mine.isdisjoint({*STRANGER, *(f"{name}-2" for name in STRANGER)})
