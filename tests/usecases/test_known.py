"""The names a request may mean, read from snapshots."""

from pathlib import Path
from typing import Any

import pytest

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.errors import UsageError
from gitops_master.usecases.known import known
from tests import worlds


async def test_the_names_of_a_project_are_those_of_its_objects(tmp_path: Path) -> None:
    objects, index, logs = worlds.load(worlds.case_folder("dev/k03"))

    found = await known(SnapshotReader(worlds.write(tmp_path / "case", objects, index | {"observed_at": NOW}, logs)))

    assert found.project
    assert set(found.stages) == {one["metadata"]["name"] for one in objects if one["kind"] == "Stage"}
    assert {one.name for one in found.freight} == {
        one["metadata"]["name"] for one in objects if one["kind"] == "Freight"
    }
    assert {one["metadata"]["name"] for one in objects if one["kind"] == "Application"} <= set(found.apps)


async def test_freight_is_known_with_all_it_carries(tmp_path: Path) -> None:
    folder = worlds.write(
        tmp_path / "world", [freight("shop", "abc123"), stage("shop", "dev")], {"observed_at": NOW}, {}
    )

    found = await known(SnapshotReader(folder))

    (one,) = found.freight
    assert (one.name, one.alias) == ("abc123", "fuzzy-fox")
    assert "ghcr.io/acme/web:v1.2.3" in one.images
    assert "chart:4.5.6" in one.images
    assert one.commits == ("1a2b3c4d5e6f",)


async def test_several_projects_are_all_known_and_none_is_chosen(tmp_path: Path) -> None:
    folder = worlds.write(tmp_path / "world", [stage("shop", "dev"), stage("pay", "live")], {"observed_at": NOW}, {})

    every = await known(SnapshotReader(folder))
    one = await known(SnapshotReader(folder), "pay")

    assert (every.project, set(every.stages)) == ("", {"dev", "live"})
    assert (one.project, one.stages) == ("pay", ("live",))


async def test_an_empty_environment_has_no_names_and_a_project_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    folder = worlds.write(tmp_path / "world", [], {"observed_at": NOW}, {})

    assert (await known(SnapshotReader(folder))).stages == ()
    with pytest.raises(UsageError, match="no project 'shop'"):
        await known(SnapshotReader(folder), "shop")


NOW = "2026-11-23T04:00:00Z"


def stage(project: str, name: str) -> dict[str, Any]:
    return {
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": name, "namespace": project},
        "spec": {},
    }


def freight(project: str, name: str) -> dict[str, Any]:
    return {
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": "Freight",
        "metadata": {"name": name, "namespace": project},
        "alias": "fuzzy-fox",
        "origin": {"kind": "Warehouse", "name": "main"},
        "images": [{"repoURL": "ghcr.io/acme/web", "tag": "v1.2.3", "digest": "sha256:aa"}],
        "charts": [{"repoURL": "oci://ghcr.io/acme/chart", "name": "chart", "version": "4.5.6"}],
        "commits": [{"repoURL": "https://example.com/r.git", "id": "1a2b3c4d5e6f"}],
    }
