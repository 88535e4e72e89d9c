"""What a snapshot's index may narrow: where was looked, for which question, and which fields were kept."""

from pathlib import Path
from typing import Any

import pytest

from gitops_master.adapters.fields import fields_read
from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.argocd import Application
from gitops_master.model.errors import UnreadableInput
from gitops_master.model.kargo import Promotion
from gitops_master.model.snapshot import Snapshot
from gitops_master.ports.cluster import Focus, ReadPlan
from tests.adapters.test_snapshot_reader import save, stage

WHEN = "2026-01-02T00:00:00Z"
PLACES = [
    {"kind": Promotion.KIND, "namespace": "demo"},
    {"kind": Application.KIND, "namespace": "argocd", "name": "app"},
    {"kind": "extensions/Ingress"},
]


async def _read(path: Path, focus: Focus) -> Snapshot:
    return await SnapshotReader(path).read(ReadPlan(frozenset({"*"}), focus), deadline_s=9)


async def _indexed(folder: Path, focus: Focus, **index: Any) -> Snapshot:
    index = {"observed_at": WHEN, "complete": ["*"], **index}
    return await _read(save(folder / "s", snapshot__yaml=index, dev__yaml=stage()), focus)


async def test_only_where_was_looked_does_something_not_exist(tmp_path: Path) -> None:
    snapshot = await _indexed(tmp_path, Focus(), places=PLACES)

    assert snapshot.lacks(Promotion, "demo", "x")
    assert not snapshot.lacks(Promotion, "elsewhere", "x")
    assert snapshot.lacks(Application, "argocd", "app")
    assert not snapshot.lacks(Application, "argocd", "other")


async def test_an_empty_list_of_places_is_nowhere_and_none_is_everywhere(tmp_path: Path) -> None:
    nowhere = await _indexed(tmp_path, Focus(), places=[])
    everywhere = await _indexed(tmp_path, Focus())

    assert not nowhere.lacks(Promotion, "demo", "x")
    assert everywhere.lacks(Promotion, "demo", "x")


@pytest.mark.parametrize(
    ("asked", "knows_applications"),
    [
        (Focus(project="demo", stage="dev"), True),
        (Focus(stage="dev"), True),
        (Focus(project="demo", stage="dev", troubled=True), False),
        (Focus(project="demo", stage="prod"), False),
        (Focus(project="other", stage="dev"), False),
        (Focus(project="demo"), False),
    ],
)
async def test_beyond_its_scope_only_what_was_listed_for_the_project_is_complete(
    asked: Focus, knows_applications: bool, tmp_path: Path
) -> None:
    snapshot = await _indexed(tmp_path, asked, places=PLACES, scope={"project": "demo", "stage": "dev"})

    assert snapshot.knows_all(Promotion.KIND)
    assert snapshot.knows_all("networking.k8s.io/Ingress")
    assert snapshot.knows_all(Application.KIND) is knows_applications


@pytest.mark.parametrize(("fields", "gaps"), [(fields_read(), []), ("0123456789abcdef", ["fields of the objects"])])
async def test_what_a_version_that_kept_other_fields_wrote_says_so(
    fields: str, gaps: list[str], tmp_path: Path
) -> None:
    snapshot = await _indexed(tmp_path, Focus(), fields=fields)

    assert [gap.object for gap in snapshot.gaps] == gaps


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ({"places": [{"kind": "v1/Pod", "namespce": "x"}]}, r"unknown key `places\[0\].namespce`; did you mean"),
        ({"places": [{"kind": "Pod"}]}, r"`places\[0\]`: `Pod` is not group/Kind"),
        ({"places": [{"kind": "v1/*"}]}, r"is not group/Kind"),
        ({"places": [{}]}, r"is not group/Kind"),
        ({"places": ["v1/Pod"]}, r"Expected `object`"),
        ({"places": [], "scope": {"stge": "dev"}}, r"unknown key `scope.stge`; did you mean `scope.stage`"),
        ({"scope": {"stage": "dev"}}, r"`scope` without `places`"),
        ({"plces": []}, r"unknown key `plces`; did you mean `places`"),
    ],
)
async def test_a_wrong_index_is_refused_in_words(index: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match=words):
        await _read(save(tmp_path / "s", snapshot__yaml=index, dev__yaml=stage()), Focus())
